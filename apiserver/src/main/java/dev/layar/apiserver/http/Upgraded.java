package dev.layar.apiserver.http;

import io.netty.channel.Channel;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.spdy.SpdyPingFrame;
import io.netty.util.ReferenceCountUtil;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * A connection after the switch to WebSocket or SPDY, for threads that block. Messages come from
 * the event loop; one thread takes them, any thread sends. At most {@link #MOST} messages wait;
 * beyond that the connection is not read. The taker owns the message that it takes.
 */
final class Upgraded {
  private static final int MOST = 64;

  private final Channel channel;
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Deque<Object> waiting = new ArrayDeque<>();
  private boolean over;
  private @Nullable Runnable whenOver;

  Upgraded(Channel channel) {
    this.channel = channel;
  }

  /** On the event loop; takes ownership. */
  void received(Object message) {
    if (message instanceof PingWebSocketFrame ping) {
      channel.writeAndFlush(new PongWebSocketFrame(ping.content()));
      return;
    }
    if (message instanceof PongWebSocketFrame pong) {
      pong.release();
      return;
    }
    if (message instanceof SpdyPingFrame ping) {
      channel.writeAndFlush(ping);
      return;
    }
    lock.lock();
    try {
      if (over) {
        ReferenceCountUtil.release(message);
        return;
      }
      waiting.add(message);
      if (waiting.size() >= MOST) {
        channel.config().setAutoRead(false);
      }
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** The connection is closed. On the event loop. */
  void lost() {
    Runnable action;
    lock.lock();
    try {
      over = true;
      action = whenOver;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    if (action != null) {
      action.run();
    }
  }

  /** Runs once when the connection is closed, or now if it is. */
  void onLost(Runnable action) {
    boolean now;
    lock.lock();
    try {
      whenOver = action;
      now = over;
    } finally {
      lock.unlock();
    }
    if (now) {
      action.run();
    }
  }

  /** Waits for the next message; null when the connection is closed. */
  @Nullable Object take() throws InterruptedException {
    return take(Duration.ofDays(365));
  }

  /** Waits for the next message; null when there was none in time or the connection is closed. */
  @Nullable Object take(Duration atMost) throws InterruptedException {
    lock.lock();
    try {
      long left = atMost.toNanos();
      while (waiting.isEmpty() && !over && left > 0) {
        left = changed.awaitNanos(left);
      }
      Object message = waiting.poll();
      if (waiting.size() == MOST / 2) {
        channel.config().setAutoRead(true);
      }
      return message;
    } finally {
      lock.unlock();
    }
  }

  boolean isOver() {
    lock.lock();
    try {
      return over;
    } finally {
      lock.unlock();
    }
  }

  /** Sends and waits until it is on its way; takes ownership. */
  void send(Object message) throws IOException {
    Exchange.await(channel.writeAndFlush(message));
  }

  /** Closes the connection, after at most this time for the client to close it itself. */
  void close(Duration grace) throws InterruptedException {
    if (!channel.closeFuture().await(grace.toMillis(), TimeUnit.MILLISECONDS)) {
      channel.close();
    }
    drop();
  }

  /** Closes at once. */
  void close() {
    channel.close();
    drop();
  }

  private void drop() {
    lock.lock();
    try {
      over = true;
      waiting.forEach(ReferenceCountUtil::release);
      waiting.clear();
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }
}
