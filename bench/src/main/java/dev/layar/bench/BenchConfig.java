package dev.layar.bench;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.base.SplitMix64;
import dev.layar.base.Ticker;
import dev.layar.proxy.cluster.ClusterSet;
import dev.layar.proxy.config.Bootstrap;
import dev.layar.proxy.config.ConfigStore;
import dev.layar.proxy.config.FilterChain;
import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.config.Snapshot;
import dev.layar.proxy.config.TcpProxyConfig;
import dev.layar.proxy.route.RouteTable;
import dev.layar.telemetry.MetricRegistry;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;

/** Runtime configuration as the proxy would hold it, from a bootstrap text. */
final class BenchConfig {
  private BenchConfig() {}

  static Snapshot load(String bootstrap) {
    ConfigStore store =
        new ConfigStore(
            new ClusterSet.World(
                1,
                Ticker.system(),
                new SplitMix64(1),
                host -> CompletableFuture.failedFuture(new IllegalStateException(host)),
                new MetricRegistry(),
                List.of()),
            snapshot -> {});
    switch (Bootstrap.load(bootstrap, "bench")) {
      case Result.Ok<Bootstrap> ok -> refuse(ok.value().applyTo(store));
      case Result.Rejected<Bootstrap> rejected -> refuse(rejected.findings());
    }
    return store.snapshot();
  }

  /** The routes of the only listener. */
  static RouteTable routes(Snapshot snapshot) {
    FilterChain chain = snapshot.listeners().values().iterator().next().chains().getFirst();
    return switch (chain.handler()) {
      case HttpConfig http -> Objects.requireNonNull(snapshot.routes(http));
      case TcpProxyConfig tcp -> throw new IllegalStateException(tcp + " has no routes");
    };
  }

  private static void refuse(List<Finding> findings) {
    findings.stream()
        .filter(Finding::isError)
        .findFirst()
        .ifPresent(
            finding -> {
              throw new IllegalStateException(finding.line());
            });
  }

  /** A listener with 61 virtual hosts of ten routes each, and a cluster with a hash ring. */
  static String bootstrap(String lbPolicy, int endpoints) {
    StringBuilder yaml =
        new StringBuilder(
            """
            node: {id: bench, cluster: bench}
            static_resources:
              clusters:
              - name: backend
                type: STATIC
                lb_policy: %s
                load_assignment:
                  cluster_name: backend
                  endpoints:
                  - lb_endpoints:
            """
                .formatted(lbPolicy));
    for (int i = 0; i < endpoints; i++) {
      yaml.append(
          "        - endpoint: {address: {socket_address: {address: 10.0.%d.%d, port_value: 80}}}\n"
              .formatted(i / 250, i % 250 + 1));
    }
    yaml.append(
        """
          listeners:
          - name: bench
            address: {socket_address: {address: 127.0.0.1, port_value: 0}}
            filter_chains:
            - filters:
              - name: envoy.filters.network.http_connection_manager
                typed_config:
                  "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                  stat_prefix: bench
                  http_filters:
                  - name: envoy.filters.http.router
                    typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                  route_config:
                    name: bench
                    ignore_port_in_host_matching: true
                    virtual_hosts:
        """);
    for (int host = 0; host < 61; host++) {
      yaml.append(
          "            - {name: svc-%1$d, domains: [svc-%1$d.default.svc.cluster.local, svc-%1$d], routes: ["
              .formatted(host));
      for (int route = 0; route < 9; route++) {
        yaml.append("{match: {prefix: /v%d/}, route: {cluster: backend}}, ".formatted(route));
      }
      yaml.append("{match: {prefix: /}, route: {cluster: backend}}]}\n");
    }
    return yaml.toString();
  }
}
