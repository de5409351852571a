package dev.layar.proxy.stream;

import dev.layar.telemetry.Label;
import dev.layar.telemetry.MetricSchema;
import dev.layar.telemetry.MetricSource;
import dev.layar.telemetry.Metrics;
import dev.layar.telemetry.Sample;
import java.util.List;
import java.util.function.Consumer;

/** What an HTTP connection manager counts, by Envoy's names ({@code http.<stat_prefix>.…}). */
public final class HttpStats implements MetricSource {
  private static final MetricSchema.Builder SLOTS = MetricSchema.builder();

  public static final int CX_TOTAL = SLOTS.counter("downstream_cx_total");
  public static final int CX_ACTIVE = SLOTS.gauge("downstream_cx_active");
  public static final int CX_HTTP1_TOTAL = SLOTS.counter("downstream_cx_http1_total");
  public static final int CX_HTTP2_TOTAL = SLOTS.counter("downstream_cx_http2_total");
  public static final int CX_DESTROY = SLOTS.counter("downstream_cx_destroy");
  public static final int CX_DESTROY_REMOTE = SLOTS.counter("downstream_cx_destroy_remote");
  public static final int CX_DESTROY_REMOTE_ACTIVE_RQ =
      SLOTS.counter("downstream_cx_destroy_remote_active_rq");
  public static final int CX_PROTOCOL_ERROR = SLOTS.counter("downstream_cx_protocol_error");
  public static final int CX_IDLE_TIMEOUT = SLOTS.counter("downstream_cx_idle_timeout");
  public static final int CX_DRAIN_CLOSE = SLOTS.counter("downstream_cx_drain_close");
  public static final int CX_MAX_DURATION_REACHED =
      SLOTS.counter("downstream_cx_max_duration_reached");
  public static final int CX_MAX_REQUESTS_REACHED =
      SLOTS.counter("downstream_cx_max_requests_reached");
  public static final int CX_RX_BYTES = SLOTS.counter("downstream_cx_rx_bytes_total");
  public static final int RQ_TOTAL = SLOTS.counter("downstream_rq_total");
  public static final int RQ_HTTP1_TOTAL = SLOTS.counter("downstream_rq_http1_total");
  public static final int RQ_HTTP2_TOTAL = SLOTS.counter("downstream_rq_http2_total");
  public static final int RQ_ACTIVE = SLOTS.gauge("downstream_rq_active");
  public static final int RQ_COMPLETED = SLOTS.counter("downstream_rq_completed");
  public static final int RQ_RX_RESET = SLOTS.counter("downstream_rq_rx_reset");
  public static final int RQ_TX_RESET = SLOTS.counter("downstream_rq_tx_reset");
  public static final int RQ_TOO_LARGE = SLOTS.counter("downstream_rq_too_large");
  public static final int RQ_TIMEOUT = SLOTS.counter("downstream_rq_timeout");
  public static final int RQ_HEADER_TIMEOUT = SLOTS.counter("downstream_rq_header_timeout");
  public static final int RQ_IDLE_TIMEOUT = SLOTS.counter("downstream_rq_idle_timeout");
  public static final int RQ_MAX_DURATION_REACHED =
      SLOTS.counter("downstream_rq_max_duration_reached");
  public static final int NO_ROUTE = SLOTS.counter("no_route");
  public static final int CORS_ORIGIN_VALID = SLOTS.counter("cors.origin_valid");
  public static final int CORS_ORIGIN_INVALID = SLOTS.counter("cors.origin_invalid");
  public static final int FAULT_DELAYS = SLOTS.counter("fault_delays_injected");
  public static final int FAULT_ABORTS = SLOTS.counter("fault_aborts_injected");
  public static final int RBAC_ALLOWED = SLOTS.counter("rbac.allowed");
  public static final int RBAC_DENIED = SLOTS.counter("rbac.denied");
  private static final int SHADOW = shadows("");
  private static final int DRY_ALLOW = shadows("istio_dry_run_allow_");
  private static final int DRY_DENY = shadows("istio_dry_run_deny_");
  private static final int EXT_AUTHZ = shadows("istio_ext_authz_");
  public static final int RQ_TIME = SLOTS.histogram("downstream_rq_time");

  /** {@code downstream_rq_1xx}; 2xx to 5xx follow. */
  public static final int RQ_1XX = SLOTS.responseClasses("downstream_rq");

  private static final MetricSchema SCHEMA = SLOTS.build();

  private final Metrics metrics;

  /**
   * @param loops number of event loops that will count
   */
  public HttpStats(String statPrefix, int loops) {
    Label label = new Label("envoy_http_conn_manager_prefix", statPrefix);
    metrics = new Metrics(SCHEMA, "http." + statPrefix + ".", "envoy_http_", List.of(label), loops);
  }

  private static int shadows(String prefix) {
    int allowed = SLOTS.counter("rbac." + prefix + "shadow_allowed");
    SLOTS.counter("rbac." + prefix + "shadow_denied");
    return allowed;
  }

  /**
   * Where a request is counted that rules on trial let through, by {@code
   * shadow_rules_stat_prefix}.
   */
  public static int shadowAllowed(String prefix) {
    return switch (prefix) {
      case "istio_dry_run_allow_" -> DRY_ALLOW;
      case "istio_dry_run_deny_" -> DRY_DENY;
      case "istio_ext_authz_" -> EXT_AUTHZ;
      default -> SHADOW;
    };
  }

  /** The same for one that they would refuse. */
  public static int shadowDenied(String prefix) {
    return shadowAllowed(prefix) + 1;
  }

  public void increment(int loop, int slot) {
    metrics.increment(loop, slot);
  }

  public void add(int loop, int slot, long n) {
    metrics.add(loop, slot, n);
  }

  /** The sum over all loops. From any thread. */
  public long sum(int slot) {
    return metrics.sum(slot);
  }

  /**
   * Counts a request that ended.
   *
   * @param code the status that the client got, 0 when it got none
   * @param micros from its first byte to its end
   */
  public void completed(int loop, int code, long micros) {
    metrics.add(loop, RQ_ACTIVE, -1);
    metrics.increment(loop, RQ_COMPLETED);
    if (code >= 100 && code < 600) {
      metrics.increment(loop, RQ_1XX + code / 100 - 1);
    }
    metrics.record(loop, RQ_TIME, micros);
  }

  @Override
  public void collect(Consumer<Sample> out) {
    metrics.collect(out);
  }
}
