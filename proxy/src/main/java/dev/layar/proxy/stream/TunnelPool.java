package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.net.Dialer;
import dev.layar.proxy.net.Loop;

/** Connections for tunnels that end here, one for each. Event-loop confined. */
final class TunnelPool extends HostPool {
  TunnelPool(Loop loop, Dialer dialer, Cluster cluster, Endpoint endpoint) {
    super(loop, dialer, cluster, endpoint);
  }

  @Override
  boolean serve(UpstreamCall call) {
    return false;
  }

  @Override
  int callsAtOnce() {
    return 1;
  }

  @Override
  PooledConnection connection() {
    return new TunnelUpstream(loop, this);
  }

  /** Tunnels are in use while they are open. */
  @Override
  void drain() {}

  void connected(TunnelUpstream connection) {
    connectionOpened();
    UpstreamCall next = next();
    if (next == null) {
      connection.retire();
    } else {
      connection.carry(next);
    }
  }
}
