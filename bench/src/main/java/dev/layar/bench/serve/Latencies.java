package dev.layar.bench.serve;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** A list of durations and what is said of it. Not thread-safe. */
final class Latencies {
  private final List<Long> nanos = new ArrayList<>();

  void add(long duration) {
    nanos.add(duration);
  }

  double millis(double quantile) {
    List<Long> sorted = nanos.stream().sorted().toList();
    int at = (int) Math.ceil(quantile * sorted.size()) - 1;
    return sorted.get(Math.clamp(at, 0, sorted.size() - 1)) / 1e6;
  }

  /** {@code p50 / p99 / max} in milliseconds, nearest rank. */
  @Override
  public String toString() {
    return nanos.isEmpty()
        ? "nothing measured"
        : String.format(
            Locale.ROOT,
            "p50 %.1f ms, p99 %.1f ms, max %.1f ms (%d)",
            millis(0.5),
            millis(0.99),
            millis(1),
            nanos.size());
  }
}
