package dev.layar.proxy.ads;

import dev.layar.base.SplitMix64;
import java.time.Duration;

/**
 * How long to wait before the next attempt: a uniformly random part of a bound that doubles with
 * each failure ({@code envoy.config.core.v3.BackoffStrategy}; Envoy's default for xDS streams is
 * 500 ms up to 30 s). Confined to one thread.
 */
final class Backoff {
  private final long baseNanos;
  private final long maxNanos;
  private final SplitMix64 random;
  private long boundNanos;

  Backoff(Duration base, Duration max, SplitMix64 random) {
    if (base.isNegative() || base.isZero() || max.compareTo(base) < 0) {
      throw new IllegalArgumentException("back-off from " + base + " to " + max);
    }
    this.baseNanos = base.toNanos();
    this.maxNanos = max.toNanos();
    this.random = random;
    this.boundNanos = baseNanos;
  }

  Duration next() {
    long wait = Long.remainderUnsigned(random.next(), boundNanos);
    boundNanos = boundNanos > maxNanos / 2 ? maxNanos : boundNanos * 2;
    return Duration.ofNanos(wait);
  }

  void reset() {
    boundNanos = baseNanos;
  }
}
