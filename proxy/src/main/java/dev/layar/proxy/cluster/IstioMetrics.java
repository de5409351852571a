package dev.layar.proxy.cluster;

import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.telemetry.Label;
import dev.layar.telemetry.Metrics;
import dev.layar.telemetry.Sample;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * Istio's own metrics as a client's proxy reports them ({@code istio_requests_total} and {@code
 * istio_request_duration_milliseconds}, Istio standard metrics), derived from what the cluster
 * counts anyway.
 *
 * <p>DEVIATION: labels about the destination's workload are {@code unknown}: the peers exchange no
 * metadata, and a pod behind the cluster is not told apart. The duration has no response code.
 */
final class IstioMetrics {
  private static final String UNKNOWN = "unknown";

  private IstioMetrics() {}

  static void collect(
      List<Label> source,
      ClusterConfig.IstioService service,
      Map<Long, Long> outcomes,
      Consumer<Sample> out) {
    outcomes.forEach(
        (key, count) -> {
          if (key >= 0) {
            List<Label> labels = labels(source, service, Outcome.grpc(key) ? "grpc" : "http");
            int status = Outcome.grpcStatus(key);
            labels.add(new Label("response_code", Integer.toString(Outcome.code(key))));
            labels.add(
                new Label("grpc_response_status", status < 0 ? "" : Integer.toString(status)));
            labels.add(new Label("response_flags", ResponseFlags.text(Outcome.flags(key))));
            labels.add(new Label("connection_security_policy", UNKNOWN));
            out.accept(
                new Sample("", "istio_requests_total", labels, new Sample.CounterValue(count)));
          }
        });
  }

  static void durations(
      List<Label> source,
      ClusterConfig.IstioService service,
      Metrics metrics,
      int slot,
      Consumer<Sample> out) {
    Sample.HistogramValue value = metrics.histogram(slot);
    if (value.total() > 0) {
      out.accept(
          new Sample(
              "", "istio_request_duration_milliseconds", labels(source, service, "http"), value));
    }
  }

  private static List<Label> labels(
      List<Label> source, ClusterConfig.IstioService service, String protocol) {
    List<Label> labels = new ArrayList<>(source);
    labels.add(new Label("destination_service", known(service.host())));
    labels.add(new Label("destination_service_name", known(service.name())));
    labels.add(new Label("destination_service_namespace", known(service.namespace())));
    labels.add(new Label("destination_workload", UNKNOWN));
    labels.add(new Label("destination_workload_namespace", UNKNOWN));
    labels.add(new Label("request_protocol", protocol));
    return labels;
  }

  private static String known(String value) {
    return value.isEmpty() ? UNKNOWN : value;
  }
}
