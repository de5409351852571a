package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.codec.http1.BodyDecoder;
import dev.layar.proxy.codec.http1.HeadParser;
import dev.layar.proxy.codec.http1.Limits;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Outbox;
import dev.layar.proxy.net.Timer;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/1.1 connection to an endpoint: connecting, idle in its pool, or carrying one call.
 * Event-loop confined.
 */
final class UpstreamConnection extends ChannelInboundHandlerAdapter {
  private enum State {
    CONNECTING,
    IDLE,
    CARRYING,
    CLOSED
  }

  private final Loop loop;
  private final HostPool pool;
  private final HeadParser parser = HeadParser.responses(Limits.RESPONSE);
  private final BodyDecoder body = new BodyDecoder(Limits.RESPONSE);
  private final Timer timer = new Timer(this::onTimer);
  private final long startedNanos;

  private State state = State.CONNECTING;
  private @Nullable Channel channel;
  private @Nullable Outbox outbox;
  private byte[] localAddress = new byte[0];
  private @Nullable UpstreamCall call;
  private boolean headSeen;
  private boolean reusable;
  private boolean requestSent;
  private boolean used;
  private int requests;
  private long idleSince;

  UpstreamConnection(Loop loop, HostPool pool) {
    this.loop = loop;
    this.pool = pool;
    this.startedNanos = loop.now();
  }

  // ---- life

  void connecting(ChannelFuture future, long timeoutNanos) {
    channel = future.channel();
    loop.arm(timer, startedNanos + timeoutNanos);
    future.addListener(done -> onConnected(future));
  }

  private void onConnected(ChannelFuture future) {
    if (state != State.CONNECTING) {
      future.channel().close();
      return;
    }
    loop.cancel(timer);
    if (!future.isSuccess()) {
      state = State.CLOSED;
      pool.connectFailed(this, UpstreamFailure.REFUSED, text(future.cause()));
    } else {
      Channel connected = future.channel();
      state = State.IDLE;
      outbox = new Outbox(loop, connected);
      localAddress = Ascii.bytes(Endpoint.text((InetSocketAddress) connected.localAddress()));
      stats()
          .metrics()
          .record(
              loop.index(),
              ClusterStats.UPSTREAM_CX_CONNECT_MS,
              (loop.now() - startedNanos) / 1000);
      pool.connected(this);
    }
    loop.endTurn();
  }

  private static String text(@Nullable Throwable cause) {
    return cause == null || cause.getMessage() == null ? "" : cause.getMessage();
  }

  private void onTimer() {
    switch (state) {
      case CONNECTING -> connectTimedOut();
      case IDLE -> onIdle();
      case CARRYING, CLOSED -> loop.cancel(timer);
    }
  }

  private void connectTimedOut() {
    state = State.CLOSED;
    close();
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_CONNECT_TIMEOUT);
    pool.connectFailed(this, UpstreamFailure.CONNECT_TIMEOUT, "");
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
    if (state == State.IDLE) {
      pool.forget(this);
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
      end();
    }
  }

  private void end() {
    state = State.CLOSED;
    loop.cancel(timer);
    Outbox box = outbox;
    if (box != null) {
      box.discard();
    }
    close();
    pool.closed(this);
  }

  private void close() {
    Channel open = channel;
    if (open != null) {
      open.close();
    }
  }

  // ---- carrying a call

  /** Carries a call from now on; the connection is idle. */
  void carry(UpstreamCall next) {
    state = State.CARRYING;
    used = requests > 0;
    requests++;
    call = next;
    headSeen = false;
    reusable = true;
    requestSent = false;
    parser.reset();
    next.responseHead().reset();
    pool.callStarted();
    next.ready(this);
  }

  /** The whole request is in the outbox. */
  void requestSent() {
    requestSent = true;
  }

  /** Whether an earlier call went over this connection. */
  boolean used() {
    return used;
  }

  /** The call gives up: a connection in the middle of an exchange cannot be used again. */
  void abandon() {
    if (state == State.CARRYING) {
      call = null;
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_WITH_ACTIVE_RQ);
      pool.callEnded();
      end();
    }
  }

  Outbox outbox() {
    Outbox box = outbox;
    if (box == null) {
      throw new IllegalStateException("not connected");
    }
    return box;
  }

  /** {@code ip:port} of this end. */
  byte[] localAddress() {
    return localAddress;
  }

  Endpoint endpoint() {
    return pool.endpoint();
  }

  /** Stops or resumes reading: the client is slower than the upstream. */
  void reading(boolean on) {
    Channel open = channel;
    if (open != null && open.config().isAutoRead() != on) {
      open.config().setAutoRead(on);
    }
  }

  int requests() {
    return requests;
  }

  private ClusterStats stats() {
    return pool.stats();
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
    if (state == State.IDLE) {
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
      if (head.status() == 101) {
        fail(UpstreamFailure.PROTOCOL, "");
        return false;
      }
      if (head.status() >= 200) {
        break;
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

  /** RFC 9112 §6.3. */
  private void framing(Head head, boolean headRequest) {
    int status = head.status();
    if (headRequest || status == 204 || status == 304) {
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
    if (reusable && requestSent && !leftover && pool.keeps(this)) {
      becomeIdle();
    } else {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
      end();
    }
    now.responseEnd();
  }

  private void becomeIdle() {
    state = State.IDLE;
    idleSince = loop.now();
    if (!timer.armed() && pool.idleTimeoutNanos() > 0) {
      loop.arm(timer, idleSince + pool.idleTimeoutNanos());
    }
    reading(true);
    pool.released(this);
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
  public void channelReadComplete(ChannelHandlerContext context) {
    loop.endTurn();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    switch (state) {
      case IDLE -> {
        pool.forget(this);
        stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_REMOTE);
        end();
      }
      case CARRYING -> closedByPeer();
      case CONNECTING, CLOSED -> loop.cancel(timer);
    }
    loop.endTurn();
  }

  private void closedByPeer() {
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_REMOTE);
    UpstreamCall now = call;
    if (headSeen && body.endsAtClose() && now != null) {
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

  /** A reset arrives as an exception before the channel goes inactive. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
