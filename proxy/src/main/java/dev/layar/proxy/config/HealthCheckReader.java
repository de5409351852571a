package dev.layar.proxy.config;

import com.google.protobuf.Duration;
import com.google.protobuf.UInt32Value;
import dev.layar.proxy.cluster.health.HealthCheckConfig;
import dev.layar.proxy.cluster.health.HealthCheckConfig.Grpc;
import dev.layar.proxy.cluster.health.HealthCheckConfig.Http;
import dev.layar.proxy.cluster.health.HealthCheckConfig.Intervals;
import dev.layar.proxy.cluster.health.HealthCheckConfig.Probe;
import dev.layar.proxy.cluster.health.HealthCheckConfig.Range;
import dev.layar.proxy.cluster.health.HealthCheckConfig.Tcp;
import io.envoyproxy.envoy.config.core.v3.HeaderValueOption;
import io.envoyproxy.envoy.config.core.v3.HealthCheck;
import io.envoyproxy.envoy.config.core.v3.RequestMethod;
import io.envoyproxy.envoy.type.v3.CodecClientType;
import io.envoyproxy.envoy.type.v3.Int64Range;
import java.util.ArrayList;
import java.util.HexFormat;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** {@code HealthCheck} → {@link HealthCheckConfig}. */
final class HealthCheckReader {
  private static final long MINUTE = 60_000_000_000L;
  private static final Range OK = new Range(200, 201);

  private final String cluster;
  private final HealthCheck proto;
  private final Problems problems;

  private HealthCheckReader(String cluster, HealthCheck proto, Problems problems) {
    this.cluster = cluster;
    this.proto = proto;
    this.problems = problems;
  }

  /** The one way to check; null for none. Envoy refuses more than one, too. */
  static @Nullable HealthCheckConfig read(
      String cluster, List<HealthCheck> protos, Problems problems) {
    if (protos.isEmpty()) {
      return null;
    }
    if (protos.size() > 1) {
      problems.invalid("health_checks", "more than one", protos.size(), "at most one");
    }
    return new HealthCheckReader(cluster, protos.getFirst(), problems.under("health_checks[0]"))
        .read();
  }

  private HealthCheckConfig read() {
    return new HealthCheckConfig(
        needed("timeout", proto.hasTimeout(), proto.getTimeout()),
        intervals(needed("interval", proto.hasInterval(), proto.getInterval())),
        threshold("unhealthy_threshold", proto.getUnhealthyThreshold()),
        threshold("healthy_threshold", proto.getHealthyThreshold()),
        probe());
  }

  private Intervals intervals(long interval) {
    long noTraffic =
        nanos(
            "no_traffic_interval",
            proto.hasNoTrafficInterval(),
            proto.getNoTrafficInterval(),
            MINUTE);
    long unhealthy =
        nanos(
            "unhealthy_interval",
            proto.hasUnhealthyInterval(),
            proto.getUnhealthyInterval(),
            interval);
    return new Intervals(
        interval,
        nanos("initial_jitter", proto.hasInitialJitter(), proto.getInitialJitter(), 0),
        nanos("interval_jitter", proto.hasIntervalJitter(), proto.getIntervalJitter(), 0),
        proto.getIntervalJitterPercent(),
        noTraffic,
        nanos(
            "no_traffic_healthy_interval",
            proto.hasNoTrafficHealthyInterval(),
            proto.getNoTrafficHealthyInterval(),
            noTraffic),
        unhealthy,
        nanos(
            "unhealthy_edge_interval",
            proto.hasUnhealthyEdgeInterval(),
            proto.getUnhealthyEdgeInterval(),
            unhealthy),
        nanos(
            "healthy_edge_interval",
            proto.hasHealthyEdgeInterval(),
            proto.getHealthyEdgeInterval(),
            interval));
  }

  private long nanos(String path, boolean present, Duration duration, long absent) {
    return Durations.nanos(present, duration, absent, path, problems);
  }

  private long needed(String path, boolean present, Duration duration) {
    long nanos = nanos(path, present, duration, 0);
    if (nanos <= 0) {
      problems.missing(path, "a health check needs it", "a positive duration");
    }
    return nanos;
  }

