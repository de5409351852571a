package dev.layar.compiler.build;

import com.google.protobuf.ListValue;
import com.google.protobuf.Struct;
import com.google.protobuf.UInt32Value;
import com.google.protobuf.Value;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.Protocol;
import dev.layar.model.istio.DestinationRule.ClientTls;
import dev.layar.model.istio.DestinationRule.ConnectionPool;
import dev.layar.model.istio.DestinationRule.H2UpgradePolicy;
import dev.layar.model.istio.DestinationRule.HttpPool;
import dev.layar.model.istio.DestinationRule.RetryBudget;
import dev.layar.model.istio.DestinationRule.TcpKeepalive;
import dev.layar.model.istio.DestinationRule.TcpPool;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import io.envoyproxy.envoy.config.cluster.v3.CircuitBreakers;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.UpstreamConnectionOptions;
import io.envoyproxy.envoy.config.core.v3.Http2ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.KeepaliveSettings;
import io.envoyproxy.envoy.type.v3.Percent;
import java.time.Duration;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How connections of a cluster are opened, limited and spoken on (Istio {@code
 * cluster_traffic_policy.go}); pure functions of the policy.
 */
final class ClusterOptions {
  private static final int UNLIMITED = -1; // all ones: 2^32-1 in the unsigned field
  private static final String HTTP_OPTIONS =
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";

  private ClusterOptions() {}

  /** Sets everything about connections that does not depend on the destination's endpoints. */
  static void connections(
      Cluster.Builder cluster, @Nullable TrafficPolicy policy, Protocol protocol) {
    ConnectionPool pool = policy == null ? null : policy.connectionPool();
    tcp(cluster, pool == null ? null : pool.tcp());
    cluster.setCircuitBreakers(breakers(pool, policy == null ? null : policy.retryBudget()));
    httpOptions(cluster, protocol, pool, policy == null ? null : policy.tls());
  }

  /** Istio's metadata {@code services} of a cluster. */
  static Value services(MeshService service) {
    String name = service.isKubernetes() ? service.shortName() : service.host();
    Struct fields =
        Xds.struct(
            Map.of(
                "host", Xds.text(service.host()),
                "name", Xds.text(name),
                "namespace", Xds.text(service.namespace())));
    return Value.newBuilder()
        .setListValue(ListValue.newBuilder().addValues(Value.newBuilder().setStructValue(fields)))
        .build();
  }

  private static void tcp(Cluster.Builder cluster, @Nullable TcpPool pool) {
    if (pool == null) {
      return;
    }
    if (pool.connectTimeout() != null) {
      cluster.setConnectTimeout(Xds.duration(pool.connectTimeout()));
    }
    TcpKeepalive keepalive = pool.tcpKeepalive();
    if (keepalive != null) {
      io.envoyproxy.envoy.config.core.v3.TcpKeepalive.Builder out =
          io.envoyproxy.envoy.config.core.v3.TcpKeepalive.newBuilder();
      if (keepalive.probes() > 0) {
        out.setKeepaliveProbes(Xds.uint(keepalive.probes()));
      }
      if (keepalive.time() != null) {
        out.setKeepaliveTime(Xds.uint(keepalive.time().toSeconds()));
      }
      if (keepalive.interval() != null) {
        out.setKeepaliveInterval(Xds.uint(keepalive.interval().toSeconds()));
      }
      cluster.setUpstreamConnectionOptions(
          UpstreamConnectionOptions.newBuilder().setTcpKeepalive(out));
    }
  }

