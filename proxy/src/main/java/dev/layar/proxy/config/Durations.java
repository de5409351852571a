package dev.layar.proxy.config;

import com.google.protobuf.Duration;

/** Protobuf durations as nanoseconds. */
final class Durations {
  private static final long NANOS = 1_000_000_000L;

  /** What is longer (292 years) is as good as for ever. */
  private static final long MAX_SECONDS = Long.MAX_VALUE / NANOS - 1;

  private Durations() {}

  /** The duration, or {@code absent} when it is not set. Negative ones are refused. */
  static long nanos(
      boolean present, Duration duration, long absent, String path, Problems problems) {
    if (!present) {
      return absent;
    }
    if (duration.getSeconds() < 0 || duration.getNanos() < 0) {
      problems.invalid(
          path, "a duration cannot be negative", duration.getSeconds() + "s", "0s or more");
      return absent;
    }
    return Math.min(duration.getSeconds(), MAX_SECONDS) * NANOS + duration.getNanos();
  }
}
