package dev.layar.proxy.config;

import dev.layar.proxy.filter.rbac.RbacConfig;
import dev.layar.proxy.route.RouteAction;
import java.util.List;

/**
 * A TCP proxy ({@code Envoy TcpProxy}). Times in nanoseconds; 0 means none.
 *
 * @param idleTimeoutNanos 1 h by default
 * @param maxConnectAttempts 1 by default
 * @param hashSourceIp whether the client's address gives the hash for consistent hashing
 * @param guards the RBAC filters before it, in order
 */
public record TcpProxyConfig(
    String statPrefix,
    RouteAction.ClusterChoice clusters,
    long idleTimeoutNanos,
    long maxConnectionDurationNanos,
    int maxConnectAttempts,
    boolean hashSourceIp,
    List<RbacConfig> guards,
    List<AccessLogConfig> accessLogs)
    implements FilterChain.Handler {
  public TcpProxyConfig {
    guards = List.copyOf(guards);
    accessLogs = List.copyOf(accessLogs);
  }
}
