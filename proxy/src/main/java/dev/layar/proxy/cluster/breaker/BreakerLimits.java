package dev.layar.proxy.cluster.breaker;

/**
 * What may be under way at once toward a cluster ({@code Envoy CircuitBreakers.Thresholds}). {@link
 * #UNLIMITED} is Istio's 2^32-1.
 *
 * @param retryBudgetPercent share of active and pending requests that may be retries; 0 when {@code
 *     maxRetries} rules instead
 * @param minRetryConcurrency retries that a budget always allows
 */
public record BreakerLimits(
    int maxConnections,
    int maxPendingRequests,
    int maxRequests,
    int maxRetries,
    double retryBudgetPercent,
    int minRetryConcurrency) {
  public static final int UNLIMITED = Integer.MAX_VALUE;

  /** Envoy's defaults. */
  public static final BreakerLimits DEFAULT = new BreakerLimits(1024, 1024, 1024, 3, 0, 3);
}
