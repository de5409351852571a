package dev.layar.proxy.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.telemetry.Label;
import dev.layar.telemetry.MetricRegistry;
import dev.layar.telemetry.PrometheusText;
import dev.layar.telemetry.StatsText;
import java.util.List;
import org.junit.jupiter.api.Test;

class ClusterStatsTest {
  @Test
  void outcomesShowUnderEnvoysAndIstiosNames() {
    ClusterStats stats =
        new ClusterStats(
            "outbound|80|v1|reviews",
            new ClusterConfig.IstioService(
                "reviews.default.svc.cluster.local", "reviews", "default"),
            List.of(new Label("reporter", "source"), new Label("source_workload", "web")),
            out -> {},
            2);
    stats.increment(0, ClusterStats.UPSTREAM_RQ_TOTAL);
    stats.increment(1, ClusterStats.UPSTREAM_RQ_TOTAL);
    stats.completed(0, 200, 0, 1500);
    stats.completed(1, 504, ResponseFlags.UPSTREAM_REQUEST_TIMEOUT, 1_000_000);
    stats.completed(1, 0, ResponseFlags.DOWNSTREAM_CONNECTION_TERMINATION, 10);
    MetricRegistry registry = new MetricRegistry();
    registry.add(stats);

    assertThat(StatsText.of(registry.samples(), true, name -> true).lines())
        .contains(
            "cluster.outbound|80|v1|reviews.upstream_rq_total: 2",
            "cluster.outbound|80|v1|reviews.upstream_rq_completed: 3",
            "cluster.outbound|80|v1|reviews.upstream_rq_2xx: 1",
            "cluster.outbound|80|v1|reviews.upstream_rq_200: 1",
            "cluster.outbound|80|v1|reviews.upstream_rq_5xx: 1",
            "cluster.outbound|80|v1|reviews.upstream_rq_504: 1");
    String istio =
        "reporter=\"source\",source_workload=\"web\","
            + "destination_service=\"reviews.default.svc.cluster.local\","
            + "destination_service_name=\"reviews\",destination_service_namespace=\"default\"";
    assertThat(PrometheusText.of(registry.samples()).lines())
        .contains(
            "envoy_cluster_upstream_rq{envoy_response_code=\"504\","
                + "envoy_cluster_name=\"outbound|80|v1|reviews\"} 1")
        .anyMatch(
            line ->
                line.startsWith("istio_requests_total{" + istio)
                    && line.contains("response_code=\"504\",response_flags=\"UT\"")
                    && line.endsWith("} 1"))
        .anyMatch(line -> line.startsWith("istio_request_duration_milliseconds_count{" + istio));
  }
}
