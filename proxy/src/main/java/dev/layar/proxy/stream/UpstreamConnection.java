package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.codec.http1.BodyDecoder;
import dev.layar.proxy.codec.http1.HeadParser;
import dev.layar.proxy.codec.http1.Limits;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeadWriter;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Outbox;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to an endpoint: connecting, idle in its pool, or carrying one call, whose
 * stream it is. Event-loop confined.
 */
final class UpstreamConnection extends PooledConnection implements UpstreamStream {
  private static final byte[] CHUNKED_LINE = HeadWriter.line("transfer-encoding", "chunked");
  private static final int CHUNKED_NAME = "transfer-encoding".length();

  private final Http1Pool http1;
  private final HeadParser parser = HeadParser.responses(Limits.RESPONSE);
  private final BodyDecoder body = new BodyDecoder(Limits.RESPONSE);

  private @Nullable UpstreamCall call;
  private boolean headSeen;
  private boolean reusable;
  private boolean chunkedOut;
  private @Nullable Head asked;
  private boolean requestSent;
  private boolean used;
  private int requests;
  private long idleSince;

  UpstreamConnection(Loop loop, Http1Pool pool) {
    super(loop, pool);
    this.http1 = pool;
  }

  // ---- life

  @Override
  void opened() {
    http1.connected(this);
  }

  @Override
  void onOpenTimer() {
    if (call == null) {
      onIdle();
    }
  }

