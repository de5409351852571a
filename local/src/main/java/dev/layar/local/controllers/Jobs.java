package dev.layar.local.controllers;

import dev.layar.local.control.Conditions;
import dev.layar.local.control.JobPlan;
import dev.layar.local.control.PodFacts;
import dev.layar.local.kube.Controller;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.kube.Triggers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Job → pods until enough of them have succeeded. Runner-confined. DEVIATION: completionMode
 * Indexed and podFailurePolicy are not looked at.
 */
final class Jobs implements Controller {
  private static final long FIRST_BACK_OFF_SECONDS = 1;
  private static final long MAX_BACK_OFF_SECONDS = 60;

  private final Kube kube;
  private final PodMaker pods;
  private final Recorder events;
  private final InstantSource clock;

  Jobs(Kube kube, PodMaker pods, Recorder events, InstantSource clock) {
    this.kube = kube;
    this.pods = pods;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "job";
  }

  @Override
  public void watch(Triggers triggers) {
    triggers.onEach(Kinds.JOB);
    triggers.onOwned(Kinds.POD, "Job");
  }

  @Override
  public @Nullable Duration reconcile(Key key) {
    ObjectNode job = kube.informer(Kinds.JOB).get(key.namespace(), key.name());
    if (job == null || Trees.isDeleting(job)) {
      return null;
    }
    if (isFinished(job)) {
      return expire(job);
    }
    List<ObjectNode> all = kube.informer(Kinds.POD).controlledBy(Trees.uid(job));
    List<ObjectNode> active = all.stream().filter(PodFacts::isActive).toList();
    int succeeded = count(all, "Succeeded");
    int failed = count(all, "Failed");
    int failures = failed + active.stream().mapToInt(JobPlan::restarts).sum();
    JobPlan.Wanted wanted = JobPlan.Wanted.of(job);
    JobPlan.Step step = JobPlan.next(wanted, active.size(), succeeded, failures);
    Duration pause = pause(all, failed);
    boolean wait = step.create() > 0 && pause.isPositive();
    if (step.stop()) {
      active.forEach(pod -> pods.delete(job, Kinds.JOB, pod));
    }
    int create = wait ? 0 : step.create();
    for (int i = 0; i < create; i++) {
      pods.create(job, Kinds.JOB, "", Map.of());
    }
    int running = step.stop() ? 0 : active.size() + create;
    report(job, step.verdict(), running, succeeded, failed);
    return wait ? pause : null;
  }

  private static int count(List<ObjectNode> pods, String phase) {
    return (int)
        pods.stream().filter(pod -> Trees.text(pod, "status", "phase").equals(phase)).count();
  }

  /**
   * How long to wait before the next try. DEVIATION: Kubernetes begins with 10 s and ends with 6
   * min; a laptop is less patient.
   */
  private Duration pause(List<ObjectNode> all, int failed) {
    Instant now = clock.instant();
    Instant last =
        all.stream()
            .filter(pod -> Trees.text(pod, "status", "phase").equals("Failed"))
            .map(pod -> PodFacts.time(Trees.condition(pod, "Ready"), "lastTransitionTime", now))
            .max(Instant::compareTo)
            .orElse(Instant.EPOCH);
    long seconds =
        Math.min(MAX_BACK_OFF_SECONDS, FIRST_BACK_OFF_SECONDS << Math.clamp(failed - 1, 0, 10));
    return Duration.between(now, last.plusSeconds(seconds));
  }

  static boolean isFinished(ObjectNode job) {
    return Trees.isTrue(job, "Complete") || Trees.isTrue(job, "Failed");
  }

  private @Nullable Duration expire(ObjectNode job) {
    JsonNode ttl = Trees.at(job, "spec", "ttlSecondsAfterFinished");
    if (!ttl.isNumber()) {
      return null;
    }
    JsonNode ended = Trees.condition(job, Trees.isTrue(job, "Complete") ? "Complete" : "Failed");
    Instant now = clock.instant();
    Instant end = PodFacts.time(ended, "lastTransitionTime", now);
    Duration left = Duration.between(now, end.plusSeconds(ttl.asLong()));
    if (left.isPositive()) {
      return left;
    }
    kube.delete(Kinds.JOB, Key.of(job), null);
    return null;
  }

  private void report(
      ObjectNode job, JobPlan.Verdict verdict, int active, int succeeded, int failed) {
    Instant now = clock.instant();
    String started = Trees.text(job, "status", "startTime");
    ObjectNode status =
        Trees.object(
            "startTime",
            started.isEmpty() ? Conditions.time(now) : started,
            "active",
            Deployments.positive(active),
            "ready",
            0,
            "succeeded",
            Deployments.positive(succeeded),
            "failed",
            Deployments.positive(failed));
    switch (verdict) {
      case GOING_ON -> {}
      case COMPLETE -> {
        status.put("completionTime", Conditions.time(now));
        status.set(
            "conditions",
            Trees.list(
                Conditions.next(
                    job,
                    "Complete",
                    true,
                    "CompletionsReached",
                    "Reached expected number of succeeded pods",
                    now)));
        events.normal(job, Kinds.JOB, "Completed", "Job completed");
      }
      case FAILED -> {
        String message = "Job has reached the specified backoff limit";
        status.set(
            "conditions",
            Trees.list(Conditions.next(job, "Failed", true, "BackoffLimitExceeded", message, now)));
        events.warning(job, Kinds.JOB, "BackoffLimitExceeded", message);
      }
    }
    kube.status(Kinds.JOB, job, status);
  }
}
