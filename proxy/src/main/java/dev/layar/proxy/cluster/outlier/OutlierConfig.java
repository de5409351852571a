package dev.layar.proxy.cluster.outlier;

/**
 * When to eject an endpoint and for how long ({@code Envoy OutlierDetection}; its defaults). Times
 * in nanoseconds, {@code enforcing…} and {@code max…Percent} in percent.
 */
public record OutlierConfig(
    long intervalNanos,
    long baseEjectionNanos,
    long maxEjectionNanos,
    int maxEjectionPercent,
    boolean alwaysEjectOneHost,
    int consecutive5xx,
    int enforcingConsecutive5xx,
    int consecutiveGatewayFailure,
    int enforcingConsecutiveGatewayFailure,
    boolean splitExternalLocalOriginErrors,
    int consecutiveLocalOriginFailure,
    int enforcingConsecutiveLocalOriginFailure,
    int enforcingSuccessRate,
    int successRateMinimumHosts,
    int successRateRequestVolume,
    int successRateStdevFactor,
    int enforcingFailurePercentage,
    int failurePercentageThreshold,
    int failurePercentageMinimumHosts,
    int failurePercentageRequestVolume,
    int enforcingLocalOriginSuccessRate,
    int enforcingFailurePercentageLocalOrigin,
    long maxEjectionJitterNanos) {
  private static final long SECOND = 1_000_000_000L;

  /** Envoy's defaults. */
  public static final OutlierConfig DEFAULT =
      new OutlierConfig(
          10 * SECOND,
          30 * SECOND,
          300 * SECOND,
          10,
          false,
          5,
          100,
          5,
          0,
          false,
          5,
          100,
          100,
          5,
          100,
          1900,
          0,
          85,
          5,
          50,
          100,
          0,
          0);
}