  /** Istio lifts all of Envoy's limits; 0 in a rule means unset. */
  static CircuitBreakers breakers(@Nullable ConnectionPool pool, @Nullable RetryBudget budget) {
    TcpPool tcp = pool == null ? null : pool.tcp();
    HttpPool http = pool == null ? null : pool.http();
    CircuitBreakers.Thresholds.Builder thresholds =
        CircuitBreakers.Thresholds.newBuilder()
            .setMaxConnections(limit(tcp == null ? 0 : tcp.maxConnections()))
            .setMaxPendingRequests(limit(http == null ? 0 : http.http1MaxPendingRequests()))
            .setMaxRequests(limit(http == null ? 0 : http.http2MaxRequests()))
            .setMaxRetries(limit(http == null ? 0 : http.maxRetries()))
            .setTrackRemaining(true);
    if (budget != null) {
      long concurrency = budget.minRetryConcurrency();
      thresholds.setRetryBudget(
          CircuitBreakers.Thresholds.RetryBudget.newBuilder()
              .setBudgetPercent(
                  Percent.newBuilder().setValue(budget.percent() == null ? 20 : budget.percent()))
              .setMinRetryConcurrency(Xds.uint(concurrency == 0 ? 3 : concurrency)));
    }
    return CircuitBreakers.newBuilder().addThresholds(thresholds).build();
  }

  private static UInt32Value limit(int written) {
    return UInt32Value.of(written > 0 ? written : UNLIMITED);
  }

  private static void httpOptions(
      Cluster.Builder cluster,
      Protocol protocol,
      @Nullable ConnectionPool pool,
      @Nullable ClientTls tls) {
    if (!protocol.isHttp() && protocol != Protocol.AUTO) {
      return;
    }
    HttpPool http = pool == null ? null : pool.http();
    HttpProtocolOptions common = commonOptions(pool);
    boolean h2 =
        protocol.isHttp2() || (http != null && http.h2UpgradePolicy() == H2UpgradePolicy.UPGRADE);
    boolean asClient = protocol == Protocol.AUTO || (http != null && http.useClientProtocol());
    boolean nameFromHost = UpstreamTls.namesServerByHost(tls);
    if (!h2 && !asClient && !nameFromHost && common == null) {
      return;
    }
    io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.Builder options =
        io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions.newBuilder();
    if (common != null) {
      options.setCommonHttpProtocolOptions(common);
    }
    if (nameFromHost) {
      options.getUpstreamHttpProtocolOptionsBuilder().setAutoSni(true).setAutoSanValidation(true);
    }
    if (asClient && !h2) {
      options.getUseDownstreamProtocolConfigBuilder().setHttp2ProtocolOptions(http2(http));
    } else if (h2) {
      options.getExplicitHttpConfigBuilder().setHttp2ProtocolOptions(http2(http));
    } else {
      options
          .getExplicitHttpConfigBuilder()
          .setHttpProtocolOptions(
              io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions.getDefaultInstance());
    }
    cluster.putTypedExtensionProtocolOptions(HTTP_OPTIONS, Xds.any(options.build()));
  }

  private static @Nullable HttpProtocolOptions commonOptions(@Nullable ConnectionPool pool) {
    if (pool == null) {
      return null;
    }
    HttpPool http = pool.http();
    TcpPool tcp = pool.tcp();
    HttpProtocolOptions.Builder out = HttpProtocolOptions.newBuilder();
    Duration idle = http == null ? null : http.idleTimeout();
    if (idle == null && tcp != null) {
      idle = tcp.idleTimeout();
    }
    if (idle != null) {
      out.setIdleTimeout(Xds.duration(idle));
    }
    if (http != null && http.maxRequestsPerConnection() > 0) {
      out.setMaxRequestsPerConnection(Xds.uint(http.maxRequestsPerConnection()));
    }
    if (tcp != null && tcp.maxConnectionDuration() != null) {
      out.setMaxConnectionDuration(Xds.duration(tcp.maxConnectionDuration()));
    }
    HttpProtocolOptions built = out.build();
    return built.equals(HttpProtocolOptions.getDefaultInstance()) ? null : built;
  }

  private static Http2ProtocolOptions http2(@Nullable HttpPool http) {
    Http2ProtocolOptions.Builder out = Http2ProtocolOptions.newBuilder();
    if (http != null && http.maxConcurrentStreams() > 0) {
      out.setMaxConcurrentStreams(Xds.uint(http.maxConcurrentStreams()));
    }
    if (http != null && http.http2KeepAlive() != null) {
      out.setConnectionKeepalive(
          KeepaliveSettings.newBuilder()
              .setInterval(Xds.duration(http.http2KeepAlive().interval()))
              .setTimeout(Xds.duration(http.http2KeepAlive().timeout())));
    }
    return out.build();
  }
}
