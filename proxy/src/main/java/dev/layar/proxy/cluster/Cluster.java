package dev.layar.proxy.cluster;

import dev.layar.proxy.cluster.breaker.BreakerLimits;
import dev.layar.proxy.cluster.breaker.CircuitBreaker;
import dev.layar.proxy.cluster.lb.LoadBalancer;
import dev.layar.proxy.cluster.outlier.OutlierDetector;
import dev.layar.proxy.tls.ClientTls;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A named group of endpoints. Lives longer than a snapshot: while its definition stays, a push
 * leaves the object alone; when the definition changes, a new object takes over the counters, the
 * breakers and, where connections can be kept, the endpoints. Endpoint updates replace one
 * immutable set. Picked from by all event loops.
 */
public final class Cluster {
  /** A route's priority, by which circuit breakers are kept apart ({@code RoutingPriority}). */
  public enum Priority {
    DEFAULT,
    HIGH
  }

  /**
   * The current endpoints and what picks among them; replaced as one.
   *
   * @param panicking whether endpoints are used whatever their health
   */
  record Members(List<Endpoint> endpoints, LoadBalancer balancer, boolean panicking) {
    static final Members EMPTY = new Members(List.of(), LoadBalancer.NONE, false);

    Members {
      endpoints = List.copyOf(endpoints);
    }
  }

  private final ClusterConfig config;
  private final byte[] nameBytes;
  private final byte[] statNameBytes;
  private final ClusterStats stats;
  private final List<CircuitBreaker> breakers;
  private final ClusterTls tls;
  private volatile Members members = Members.EMPTY;
  private volatile OutlierDetector outlier = OutlierDetector.OFF;

  Cluster(ClusterConfig config, ClusterStats stats, List<CircuitBreaker> breakers, ClusterTls tls) {
    this.config = config;
    this.tls = tls;
    this.nameBytes = config.name().getBytes(StandardCharsets.UTF_8);
    this.statNameBytes = config.statName().getBytes(StandardCharsets.UTF_8);
    this.stats = stats;
    this.breakers = List.copyOf(breakers);
  }

  public String name() {
    return config.name();
  }

  /** The name for logs. Shared: not to be changed. */
  public byte[] nameBytes() {
    return nameBytes;
  }

  /** {@code alt_stat_name}, or the name. Shared: not to be changed. */
  public byte[] statNameBytes() {
    return statNameBytes;
  }

  public ClusterConfig config() {
    return config;
  }

  public ClusterStats stats() {
    return stats;
  }

  public CircuitBreaker breaker(Priority priority) {
    return breakers.get(priority.ordinal());
  }

  ClusterTls security() {
    return tls;
  }

  /** How connections to an endpoint are secured; null for plain text. */
  public @Nullable ClientTls tls(Endpoint endpoint) {
    return tls.of(endpoint);
  }

  public OutlierDetector outlier() {
    return outlier;
  }

  /**
   * One with the same definition and nothing else in common: what it counts and limits concerns
   * nobody. For health checks.
   */
  public Cluster twin(int loops) {
    BreakerLimits limits = BreakerLimits.DEFAULT;
    return new Cluster(
        config,
        new ClusterStats(config.name(), config.service(), List.of(), out -> {}, loops),
        List.of(new CircuitBreaker(limits, loops), new CircuitBreaker(limits, loops)),
        tls);
  }

  /** All endpoints, whatever their health. */
  public List<Endpoint> endpoints() {
    return members.endpoints();
  }

  /**
   * The endpoint for this stream's next attempt; null when there is none (503, flag UH). An
   * endpoint tried before is avoided as far as {@link PickContext#reselections()} allows.
   */
  public @Nullable Endpoint pick(PickContext context) {
    Members now = members;
    LoadBalancer balancer = now.balancer();
    if (now.panicking()) {
      stats.increment(context.loop(), ClusterStats.LB_HEALTHY_PANIC);
    }
    context.selection(0);
    Endpoint endpoint = balancer.pick(context);
    for (int again = 1;
        again <= context.reselections() && endpoint != null && context.wasTried(endpoint);
        again++) {
      context.selection(again);
      endpoint = balancer.pick(context);
    }
    return endpoint;
  }

  void members(Members changed) {
    members = changed;
  }

  void outlier(OutlierDetector detector) {
    outlier = detector;
  }

  @Override
  public String toString() {
    return config.name();
  }
}