  /** The idle timer is lazy: it looks at the last use instead of being moved at each. */
  private void onIdle() {
    long deadline = idleSince + pool.idleTimeoutNanos();
    if (loop.now() < deadline) {
      loop.arm(timer, deadline);
      return;
    }
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_IDLE_TIMEOUT);
    closeIdle();
  }

  /** Closes a connection that carries nothing. */
  void closeIdle() {
    if (isOpen() && call == null) {
      http1.forget(this);
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
      end();
    }
  }

  @Override
  void retire() {
    closeIdle();
  }

  // ---- carrying a call

  /** Carries a call from now on; the connection is idle. */
  void carry(UpstreamCall next) {
    used = requests > 0;
    requests++;
    call = next;
    asked = null;
    headSeen = false;
    reusable = true;
    requestSent = false;
    parser.reset();
    next.responseHead().reset();
    pool.callStarted();
    next.ready(this);
  }

  @Override
  public boolean used() {
    return used;
  }

  @Override
  public void sendHead(Head request, boolean ends) {
    asked = request.asksForTunnel() ? request : null;
    chunkedOut = request.chunked();
    if (chunkedOut) {
      request.appendLine(CHUNKED_LINE, CHUNKED_NAME, HeaderName.TRANSFER_ENCODING);
    }
    HeadWriter.request(request, outbox().buffer());
  }

  @Override
  public void sendBody(ByteBuf in, int size) {
    Outbox outbox = outbox();
    if (chunkedOut) {
      BodyDecoder.writeChunkStart(outbox.buffer(), size);
      outbox.write(in, size);
      BodyDecoder.writeChunkEnd(outbox.buffer());
    } else {
      outbox.write(in, size);
    }
  }

  @Override
  public void sendEnd(@Nullable Head trailers) {
    if (chunkedOut) {
      BodyDecoder.writeLastChunk(outbox().buffer());
    } else if (asked != null) {
      halfClose();
    }
    requestSent = true;
  }

  @Override
  public boolean full() {
    return outbox().full();
  }

  /** A connection in the middle of an exchange cannot be used again. */
  @Override
  public void abandon() {
    if (call != null) {
      call = null;
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_WITH_ACTIVE_RQ);
      pool.callEnded();
      end();
    }
  }

  @Override
  public void reading(boolean on) {
    autoRead(on);
  }

  int requests() {
    return requests;
  }

  // ---- events

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      stats().add(loop.index(), ClusterStats.UPSTREAM_CX_RX_BYTES, in.readableBytes());
      read(in);
    } finally {
      in.release();
    }
  }

  private void read(ByteBuf in) {
    if (call == null && isOpen()) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_PROTOCOL_ERROR);
      closeIdle();
    }
    UpstreamCall now = call;
    if (now == null || (!headSeen && !readHead(in, now))) {
      return;
    }
    boolean more = in.isReadable();
    while (more) {
      more = readBody(in, now) && in.isReadable();
    }
  }

  /** Whether the final head is there and the call still ours. */
  private boolean readHead(ByteBuf in, UpstreamCall now) {
    Head head = now.responseHead();
    while (true) {
      if (!parser.parse(in, head)) {
        if (parser.refusal() != null) {
          fail(UpstreamFailure.PROTOCOL, "");
        }
        return false;
      }
      if (opensTunnel(head) || head.status() >= 200) {
        break;
      }
      if (head.status() == 101) {
        fail(UpstreamFailure.PROTOCOL, "");
        return false;
      }
      parser.reset();
      head.reset();
    }
    headSeen = true;
    framing(head, now.isHeadRequest());
    reusable = head.keepAlive() && !body.endsAtClose();
    boolean end = body.done();
    now.responseHead(end);
    if (call == now && end) {
      finish(now, in.isReadable());
      return false;
    }
    return call == now;
  }

  private boolean opensTunnel(Head head) {
    Head request = asked;
    return request != null && head.opensTunnel(request);
  }

  /** RFC 9112 §6.3. */
  private void framing(Head head, boolean headRequest) {
    int status = head.status();
    if (opensTunnel(head)) {
      body.untilClose();
    } else if (headRequest || status == 204 || status == 304) {
      body.none();
    } else if (head.chunked()) {
      body.chunked();
    } else if (head.contentLength() >= 0) {
      body.length(head.contentLength());
    } else {
      body.untilClose();
    }
  }

  /** Whether there may be more to do with what is in the buffer. */
  private boolean readBody(ByteBuf in, UpstreamCall now) {
    int size = body.next(in);
    if (size > 0) {
      now.responseBody(in, size);
      if (call != now) {
        return false;
      }
      if (body.done()) {
        finish(now, in.isReadable());
        return false;
      }
      return true;
    }
    if (size == BodyDecoder.END) {
      finish(now, in.isReadable());
    } else if (size == BodyDecoder.BAD) {
      fail(UpstreamFailure.PROTOCOL, "");
    }
    return false;
  }

  /** The response is complete: back to the pool first, so that what follows may use it again. */
  private void finish(UpstreamCall now, boolean leftover) {
    call = null;
    pool.callEnded();
    if (leftover) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_PROTOCOL_ERROR);
    }
    if (reusable && requestSent && !leftover && http1.keeps(this)) {
      becomeIdle();
    } else {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
      end();
    }
    now.responseEnd();
  }

  private void becomeIdle() {
    idleSince = loop.now();
    if (!timer.armed() && pool.idleTimeoutNanos() > 0) {
      loop.arm(timer, idleSince + pool.idleTimeoutNanos());
    }
    reading(true);
    http1.released(this);
  }

  private void fail(UpstreamFailure failure, String reason) {
    UpstreamCall now = call;
    call = null;
    if (failure == UpstreamFailure.PROTOCOL) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_PROTOCOL_ERROR);
    }
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_WITH_ACTIVE_RQ);
    pool.callEnded();
    end();
    if (now != null) {
      now.failed(failure, reason);
    }
  }

  @Override
  void closedByPeer() {
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_REMOTE);
    UpstreamCall now = call;
    if (now == null) {
      http1.forget(this);
      end();
    } else if (headSeen && body.endsAtClose()) {
      reusable = false;
      finish(now, false);
    } else {
      fail(UpstreamFailure.TERMINATED, "");
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    UpstreamCall now = call;
    if (now != null) {
      now.writable(context.channel().isWritable());
      loop.endTurn();
    }
  }
}
