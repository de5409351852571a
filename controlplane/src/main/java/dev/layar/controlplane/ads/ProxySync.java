package dev.layar.controlplane.ads;

import dev.layar.xds.server.TypeStatus;
import java.util.List;

/**
 * How far one connected proxy is.
 *
 * @param proxy the proxy's id
 * @param variant {@code delta} or {@code sotw}
 * @param settledRevision newest revision it has answered completely, -1 before the first
 * @param types the types it asked for, in push order
 */
public record ProxySync(
    String proxy, String variant, long settledRevision, List<TypeStatus> types) {
  public ProxySync {
    types = List.copyOf(types);
  }

  /** Whether the last answer to any type was a refusal. */
  public boolean refused() {
    return types.stream().anyMatch(TypeStatus::nacked);
  }
}
