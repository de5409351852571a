package dev.layar.proxy.tcp;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.proxy.cluster.breaker.CircuitBreaker;
import dev.layar.proxy.cluster.lb.XxHash64;
import dev.layar.proxy.cluster.outlier.OutlierDetector;
import dev.layar.proxy.filter.rbac.RbacConfig;
import dev.layar.proxy.filter.rbac.RbacRules;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Timer;
import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.proxy.route.RouteAction;
import dev.layar.proxy.stream.Arrival;
import dev.layar.proxy.stream.ClientConnection;
import dev.layar.proxy.stream.ConnectionSet;
import dev.layar.proxy.stream.Worker;
import dev.layar.proxy.tls.ClientTls;
import io.netty.buffer.ByteBuf;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One client's connection through a TCP proxy and the upstream connection that belongs to it alone
 * ({@code Envoy TcpProxy}). Event-loop confined; the handler of the client's channel.
 *
 * <p>Implementation notes. (1) Nothing is read from the client until the upstream is connected, so
 * that early bytes wait in the socket. (2) Either side's end is relayed as a half close; the
 * session is over when both sides have ended, or one broke. (3) A side is not read while the other
 * side has more unsent than the listener's buffer limit. (4) Every way to end leads to {@link
 * #end}, which counts and logs once.
 */
public final class TcpSession extends ChannelInboundHandlerAdapter implements ClientConnection {
  private static final byte[] MAX_DURATION = Ascii.bytes("max_connection_duration_reached");
  private static final byte[] IDLE = Ascii.bytes("tcp_session_idle_timeout");

  /** A plain connection has no head. */
  private static final Head NO_REQUEST = new Head(0);

  private enum State {
    CONNECTING,
    OPEN,
    CLOSED
  }

  private final Worker worker;
  private final Loop loop;
  private final TcpContext context;
  private final ConnectionSet siblings;
  private final Arrival arrival;
  private final StreamInfo info = new StreamInfo();
  private final PickContext pick = new PickContext();
  private final Timer connectTimer = new Timer(this::connectTimedOut);
  private final Timer idleTimer = new Timer(this::onIdle);
  private final Timer durationTimer = new Timer(this::onMaxDuration);

  private State state = State.CONNECTING;
  private @Nullable Relay client;
  private @Nullable Upstream upstream;
  private @Nullable Cluster cluster;
  private @Nullable ByteBuf early;
  private boolean clientEnded;
  private long lastActivity;

  /**
   * @param siblings the set of the chain's connections on this loop, which it joins while open
   */
  public TcpSession(Worker worker, TcpContext context, ConnectionSet siblings, Arrival arrival) {
    this.worker = worker;
    this.loop = worker.loop();
    this.context = context;
    this.siblings = siblings;
    this.arrival = arrival;
  }

  // ---- the client's side

  @Override
  public void channelActive(ChannelHandlerContext ctx) {
    client = new Relay(ctx.channel(), context.bufferLimit());
    siblings.add(this);
    context.stats().increment(loop.index(), TcpStats.CX_TOTAL);
    context.stats().increment(loop.index(), TcpStats.CX_ACTIVE);
    begin();
    if (!admitted()) {
      end();
      loop.endTurn();
      return;
    }
    long longest = context.config().maxConnectionDurationNanos();
    if (longest > 0) {
      loop.arm(durationTimer, info.startNanos + longest);
    }
    route();
    loop.endTurn();
  }

  /**
   * Asks the RBAC filters.
   *
   * <p>DEVIATION: before the first byte, not at it; a refused client never makes a connection to
   * the upstream.
   */
  private boolean admitted() {
    List<RbacConfig> guards = context.config().guards();
    for (int i = 0; i < guards.size(); i++) {
      RbacConfig guard = guards.get(i);
      if (guard.shadow() != null) {
        boolean permits = guard.shadow().permits(guard.shadow().match(NO_REQUEST, info));
        count(permits ? TcpStats.RBAC_SHADOW_ALLOWED : TcpStats.RBAC_SHADOW_DENIED);
      }
      if (guard.rules() != null) {
        RbacRules.Policy matched = guard.rules().match(NO_REQUEST, info);
        if (!guard.rules().permits(matched)) {
          count(TcpStats.RBAC_DENIED);
          info.connectionTerminationDetails = RbacRules.refusal(matched);
          return false;
        }
        count(TcpStats.RBAC_ALLOWED);
      }
    }
    return true;
  }

  private void count(int slot) {
    context.stats().increment(loop.index(), slot);
  }

  private void begin() {
    info.startNanos = loop.now();
    info.startEpochMillis = worker.epochMillis();
    info.connectionId = worker.newConnectionId();
    info.random = loop.random().next();
    info.downstreamLocalAddress = arrival.localText();
    info.downstreamRemoteAddress = arrival.remoteText();
    info.downstreamDirectRemoteAddress = arrival.directText();
    info.requestedServerName = arrival.serverNameText();
    info.downstreamTls = arrival.tls();
    lastActivity = info.startNanos;
  }

