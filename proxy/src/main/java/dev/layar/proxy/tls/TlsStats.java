package dev.layar.proxy.tls;

import dev.layar.proxy.observe.TlsFacts;
import dev.layar.telemetry.Label;
import dev.layar.telemetry.MetricSchema;
import dev.layar.telemetry.MetricSource;
import dev.layar.telemetry.Metrics;
import dev.layar.telemetry.Sample;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.atomic.LongAdder;
import java.util.function.Consumer;

/** What TLS counts, by Envoy's names ({@code cluster.<name>.ssl.…}, {@code listener.<a>.ssl.…}). */
public final class TlsStats implements MetricSource {
  private static final MetricSchema.Builder SLOTS = MetricSchema.builder();

  private static final int HANDSHAKE = SLOTS.counter("handshake");
  private static final int CONNECTION_ERROR = SLOTS.counter("connection_error");
  private static final int NO_CERTIFICATE = SLOTS.counter("no_certificate");
  private static final int FAIL_VERIFY_NO_CERT = SLOTS.counter("fail_verify_no_cert");
  private static final int FAIL_VERIFY_ERROR = SLOTS.counter("fail_verify_error");
  private static final int FAIL_VERIFY_SAN = SLOTS.counter("fail_verify_san");
  private static final int FAIL_VERIFY_HASH = SLOTS.counter("fail_verify_cert_hash");

  private static final MetricSchema SCHEMA = SLOTS.build();

  private final String prefix;
  private final String family;
  private final List<Label> labels;
  private final Metrics metrics;
  private final Map<String, LongAdder> named = new ConcurrentHashMap<>();

  /**
   * @param prefix for example {@code cluster.web.ssl.}
   * @param family for example {@code envoy_cluster_ssl_}
   * @param loops number of event loops that will count
   */
  public TlsStats(String prefix, String family, List<Label> labels, int loops) {
    this.prefix = prefix;
    this.family = family;
    this.labels = List.copyOf(labels);
    this.metrics = new Metrics(SCHEMA, prefix, family, labels, loops);
  }

  /** A handshake is complete. */
  public void handshake(int loop, TlsFacts facts) {
    metrics.increment(loop, HANDSHAKE);
    if (facts.peer() == null) {
      metrics.increment(loop, NO_CERTIFICATE);
    }
    count("versions." + facts.version());
    count("ciphers." + facts.cipher());
  }

  /** A handshake failed, or a connection broke the protocol. */
  public void failed(int loop, Throwable failure) {
    PeerRefused refused = TlsFailures.refused(failure);
    if (refused == null) {
      metrics.increment(loop, CONNECTION_ERROR);
      if (TlsFailures.showedNone(failure)) {
        metrics.increment(loop, FAIL_VERIFY_NO_CERT);
      }
      return;
    }
    metrics.increment(loop, CONNECTION_ERROR);
    metrics.increment(
        loop,
        switch (refused.why()) {
          case NO_CERTIFICATE -> FAIL_VERIFY_NO_CERT;
          case CHAIN -> FAIL_VERIFY_ERROR;
          case SAN -> FAIL_VERIFY_SAN;
          case HASH -> FAIL_VERIFY_HASH;
        });
  }

  /** A connection came before its certificate had. */
  public void notReady() {
    count("downstream_context_secrets_not_ready");
  }

  private void count(String name) {
    named.computeIfAbsent(name, fresh -> new LongAdder()).increment();
  }

  @Override
  public void collect(Consumer<Sample> out) {
    metrics.collect(out);
    named.forEach(
        (name, count) ->
            out.accept(
                new Sample(
                    prefix + name,
                    family + name.replaceAll("[^A-Za-z0-9_]", "_"),
                    labels,
                    new Sample.CounterValue(count.sum()))));
  }
}
