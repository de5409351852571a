package dev.layar.apiserver.store;

import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The latest changes of one kind, numbered from 0. Thread-safe: one writer, many readers, each with
 * a cursor of its own. Bounded: a reader whose cursor was dropped has to begin anew.
 */
final class Feed {
  private static final int FIRST_CAPACITY = 64;

  private final int capacity;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition more = lock.newCondition();
  private Change[] ring;
  private long first;
  private long end;
  private long floor;

  /**
   * @param floor the newest revision whose changes are not here
   */
  Feed(int capacity, long floor) {
    this.capacity = capacity;
    this.floor = floor;
    this.ring = new Change[Math.min(FIRST_CAPACITY, capacity)];
  }

  void append(Change change) {
    lock.lock();
    try {
      if (end - first == ring.length) {
        makeRoom();
      }
      ring[slot(end++)] = change;
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** Where the next change will be. */
  long end() {
    lock.lock();
    try {
      return end;
    } finally {
      lock.unlock();
    }
  }

  /** The cursor of the first change after a revision; −1 when changes after it were dropped. */
  long after(long revision) {
    lock.lock();
    try {
      if (revision < floor) {
        return -1;
      }
      long at = end;
      while (at > first && ring[slot(at - 1)].revision() > revision) {
        at--;
      }
      return at;
    } finally {
      lock.unlock();
    }
  }

  /** The newest revision whose changes were dropped. */
  long floor() {
    lock.lock();
    try {
      return floor;
    } finally {
      lock.unlock();
    }
  }

  /**
   * The change at a cursor; null when it has not come yet.
   *
   * @throws Dropped when it is no longer here
   */
  @Nullable Change at(long cursor) throws Dropped {
    lock.lock();
    try {
      if (cursor < first) {
        throw new Dropped();
      }
      return cursor < end ? ring[slot(cursor)] : null;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until there is something at the cursor, {@link #wake} is called or the time is over. */
  void await(long cursor, BooleanSupplier ended, Duration atMost) throws InterruptedException {
    lock.lock();
    try {
      if (cursor >= end && !ended.getAsBoolean()) {
        var _ = more.awaitNanos(atMost.toNanos());
      }
    } finally {
      lock.unlock();
    }
  }

  /** Lets all waiting readers look again. */
  void wake() {
    lock.lock();
    try {
      more.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private int slot(long index) {
    return (int) (index % ring.length);
  }

  private void makeRoom() {
    if (ring.length < capacity) {
      grow();
      return;
    }
    floor = ring[slot(first)].revision();
    ring[slot(first)] = null;
    first++;
  }

  private void grow() {
    Change[] old = ring;
    Change[] bigger = new Change[Math.min(capacity, old.length * 2)];
    for (long i = first; i < end; i++) {
      bigger[(int) (i % bigger.length)] = old[(int) (i % old.length)];
    }
    Arrays.fill(old, null);
    ring = bigger;
  }

  /** A cursor points to a change that is no longer here. */
  static final class Dropped extends Exception {
    private static final long serialVersionUID = 1L;

    Dropped() {
      super("the change was dropped", null, false, false);
    }
  }
}
