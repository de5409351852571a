package dev.layar.proxy.codec.http2;

import dev.layar.proxy.http.Head;
import io.netty.buffer.ByteBuf;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * One stream of a session: its windows, and what waits for them. Event-loop confined; reusable
 * after {@link #onClosed}. What it means is its subclass's business.
 */
public abstract class Http2Stream {
  private static final int CHUNK = 16 * 1024;

  private @Nullable Http2Session session;
  int id;
  int sendWindow;
  int receiveWindow;
  int unacknowledged;
  int held;
  boolean paused;
  boolean headSeen;
  boolean localEnded;
  boolean remoteEnded;
  boolean queued;
  long expected;
  long openedNanos;

  private final ArrayDeque<ByteBuf> pending = new ArrayDeque<>(0);
  private int pendingBytes;
  private boolean endPending;
  private @Nullable ByteBuf trailerBlock;

  /** Where the peer's head is to be put. */
  protected abstract Head head();

  /** Where the peer's trailers are to be put. */
  protected abstract Head trailers();

  /** The peer's head is complete. */
  protected abstract void onHead(boolean ends);

  /** {@code size} bytes of body are at the reader index; takes exactly these. */
  protected abstract void onData(ByteBuf in, int size);

  /** The peer has sent everything; trailers are in {@link #trailers()} when there were any. */
  protected abstract void onEnd();

  /** What the peer sent is no HTTP message. The stream is still open. */
  protected abstract void onMalformed(HeadFault fault);

  /** The peer reset the stream, or this end did because of an error; it is closed. */
  protected abstract void onReset(int code, boolean byPeer);

  /** Everything that waited is sent: more may come. */
  protected abstract void onWritable();

  /** This end has sent everything. */
  protected void onSent() {}

  /** Both ends are done: the last that is heard of the session. */
  protected abstract void onClosed();

  /** Whether the message is a response to HEAD, which announces a length without a body. */
  protected boolean bodiless() {
    return false;
  }

  // ---- for the subclass

  protected final Http2Session session() {
    Http2Session present = session;
    if (present == null) {
      throw new IllegalStateException("the stream is not open");
    }
    return present;
  }

  /** Whether the session knows the stream. */
  protected final boolean isOpen() {
    return session != null;
  }

  protected final boolean remoteEnded() {
    return remoteEnded;
  }

  protected final boolean localEnded() {
    return localEnded;
  }

  /** Bytes that wait for the peer. */
  public final int pendingBytes() {
    return pendingBytes;
  }

  /** Stops or resumes what the peer may send; what is on its way still comes. */
  protected final void pause(boolean on) {
    paused = on;
    Http2Session present = session;
    if (!on && present != null) {
      present.credit(this);
    }
  }

  // ---- for the session

  void open(Http2Session in, int streamId, int send, int receive, long nowNanos) {
    session = in;
    id = streamId;
    sendWindow = send;
    receiveWindow = receive;
    unacknowledged = 0;
    held = 0;
    paused = false;
    headSeen = false;
    localEnded = false;
    remoteEnded = false;
    queued = false;
    expected = Head.NO_LENGTH;
    openedNanos = nowNanos;
    endPending = false;
  }

  /** Lets go of everything. */
  void close() {
    session = null;
    for (ByteBuf buffer = pending.poll(); buffer != null; buffer = pending.poll()) {
      buffer.release();
    }
    pendingBytes = 0;
    ByteBuf block = trailerBlock;
    if (block != null) {
      trailerBlock = null;
      block.release();
    }
  }

  boolean waits() {
    return pendingBytes > 0 || endPending || trailerBlock != null;
  }

  /** Copies what cannot be sent: a slice would hold the loop's large receive buffer. */
  void enqueue(ByteBuf in, int size) {
    int left = size;
    while (left > 0) {
      ByteBuf last = pending.peekLast();
      if (last == null || last.writableBytes() == 0) {
        last = in.alloc().directBuffer(CHUNK, CHUNK);
        pending.add(last);
      }
      int take = Math.min(left, last.writableBytes());
      last.writeBytes(in, take);
      left -= take;
    }
    pendingBytes += size;
  }

  /** The buffer to send from next; null when nothing waits. */
  @Nullable ByteBuf nextPending() {
    return pending.peek();
  }

  void sentPending(int size) {
    pendingBytes -= size;
    ByteBuf first = pending.peek();
    if (first != null && !first.isReadable()) {
      pending.poll();
      first.release();
    }
  }

  void endLater(@Nullable ByteBuf block) {
    endPending = true;
    trailerBlock = block;
  }

  boolean endPending() {
    return endPending;
  }

  /** What is to end the message now: a block of trailers, or null. Nothing waits any more. */
  @Nullable ByteBuf takeEnd() {
    ByteBuf block = trailerBlock;
    trailerBlock = null;
    endPending = false;
    return block;
  }
}
