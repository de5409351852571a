package dev.layar.proxy.listener;

import dev.layar.proxy.tls.TlsStats;
import dev.layar.telemetry.Label;
import dev.layar.telemetry.MetricSchema;
import dev.layar.telemetry.MetricSource;
import dev.layar.telemetry.Metrics;
import dev.layar.telemetry.Sample;
import java.util.List;
import java.util.function.Consumer;

/** What a listener counts, by Envoy's names ({@code listener.<address>.…}). */
public final class ListenerStats implements MetricSource {
  private static final MetricSchema.Builder SLOTS = MetricSchema.builder();

  static final int CX_TOTAL = SLOTS.counter("downstream_cx_total");
  static final int CX_ACTIVE = SLOTS.gauge("downstream_cx_active");
  static final int CX_DESTROY = SLOTS.counter("downstream_cx_destroy");
  static final int PRE_CX_TIMEOUT = SLOTS.counter("downstream_pre_cx_timeout");
  static final int PRE_CX_ACTIVE = SLOTS.gauge("downstream_pre_cx_active");
  static final int SOCKET_CONNECT_TIMEOUT =
      SLOTS.counter("downstream_cx_transport_socket_connect_timeout");
  static final int FILTER_ERROR = SLOTS.counter("downstream_listener_filter_error");
  static final int NO_CHAIN = SLOTS.counter("no_filter_chain_match");

  private static final MetricSchema SCHEMA = SLOTS.build();

  private final Metrics metrics;
  private final TlsStats tls;

  /**
   * @param name the listener's {@code stat_prefix}, or its address
   * @param loops number of event loops that will count
   */
  public ListenerStats(String name, int loops) {
    List<Label> labels = List.of(new Label("envoy_listener_address", name));
    metrics = new Metrics(SCHEMA, "listener." + name + ".", "envoy_listener_", labels, loops);
    tls = new TlsStats("listener." + name + ".ssl.", "envoy_listener_ssl_", labels, loops);
  }

  void increment(int loop, int slot) {
    metrics.increment(loop, slot);
  }

  void add(int loop, int slot, long n) {
    metrics.add(loop, slot, n);
  }

  TlsStats tls() {
    return tls;
  }

  @Override
  public void collect(Consumer<Sample> out) {
    metrics.collect(out);
    tls.collect(out);
  }
}
