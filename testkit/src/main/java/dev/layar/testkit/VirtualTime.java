package dev.layar.testkit;

import dev.layar.base.Ticker;
import java.time.Duration;
import java.util.PriorityQueue;

/**
 * Time that passes only when a test says so: a {@link Ticker} and a scheduler on it. Confined to
 * one thread; tasks run on the thread that calls {@link #advance}.
 */
public final class VirtualTime implements Ticker {
  private record Task(long at, long order, Runnable action) {}

  /** Stops a scheduled task from running. */
  @FunctionalInterface
  public interface Cancel {
    void cancel();
  }

  private final PriorityQueue<Task> tasks =
      new PriorityQueue<>(
          (a, b) -> a.at != b.at ? Long.compare(a.at, b.at) : Long.compare(a.order, b.order));
  private long now;
  private long order;

  @Override
  public long nanos() {
    return now;
  }

  /** Runs {@code action} when {@code delay} has passed; ties run in the order of scheduling. */
  public Cancel schedule(Duration delay, Runnable action) {
    Task task = new Task(now + Math.max(0, delay.toNanos()), order++, action);
    tasks.add(task);
    return () -> tasks.remove(task);
  }

  /** Lets time pass, running what falls due, including what that schedules, at its own instant. */
  public void advance(Duration by) {
    long until = now + by.toNanos();
    for (Task next = tasks.peek(); next != null && next.at <= until; next = tasks.peek()) {
      tasks.remove(next);
      now = next.at;
      next.action.run();
    }
    now = until;
  }

  /** How many tasks wait. */
  public int pending() {
    return tasks.size();
  }
}
