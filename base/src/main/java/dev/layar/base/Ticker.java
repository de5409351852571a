package dev.layar.base;

/**
 * A monotonic clock, in nanoseconds. Passed in wherever time matters, so that tests can hold it.
 */
@FunctionalInterface
public interface Ticker {
  long nanos();

  /** The machine's own monotonic clock. */
  static Ticker system() {
    return System::nanoTime;
  }
}
