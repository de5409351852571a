package dev.layar.controlplane;

import java.time.Duration;

/**
 * Keeps a {@link MeshStore} at what something outside says, until it is closed: files, or a
 * Kubernetes API. Thread-safe. When the outside is away, the store keeps what it said last.
 */
public interface Source extends AutoCloseable {
  /**
   * How it is doing.
   *
   * @param synced whether the store holds a complete state of it, be it an old one
   * @param current whether changes arrive
   * @param message what is wrong, for people; empty when nothing is
   */
  record Health(boolean synced, boolean current, String message) {}

  Health health();

  /**
   * Waits for the first complete state.
   *
   * @return whether it came in time
   */
  boolean awaitSynced(Duration atMost) throws InterruptedException;

  /** Ends it; the store keeps its objects. */
  @Override
  void close();
}
