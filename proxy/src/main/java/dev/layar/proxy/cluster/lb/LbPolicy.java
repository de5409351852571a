package dev.layar.proxy.cluster.lb;

/**
 * How a cluster chooses among its endpoints.
 *
 * @param algorithm the policy and its own settings
 * @param panicThresholdPercent {@code healthy_panic_threshold}, 50 by default
 * @param failOnPanic {@code fail_traffic_on_panic}: no endpoint instead of any endpoint
 * @param localityWeighted whether {@code locality_weighted_lb_config} is set
 */
public record LbPolicy(
    Algorithm algorithm,
    double panicThresholdPercent,
    boolean failOnPanic,
    boolean localityWeighted) {
  /** A load-balancing algorithm ({@code Envoy Cluster.LbPolicy}). */
  public sealed interface Algorithm {}

  public record RoundRobin(SlowStart slowStart) implements Algorithm {}

  public record Random() implements Algorithm {}

  /**
   * @param choices how many endpoints are compared, 2 by default
   * @param activeRequestBias exponent by which active requests lower a weight, 1.0 by default
   */
  public record LeastRequest(int choices, double activeRequestBias, SlowStart slowStart)
      implements Algorithm {}

  /** Ring sizes: 1024 and 8 M by default. */
  public record RingHash(long minimumRingSize, long maximumRingSize, HashFunction hash)
      implements Algorithm {}

  /**
   * @param tableSize a prime, 65537 by default
   */
  public record Maglev(int tableSize) implements Algorithm {}

  /** The destination comes with the request: ORIGINAL_DST clusters. */
  public record ClusterProvided() implements Algorithm {}

  /** The hash that places endpoints on a ring. */
  public enum HashFunction {
    XX_HASH,
    MURMUR_HASH_2
  }

  /**
   * Rising weight of a new endpoint.
   *
   * @param windowNanos 0 is off
   */
  public record SlowStart(long windowNanos, double aggression, double minWeightPercent) {
    public static final SlowStart OFF = new SlowStart(0, 1, 10);
  }

  /** Round robin with Envoy's defaults. */
  public static final LbPolicy ROUND_ROBIN =
      new LbPolicy(new RoundRobin(SlowStart.OFF), 50, false, false);
}
