package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.breaker.CircuitBreaker;
import dev.layar.proxy.net.Dialer;
import dev.layar.proxy.net.Loop;
import java.util.ArrayDeque;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one event loop to one endpoint. The one used last is used next, so that the
 * others grow old and close. Event-loop confined; lives as long as the endpoint or its last
 * connection, whichever is longer, and so through any number of configuration pushes.
 *
 * <p>DEVIATION: connections count against the breaker of DEFAULT priority, whatever the route's.
 */
final class HostPool {
  private final Loop loop;
  private final Dialer dialer;
  private final Endpoint endpoint;
  private Cluster cluster;

  private @Nullable UpstreamConnection[] idle = new @Nullable UpstreamConnection[16];
  private int idleCount;
  private int open;
  private int connecting;
  private final ArrayDeque<UpstreamCall> waiting = new ArrayDeque<>();

  HostPool(Loop loop, Dialer dialer, Cluster cluster, Endpoint endpoint) {
    this.loop = loop;
    this.dialer = dialer;
    this.cluster = cluster;
    this.endpoint = endpoint;
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
    if (idleCount > 0) {
      pop().carry(call);
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
    connectIfAllowed();
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

  /** Closes what is idle: the endpoint is gone. What carries a call closes when that ends. */
  void drain() {
    while (idleCount > 0) {
      UpstreamConnection connection = idle[idleCount - 1];
      if (connection == null) {
        throw new IllegalStateException("a hole in the idle stack");
      }
      connection.closeIdle();
    }
  }

  long idleTimeoutNanos() {
    return cluster.config().http().idleTimeoutNanos();
  }

  /** Whether a connection whose call has ended may carry another. */
  boolean keeps(UpstreamConnection connection) {
    int most = cluster.config().http().maxRequestsPerConnection();
    if (most > 0 && connection.requests() >= most) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_MAX_REQUESTS);
      return false;
    }
    return !endpoint.removed();
  }

  void connected(UpstreamConnection connection) {
    connecting--;
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_HTTP1_TOTAL);
    released(connection);
  }

  void connectFailed(UpstreamConnection connection, UpstreamFailure failure, String reason) {
    connecting--;
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_CONNECT_FAIL);
    endpoint.metrics().increment(loop.index(), Endpoint.CX_CONNECT_FAIL);
    UpstreamCall first = waiting.poll();
    closed(connection);
    if (first != null) {
      leftQueue();
      first.failed(failure, reason);
    }
    while (connecting < waiting.size() && open == connecting) {
      UpstreamCall next = waiting.poll();
      if (next == null) {
        return;
      }
      leftQueue();
      next.failed(failure, reason);
    }
  }

  /** An idle connection: to who waits longest, else onto the stack. */
  void released(UpstreamConnection connection) {
    UpstreamCall next = waiting.poll();
    if (next != null) {
      leftQueue();
      connection.carry(next);
      return;
    }
    if (idleCount == idle.length) {
      idle = Arrays.copyOf(idle, idleCount * 2);
    }
    idle[idleCount++] = connection;
  }

  /** An idle connection leaves the stack to close. */
  void forget(UpstreamConnection connection) {
    for (int i = idleCount - 1; i >= 0; i--) {
      if (idle[i] == connection) {
        System.arraycopy(idle, i + 1, idle, i, idleCount - i - 1);
        idle[--idleCount] = null;
        return;
      }
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
  void closed(UpstreamConnection connection) {
    open--;
    stats().add(loop.index(), ClusterStats.UPSTREAM_CX_ACTIVE, -1);
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_DESTROY);
    endpoint.metrics().add(loop.index(), Endpoint.CX_ACTIVE, -1);
    breaker().release(loop.index(), CircuitBreaker.Resource.CONNECTIONS);
    if (connecting < waiting.size()) {
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

  private UpstreamConnection pop() {
    UpstreamConnection connection = idle[--idleCount];
    idle[idleCount] = null;
    if (connection == null) {
      throw new IllegalStateException("a hole in the idle stack");
    }
    return connection;
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
    UpstreamConnection connection = new UpstreamConnection(loop, this);
    connection.connecting(
        dialer.connect(loop, endpoint.address(), connection),
        cluster.config().connectTimeoutNanos());
  }
}