  @Override
  public void channelRead(ChannelHandlerContext ctx, Object message) {
    ByteBuf in = (ByteBuf) message;
    int size = in.readableBytes();
    info.bytesReceived += size;
    context.stats().add(loop.index(), TcpStats.CX_RX_BYTES, size);
    Upstream to = upstream;
    switch (state) {
      case CONNECTING -> keep(in);
      case OPEN -> {
        if (to == null || to.over) {
          in.release();
          return;
        }
        forward(in, client(), to.relay());
        info.upstreamBytesSent += size;
        stats().add(loop.index(), ClusterStats.UPSTREAM_CX_TX_BYTES, size);
      }
      case CLOSED -> in.release();
    }
  }

  /** Bytes that came although reading is off: what a listener filter read, or a last segment. */
  private void keep(ByteBuf in) {
    ByteBuf kept = early;
    if (kept == null) {
      early = in;
    } else {
      early = in.alloc().directBuffer(kept.readableBytes() + in.readableBytes());
      early.writeBytes(kept).writeBytes(in);
      kept.release();
      in.release();
    }
  }

  private void forward(ByteBuf in, Relay from, Relay to) {
    lastActivity = loop.now();
    to.write(in);
    if (to.full()) {
      if (from.pause() && from == client) {
        context.stats().increment(loop.index(), TcpStats.PAUSED_READING);
      }
    }
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext ctx) {
    Upstream to = upstream;
    if (state == State.OPEN && to != null && !to.over) {
      to.relay().flush();
    }
    loop.endTurn();
  }

  @Override
  public void channelWritabilityChanged(ChannelHandlerContext ctx) {
    Upstream from = upstream;
    if (state == State.OPEN && from != null && ctx.channel().isWritable()) {
      from.relay().resume();
    }
  }

