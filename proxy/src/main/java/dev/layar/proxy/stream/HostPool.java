package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.breaker.CircuitBreaker;
import dev.layar.proxy.net.Dialer;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.tls.ClientTls;
import io.netty.channel.ChannelFuture;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one endpoint, and the calls that wait for one. Event-loop
 * confined; lives as long as the endpoint or its last connection, whichever is longer, and so
 * through any number of configuration pushes.
 *
 * <p>DEVIATION: connections count against the breaker of DEFAULT priority, whatever the route's.
 */
abstract class HostPool {
  /** What the connections of a pool speak. */
  enum Kind {
    HTTP1,
    HTTP2,
    /** Nothing: bytes. */
    TUNNEL
  }

  static final int KINDS = Kind.values().length;

  final Loop loop;
  private final Dialer dialer;
  private final Endpoint endpoint;
  private Cluster cluster;

  /** In place of the configured SNI; empty for that. */
  private String serverName = "";

  /** Of the certificates that connections are opened with now. */
  private int identity;

  private int open;
  private int connecting;
  private final ArrayDeque<UpstreamCall> waiting = new ArrayDeque<>();

  HostPool(Loop loop, Dialer dialer, Cluster cluster, Endpoint endpoint) {
    this.loop = loop;
    this.dialer = dialer;
    this.cluster = cluster;
    this.endpoint = endpoint;
  }

  /** The name that connections of this pool ask for ({@code auto_sni}). */
  void serverName(String name) {
    serverName = name;
  }

  /** What tells connections of old certificates from new ones. */
  int identity() {
    return identity;
  }

  Endpoint endpoint() {
    return endpoint;
  }

  ClusterStats stats() {
    return cluster.stats();
  }

  /**
   * Finds a connection for the call: at once where one is idle, else when one is there; or fails it
   * with {@link UpstreamFailure#OVERFLOW}.
   */
  void acquire(UpstreamCall call, Cluster current) {
    cluster = current;
    newIdentity(current.tls(endpoint));
    if (serve(call)) {
      return;
    }
    if (!breaker().tryAcquire(loop.index(), CircuitBreaker.Resource.PENDING)) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_RQ_PENDING_OVERFLOW);
      call.failed(UpstreamFailure.OVERFLOW, "");
      return;
    }
    stats().increment(loop.index(), ClusterStats.UPSTREAM_RQ_PENDING_TOTAL);
    stats().increment(loop.index(), ClusterStats.UPSTREAM_RQ_PENDING_ACTIVE);
    waiting.add(call);
    connectForWaiting();
  }

  /** Connections made with other certificates end when what they carry has. */
  private void newIdentity(@Nullable ClientTls tls) {
    int now = tls == null ? 0 : tls.generation();
    if (now != identity) {
      identity = now;
      drain();
    }
  }

  /** The call no longer waits for a connection. */
  void cancel(UpstreamCall call) {
    if (waiting.remove(call)) {
      leftQueue();
      stats().increment(loop.index(), ClusterStats.UPSTREAM_RQ_CANCELLED);
    }
  }

  /** Nothing is connected or wanted. */
  boolean empty() {
    return open == 0 && waiting.isEmpty();
  }

  /** Carries the call at once, on a connection that is there; false when there is none. */
  abstract boolean serve(UpstreamCall call);

  /** Closes what is idle: the endpoint is gone. What carries a call closes when that ends. */
  abstract void drain();

  /** How many calls a new connection is expected to carry at a time. */
  abstract int callsAtOnce();

  /** A connection that is yet to be dialled. */
  abstract PooledConnection connection();

  Cluster cluster() {
    return cluster;
  }

  long idleTimeoutNanos() {
    return cluster.config().http().idleTimeoutNanos();
  }

  /** A connection is open: one fewer to wait for. */
  void connectionOpened() {
    connecting--;
  }

  /** Who waits longest, off the queue; null when nobody waits. */
  @Nullable UpstreamCall next() {
    UpstreamCall next = waiting.poll();
    if (next != null) {
      leftQueue();
    }
    return next;
  }

  void connectFailed(PooledConnection connection, UpstreamFailure failure, String reason) {
    connecting--;
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_CONNECT_FAIL);
    endpoint.metrics().increment(loop.index(), Endpoint.CX_CONNECT_FAIL);
    int concerned = callsAtOnce() > 1 ? waiting.size() : 1;
    UpstreamCall first = next();
    closed(connection);
    if (first != null) {
      first.failed(failure, reason);
    }
    for (int i = 1; i < concerned && !waiting.isEmpty(); i++) {
      failNext(failure, reason);
    }
    while ((long) connecting * callsAtOnce() < waiting.size() && open == connecting) {
      failNext(failure, reason);
    }
  }

  private void failNext(UpstreamFailure failure, String reason) {
    UpstreamCall next = next();
    if (next != null) {
      next.failed(failure, reason);
    }
  }

  void callStarted() {
    endpoint.metrics().increment(loop.index(), Endpoint.RQ_TOTAL);
    endpoint.metrics().increment(loop.index(), Endpoint.RQ_ACTIVE);
    stats().increment(loop.index(), ClusterStats.UPSTREAM_RQ_TOTAL);
    stats().increment(loop.index(), ClusterStats.UPSTREAM_RQ_ACTIVE);
  }

  void callEnded() {
    stats().add(loop.index(), ClusterStats.UPSTREAM_RQ_ACTIVE, -1);
    endpoint.metrics().add(loop.index(), Endpoint.RQ_ACTIVE, -1);
  }

  /** A connection is closed for good. */
  void closed(PooledConnection connection) {
    open--;
    stats().add(loop.index(), ClusterStats.UPSTREAM_CX_ACTIVE, -1);
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY);
    endpoint.metrics().add(loop.index(), Endpoint.CX_ACTIVE, -1);
    breaker().release(loop.index(), CircuitBreaker.Resource.CONNECTIONS);
    connectForWaiting();
  }

  /** Opens one more connection when more calls wait than connections are on their way. */
  void connectForWaiting() {
    if ((long) connecting * callsAtOnce() < waiting.size()) {
      connectIfAllowed();
    }
  }

  private CircuitBreaker breaker() {
    return cluster.breaker(Cluster.Priority.DEFAULT);
  }

  private void leftQueue() {
    breaker().release(loop.index(), CircuitBreaker.Resource.PENDING);
    stats().add(loop.index(), ClusterStats.UPSTREAM_RQ_PENDING_ACTIVE, -1);
  }

  /** Envoy opens the first connection to a host whatever the breaker says, so none starves. */
  private void connectIfAllowed() {
    if (open == 0) {
      breaker().acquire(loop.index(), CircuitBreaker.Resource.CONNECTIONS);
    } else if (!breaker().tryAcquire(loop.index(), CircuitBreaker.Resource.CONNECTIONS)) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_OVERFLOW);
      return;
    }
    open++;
    connecting++;
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_TOTAL);
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_ACTIVE);
    endpoint.metrics().increment(loop.index(), Endpoint.CX_TOTAL);
    endpoint.metrics().increment(loop.index(), Endpoint.CX_ACTIVE);
    PooledConnection connection = connection();
    connection.connecting(dial(connection), cluster.config().connectTimeoutNanos());
  }

  private ChannelFuture dial(PooledConnection connection) {
    ClientTls tls = cluster.tls(endpoint);
    return tls == null
        ? dialer.connect(loop, endpoint.address(), connection)
        : tls.connect(dialer, loop, endpoint.address(), serverName, connection);
  }
}
