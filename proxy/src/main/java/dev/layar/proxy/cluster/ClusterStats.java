package dev.layar.proxy.cluster;

import dev.layar.proxy.cluster.health.HealthCounters;
import dev.layar.proxy.observe.StreamInfo;
import dev.layar.telemetry.KeyedCounters;
import dev.layar.telemetry.Label;
import dev.layar.telemetry.MetricSchema;
import dev.layar.telemetry.MetricSource;
import dev.layar.telemetry.Metrics;
import dev.layar.telemetry.Sample;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/**
 * What a cluster counts, by Envoy's names. The slots are constants of this class; a slot is written
 * by the event loop whose index is given. Lives as long as a cluster of this name exists.
 */
public final class ClusterStats implements MetricSource {
  private static final MetricSchema.Builder SLOTS = MetricSchema.builder();

  public static final int UPSTREAM_CX_TOTAL = SLOTS.counter("upstream_cx_total");
  public static final int UPSTREAM_CX_ACTIVE = SLOTS.gauge("upstream_cx_active");
  public static final int UPSTREAM_CX_HTTP1_TOTAL = SLOTS.counter("upstream_cx_http1_total");
  public static final int UPSTREAM_CX_HTTP2_TOTAL = SLOTS.counter("upstream_cx_http2_total");
  public static final int UPSTREAM_CX_CLOSE_NOTIFY = SLOTS.counter("upstream_cx_close_notify");
  public static final int UPSTREAM_CX_CONNECT_FAIL = SLOTS.counter("upstream_cx_connect_fail");
  public static final int UPSTREAM_CX_CONNECT_TIMEOUT =
      SLOTS.counter("upstream_cx_connect_timeout");
  public static final int UPSTREAM_CX_CONNECT_MS = SLOTS.histogram("upstream_cx_connect_ms");
  public static final int UPSTREAM_CX_CONNECT_ATTEMPTS_EXCEEDED =
      SLOTS.counter("upstream_cx_connect_attempts_exceeded");
  public static final int UPSTREAM_CX_OVERFLOW = SLOTS.counter("upstream_cx_overflow");
  public static final int UPSTREAM_CX_DESTROY = SLOTS.counter("upstream_cx_destroy");
  public static final int UPSTREAM_CX_DESTROY_LOCAL = SLOTS.counter("upstream_cx_destroy_local");
  public static final int UPSTREAM_CX_DESTROY_REMOTE = SLOTS.counter("upstream_cx_destroy_remote");
  public static final int UPSTREAM_CX_DESTROY_WITH_ACTIVE_RQ =
      SLOTS.counter("upstream_cx_destroy_with_active_rq");
  public static final int UPSTREAM_CX_IDLE_TIMEOUT = SLOTS.counter("upstream_cx_idle_timeout");
  public static final int UPSTREAM_CX_MAX_REQUESTS = SLOTS.counter("upstream_cx_max_requests");
  public static final int UPSTREAM_CX_NONE_HEALTHY = SLOTS.counter("upstream_cx_none_healthy");
  public static final int UPSTREAM_CX_PROTOCOL_ERROR = SLOTS.counter("upstream_cx_protocol_error");
  public static final int UPSTREAM_CX_RX_BYTES = SLOTS.counter("upstream_cx_rx_bytes_total");
  public static final int UPSTREAM_CX_TX_BYTES = SLOTS.counter("upstream_cx_tx_bytes_total");
  public static final int UPSTREAM_RQ_TOTAL = SLOTS.counter("upstream_rq_total");
  public static final int UPSTREAM_RQ_ACTIVE = SLOTS.gauge("upstream_rq_active");
  public static final int UPSTREAM_RQ_PENDING_TOTAL = SLOTS.counter("upstream_rq_pending_total");
  public static final int UPSTREAM_RQ_PENDING_ACTIVE = SLOTS.gauge("upstream_rq_pending_active");
  public static final int UPSTREAM_RQ_PENDING_OVERFLOW =
      SLOTS.counter("upstream_rq_pending_overflow");
  public static final int UPSTREAM_RQ_PENDING_FAILURE_EJECT =
      SLOTS.counter("upstream_rq_pending_failure_eject");
  public static final int UPSTREAM_RQ_CANCELLED = SLOTS.counter("upstream_rq_cancelled");
  public static final int UPSTREAM_RQ_MAINTENANCE_MODE =
      SLOTS.counter("upstream_rq_maintenance_mode");
  public static final int UPSTREAM_RQ_TIMEOUT = SLOTS.counter("upstream_rq_timeout");
  public static final int UPSTREAM_RQ_PER_TRY_TIMEOUT =
      SLOTS.counter("upstream_rq_per_try_timeout");
  public static final int UPSTREAM_RQ_PER_TRY_IDLE_TIMEOUT =
      SLOTS.counter("upstream_rq_per_try_idle_timeout");
  public static final int UPSTREAM_RQ_RX_RESET = SLOTS.counter("upstream_rq_rx_reset");
  public static final int UPSTREAM_RQ_TX_RESET = SLOTS.counter("upstream_rq_tx_reset");
  public static final int UPSTREAM_RQ_RETRY = SLOTS.counter("upstream_rq_retry");
  public static final int UPSTREAM_RQ_RETRY_SUCCESS = SLOTS.counter("upstream_rq_retry_success");
  public static final int UPSTREAM_RQ_RETRY_OVERFLOW = SLOTS.counter("upstream_rq_retry_overflow");
  public static final int UPSTREAM_RQ_RETRY_LIMIT_EXCEEDED =
      SLOTS.counter("upstream_rq_retry_limit_exceeded");
  public static final int UPSTREAM_RQ_RETRY_BACKOFF_EXPONENTIAL =
      SLOTS.counter("upstream_rq_retry_backoff_exponential");
  public static final int UPSTREAM_RQ_COMPLETED = SLOTS.counter("upstream_rq_completed");
  public static final int UPSTREAM_RQ_TIME = SLOTS.histogram("upstream_rq_time");
  public static final int RETRY_OR_SHADOW_ABANDONED = SLOTS.counter("retry_or_shadow_abandoned");
  public static final int LB_HEALTHY_PANIC = SLOTS.counter("lb_healthy_panic");
  public static final int LB_LOCAL_CLUSTER_NOT_OK = SLOTS.counter("lb_local_cluster_not_ok");
  public static final int LB_ZONE_CLUSTER_TOO_SMALL = SLOTS.counter("lb_zone_cluster_too_small");
  public static final int LB_ZONE_NO_CAPACITY_LEFT = SLOTS.counter("lb_zone_no_capacity_left");
  public static final int LB_ZONE_ROUTING_ALL_DIRECTLY =
      SLOTS.counter("lb_zone_routing_all_directly");
  public static final int LB_ZONE_ROUTING_SAMPLED = SLOTS.counter("lb_zone_routing_sampled");
  public static final int LB_ZONE_ROUTING_CROSS_ZONE = SLOTS.counter("lb_zone_routing_cross_zone");
  public static final int LB_SUBSETS_SELECTED = SLOTS.counter("lb_subsets_selected");
  public static final int LB_SUBSETS_FALLBACK = SLOTS.counter("lb_subsets_fallback");
  public static final int LB_SUBSETS_FALLBACK_PANIC = SLOTS.counter("lb_subsets_fallback_panic");

