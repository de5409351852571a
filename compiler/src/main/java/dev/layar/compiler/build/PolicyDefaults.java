package dev.layar.compiler.build;

import dev.layar.model.istio.DestinationRule.ConnectionPool;
import dev.layar.model.istio.DestinationRule.H2UpgradePolicy;
import dev.layar.model.istio.DestinationRule.HttpPool;
import dev.layar.model.istio.DestinationRule.OutlierDetection;
import dev.layar.model.istio.DestinationRule.TcpKeepalive;
import dev.layar.model.istio.DestinationRule.TcpPool;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import dev.layar.model.istio.MeshConfig;
import dev.layar.model.istio.MeshConfig.DefaultTrafficPolicy;
import dev.layar.model.istio.MeshConfig.MeshH2Upgrade;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the mesh says of destinations whose rules leave it open (Istio {@code
 * cluster_traffic_policy.go}): MeshConfig's {@code defaultTrafficPolicy} as whole blocks, {@code
 * tcpKeepalive} and {@code h2UpgradePolicy} as single fields. Pure functions.
 */
final class PolicyDefaults {
  private PolicyDefaults() {}

  /** The policy, or null when neither it nor the mesh says anything. */
  static @Nullable TrafficPolicy fill(@Nullable TrafficPolicy policy, MeshConfig mesh) {
    DefaultTrafficPolicy defaults = mesh.defaultTrafficPolicy();
    boolean upgrade = mesh.h2UpgradePolicy() == MeshH2Upgrade.UPGRADE;
    if (defaults == null && mesh.tcpKeepalive() == null && !upgrade) {
      return policy;
    }
    ConnectionPool pool = policy == null ? null : policy.connectionPool();
    OutlierDetection outlier = policy == null ? null : policy.outlierDetection();
    if (pool == null && defaults != null) {
      pool = defaults.connectionPool();
    }
    if (outlier == null && defaults != null) {
      outlier = defaults.outlierDetection();
    }
    if (mesh.tcpKeepalive() != null) {
      pool = keepAlive(pool, mesh.tcpKeepalive());
    }
    if (upgrade) {
      pool = upgraded(pool);
    }
    return policy == null
        ? new TrafficPolicy(null, pool, outlier, null, List.of(), null, null, null)
        : new TrafficPolicy(
            policy.loadBalancer(),
            pool,
            outlier,
            policy.tls(),
            policy.portLevelSettings(),
            policy.tunnel(),
            policy.proxyProtocol(),
            policy.retryBudget());
  }

  private static ConnectionPool keepAlive(@Nullable ConnectionPool pool, TcpKeepalive keepalive) {
    TcpPool tcp = pool == null ? null : pool.tcp();
    TcpPool filled =
        tcp == null
            ? new TcpPool(0, null, keepalive, null, null)
            : tcp.tcpKeepalive() != null
                ? tcp
                : new TcpPool(
                    tcp.maxConnections(),
                    tcp.connectTimeout(),
                    keepalive,
                    tcp.maxConnectionDuration(),
                    tcp.idleTimeout());
    return new ConnectionPool(filled, pool == null ? null : pool.http());
  }

  private static ConnectionPool upgraded(@Nullable ConnectionPool pool) {
    HttpPool http = pool == null ? null : pool.http();
    HttpPool filled =
        http == null
            ? new HttpPool(0, 0, 0, 0, null, H2UpgradePolicy.UPGRADE, false, 0, null)
            : http.h2UpgradePolicy() != H2UpgradePolicy.DEFAULT
                ? http
                : new HttpPool(
                    http.http1MaxPendingRequests(),
                    http.http2MaxRequests(),
                    http.maxRequestsPerConnection(),
                    http.maxRetries(),
                    http.idleTimeout(),
                    H2UpgradePolicy.UPGRADE,
                    http.useClientProtocol(),
                    http.maxConcurrentStreams(),
                    http.http2KeepAlive());
    return new ConnectionPool(pool == null ? null : pool.tcp(), filled);
  }
}