  @Override
  public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
    if (!Relay.ended(event) || clientEnded) {
      return;
    }
    clientEnded = true;
    if (state == State.OPEN) {
      afterHalfClose();
    }
    loop.endTurn();
  }

  @Override
  public void channelInactive(ChannelHandlerContext ctx) {
    if (state == State.CONNECTING) {
      info.flag(ResponseFlags.DOWNSTREAM_CONNECTION_TERMINATION);
    }
    end();
    loop.endTurn();
  }

  /** A reset arrives as an exception before the channel goes inactive; it is passed on as one. */
  @Override
  public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
    Upstream to = upstream;
    if (to != null && state == State.OPEN) {
      to.relay().resetOnClose();
    }
    ctx.close();
  }

  /** There is no way to tell a TCP client: it is cut when the drain time is over. */
  @Override
  public void drain() {}

  @Override
  public void cut() {
    end();
  }

  // ---- finding an upstream

  private void route() {
    RouteAction.Target target = context.config().clusters().choose(info.random);
    String name = target.cluster();
    Cluster found = context.snapshots().get().cluster(name);
    if (found == null) {
      info.clusterName = name.getBytes(StandardCharsets.UTF_8);
      context.stats().increment(loop.index(), TcpStats.CX_NO_ROUTE);
      refuse(ResponseFlags.NO_CLUSTER_FOUND);
      return;
    }
    cluster = found;
    info.clusterName = found.nameBytes();
    info.clusterStatName = found.statNameBytes();
    pick.reset(loop.index(), info.random);
    pick.subset(target.subset());
    pick.originalDestination(arrival.originalDestination());
    if (context.config().hashSourceIp()) {
      byte[] address = Ascii.bytes(arrival.remote().getAddress().getHostAddress());
      pick.hash(XxHash64.hash(address, 0, address.length, 0));
    }
    attempt(found);
  }

  private void attempt(Cluster to) {
    CircuitBreaker breaker = to.breaker(Cluster.Priority.DEFAULT);
    if (!breaker.tryAcquire(loop.index(), CircuitBreaker.Resource.CONNECTIONS)) {
      to.stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_OVERFLOW);
      refuse(ResponseFlags.UPSTREAM_OVERFLOW);
      return;
    }
    Endpoint endpoint = to.pick(pick);
    if (endpoint == null) {
      breaker.release(loop.index(), CircuitBreaker.Resource.CONNECTIONS);
      to.stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_NONE_HEALTHY);
      refuse(ResponseFlags.NO_HEALTHY_UPSTREAM);
      return;
    }
    info.attempts++;
    info.upstreamAddress = endpoint.addressText();
    Upstream next = new Upstream(to, endpoint);
    upstream = next;
    loop.arm(connectTimer, loop.now() + to.config().connectTimeoutNanos());
    next.connect();
  }

  private void connectTimedOut() {
    Upstream trying = upstream;
    if (trying != null && state == State.CONNECTING) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_CONNECT_TIMEOUT);
      attemptFailed(trying, OutlierDetector.LocalFailure.TIMEOUT, "connection timeout");
    }
  }

  private void attemptFailed(
      Upstream failed, OutlierDetector.LocalFailure failure, String transportReason) {
    loop.cancel(connectTimer);
    upstream = null;
    Cluster to = failed.cluster;
    failed.connectFailed();
    to.outlier().localFailure(failed.endpoint, failure);
    pick.tried(failed.endpoint);
    info.upstreamTransportFailure = transportReason.isEmpty() ? null : Ascii.bytes(transportReason);
    if (info.attempts < context.config().maxConnectAttempts()) {
      attempt(to);
      return;
    }
    to.stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_CONNECT_ATTEMPTS_EXCEEDED);
    info.flag(ResponseFlags.UPSTREAM_CONNECTION_FAILURE);
    refuse(ResponseFlags.UPSTREAM_RETRY_LIMIT_EXCEEDED);
  }

  private void refuse(long flag) {
    info.flag(flag);
    end();
  }

  private void connected(Upstream on) {
    loop.cancel(connectTimer);
    state = State.OPEN;
    lastActivity = loop.now();
    info.upstreamTls = on.relay().tls();
    info.upstreamLocalAddress = Ascii.bytes(Endpoint.text(on.relay().localAddress()));
    armIdle();
    Relay from = client();
    ByteBuf waiting = early;
    if (waiting != null) {
      early = null;
      int size = waiting.readableBytes();
      info.upstreamBytesSent += size;
      stats().add(loop.index(), ClusterStats.UPSTREAM_CX_TX_BYTES, size);
      forward(waiting, from, on.relay());
      on.relay().flush();
    }
    if (clientEnded) {
      afterHalfClose();
    } else if (!on.relay().full()) {
      from.resume();
    }
  }

  // ---- half close and the end

  /** One side has ended: tells the other, and ends all when both have. */
  private void afterHalfClose() {
    Upstream other = upstream;
    if (other == null) {
      return;
    }
    Relay to = other.relay();
    if (clientEnded && other.ended) {
      to.closeWhenSent();
      client().closeWhenSent();
    } else if (clientEnded) {
      to.endOutput();
    } else {
      client().endOutput();
    }
  }

  private void armIdle() {
    long timeout = context.config().idleTimeoutNanos();
    if (timeout > 0) {
      loop.arm(idleTimer, lastActivity + timeout);
    }
  }

  /** The idle timer is lazy: it looks at the last use instead of being moved at each. */
  private void onIdle() {
    if (loop.now() - lastActivity < context.config().idleTimeoutNanos()) {
      armIdle();
      return;
    }
    context.stats().increment(loop.index(), TcpStats.IDLE_TIMEOUT);
    info.connectionTerminationDetails = IDLE;
    end();
  }

  private void onMaxDuration() {
    context.stats().increment(loop.index(), TcpStats.MAX_DURATION);
    info.flag(ResponseFlags.DURATION_TIMEOUT);
    info.connectionTerminationDetails = MAX_DURATION;
    end();
  }

  private void end() {
    if (state == State.CLOSED) {
      return;
    }
    state = State.CLOSED;
    loop.cancel(connectTimer);
    loop.cancel(idleTimer);
    loop.cancel(durationTimer);
    ByteBuf waiting = early;
    if (waiting != null) {
      early = null;
      waiting.release();
    }
    Upstream to = upstream;
    if (to != null) {
      to.sessionEnded();
    }
    siblings.remove(this);
    context.stats().add(loop.index(), TcpStats.CX_ACTIVE, -1);
    context.stats().add(loop.index(), TcpStats.CX_TX_BYTES, info.bytesSent);
    info.endNanos = loop.now();
    context.log().ended(loop.index(), info);
    client().close();
  }

  private Relay client() {
    Relay present = client;
    if (present == null) {
      throw new IllegalStateException("the connection is not active");
    }
    return present;
  }

  private ClusterStats stats() {
    Cluster present = cluster;
    if (present == null) {
      throw new IllegalStateException("no cluster is chosen");
    }
    return present.stats();
  }

  // ---- the upstream's side

  /** One attempt to connect, and the connection that comes of it. Event-loop confined. */
  private final class Upstream extends ChannelInboundHandlerAdapter {
    private final Cluster cluster;
    private final Endpoint endpoint;
    private final long startedNanos = loop.now();
    private @Nullable Channel channel;
    private @Nullable Relay relay;
    private boolean over;
    private boolean ended;

    Upstream(Cluster cluster, Endpoint endpoint) {
      this.cluster = cluster;
      this.endpoint = endpoint;
    }

    void connect() {
      count(ClusterStats.UPSTREAM_CX_TOTAL, 1);
      count(ClusterStats.UPSTREAM_CX_ACTIVE, 1);
      count(ClusterStats.UPSTREAM_RQ_TOTAL, 1);
      count(ClusterStats.UPSTREAM_RQ_ACTIVE, 1);
      endpoint.metrics().increment(loop.index(), Endpoint.CX_TOTAL);
      endpoint.metrics().increment(loop.index(), Endpoint.CX_ACTIVE);
      endpoint.metrics().increment(loop.index(), Endpoint.RQ_TOTAL);
      endpoint.metrics().increment(loop.index(), Endpoint.RQ_ACTIVE);
      ClientTls tls = cluster.tls(endpoint);
      ChannelFuture future =
          tls == null
              ? worker.dialer().connect(loop, endpoint.address(), this)
              : tls.connect(worker.dialer(), loop, endpoint.address(), "", this);
      channel = future.channel();
      future.addListener(done -> onConnected(future));
    }

    private void onConnected(ChannelFuture future) {
      if (over) {
        future.channel().close();
      } else if (!future.isSuccess()) {
        Throwable cause = future.cause();
        String text = cause == null || cause.getMessage() == null ? "" : cause.getMessage();
        attemptFailed(this, OutlierDetector.LocalFailure.CONNECT_FAILED, text);
      } else {
        relay = new Relay(future.channel(), context.bufferLimit());
        cluster
            .stats()
            .metrics()
            .record(
                loop.index(),
                ClusterStats.UPSTREAM_CX_CONNECT_MS,
                (loop.now() - startedNanos) / 1000);
        cluster.outlier().connected(endpoint);
        TcpSession.this.connected(this);
        relay.resume();
      }
      loop.endTurn();
    }

    Relay relay() {
      Relay present = relay;
      if (present == null) {
        throw new IllegalStateException("not connected");
      }
      return present;
    }

    void connectFailed() {
      count(ClusterStats.UPSTREAM_CX_CONNECT_FAIL, 1);
      endpoint.metrics().increment(loop.index(), Endpoint.CX_CONNECT_FAIL);
      finish();
    }

    void sessionEnded() {
      if (!over) {
        count(ClusterStats.UPSTREAM_CX_DESTROY_LOCAL, 1);
        finish();
      }
    }

    private void finish() {
      over = true;
      count(ClusterStats.UPSTREAM_CX_ACTIVE, -1);
      count(ClusterStats.UPSTREAM_RQ_ACTIVE, -1);
      count(ClusterStats.UPSTREAM_CX_DESTROY, 1);
      endpoint.metrics().add(loop.index(), Endpoint.CX_ACTIVE, -1);
      endpoint.metrics().add(loop.index(), Endpoint.RQ_ACTIVE, -1);
      cluster
          .breaker(Cluster.Priority.DEFAULT)
          .release(loop.index(), CircuitBreaker.Resource.CONNECTIONS);
      Channel open = channel;
      if (open != null) {
        open.close();
      }
    }

    private void count(int slot, long n) {
      cluster.stats().add(loop.index(), slot, n);
    }

    @Override
    public void channelRead(ChannelHandlerContext ctx, Object message) {
      ByteBuf in = (ByteBuf) message;
      if (over || state != State.OPEN) {
        in.release();
        return;
      }
      int size = in.readableBytes();
      info.bytesSent += size;
      info.upstreamBytesReceived += size;
      count(ClusterStats.UPSTREAM_CX_RX_BYTES, size);
      forward(in, relay(), client());
    }

    @Override
    public void channelReadComplete(ChannelHandlerContext ctx) {
      if (state == State.OPEN) {
        client().flush();
      }
      loop.endTurn();
    }

    @Override
    public void channelWritabilityChanged(ChannelHandlerContext ctx) {
      if (state == State.OPEN && ctx.channel().isWritable() && client().resume()) {
        context.stats().increment(loop.index(), TcpStats.RESUMED_READING);
      }
    }

    @Override
    public void userEventTriggered(ChannelHandlerContext ctx, Object event) {
      if (Relay.ended(event) && !over && !ended) {
        ended = true;
        afterHalfClose();
        loop.endTurn();
      }
    }

    /** Broken, or closed after both sides had ended. */
    @Override
    public void channelInactive(ChannelHandlerContext ctx) {
      if (!over && state == State.OPEN) {
        count(ClusterStats.UPSTREAM_CX_DESTROY_REMOTE, 1);
        finish();
        client().closeWhenSent();
      }
      loop.endTurn();
    }

    @Override
    public void exceptionCaught(ChannelHandlerContext ctx, Throwable cause) {
      if (!over && state == State.OPEN) {
        info.flag(ResponseFlags.UPSTREAM_CONNECTION_TERMINATION);
        client().resetOnClose();
      }
      ctx.close();
    }
  }
}
