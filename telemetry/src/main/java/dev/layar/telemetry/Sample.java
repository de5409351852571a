package dev.layar.telemetry;

import java.util.List;

/**
 * One value at one moment, with both of its names.
 *
 * @param statName Envoy's dotted name, for example {@code cluster.reviews.upstream_rq_total}; empty
 *     for a metric that only Prometheus shows
 * @param family the Prometheus name, for example {@code envoy_cluster_upstream_rq_total}
 * @param labels in the order in which they are printed
 */
public record Sample(String statName, String family, List<Label> labels, Value value) {
  public Sample {
    labels = List.copyOf(labels);
  }

  /** What was measured. */
  public sealed interface Value {
    MetricKind kind();
  }

  /** A counter's total. */
  public record CounterValue(long total) implements Value {
    @Override
    public MetricKind kind() {
      return MetricKind.COUNTER;
    }
  }

  /** A gauge's level. */
  public record GaugeValue(long level) implements Value {
    @Override
    public MetricKind kind() {
      return MetricKind.GAUGE;
    }
  }

  /**
   * A histogram's state.
   *
   * @param counts one per bucket of {@link Buckets}, not cumulative
   * @param sumMicros sum of all recorded durations
   */
  public record HistogramValue(List<Long> counts, long sumMicros) implements Value {
    public HistogramValue {
      counts = List.copyOf(counts);
    }

    @Override
    public MetricKind kind() {
      return MetricKind.HISTOGRAM;
    }

    /** Number of recorded durations. */
    public long total() {
      long total = 0;
      for (long count : counts) {
        total += count;
      }
      return total;
    }

    /** The quantile in milliseconds, interpolated inside its bucket; 0 when nothing is recorded. */
    public double quantileMillis(double quantile) {
      long total = total();
      if (total == 0) {
        return 0;
      }
      double rank = quantile * total;
      long below = 0;
      for (int bucket = 0; bucket < counts.size(); bucket++) {
        long count = counts.get(bucket);
        if (count > 0 && below + count >= rank) {
          return interpolate(bucket, (rank - below) / count);
        }
        below += count;
      }
      return Buckets.lowerMicros(counts.size() - 1) / 1000.0;
    }

    private static double interpolate(int bucket, double share) {
      double lower = Buckets.lowerMicros(bucket) / 1000.0;
      if (bucket == Buckets.COUNT - 1) {
        return lower;
      }
      return lower + (Buckets.upperMicros(bucket) / 1000.0 - lower) * Math.max(0, share);
    }
  }
}
