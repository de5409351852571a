package dev.layar.proxy.cluster;

import dev.layar.proxy.tls.ClientTls;
import dev.layar.proxy.tls.SecretStore;
import dev.layar.proxy.tls.TlsConfig;
import dev.layar.proxy.tls.TlsStats;
import dev.layar.telemetry.Label;
import dev.layar.telemetry.Sample;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** The TLS sides of one cluster, by endpoint metadata. Immutable, used by all event loops. */
final class ClusterTls {
  static final ClusterTls PLAIN = new ClusterTls(List.of(), null, null);

  private record Choice(Transports.Match match, @Nullable ClientTls tls) {}

  private final List<Choice> choices;
  private final @Nullable ClientTls fallback;
  private final @Nullable TlsStats stats;

  private ClusterTls(List<Choice> choices, @Nullable ClientTls fallback, @Nullable TlsStats stats) {
    this.choices = List.copyOf(choices);
    this.fallback = fallback;
    this.stats = stats;
  }

  static ClusterTls of(ClusterConfig config, SecretStore secrets, InstantSource clock, int loops) {
    Transports transports = config.transports();
    if (transports.matches().isEmpty() && transports.fallback() == null) {
      return PLAIN;
    }
    TlsStats stats =
        new TlsStats(
            "cluster." + config.name() + ".ssl.",
            "envoy_cluster_ssl_",
            List.of(new Label("envoy_cluster_name", config.name())),
            loops);
    List<Choice> choices = new ArrayList<>();
    for (Transports.Match match : transports.matches()) {
      choices.add(new Choice(match, side(match.tls(), secrets, clock, stats)));
    }
    return new ClusterTls(choices, side(transports.fallback(), secrets, clock, stats), stats);
  }

  private static @Nullable ClientTls side(
      TlsConfig.@Nullable Upstream config,
      SecretStore secrets,
      InstantSource clock,
      TlsStats stats) {
    return config == null ? null : new ClientTls(config, secrets, clock, stats);
  }

  @Nullable ClientTls of(Endpoint endpoint) {
    for (int i = 0; i < choices.size(); i++) {
      Choice choice = choices.get(i);
      if (choice.match().fits(endpoint.attributes().transport())) {
        return choice.tls();
      }
    }
    return fallback;
  }

  void collect(Consumer<Sample> out) {
    if (stats != null) {
      stats.collect(out);
    }
  }
}
