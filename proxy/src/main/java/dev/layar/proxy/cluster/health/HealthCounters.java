package dev.layar.proxy.cluster.health;

import java.util.concurrent.atomic.AtomicLong;
import java.util.function.ObjLongConsumer;

/** What the health checks of a cluster counted, by Envoy's names. Thread-safe. */
public final class HealthCounters {
  private final AtomicLong attempts = new AtomicLong();
  private final AtomicLong successes = new AtomicLong();
  private final AtomicLong failures = new AtomicLong();
  private final AtomicLong networkFailures = new AtomicLong();

  /** A check began. */
  public void attempt() {
    attempts.incrementAndGet();
  }

  /** A check ended. */
  public void ended(HealthJudge.Answer answer) {
    switch (answer) {
      case WELL -> successes.incrementAndGet();
      case ILL -> failures.incrementAndGet();
      case NONE -> {
        failures.incrementAndGet();
        networkFailures.incrementAndGet();
      }
    }
  }

  /** Every counter by its name below {@code health_check.}. */
  public void collect(ObjLongConsumer<String> out) {
    out.accept("attempt", attempts.get());
    out.accept("success", successes.get());
    out.accept("failure", failures.get());
    out.accept("network_failure", networkFailures.get());
  }
}
