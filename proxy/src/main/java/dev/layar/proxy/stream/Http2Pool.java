package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.codec.http2.Http2Options;
import dev.layar.proxy.net.Dialer;
import dev.layar.proxy.net.Loop;
import java.util.ArrayList;
import java.util.List;

/**
 * A pool of HTTP/2 connections: one, until it carries as many calls as it may, then another. Event-
 * loop confined.
 */
final class Http2Pool extends HostPool {
  private final byte[] scratch;
  private final List<Http2Upstream> connections = new ArrayList<>(2);

  /**
   * @param scratch the loop's space for frames
   */
  Http2Pool(Loop loop, Dialer dialer, Cluster cluster, Endpoint endpoint, byte[] scratch) {
    super(loop, dialer, cluster, endpoint);
    this.scratch = scratch;
  }

  Http2Options options() {
    return cluster()
        .config()
        .http()
        .http2()
        .withStreamWindowAtMost(cluster().config().perConnectionBufferLimitBytes());
  }

  /** {@code max_requests_per_connection}, 0 is unlimited. */
  int maxRequests() {
    return cluster().config().http().maxRequestsPerConnection();
  }

  @Override
  boolean serve(UpstreamCall call) {
    for (int i = 0; i < connections.size(); i++) {
      Http2Upstream connection = connections.get(i);
      if (connection.capacity() > 0) {
        connection.carry(call);
        return true;
      }
    }
    return false;
  }

  @Override
  int callsAtOnce() {
    int streams = cluster().config().http().http2().maxConcurrentStreams();
    int most = maxRequests();
    return most > 0 ? Math.min(most, streams) : streams;
  }

  @Override
  PooledConnection connection() {
    return new Http2Upstream(loop, this, scratch);
  }

  @Override
  void drain() {
    for (Http2Upstream connection : new ArrayList<>(connections)) {
      connection.retire();
    }
  }

  void connected(Http2Upstream connection) {
    connectionOpened();
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_HTTP2_TOTAL);
    connections.add(connection);
    serveWaiting(connection);
  }

  /** Gives a connection that takes more calls those that wait. */
  void serveWaiting(Http2Upstream connection) {
    while (connection.capacity() > 0) {
      UpstreamCall next = next();
      if (next == null) {
        return;
      }
      connection.carry(next);
    }
    connectForWaiting();
  }

  /** A connection takes no more calls. */
  void forget(Http2Upstream connection) {
    connections.remove(connection);
  }
}
