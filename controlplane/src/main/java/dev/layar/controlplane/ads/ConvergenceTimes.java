package dev.layar.controlplane.ads;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicLongArray;
import java.util.concurrent.atomic.LongAdder;

/**
 * How long changes took to reach proxies, in istiod's buckets and three finer ones. Thread-safe,
 * without locks.
 */
public final class ConvergenceTimes {
  /** Upper bounds in seconds; istiod's begin at 0.1. */
  public static final List<Double> BOUNDS =
      List.of(0.005, 0.02, 0.05, 0.1, 0.5, 1.0, 3.0, 5.0, 10.0, 20.0, 30.0);

  private final AtomicLongArray counts = new AtomicLongArray(BOUNDS.size() + 1);
  private final LongAdder nanos = new LongAdder();

  ConvergenceTimes() {}

  void add(long duration) {
    double seconds = duration / 1e9;
    int bucket = 0;
    while (bucket < BOUNDS.size() && seconds > BOUNDS.get(bucket)) {
      bucket++;
    }
    counts.incrementAndGet(bucket);
    nanos.add(duration);
  }

  /**
   * What was observed so far.
   *
   * @param counts by bucket, the last without an upper bound; not cumulative
   * @param seconds the sum
   */
  public record Histogram(List<Long> counts, double seconds) {
    public Histogram {
      counts = List.copyOf(counts);
    }
  }

  Histogram histogram() {
    List<Long> now = new ArrayList<>();
    for (int i = 0; i < counts.length(); i++) {
      now.add(counts.get(i));
    }
    return new Histogram(now, nanos.sum() / 1e9);
  }
}
