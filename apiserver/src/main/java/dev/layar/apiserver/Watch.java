package dev.layar.apiserver;

import java.time.Duration;
import org.jspecify.annotations.Nullable;

/**
 * A running watch, read by one thread. Bounded: a reader that falls too far behind gets an {@code
 * ERROR} event with a Status of 410 Expired and then the end.
 */
public interface Watch extends AutoCloseable {
  /**
   * Waits for the next event.
   *
   * @return null when none came in time
   */
  @Nullable WatchEvent next(Duration atMost) throws InterruptedException;

  /** Whether no more events will come. */
  boolean ended();

  @Override
  void close();
}
