package dev.layar.proxy.admin;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.ClusterConfig;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.Health;
import dev.layar.proxy.cluster.breaker.BreakerLimits;
import dev.layar.telemetry.MetricKind;
import dev.layar.telemetry.Sample;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** Clusters and endpoints in the two forms of Envoy's {@code /clusters}. */
final class ClusterText {
  private ClusterText() {}

  /** Lines {@code cluster::field::value} and {@code cluster::ip:port::field::value}. */
  static String text(Collection<Cluster> clusters) {
    StringBuilder out = new StringBuilder();
    for (Cluster cluster : sorted(clusters)) {
      ClusterConfig config = cluster.config();
      line(out, cluster.name(), "observability_name", config.statName());
      limits(out, cluster, Cluster.Priority.DEFAULT, "default_priority");
      limits(out, cluster, Cluster.Priority.HIGH, "high_priority");
      line(out, cluster.name(), "type", config.discovery().name());
      if (!config.edsName().isEmpty()) {
        line(out, cluster.name(), "eds_service_name", config.edsName());
      }
      for (Endpoint endpoint : cluster.endpoints()) {
        endpoint(out, cluster.name() + "::" + endpoint, endpoint);
      }
    }
    return out.toString();
  }

  private static void limits(
      StringBuilder out, Cluster cluster, Cluster.Priority priority, String word) {
    BreakerLimits limits = cluster.breaker(priority).limits();
    String name = cluster.name() + "::" + word;
    line(out, name, "max_connections", limit(limits.maxConnections()));
    line(out, name, "max_pending_requests", limit(limits.maxPendingRequests()));
    line(out, name, "max_requests", limit(limits.maxRequests()));
    line(out, name, "max_retries", limit(limits.maxRetries()));
  }

  private static String limit(int limit) {
    return limit == BreakerLimits.UNLIMITED ? "4294967295" : Integer.toString(limit);
  }

  private static void endpoint(StringBuilder out, String name, Endpoint endpoint) {
    endpoint.metrics().collect(sample -> line(out, name, sample.statName(), number(sample)));
    line(out, name, "hostname", endpoint.hostname());
    line(out, name, "health_flags", flags(endpoint));
    line(out, name, "weight", Integer.toString(endpoint.weight()));
    line(out, name, "region", endpoint.locality().region());
    line(out, name, "zone", endpoint.locality().zone());
    line(out, name, "sub_zone", endpoint.locality().subZone());
    line(out, name, "canary", "false");
    line(out, name, "priority", Integer.toString(endpoint.priority()));
    line(out, name, "success_rate", "-1");
    line(out, name, "local_origin_success_rate", "-1");
  }

  private static String flags(Endpoint endpoint) {
    StringBuilder flags = new StringBuilder();
    if (endpoint.failedCheck()) {
      flags.append("/failed_active_hc");
    }
    if (endpoint.ejected()) {
      flags.append("/failed_outlier_check");
    }
    flags.append(
        switch (endpoint.health()) {
          case HEALTHY -> "";
          case DEGRADED -> "/degraded_eds_health";
          case UNHEALTHY -> "/failed_eds_health";
          case DRAINING -> "/eds_status_draining";
        });
    return flags.isEmpty() ? "healthy" : flags.toString();
  }

  /** {@code Envoy admin.v3.Clusters}. */
  static Map<String, Object> json(Collection<Cluster> clusters) {
    List<Object> statuses = new ArrayList<>();
    for (Cluster cluster : sorted(clusters)) {
      Map<String, Object> status = new LinkedHashMap<>();
      status.put("name", cluster.name());
      status.put("added_via_api", true);
      status.put("host_statuses", cluster.endpoints().stream().map(ClusterText::json).toList());
      status.put("observability_name", cluster.config().statName());
      if (!cluster.config().edsName().isEmpty()) {
        status.put("eds_service_name", cluster.config().edsName());
      }
      statuses.add(status);
    }
    return Map.of("cluster_statuses", statuses);
  }

  private static Map<String, Object> json(Endpoint endpoint) {
    List<Object> stats = new ArrayList<>();
    endpoint
        .metrics()
        .collect(
            sample -> {
              Map<String, Object> stat = new LinkedHashMap<>();
              stat.put("name", sample.statName());
              stat.put("value", number(sample));
              if (sample.value().kind() == MetricKind.GAUGE) {
                stat.put("type", "GAUGE");
              }
              stats.add(stat);
            });
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("address", address(endpoint));
    out.put("stats", stats);
    out.put("health_status", health(endpoint));
    out.put("weight", endpoint.weight());
    out.put("hostname", endpoint.hostname());
    out.put("priority", endpoint.priority());
    Map<String, Object> locality = new LinkedHashMap<>();
    locality.put("region", endpoint.locality().region());
    locality.put("zone", endpoint.locality().zone());
    locality.put("sub_zone", endpoint.locality().subZone());
    out.put("locality", locality);
    return out;
  }

  private static Map<String, Object> address(Endpoint endpoint) {
    Map<String, Object> socket = new LinkedHashMap<>();
    socket.put("address", endpoint.address().getHostString());
    socket.put("port_value", endpoint.address().getPort());
    return Map.of("socket_address", socket);
  }

  private static Map<String, Object> health(Endpoint endpoint) {
    Map<String, Object> health = new LinkedHashMap<>();
    if (endpoint.failedCheck()) {
      health.put("failed_active_health_check", true);
    }
    if (endpoint.ejected()) {
      health.put("failed_outlier_check", true);
    }
    health.put(
        "eds_health_status", endpoint.health() == Health.HEALTHY ? "HEALTHY" : endpoint.health());
    return health;
  }

  private static String number(Sample sample) {
    return switch (sample.value()) {
      case Sample.CounterValue(long total) -> Long.toString(total);
      case Sample.GaugeValue(long level) -> Long.toString(level);
      case Sample.HistogramValue histogram -> Long.toString(histogram.total());
    };
  }

  private static List<Cluster> sorted(Collection<Cluster> clusters) {
    return clusters.stream().sorted((a, b) -> a.name().compareTo(b.name())).toList();
  }

  private static void line(StringBuilder out, String name, String field, String value) {
    out.append(name).append("::").append(field).append("::").append(value).append('\n');
  }
}
