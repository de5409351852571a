package dev.layar.proxy.cluster.breaker;

import dev.layar.telemetry.MetricSchema;
import dev.layar.telemetry.Metrics;
import java.util.List;

/**
 * Counts what is under way toward a cluster and says when that is enough. Each event loop counts
 * its own part in plain longs; a limit is checked against the sum, so that it can be overshot by
 * what other loops begin at the same moment, as Envoy's can. Unlimited dimensions cost one
 * addition.
 *
 * <p>Every successful {@code try…} is paired with one {@code release} from the same loop.
 */
public final class CircuitBreaker {
  /** What is limited. */
  public enum Resource {
    CONNECTIONS,
    PENDING,
    REQUESTS,
    RETRIES
  }

  private static final MetricSchema SCHEMA = schema();

  private final Metrics counts;
  private volatile BreakerLimits limits;

  public CircuitBreaker(BreakerLimits limits, int loops) {
    this.limits = limits;
    this.counts = new Metrics(SCHEMA, "", "", List.of(), loops);
  }

  public BreakerLimits limits() {
    return limits;
  }

  /** New limits; what is under way stays counted. */
  public void limits(BreakerLimits changed) {
    limits = changed;
  }

  /** Takes one unit unless the limit is reached. */
  public boolean tryAcquire(int loop, Resource resource) {
    int limit = limit(resource);
    if (limit != BreakerLimits.UNLIMITED && counts.sum(resource.ordinal()) >= limit) {
      return false;
    }
    counts.increment(loop, resource.ordinal());
    return true;
  }

  /** Takes one unit even beyond the limit: a pool may always have one connection per endpoint. */
  public void acquire(int loop, Resource resource) {
    counts.increment(loop, resource.ordinal());
  }

  /** Gives one unit back. */
  public void release(int loop, Resource resource) {
    counts.add(loop, resource.ordinal(), -1);
  }

  /** Units taken now, on all loops. */
  public long active(Resource resource) {
    return counts.sum(resource.ordinal());
  }

  /** Whether a limit is reached, for {@code circuit_breakers.*_open}. */
  public boolean open(Resource resource) {
    int limit = limit(resource);
    return limit != BreakerLimits.UNLIMITED && active(resource) >= limit;
  }

  private int limit(Resource resource) {
    BreakerLimits now = limits;
    return switch (resource) {
      case CONNECTIONS -> now.maxConnections();
      case PENDING -> now.maxPendingRequests();
      case REQUESTS -> now.maxRequests();
      case RETRIES -> now.retryBudgetPercent() > 0 ? budget(now) : now.maxRetries();
    };
  }

  private int budget(BreakerLimits now) {
    double running = active(Resource.REQUESTS) + active(Resource.PENDING);
    double allowed = running * now.retryBudgetPercent() / 100;
    return (int) Math.max(now.minRetryConcurrency(), allowed);
  }

  private static MetricSchema schema() {
    MetricSchema.Builder builder = MetricSchema.builder();
    for (Resource resource : Resource.values()) {
      builder.gauge(resource.name());
    }
    return builder.build();
  }
}
