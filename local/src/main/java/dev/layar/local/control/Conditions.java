package dev.layar.local.control;

import dev.layar.local.kube.Trees;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Conditions that keep the times at which they last changed. Pure. */
public final class Conditions {
  private Conditions() {}

  /** The time as Kubernetes writes it. */
  public static String time(Instant now) {
    return now.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  /** A condition for {@code object}'s next status, with the transition time of the present one. */
  public static ObjectNode next(
      JsonNode object, String type, boolean holds, String reason, String message, Instant now) {
    JsonNode before = Trees.condition(object, type);
    String status = holds ? "True" : "False";
    boolean same = Trees.text(before, "status").equals(status);
    return Trees.object(
        "type",
        type,
        "status",
        status,
        "reason",
        reason.isEmpty() ? null : reason,
        "message",
        message.isEmpty() ? null : message,
        "lastTransitionTime",
        same ? Trees.text(before, "lastTransitionTime") : time(now));
  }

  /** As {@link #next}, with the time of the last change of anything in it. */
  public static ObjectNode nextWithUpdate(
      JsonNode object, String type, boolean holds, String reason, String message, Instant now) {
    JsonNode before = Trees.condition(object, type);
    ObjectNode after = next(object, type, holds, reason, message, now);
    boolean same =
        Trees.text(before, "status").equals(Trees.text(after, "status"))
            && Trees.text(before, "reason").equals(reason)
            && Trees.text(before, "message").equals(message);
    after.put("lastUpdateTime", same ? Trees.text(before, "lastUpdateTime") : time(now));
    return after;
  }
}
