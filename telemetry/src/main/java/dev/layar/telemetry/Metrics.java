package dev.layar.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * The values of one thing (a cluster, a listener): a plain {@code long[]} per event loop, written
 * by that loop alone and summed by whoever reads. No atomics and no locks on the writing side; a
 * reader may see the loops' parts a moment apart.
 */
public final class Metrics implements MetricSource {
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);

  /** Keeps two loops' arrays off each other's cache lines. */
  private static final int PAD = 8;

  private final MetricSchema schema;
  private final String statPrefix;
  private final String familyPrefix;
  private final List<Label> labels;
  private final long[][] values;

  /**
   * @param statPrefix what precedes a slot's name in Envoy's stat name, with its dot, for example
   *     {@code cluster.reviews.}
   * @param familyPrefix what precedes it in Prometheus, for example {@code envoy_cluster_}
   * @param loops number of event loops that will write
   */
  public Metrics(
      MetricSchema schema, String statPrefix, String familyPrefix, List<Label> labels, int loops) {
    this.schema = schema;
    this.statPrefix = statPrefix;
    this.familyPrefix = familyPrefix;
    this.labels = List.copyOf(labels);
    this.values = new long[loops][schema.width() + 2 * PAD];
  }

  /** Adds one. Only from the event loop of that index. */
  public void increment(int loop, int slot) {
    values[loop][PAD + schema.offset(slot)]++;
  }

  /** Adds {@code n}, negative to lower a gauge. Only from the event loop of that index. */
  public void add(int loop, int slot, long n) {
    values[loop][PAD + schema.offset(slot)] += n;
  }

  /** Records a duration in a histogram slot. Only from the event loop of that index. */
  public void record(int loop, int slot, long micros) {
    long[] mine = values[loop];
    int start = PAD + schema.offset(slot);
    mine[start + Buckets.of(micros)]++;
    mine[start + Buckets.COUNT] += micros;
  }

  /** The sum over all loops of a counter or gauge. From any thread. */
  public long sum(int slot) {
    return sumAt(PAD + schema.offset(slot));
  }

  @Override
  public void collect(Consumer<Sample> out) {
    List<MetricSchema.Slot> slots = schema.slots();
    for (int i = 0; i < slots.size(); i++) {
      MetricSchema.Slot slot = slots.get(i);
      out.accept(
          new Sample(
              statPrefix + slot.name(),
              familyPrefix + slot.family(),
              joined(slot.labels()),
              value(i, slot.kind())));
    }
  }

  private Sample.Value value(int slot, MetricKind kind) {
    return switch (kind) {
      case COUNTER -> new Sample.CounterValue(sum(slot));
      case GAUGE -> new Sample.GaugeValue(sum(slot));
      case HISTOGRAM -> histogram(slot);
    };
  }

  /** The buckets and sum of a histogram slot, summed over the loops. From any thread. */
  public Sample.HistogramValue histogram(int slot) {
    int start = PAD + schema.offset(slot);
    List<Long> counts = new ArrayList<>(Buckets.COUNT);
    for (int bucket = 0; bucket < Buckets.COUNT; bucket++) {
      counts.add(sumAt(start + bucket));
    }
    return new Sample.HistogramValue(counts, sumAt(start + Buckets.COUNT));
  }

  private long sumAt(int index) {
    long sum = 0;
    for (long[] loop : values) {
      sum += (long) LONGS.getOpaque(loop, index);
    }
    return sum;
  }

  private List<Label> joined(List<Label> own) {
    if (own.isEmpty()) {
      return labels;
    }
    List<Label> all = new ArrayList<>(own);
    all.addAll(labels);
    return all;
  }
}
