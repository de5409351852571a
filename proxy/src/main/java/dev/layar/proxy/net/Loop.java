package dev.layar.proxy.net;

import dev.layar.base.SplitMix64;
import dev.layar.base.Ticker;
import io.netty.channel.EventLoop;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * One event loop and what it owns: clock, timers, randomness, and the list of connections with
 * something to send. Every method but {@link #execute} is for the loop's own thread.
 *
 * <p>A turn is one event (bytes, a timer, a finished connect). Whoever receives an event calls
 * {@link #endTurn()} when done, which is where everything written in between is flushed, once per
 * connection.
 */
public final class Loop {
  private final int index;
  private final EventLoop eventLoop;
  private final Ticker ticker;
  private final SplitMix64 random;
  private final TimerWheel wheel;
  private final LoopBuffers buffers = new LoopBuffers();
  private final Runnable wake = this::runTimers;

  private @Nullable Outbox[] dirty = new @Nullable Outbox[64];
  private int dirtyCount;
  private long lastNow;
  private long wakeAt = TimerWheel.NEVER;

  /**
   * @param index of this loop among its siblings: its slot in per-loop counters
   */
  public Loop(int index, EventLoop eventLoop, Ticker ticker, long seed) {
    this.index = index;
    this.eventLoop = eventLoop;
    this.ticker = ticker;
    this.random = new SplitMix64(seed);
    this.wheel = new TimerWheel(ticker.nanos());
  }

  public int index() {
    return index;
  }

  public EventLoop eventLoop() {
    return eventLoop;
  }

  /** The monotonic clock, in nanoseconds. */
  public long now() {
    lastNow = ticker.nanos();
    return lastNow;
  }

  /** What {@link #now} said last: the time of this turn, near enough where nothing is measured. */
  public long coarseNow() {
    return lastNow;
  }

  public SplitMix64 random() {
    return random;
  }

  /** Runs the task on the loop. From any thread. */
  public void execute(Runnable task) {
    eventLoop.execute(task);
  }

  /** Arms a timer that belongs to this loop. */
  public void arm(Timer timer, long deadlineNanos) {
    wheel.arm(timer, deadlineNanos);
    if (deadlineNanos < wakeAt) {
      schedule();
    }
  }

  public void cancel(Timer timer) {
    wheel.cancel(timer);
  }

  /**
   * Fires what is due and flushes. The loop calls it by itself; a test with a held clock does too.
   */
  public void runTimers() {
    long now = ticker.nanos();
    if (now >= wakeAt) {
      wakeAt = TimerWheel.NEVER;
    }
    wheel.advance(now);
    schedule();
    endTurn();
  }

  /** Flushes every connection that was written to in this turn. */
  public void endTurn() {
    for (int i = 0; i < dirtyCount; i++) {
      Outbox outbox = dirty[i];
      dirty[i] = null;
      if (outbox != null) {
        outbox.flush();
      }
    }
    dirtyCount = 0;
  }

  LoopBuffers buffers() {
    return buffers;
  }

  /** Lets go of what the loop owns; nothing runs on it afterwards. */
  public void close() {
    buffers.release();
  }

  void dirty(Outbox outbox) {
    if (dirtyCount == dirty.length) {
      dirty = Arrays.copyOf(dirty, dirtyCount * 2);
    }
    dirty[dirtyCount++] = outbox;
  }

  private void schedule() {
    long next = wheel.nextWake();
    if (next >= wakeAt) {
      return;
    }
    wakeAt = next;
    eventLoop.schedule(wake, Math.max(0, next - ticker.nanos()), TimeUnit.NANOSECONDS);
  }
}
