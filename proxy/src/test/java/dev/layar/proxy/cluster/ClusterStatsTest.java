package dev.layar.proxy.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.observe.StreamInfo;
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
    StreamInfo info = new StreamInfo();
    stats.completed(0, 200, info, 1500);
    info.flags = ResponseFlags.UPSTREAM_REQUEST_TIMEOUT;
    stats.completed(1, 504, info, 1_000_000);
    info.flags = ResponseFlags.DOWNSTREAM_CONNECTION_TERMINATION;
    stats.completed(1, 0, info, 10);
    info.reset();
    info.grpc = true;
    info.grpcStatus = 13;
    stats.completed(1, 200, info, 10);
    MetricRegistry registry = new MetricRegistry();
    registry.add(stats);

    assertThat(StatsText.of(registry.samples(), true, name -> true).lines())
        .contains(
            "cluster.outbound|80|v1|reviews.upstream_rq_total: 2",
            "cluster.outbound|80|v1|reviews.upstream_rq_completed: 4",
            "cluster.outbound|80|v1|reviews.upstream_rq_2xx: 2",
            "cluster.outbound|80|v1|reviews.upstream_rq_200: 2",
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
                    && line.contains("request_protocol=\"http\",response_code=\"504\"")
                    && line.contains("grpc_response_status=\"\",response_flags=\"UT\"")
                    && line.endsWith("} 1"))
        .anyMatch(
            line ->
                line.contains("request_protocol=\"grpc\",response_code=\"200\"")
                    && line.contains("grpc_response_status=\"13\",response_flags=\"-\""))
        .anyMatch(line -> line.startsWith("istio_request_duration_milliseconds_count{" + istio));
  }
}
