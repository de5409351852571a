package dev.layar.proxy.cluster;

import dev.layar.proxy.cluster.breaker.BreakerLimits;
import dev.layar.proxy.cluster.health.HealthCheckConfig;
import dev.layar.proxy.cluster.lb.LbPolicy;
import dev.layar.proxy.cluster.outlier.OutlierConfig;
import dev.layar.proxy.codec.http2.Http2Options;
import dev.layar.proxy.observe.Provenance;
import java.net.Inet4Address;
import java.net.Inet6Address;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * What a cluster's definition says, immutable. Times in nanoseconds; 0 means none or for ever, as
 * Envoy has it for the field.
 *
 * @param statName {@code alt_stat_name} or the name
 * @param edsName the assignment's name, for {@link Discovery#EDS}
 * @param connectTimeoutNanos {@code connect_timeout}, 5 s by default
 * @param priorityLimits circuit breakers for DEFAULT and HIGH, in this order
 * @param healthCheck how endpoints are asked whether they are well; null for not at all
 * @param service what Istio's cluster metadata says the cluster is
 */
public record ClusterConfig(
    String name,
    String statName,
    Discovery discovery,
    String edsName,
    long connectTimeoutNanos,
    LbPolicy lbPolicy,
    List<BreakerLimits> priorityLimits,
    @Nullable OutlierConfig outlier,
    @Nullable HealthCheckConfig healthCheck,
    UpstreamHttp http,
    Transports transports,
    TcpKeepalive keepalive,
    int perConnectionBufferLimitBytes,
    Dns dns,
    boolean hideTransportFailure,
    IstioService service,
    @Nullable Provenance provenance) {
  public ClusterConfig {
    priorityLimits = List.copyOf(priorityLimits);
  }

  /** How a cluster learns its endpoints ({@code Envoy Cluster.DiscoveryType}). */
  public enum Discovery {
    STATIC,
    EDS,
    STRICT_DNS,
    LOGICAL_DNS,
    ORIGINAL_DST
  }

  /**
   * Upstream HTTP.
   *
   * @param protocol what is spoken to the endpoints
   * @param idleTimeoutNanos how long a pooled connection may be idle, 1 h by default; 0 for ever
   * @param maxRequestsPerConnection 0 is unlimited
   * @param maxConnectionDurationNanos 0 is unlimited
   * @param http2 how HTTP/2 is spoken where it is
   */
  public record UpstreamHttp(
      Protocol protocol,
      long idleTimeoutNanos,
      int maxRequestsPerConnection,
      long maxConnectionDurationNanos,
      Http2Options http2) {
    public static final UpstreamHttp DEFAULT =
        new UpstreamHttp(Protocol.HTTP1, 3_600_000_000_000L, 0, 0, Http2Options.DEFAULT);

    /** Whether HTTP/2 is to be spoken for a client that does or does not. */
    public boolean speaksHttp2(boolean clientDoes) {
      return switch (protocol) {
        case HTTP1 -> false;
        case HTTP2 -> true;
        case AS_CLIENT -> clientDoes;
      };
    }

    /** What is spoken upstream. */
    public enum Protocol {
      HTTP1,
      HTTP2,
      /** What the client speaks ({@code use_downstream_protocol_config}). */
      AS_CLIENT
    }
  }

  /**
   * How names are looked up.
   *
   * @param refreshNanos {@code dns_refresh_rate}, 5 s by default
   * @param retryNanos first wait after a failure ({@code dns_failure_refresh_rate}), doubled each
   *     time
   * @param maxRetryNanos the longest wait after a failure
   */
  public record Dns(long refreshNanos, long retryNanos, long maxRetryNanos, LookupFamily family) {
    public static final Dns DEFAULT =
        new Dns(5_000_000_000L, 5_000_000_000L, 5_000_000_000L, LookupFamily.ALL);

    /** Which addresses of a name count ({@code Envoy Cluster.DnsLookupFamily}). */
    public enum LookupFamily {
      V4_ONLY,
      V6_ONLY,
      /** IPv4 addresses if there are any, else IPv6. */
      V4_PREFERRED,
      /** IPv6 addresses if there are any, else IPv4 ({@code AUTO}). */
      V6_PREFERRED,
      ALL;

      /** The addresses of a name that count. */
      public List<InetAddress> of(List<InetAddress> addresses) {
        List<InetAddress> four = addresses.stream().filter(a -> a instanceof Inet4Address).toList();
        List<InetAddress> six = addresses.stream().filter(a -> a instanceof Inet6Address).toList();
        return switch (this) {
          case V4_ONLY -> four;
          case V6_ONLY -> six;
          case V4_PREFERRED -> four.isEmpty() ? six : four;
          case V6_PREFERRED -> six.isEmpty() ? four : six;
          case ALL -> List.copyOf(addresses);
        };
      }
    }
  }

  /** {@code upstream_connection_options.tcp_keepalive}; -1 leaves a value to the system. */
  public record TcpKeepalive(boolean enabled, int probes, int idleSeconds, int intervalSeconds) {
    public static final TcpKeepalive OFF = new TcpKeepalive(false, -1, -1, -1);
  }

  /** {@code metadata.filter_metadata["istio"].services[0]}; empty strings when it is not there. */
  public record IstioService(String host, String name, String namespace) {
    public static final IstioService UNKNOWN = new IstioService("", "", "");
  }

  /**
   * Whether connections made under {@code other} may be kept under this definition: nothing that
   * shapes a connection differs.
   */
  public boolean sameConnections(ClusterConfig other) {
    return discovery == other.discovery
        && Objects.equals(healthCheck, other.healthCheck)
        && http.equals(other.http)
        && transports.equals(other.transports)
        && keepalive.equals(other.keepalive)
        && connectTimeoutNanos == other.connectTimeoutNanos;
  }
}
