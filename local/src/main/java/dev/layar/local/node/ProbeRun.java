package dev.layar.local.node;

import dev.layar.local.kube.Trees;
import tools.jackson.databind.JsonNode;

/** A probe of a running container and how its checks went. Confined to the node's thread. */
final class ProbeRun {
  /**
   * How soon to look again at what has never answered. DEVIATION: Kubernetes waits periodSeconds
   * from the first check on.
   */
  private static final long EAGER_MILLIS = 15;

  private static final long MAX_EAGER_MILLIS = 250;

  /** What the checks say. */
  enum Verdict {
    UNDECIDED,
    PASSED,
    FAILED
  }

  private final JsonNode probe;
  private int successes;
  private int failures;
  private boolean passedOnce;
  private long eager = EAGER_MILLIS;

  ProbeRun(JsonNode probe) {
    this.probe = probe;
  }

  long initialDelayMillis() {
    return Trees.number(0, probe, "initialDelaySeconds") * 1000L;
  }

  long timeoutMillis() {
    return Math.max(1, Trees.number(1, probe, "timeoutSeconds")) * 1000L;
  }

  /** Notes one check. */
  Verdict checked(boolean success) {
    if (success) {
      failures = 0;
      successes++;
      if (successes >= Math.max(1, Trees.number(1, probe, "successThreshold"))) {
        passedOnce = true;
        return Verdict.PASSED;
      }
    } else {
      successes = 0;
      failures++;
      if (failures >= Math.max(1, Trees.number(3, probe, "failureThreshold"))) {
        failures = 0;
        return Verdict.FAILED;
      }
    }
    return Verdict.UNDECIDED;
  }

  /** When to look again. */
  long nextMillis(ProbeKind kind) {
    long period = Math.max(1, Trees.number(10, probe, "periodSeconds")) * 1000L;
    if (passedOnce || kind == ProbeKind.LIVENESS) {
      return period;
    }
    if (kind == ProbeKind.STARTUP) {
      return Math.min(period, 1000);
    }
    long next = Math.min(eager, period);
    eager = Math.min(MAX_EAGER_MILLIS, eager * 5 / 4 + 1);
    return next;
  }
}
