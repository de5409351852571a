package dev.layar.local;

import java.time.Duration;

/** A command that runs in a pod's environment while the caller does something else. Thread-safe. */
public interface ExecSession extends AutoCloseable {
  boolean isRunning();

  /**
   * Waits until the command ends; at the limit it is killed and the result says {@link
   * ExecResult#TIMED_OUT}.
   */
  ExecResult await(Duration timeout) throws InterruptedException;

  /**
   * Asks the command to end (SIGTERM) and waits; what it prints while ending is part of the result,
   * so a {@code fetch} still gives its summary.
   */
  ExecResult stop(Duration timeout) throws InterruptedException;

  /** Kills the command if it still runs. */
  @Override
  void close();
}
