package dev.layar.proxy.net;

import org.jspecify.annotations.Nullable;

/**
 * A hashed timer wheel: arming and cancelling in constant time, without allocation. Event-loop
 * confined. Knows no clock: whoever owns it says what time it is, so that a test can.
 *
 * <p>Implementation notes. (1) 4,096 slots of about a millisecond; a timer further away stays in
 * its slot for more rounds (Varghese and Lauck, scheme 6). (2) A bitmap of used slots finds the
 * next wake without walking. (3) Never early: deadlines are rounded up to a tick. (4) A timer may
 * arm or cancel any timer, itself included, while it fires: due timers are taken one at a time from
 * the slot's head.
 */
public final class TimerWheel {
  /** {@link #nextWake()} when no timer is armed. */
  public static final long NEVER = Long.MAX_VALUE;

  private static final int TICK_SHIFT = 20;
  private static final int SLOTS = 4096;
  private static final int MASK = SLOTS - 1;

  private final long origin;
  private final @Nullable Timer[] slots = new @Nullable Timer[SLOTS];
  private final long[] used = new long[SLOTS / 64];
  private long current;
  private int armed;

  /**
   * @param nowNanos the present time of the monotonic clock
   */
  public TimerWheel(long nowNanos) {
    origin = nowNanos;
  }

  /** Arms the timer for a time of the monotonic clock; an armed one is moved. */
  public void arm(Timer timer, long deadlineNanos) {
    cancel(timer);
    long delta = Math.max(0, deadlineNanos - origin);
    timer.tick = Math.max(current + 1, (delta + (1L << TICK_SHIFT) - 1) >>> TICK_SHIFT);
    int slot = (int) timer.tick & MASK;
    Timer head = slots[slot];
    timer.slot = slot;
    timer.next = head;
    timer.previous = null;
    if (head != null) {
      head.previous = timer;
    }
    slots[slot] = timer;
    used[slot >>> 6] |= 1L << slot;
    armed++;
  }

  /** Disarms the timer; nothing happens when it is not armed. */
  public void cancel(Timer timer) {
    int slot = timer.slot;
    if (slot < 0) {
      return;
    }
    Timer next = timer.next;
    Timer previous = timer.previous;
    if (next != null) {
      next.previous = previous;
    }
    if (previous != null) {
      previous.next = next;
    } else {
      slots[slot] = next;
      if (next == null) {
        used[slot >>> 6] &= ~(1L << slot);
      }
    }
    timer.next = null;
    timer.previous = null;
    timer.slot = -1;
    armed--;
  }

  /** Number of armed timers. */
  public int armed() {
    return armed;
  }

  /** Fires every timer whose deadline is not after {@code nowNanos}. */
  public void advance(long nowNanos) {
    long target = nowNanos - origin >>> TICK_SHIFT;
    while (current < target) {
      if (armed == 0) {
        current = target;
        return;
      }
      current = Math.min(target, nextUsed(current));
      fire((int) current & MASK);
    }
  }

  /**
   * The earliest time at which {@link #advance} may have something to do, {@link #NEVER} if none.
   */
  public long nextWake() {
    return armed == 0 ? NEVER : origin + (nextUsed(current) << TICK_SHIFT);
  }

  private void fire(int slot) {
    Timer timer = firstDue(slot);
    while (timer != null) {
      cancel(timer);
      timer.action.run();
      timer = firstDue(slot);
    }
  }

  private @Nullable Timer firstDue(int slot) {
    Timer timer = slots[slot];
    while (timer != null && timer.tick > current) {
      timer = timer.next;
    }
    return timer;
  }

  /** The first tick after {@code after} whose slot is in use; some slot is. */
  private long nextUsed(long after) {
    long tick = after + 1;
    for (int i = 0; i <= used.length; i++) {
      int slot = (int) tick & MASK;
      long word = used[slot >>> 6] >>> slot;
      if (word != 0) {
        return tick + Long.numberOfTrailingZeros(word);
      }
      tick += 64 - (slot & 63);
    }
    return tick;
  }
}