  private int threshold(String path, UInt32Value value) {
    if (value.getValue() == 0) {
      problems.missing(path, "a health check needs it", "1 or more");
    }
    return value.getValue() <= 0 ? 1 : value.getValue();
  }

  private Probe probe() {
    return switch (proto.getHealthCheckerCase()) {
      case HTTP_HEALTH_CHECK -> http(proto.getHttpHealthCheck());
      case TCP_HEALTH_CHECK -> tcp(proto.getTcpHealthCheck());
      case GRPC_HEALTH_CHECK ->
          new Grpc(
              proto.getGrpcHealthCheck().getServiceName(),
              host("grpc_health_check.authority", proto.getGrpcHealthCheck().getAuthority()));
      case CUSTOM_HEALTH_CHECK, HEALTHCHECKER_NOT_SET -> {
        problems.missing(
            "health_checker",
            "nothing that this proxy can ask",
            "http_health_check, tcp_health_check or grpc_health_check");
        yield new Tcp(new byte[0], List.of());
      }
    };
  }

  private String host(String path, String host) {
    if (host.isEmpty()) {
      return OwnRequests.hostOf(cluster);
    }
    if (!OwnRequests.isHost(host)) {
      problems.invalid(path, "not a host", host, "a host name");
    }
    return host;
  }

  private Http http(HealthCheck.HttpHealthCheck http) {
    if (!OwnRequests.isPath(http.getPath())) {
      problems.invalid("http_health_check.path", "not a path", http.getPath(), "a path with a '/'");
    }
    List<Range> expected = ranges(http.getExpectedStatusesList(), "expected_statuses");
    List<String> headers = new ArrayList<>();
    for (HeaderValueOption option : http.getRequestHeadersToAddList()) {
      String line = option.getHeader().getKey() + ": " + option.getHeader().getValue();
      if (!OwnRequests.isField(line)) {
        problems.invalid(
            "http_health_check.request_headers_to_add",
            "not a header",
            line,
            "a name and one line");
      }
      headers.add(line);
    }
    boolean anyMethod = http.getMethod() == RequestMethod.METHOD_UNSPECIFIED;
    if (http.getMethod() == RequestMethod.CONNECT
        || http.getMethod() == RequestMethod.UNRECOGNIZED) {
      problems.invalid("http_health_check.method", "not usable", http.getMethod(), "GET or HEAD");
    }
    return new Http(
        host("http_health_check.host", http.getHost()),
        http.getPath(),
        anyMethod ? "GET" : http.getMethod().name(),
        expected.isEmpty() ? List.of(OK) : expected,
        ranges(http.getRetriableStatusesList(), "retriable_statuses"),
        headers,
        http.getCodecClientType() == CodecClientType.HTTP2);
  }

  private List<Range> ranges(List<Int64Range> protos, String field) {
    List<Range> ranges = new ArrayList<>();
    for (Int64Range range : protos) {
      if (range.getStart() < 100 || range.getEnd() > 600 || range.getStart() >= range.getEnd()) {
        problems.invalid(
            "http_health_check." + field,
            "not a range of statuses",
            "[" + range.getStart() + ", " + range.getEnd() + ")",
            "100 <= start < end <= 600");
      }
      ranges.add(new Range(range.getStart(), range.getEnd()));
    }
    return ranges;
  }

  private Tcp tcp(HealthCheck.TcpHealthCheck tcp) {
    List<byte[]> receive = new ArrayList<>();
    for (HealthCheck.Payload payload : tcp.getReceiveList()) {
      receive.add(bytes(payload, "tcp_health_check.receive"));
    }
    return new Tcp(
        tcp.hasSend() ? bytes(tcp.getSend(), "tcp_health_check.send") : new byte[0], receive);
  }

  /** {@code text} is hexadecimal. */
  private byte[] bytes(HealthCheck.Payload payload, String path) {
    if (payload.hasBinary()) {
      return payload.getBinary().toByteArray();
    }
    try {
      return HexFormat.of().parseHex(payload.getText());
    } catch (IllegalArgumentException notHex) {
      problems.invalid(path + ".text", "not hexadecimal", payload.getText(), "hex digits");
      return new byte[0];
    }
  }
}
