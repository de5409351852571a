package dev.layar.apiserver;

import java.util.List;

/** Who asks, as authentication found out. */
public record Caller(String user, String uid, List<String> groups) {
  /** The server itself and its controllers: allowed everything. */
  public static final Caller SYSTEM =
      new Caller("system:apiserver", "", List.of("system:masters", "system:authenticated"));

  public Caller {
    groups = List.copyOf(groups);
  }
}
