package dev.layar.telemetry;

import java.util.ArrayList;
import java.util.List;

/**
 * The slots that one kind of thing counts, in order: what all clusters have in common, or all
 * listeners. Built once with the {@link Builder}, whose methods give the slot numbers that {@link
 * Metrics} is used with. Immutable.
 */
public final class MetricSchema {
  /**
   * One slot.
   *
   * @param name the last part of Envoy's stat name, for example {@code upstream_rq_2xx}
   * @param family the last part of the Prometheus name, for example {@code upstream_rq_xx}
   * @param labels labels that Envoy's tag extraction makes of the name
   */
  public record Slot(String name, MetricKind kind, String family, List<Label> labels) {
    public Slot {
      labels = List.copyOf(labels);
    }
  }

  private final List<Slot> slots;
  private final int[] offsets;
  private final int width;

  private MetricSchema(List<Slot> slots) {
    this.slots = List.copyOf(slots);
    this.offsets = new int[slots.size()];
    int next = 0;
    for (int i = 0; i < offsets.length; i++) {
      offsets[i] = next;
      next += slots.get(i).kind() == MetricKind.HISTOGRAM ? Buckets.COUNT + 1 : 1;
    }
    this.width = next;
  }

  public static Builder builder() {
    return new Builder();
  }

  public List<Slot> slots() {
    return slots;
  }

  /** Where a slot's value starts in a loop's array. */
  int offset(int slot) {
    return offsets[slot];
  }

  /** Longs that all slots need together. */
  int width() {
    return width;
  }

  /** Collects slots; not thread-safe. */
  public static final class Builder {
    private final List<Slot> slots = new ArrayList<>();

    private Builder() {}

    public int counter(String name) {
      return add(new Slot(name, MetricKind.COUNTER, name, List.of()));
    }

    public int gauge(String name) {
      return add(new Slot(name, MetricKind.GAUGE, name, List.of()));
    }

    public int histogram(String name) {
      return add(new Slot(name, MetricKind.HISTOGRAM, name, List.of()));
    }

    /**
     * Five counters {@code <stem>_1xx} to {@code <stem>_5xx}, in Prometheus one family {@code
     * <stem>_xx} with the label {@code envoy_response_code_class}.
     *
     * @return the slot of 1xx; the others follow it
     */
    public int responseClasses(String stem) {
      int first = slots.size();
      for (int hundreds = 1; hundreds <= 5; hundreds++) {
        Label label = new Label("envoy_response_code_class", Integer.toString(hundreds));
        add(
            new Slot(
                stem + "_" + hundreds + "xx", MetricKind.COUNTER, stem + "_xx", List.of(label)));
      }
      return first;
    }

    public MetricSchema build() {
      return new MetricSchema(slots);
    }

    private int add(Slot slot) {
      slots.add(slot);
      return slots.size() - 1;
    }
  }
}
