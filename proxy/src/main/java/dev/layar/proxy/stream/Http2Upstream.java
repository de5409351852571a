package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.codec.http1.Limits;
import dev.layar.proxy.codec.http2.ErrorCode;
import dev.layar.proxy.codec.http2.Http2Options;
import dev.layar.proxy.codec.http2.Http2Session;
import dev.layar.proxy.codec.http2.Http2Stream;
import dev.layar.proxy.net.Loop;
import io.netty.buffer.ByteBuf;
import io.netty.channel.ChannelHandlerContext;
import org.jspecify.annotations.Nullable;

/**
 * One HTTP/2 connection to an endpoint, carrying as many calls as both ends agree to. Event-loop
 * confined. One that is retired takes no more calls and closes after the last.
 */
final class Http2Upstream extends PooledConnection implements Http2Session.Owner {
  private final Http2Pool http2;
  private final byte[] scratch;
  private @Nullable Http2Session session;
  private boolean retired;
  private boolean broken;
  private boolean pingOpen;
  private int requests;
  private long idleSince;
  private long heardAt;
  private long pingedAt;

  Http2Upstream(Loop loop, Http2Pool pool, byte[] scratch) {
    super(loop, pool);
    this.http2 = pool;
    this.scratch = scratch;
  }

  private Http2Session session() {
    Http2Session present = session;
    if (present == null) {
      throw new IllegalStateException("not connected");
    }
    return present;
  }

  private Http2Options options() {
    return http2.options();
  }

  @Override
  void opened() {
    session =
        new Http2Session(
            loop,
            outbox(),
            options(),
            false,
            Limits.RESPONSE.headBytes(),
            Limits.RESPONSE.headers(),
            false,
            scratch,
            this);
    idleSince = loop.now();
    heardAt = idleSince;
    pingedAt = idleSince;
    http2.connected(this);
    schedule();
  }

  // ---- calls

  /** How many more calls it takes now. */
  int capacity() {
    int most = http2.maxRequests();
    if (retired || !isOpen()) {
      return 0;
    }
    int now = session().capacity();
    return most == 0 ? now : Math.min(now, most - requests);
  }

  void carry(UpstreamCall call) {
    requests++;
    Http2UpstreamStream stream = new Http2UpstreamStream(this, call);
    session().open(stream);
    pool.callStarted();
    call.responseHead().reset();
    call.ready(stream);
    int most = http2.maxRequests();
    if (most > 0 && requests >= most && !retired) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_MAX_REQUESTS);
      retire();
    }
  }

  void callEnded() {
    pool.callEnded();
  }

  void protocolError() {
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_PROTOCOL_ERROR);
  }

  /** Whether the upstream broke the protocol in a way that ends the connection. */
  boolean broken() {
    return broken;
  }

  // ---- what the session asks

  @Override
  public @Nullable Http2Stream accept() {
    return null;
  }

  @Override
  public void idle() {
    idleSince = loop.now();
    if (retired) {
      closeIdle();
    } else {
      schedule();
    }
  }

  @Override
  public void capacityChanged() {
    if (isOpen()) {
      http2.serveWaiting(this);
    }
  }

  @Override
  public void goingAway() {
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_CLOSE_NOTIFY);
    retire();
  }

  @Override
  public void pong(long opaque) {
    pingOpen = false;
  }

  @Override
  public void failed(int code, String details) {
    protocolError();
    broken = true;
    http2.forget(this);
    loop.execute(
        () -> {
          outbox().flush();
          stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
          finish();
          loop.endTurn();
        });
  }

  // ---- the end

  @Override
  void retire() {
    if (!retired) {
      retired = true;
      http2.forget(this);
    }
    if (isOpen() && session().streamCount() == 0) {
      closeIdle();
    }
  }

  private void closeIdle() {
    if (isOpen()) {
      http2.forget(this);
      session().goAway(true, ErrorCode.NO_ERROR);
      outbox().flush();
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
      finish();
    }
  }

  @Override
  void closedByPeer() {
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_REMOTE);
    finish();
  }

  /** The socket closes first, so that whoever fails for it cannot use it again. */
  private void finish() {
    if (!isOpen()) {
      return;
    }
    Http2Session last = session();
    http2.forget(this);
    if (last.streamCount() > 0) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_WITH_ACTIVE_RQ);
    }
    end();
    last.abort();
  }

  // ---- bytes

  @Override
  public void channelRead(ChannelHandlerContext context, Object message) {
    ByteBuf in = (ByteBuf) message;
    try {
      if (isOpen()) {
        stats().add(loop.index(), ClusterStats.UPSTREAM_CX_RX_BYTES, in.readableBytes());
        heardAt = loop.now();
        session().read(in);
      }
    } finally {
      in.release();
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    super.channelReadComplete(context);
    if (isOpen()) {
      session().turnEnded();
    }
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext context) {
    if (isOpen() && context.channel().isWritable()) {
      session().socketWritable();
      loop.endTurn();
    }
  }

  // ---- deadlines

  private void schedule() {
    long deadline = Long.MAX_VALUE;
    if (pool.idleTimeoutNanos() > 0) {
      deadline = idleSince + pool.idleTimeoutNanos();
    }
    long interval = options().keepaliveIntervalNanos();
    if (interval > 0) {
      deadline =
          Math.min(
              deadline,
              pingOpen
                  ? pingedAt + options().keepaliveTimeoutNanos()
                  : Math.max(pingedAt, heardAt) + interval);
    }
    if (deadline != Long.MAX_VALUE && !timer.armed()) {
      loop.arm(timer, Math.max(deadline, loop.coarseNow() + 1_000_000L));
    }
  }

  @Override
  void onOpenTimer() {
    long now = loop.now();
    long timeout = pool.idleTimeoutNanos();
    if (session().streamCount() > 0) {
      idleSince = now;
    } else if (timeout > 0 && now >= idleSince + timeout) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_IDLE_TIMEOUT);
      closeIdle();
      return;
    }
    keepAlive(now);
    if (isOpen()) {
      schedule();
    }
  }

  private void keepAlive(long now) {
    long interval = options().keepaliveIntervalNanos();
    if (interval == 0) {
      return;
    }
    if (pingOpen && now >= pingedAt + options().keepaliveTimeoutNanos()) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY_LOCAL);
      finish();
    } else if (!pingOpen && now >= Math.max(pingedAt, heardAt) + interval) {
      pingOpen = true;
      pingedAt = now;
      session().ping(now);
    }
  }
}