  /** {@code upstream_rq_1xx}; 2xx to 5xx follow. */
  public static final int UPSTREAM_RQ_1XX = SLOTS.responseClasses("upstream_rq");

  private static final MetricSchema SCHEMA = SLOTS.build();

  private final String name;
  private final ClusterConfig.IstioService service;
  private final List<Label> istioLabels;
  private final Metrics metrics;
  private final KeyedCounters outcomes;
  private final MetricSource levels;
  private final HealthCounters health = new HealthCounters();

  /**
   * @param istioLabels the source's labels of {@code istio_requests_total}; empty to leave that
   *     metric out
   * @param levels gauges that others keep, such as membership and ejections
   */
  public ClusterStats(
      String name,
      ClusterConfig.IstioService service,
      List<Label> istioLabels,
      MetricSource levels,
      int loops) {
    this.name = name;
    this.service = service;
    this.istioLabels = List.copyOf(istioLabels);
    this.metrics = new Metrics(SCHEMA, "cluster." + name + ".", "envoy_cluster_", labels(), loops);
    this.outcomes = new KeyedCounters(loops);
    this.levels = levels;
  }

  /** What active health checks counted. */
  public HealthCounters health() {
    return health;
  }

  public Metrics metrics() {
    return metrics;
  }

  public void increment(int loop, int slot) {
    metrics.increment(loop, slot);
  }

  public void add(int loop, int slot, long n) {
    metrics.add(loop, slot, n);
  }

  /**
   * Counts a request that ended: its class, its exact code, its time, and Istio's request metric.
   *
   * @param code the status that the client got, 0 when it got none; of an answer of the proxy's own
   *     to gRPC the status behind it, as Envoy charges it (DEVIATION: Istio's request metric says
   *     200 there)
   * @param info what is known about it
   * @param micros from the request's start to the response's end
   */
  public void completed(int loop, int code, StreamInfo info, long micros) {
    completed(loop, Outcome.key(code, info.flags, info.grpc, info.grpcStatus), code, micros);
  }

  /** Counts a request of which only this is known. */
  public void completed(int loop, int code, long micros) {
    completed(loop, Outcome.key(code, 0, false, -1), code, micros);
  }

  private void completed(int loop, long outcome, int code, long micros) {
    metrics.increment(loop, UPSTREAM_RQ_COMPLETED);
    if (code >= 100 && code < 600) {
      metrics.increment(loop, UPSTREAM_RQ_1XX + code / 100 - 1);
    }
    metrics.record(loop, UPSTREAM_RQ_TIME, micros);
    outcomes.increment(loop, outcome);
  }

  @Override
  public void collect(Consumer<Sample> out) {
    metrics.collect(out);
    levels.collect(out);
    exactCodes().forEach((code, count) -> out.accept(exactCode(code, count)));
    if (!istioLabels.isEmpty()) {
      IstioMetrics.collect(istioLabels, service, outcomes.sums(), out);
      IstioMetrics.durations(istioLabels, service, metrics, UPSTREAM_RQ_TIME, out);
    }
  }

  private Map<Integer, Long> exactCodes() {
    Map<Integer, Long> codes = new TreeMap<>();
    outcomes
        .sums()
        .forEach(
            (key, count) -> {
              int code = Outcome.code(key);
              if (key >= 0 && code >= 100) {
                codes.merge(code, count, Long::sum);
              }
            });
    return codes;
  }

  private Sample exactCode(int code, long count) {
    List<Label> labels =
        List.of(
            new Label("envoy_response_code", Integer.toString(code)),
            new Label("envoy_cluster_name", name));
    return new Sample(
        "cluster." + name + ".upstream_rq_" + code,
        "envoy_cluster_upstream_rq",
        labels,
        new Sample.CounterValue(count));
  }

  private List<Label> labels() {
    return List.of(new Label("envoy_cluster_name", name));
  }
}
