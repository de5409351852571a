package dev.layar.local.control;

import dev.layar.local.kube.Trees;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.Comparator;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What controllers ask about a pod. Pure. */
public final class PodFacts {
  private PodFacts() {}

  /** Whether all its containers have ended, for good. */
  public static boolean isOver(JsonNode pod) {
    String phase = Trees.text(pod, "status", "phase");
    return phase.equals("Succeeded") || phase.equals("Failed");
  }

  /** Whether it counts as one of a controller's replicas. */
  public static boolean isActive(JsonNode pod) {
    return !isOver(pod) && !Trees.isDeleting(pod);
  }

  public static boolean isReady(JsonNode pod) {
    return Trees.isTrue(pod, "Ready");
  }

  /**
   * How long until the pod has been ready for {@code minReadySeconds}: zero when it has, negative
   * when it is not ready.
   */
  public static Duration untilAvailable(JsonNode pod, int minReadySeconds, Instant now) {
    if (!isReady(pod)) {
      return Duration.ofSeconds(-1);
    }
    if (minReadySeconds == 0) {
      return Duration.ZERO;
    }
    Instant since = time(Trees.condition(pod, "Ready"), "lastTransitionTime", now);
    Duration left = Duration.between(now, since.plusSeconds(minReadySeconds));
    return left.isNegative() ? Duration.ZERO : left;
  }

  /** The time in a field; {@code otherwise} where there is none. */
  public static Instant time(JsonNode node, String field, Instant otherwise) {
    try {
      return Instant.parse(Trees.text(node, field));
    } catch (DateTimeParseException absent) {
      return otherwise;
    }
  }

  /** When an object was created. */
  public static Instant created(JsonNode object) {
    return time(object.path("metadata"), "creationTimestamp", Instant.EPOCH);
  }

  /**
   * The pods to delete first when there are too many: unscheduled before scheduled, not ready
   * before ready, young before old (Kubernetes' {@code ActivePods} order, in part).
   */
  public static List<ObjectNode> surplus(List<ObjectNode> pods, int count) {
    return pods.stream()
        .sorted(
            Comparator.comparing((ObjectNode pod) -> !Trees.text(pod, "spec", "nodeName").isEmpty())
                .thenComparing(PodFacts::isReady)
                .thenComparing(Comparator.comparing(PodFacts::created).reversed())
                .thenComparing(Trees::name))
        .limit(Math.max(0, count))
        .toList();
  }
}
