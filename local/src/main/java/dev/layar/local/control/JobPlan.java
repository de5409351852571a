package dev.layar.local.control;

import dev.layar.local.kube.Trees;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** What to do next for a Job: a pure function. */
public final class JobPlan {
  private static final int BACKOFF_LIMIT = 6;

  private JobPlan() {}

  /**
   * What the Job asks for.
   *
   * @param completions −1 when any success ends it (a work queue)
   */
  public record Wanted(int completions, int parallelism, int backoffLimit, boolean suspended) {
    public static Wanted of(JsonNode job) {
      JsonNode spec = job.path("spec");
      int parallelism = Trees.number(1, spec, "parallelism");
      boolean queue = spec.path("completions").isMissingNode() && parallelism > 1;
      return new Wanted(
          queue ? -1 : Trees.number(1, spec, "completions"),
          parallelism,
          Trees.number(BACKOFF_LIMIT, spec, "backoffLimit"),
          Trees.flag(spec, "suspend"));
    }
  }

  /** How the Job stands. */
  public enum Verdict {
    GOING_ON,
    COMPLETE,
    FAILED
  }

  /**
   * What to do now.
   *
   * @param create how many pods to create
   * @param stop whether to delete those that still run
   */
  public record Step(Verdict verdict, int create, boolean stop) {}

  /**
   * @param failures pods that failed, and restarts of containers in pods that go on
   */
  public static Step next(Wanted wanted, int active, int succeeded, int failures) {
    if (failures > wanted.backoffLimit()) {
      return new Step(Verdict.FAILED, 0, true);
    }
    if (wanted.completions() < 0) {
      if (succeeded > 0) {
        Verdict verdict = active == 0 ? Verdict.COMPLETE : Verdict.GOING_ON;
        return new Step(verdict, 0, false);
      }
      return step(wanted, active, wanted.parallelism());
    }
    if (succeeded >= wanted.completions()) {
      return new Step(Verdict.COMPLETE, 0, true);
    }
    return step(wanted, active, Math.min(wanted.parallelism(), wanted.completions() - succeeded));
  }

  private static Step step(Wanted wanted, int active, int atOnce) {
    return wanted.suspended()
        ? new Step(Verdict.GOING_ON, 0, true)
        : new Step(Verdict.GOING_ON, Math.max(0, atOnce - active), false);
  }

  /** The restarts of a pod's containers, which count against the limit with OnFailure. */
  public static int restarts(JsonNode pod) {
    List<JsonNode> statuses = Trees.items(pod, "status", "containerStatuses");
    return statuses.stream().mapToInt(status -> Trees.number(0, status, "restartCount")).sum();
  }
}
