package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.net.Dialer;
import dev.layar.proxy.net.Loop;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * A pool of HTTP/1.1 connections, each with one call at a time. The one used last is used next, so
 * that the others grow old and close. Event-loop confined.
 */
final class Http1Pool extends HostPool {
  private @Nullable UpstreamConnection[] idle = new @Nullable UpstreamConnection[16];
  private int idleCount;

  Http1Pool(Loop loop, Dialer dialer, Cluster cluster, Endpoint endpoint) {
    super(loop, dialer, cluster, endpoint);
  }

  @Override
  boolean serve(UpstreamCall call) {
    if (idleCount == 0) {
      return false;
    }
    pop().carry(call);
    return true;
  }

  @Override
  int callsAtOnce() {
    return 1;
  }

  @Override
  PooledConnection connection() {
    return new UpstreamConnection(loop, this);
  }

  @Override
  void drain() {
    while (idleCount > 0) {
      UpstreamConnection connection = idle[idleCount - 1];
      if (connection == null) {
        throw new IllegalStateException("a hole in the idle stack");
      }
      connection.closeIdle();
    }
  }

  /** Whether a connection whose call has ended may carry another. */
  boolean keeps(UpstreamConnection connection) {
    int most = cluster().config().http().maxRequestsPerConnection();
    if (most > 0 && connection.requests() >= most) {
      stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_MAX_REQUESTS);
      return false;
    }
    return !endpoint().removed() && connection.identity() == identity();
  }

  void connected(UpstreamConnection connection) {
    connectionOpened();
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_HTTP1_TOTAL);
    released(connection);
  }

  /** An idle connection: to who waits longest, else onto the stack. */
  void released(UpstreamConnection connection) {
    UpstreamCall next = next();
    if (next != null) {
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

  private UpstreamConnection pop() {
    UpstreamConnection connection = idle[--idleCount];
    idle[idleCount] = null;
    if (connection == null) {
      throw new IllegalStateException("a hole in the idle stack");
    }
    return connection;
  }
}
