package dev.layar.proxy.tcp;

import dev.layar.telemetry.Label;
import dev.layar.telemetry.MetricSchema;
import dev.layar.telemetry.MetricSource;
import dev.layar.telemetry.Metrics;
import dev.layar.telemetry.Sample;
import java.util.List;
import java.util.function.Consumer;

/** What a TCP proxy counts, by Envoy's names ({@code tcp.<stat_prefix>.…}). */
public final class TcpStats implements MetricSource {
  private static final MetricSchema.Builder SLOTS = MetricSchema.builder();

  public static final int CX_TOTAL = SLOTS.counter("downstream_cx_total");
  public static final int CX_ACTIVE = SLOTS.gauge("downstream_cx_active");
  public static final int CX_NO_ROUTE = SLOTS.counter("downstream_cx_no_route");
  public static final int CX_RX_BYTES = SLOTS.counter("downstream_cx_rx_bytes_total");
  public static final int CX_TX_BYTES = SLOTS.counter("downstream_cx_tx_bytes_total");
  public static final int PAUSED_READING =
      SLOTS.counter("downstream_flow_control_paused_reading_total");
  public static final int RESUMED_READING =
      SLOTS.counter("downstream_flow_control_resumed_reading_total");
  public static final int IDLE_TIMEOUT = SLOTS.counter("idle_timeout");
  public static final int MAX_DURATION = SLOTS.counter("max_downstream_connection_duration");

  public static final int RBAC_ALLOWED = SLOTS.counter("rbac.allowed");
  public static final int RBAC_DENIED = SLOTS.counter("rbac.denied");
  public static final int RBAC_SHADOW_ALLOWED = SLOTS.counter("rbac.shadow_allowed");
  public static final int RBAC_SHADOW_DENIED = SLOTS.counter("rbac.shadow_denied");

  private static final MetricSchema SCHEMA = SLOTS.build();

  private final Metrics metrics;

  /**
   * @param loops number of event loops that will count
   */
  public TcpStats(String statPrefix, int loops) {
    Label label = new Label("envoy_tcp_prefix", statPrefix);
    metrics = new Metrics(SCHEMA, "tcp." + statPrefix + ".", "envoy_tcp_", List.of(label), loops);
  }

  void increment(int loop, int slot) {
    metrics.increment(loop, slot);
  }

  void add(int loop, int slot, long n) {
    metrics.add(loop, slot, n);
  }

  @Override
  public void collect(Consumer<Sample> out) {
    metrics.collect(out);
  }
}
