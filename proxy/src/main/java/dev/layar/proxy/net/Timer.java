package dev.layar.proxy.net;

import org.jspecify.annotations.Nullable;

/**
 * One deadline that can be armed again and again in a {@link TimerWheel}. Event-loop confined. Made
 * once per owner, so that arming allocates nothing.
 */
public final class Timer {
  final Runnable action;
  @Nullable Timer previous;
  @Nullable Timer next;
  long tick;
  int slot = -1;

  /**
   * @param action what to do when the deadline has passed; runs on the event loop
   */
  public Timer(Runnable action) {
    this.action = action;
  }

  /** Whether the deadline is still ahead. */
  public boolean armed() {
    return slot >= 0;
  }
}
