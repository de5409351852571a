package dev.layar.proxy.server;

import dev.layar.proxy.observe.ByteSink;
import java.io.IOException;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicLong;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The one thread that writes access logs, so that a full pipe or a slow disk stops no event loop.
 * Buffers go round between loops and the writer; when all are waiting to be written, lines are
 * dropped and counted. Thread-safe.
 */
final class LogWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LogWriter.class);
  private static final int QUEUED = 64;
  private static final int CAPACITY = 72 * 1024;

  private record Work(
      @Nullable LogSink sink, @Nullable ByteSink lines, @Nullable CountDownLatch done) {}

  private final BlockingQueue<Work> queue = new ArrayBlockingQueue<>(QUEUED);
  private final BlockingQueue<ByteSink> spare = new ArrayBlockingQueue<>(QUEUED);
  private final AtomicLong dropped = new AtomicLong();
  private final Thread thread;
  private volatile boolean closed;

  LogWriter() {
    thread = Thread.ofPlatform().name("access-log").daemon().start(this::run);
  }

  /** An empty buffer. */
  ByteSink buffer() {
    ByteSink used = spare.poll();
    return used == null ? new ByteSink(CAPACITY) : used;
  }

  /** Writes the lines soon; takes the buffer. */
  void write(LogSink sink, ByteSink lines) {
    if (!queue.offer(new Work(sink, lines, null))) {
      dropped.incrementAndGet();
      recycle(lines);
    }
  }

  /** Buffers that were dropped because the sinks were too slow. */
  long dropped() {
    return dropped.get();
  }

  /** Waits until everything handed over before is written. */
  void drain() throws InterruptedException {
    CountDownLatch done = new CountDownLatch(1);
    queue.put(new Work(null, null, done));
    done.await();
  }

  private void run() {
    while (!closed || !queue.isEmpty()) {
      try {
        work(queue.take());
      } catch (InterruptedException e) {
        LOG.debug("the access-log writer was asked to end");
      }
    }
  }

  private void work(Work work) {
    ByteSink lines = work.lines();
    LogSink sink = work.sink();
    if (lines != null && sink != null) {
      try {
        sink.write(lines.bytes(), lines.length());
      } catch (IOException e) {
        LOG.warn("cannot write the access log: {}", e.getMessage());
      }
      recycle(lines);
    }
    CountDownLatch done = work.done();
    if (done != null) {
      done.countDown();
    }
  }

  private void recycle(ByteSink lines) {
    lines.clear();
    if (!spare.offer(lines)) {
      LOG.trace("a spare access-log buffer is given back");
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
