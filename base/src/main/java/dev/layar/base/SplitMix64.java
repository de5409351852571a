package dev.layar.base;

/**
 * A seeded random source (SplitMix64). Not thread-safe: one per event loop or per test. The same
 * seed gives the same sequence on every machine.
 */
public final class SplitMix64 {
  private long state;

  public SplitMix64(long seed) {
    this.state = seed;
  }

  /** The next 64 random bits. */
  public long next() {
    state += 0x9E3779B97F4A7C15L;
    return mix(state);
  }

  /** A uniform value in {@code [0, bound)}; {@code bound} must be positive. */
  public int below(int bound) {
    if (bound <= 0) {
      throw new IllegalArgumentException("bound must be positive, was " + bound);
    }
    return (int) Long.remainderUnsigned(next(), bound);
  }

  /** The finalizer alone: a good 64-bit mix of its argument. */
  public static long mix(long value) {
    long z = value;
    z = (z ^ (z >>> 30)) * 0xBF58476D1CE4E5B9L;
    z = (z ^ (z >>> 27)) * 0x94D049BB133111EBL;
    return z ^ (z >>> 31);
  }
}
