package dev.layar.telemetry;

/**
 * The fixed upper bounds of duration histograms, the same for every histogram: Envoy's defaults, in
 * milliseconds ({@code Envoy config.metrics.v3.HistogramBucketSettings}). Durations are recorded in
 * microseconds, so that what is below a millisecond still has a place.
 */
public final class Buckets {
  private static final long[] UPPER_MICROS = {
    500L,
    1_000L,
    5_000L,
    10_000L,
    25_000L,
    50_000L,
    100_000L,
    250_000L,
    500_000L,
    1_000_000L,
    2_500_000L,
    5_000_000L,
    10_000_000L,
    30_000_000L,
    60_000_000L,
    300_000_000L,
    600_000_000L,
    1_800_000_000L,
    3_600_000_000L
  };

  /** Number of buckets, the last one unbounded. */
  public static final int COUNT = UPPER_MICROS.length + 1;

  private Buckets() {}

  /** The bucket of a duration: the first whose upper bound is not below it. */
  public static int of(long micros) {
    int bucket = 0;
    while (bucket < UPPER_MICROS.length && micros > UPPER_MICROS[bucket]) {
      bucket++;
    }
    return bucket;
  }

  /** Upper bound in microseconds; {@link Long#MAX_VALUE} for the last bucket. */
  public static long upperMicros(int bucket) {
    return bucket == UPPER_MICROS.length ? Long.MAX_VALUE : UPPER_MICROS[bucket];
  }

  /** Lower bound in microseconds. */
  public static long lowerMicros(int bucket) {
    return bucket == 0 ? 0 : UPPER_MICROS[bucket - 1];
  }
}
