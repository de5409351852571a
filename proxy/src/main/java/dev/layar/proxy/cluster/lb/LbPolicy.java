package dev.layar.proxy.cluster.lb;

import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * How a cluster chooses among its endpoints.
 *
 * @param algorithm the policy and its own settings
 * @param panicThresholdPercent {@code healthy_panic_threshold}, 50 by default
 * @param failOnPanic {@code fail_traffic_on_panic}: no endpoint instead of any endpoint
 * @param localityWeighted whether {@code locality_weighted_lb_config} is set
 * @param zones {@code zone_aware_lb_config}, which counts where localities are not weighted
 * @param subsets {@code lb_subset_config}; null without
 */
public record LbPolicy(
    Algorithm algorithm,
    double panicThresholdPercent,
    boolean failOnPanic,
    boolean localityWeighted,
    Zones zones,
    @Nullable Subsets subsets) {
  /** Without subsets, and with Envoy's defaults for zones. */
  public LbPolicy(
      Algorithm algorithm,
      double panicThresholdPercent,
      boolean failOnPanic,
      boolean localityWeighted) {
    this(algorithm, panicThresholdPercent, failOnPanic, localityWeighted, Zones.DEFAULT, null);
  }

  LbPolicy withoutLocalityWeights() {
    return new LbPolicy(algorithm, panicThresholdPercent, failOnPanic, false, zones, subsets);
  }

  /**
   * Zone-aware routing.
   *
   * @param routingEnabledPercent of the requests that it may keep in their zone
   * @param minClusterSize healthy endpoints below which it is off
   */
  public record Zones(double routingEnabledPercent, long minClusterSize) {
    public static final Zones DEFAULT = new Zones(100, 6);
  }

  /**
   * How a cluster is divided by its endpoints' metadata.
   *
   * @param defaultSubset what {@link Fallback#DEFAULT_SUBSET} picks among
   * @param localityWeightAware whether locality weights count inside a subset
   * @param panicModeAny any endpoint when a subset has no healthy one
   * @param listAsAny whether a list in the metadata stands for each of its values
   */
  public record Subsets(
      Fallback fallback,
      SubsetMatch defaultSubset,
      List<Selector> selectors,
      boolean localityWeightAware,
      boolean panicModeAny,
      boolean listAsAny) {
    public Subsets {
      selectors = List.copyOf(selectors);
    }
  }

  /**
   * Keys by whose values there are subsets.
   *
   * @param fallback null leaves it to the cluster
   * @param fallbackKeys for {@code KEYS_SUBSET}: fewer keys to look for; else empty
   * @param singleHost whether a subset has one endpoint only ({@code single_host_per_subset})
   */
  public record Selector(
      Set<String> keys, @Nullable Fallback fallback, Set<String> fallbackKeys, boolean singleHost) {
    public Selector {
      keys = Set.copyOf(keys);
      fallbackKeys = Set.copyOf(fallbackKeys);
    }
  }

  /** What becomes of a request for which there is no subset. */
  public enum Fallback {
    NO_FALLBACK,
    ANY_ENDPOINT,
    DEFAULT_SUBSET
  }

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
