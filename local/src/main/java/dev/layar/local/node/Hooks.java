package dev.layar.local.node;

import dev.layar.local.kube.Trees;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import tools.jackson.databind.JsonNode;

/** Runs a container's {@code preStop} hook. Blocking; run on a virtual thread. */
final class Hooks {
  private Hooks() {}

  /** Whether it ended well, in time. */
  static boolean run(JsonNode hook, Probes.Target target, long timeoutMillis) {
    if (hook.has("sleep")) {
      return pause(Math.min(timeoutMillis, Trees.number(0, hook, "sleep", "seconds") * 1000L));
    }
    return Probes.passes(hook, target, timeoutMillis);
  }

  private static boolean pause(long millis) {
    try {
      boolean never = new Semaphore(0).tryAcquire(millis, TimeUnit.MILLISECONDS);
      return !never;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }
}
