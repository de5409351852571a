package dev.layar.telemetry;

/** What a slot of a {@link MetricSchema} holds. */
public enum MetricKind {
  /** Only grows. */
  COUNTER,
  /** Goes up and down; the loops' parts are summed. */
  GAUGE,
  /** Durations in the buckets of {@link Buckets}. */
  HISTOGRAM
}
