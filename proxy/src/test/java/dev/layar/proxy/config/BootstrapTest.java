package dev.layar.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.proxy.ads.AdsClientOptions;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.xds.ResourceType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BootstrapTest {
  static final String STATIC =
      """
      admin: {address: {socket_address: {address: 127.0.0.1, port_value: 0}}}
      node: {id: sidecar~10.0.0.1~web.default~default.svc.cluster.local, cluster: web}
      static_resources:
        listeners:
        - address: {socket_address: {address: 127.0.0.1, port_value: 10000}}
          filter_chains:
          - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: ingress_http
                access_log:
                - name: envoy.access_loggers.file
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog
                    path: /dev/stdout
                http_filters:
                - name: envoy.filters.http.router
                  typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                route_config:
                  name: local
                  virtual_hosts:
                  - name: all
                    domains: ["*"]
                    routes:
                    - match: {prefix: /}
                      route: {cluster: backend, timeout: 0.5s}
        clusters:
        - name: backend
          connect_timeout: 0.25s
          type: STATIC
          load_assignment:
            cluster_name: backend
            endpoints:
            - lb_endpoints:
              - endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 8080}}}
      """;

  private final StoreWorld world = new StoreWorld();

  private static Bootstrap loaded(String yaml) {
    return switch (Bootstrap.load(yaml, "b.yaml")) {
      case Result.Ok<Bootstrap>(Bootstrap bootstrap, List<Finding> findings) -> {
        assertThat(findings).isEmpty();
        yield bootstrap;
      }
      case Result.Rejected<Bootstrap>(List<Finding> findings) ->
          throw new AssertionError(findings.toString());
    };
  }

  private static List<Finding> rejected(Result<Bootstrap> result) {
    assertThat(result).isInstanceOf(Result.Rejected.class);
    return result.findings();
  }

  @Test
  void staticResourcesBecomeASnapshot() {
    Bootstrap bootstrap = loaded(STATIC);
    assertThat(bootstrap.applyTo(world.store)).isEmpty();
    assertThat(Objects.requireNonNull(bootstrap.admin()).getPort()).isZero();
    assertThat(bootstrap.nodeCluster()).isEqualTo("web");
    assertThat(bootstrap.ads()).isNull();
    Snapshot snapshot = world.store.snapshot();
    assertThat(Objects.requireNonNull(snapshot.cluster("backend")).endpoints())
        .extracting(Endpoint::toString)
        .containsExactly("127.0.0.1:8080");
    ListenerConfig listener = snapshot.listeners().values().iterator().next();
    assertThat(listener.port()).isEqualTo(10000);
    HttpConfig http = (HttpConfig) listener.chains().getFirst().handler();
    assertThat(Objects.requireNonNull(snapshot.routes(http)).name()).isEqualTo("local");
    assertThat(http.accessLogs())
        .singleElement()
        .extracting(AccessLogConfig::path)
        .isEqualTo("/dev/stdout");
    assertThat(http.streamIdleTimeoutNanos()).isEqualTo(300_000_000_000L);
    assertThat(http.serverName()).isEqualTo("envoy");
  }

  @Test
  void jsonIsReadToo() {
    String json =
        """
        {"admin": {"address": {"socketAddress": {"address": "127.0.0.1", "portValue": 1}}}}
        """;
    assertThat(Objects.requireNonNull(loaded(json).admin()).getPort()).isEqualTo(1);
  }

  @Test
  void theAdsServerIsFoundByItsCluster() {
    String ads =
        """
        node: {id: me}
        dynamic_resources:
          ads_config: {api_type: GRPC, transport_api_version: V3, grpc_services: [{envoy_grpc: {cluster_name: xds}}]}
          lds_config: {ads: {}}
          cds_config: {ads: {}}
        static_resources:
          clusters:
          - name: xds
            load_assignment:
              cluster_name: xds
              endpoints: [{lb_endpoints: [{endpoint: {address: {socket_address: {address: 127.0.0.1, port_value: 15010}}}}]}]
        """;
    AdsClientOptions options = Objects.requireNonNull(loaded(ads).ads());
    assertThat(options.server().getPort()).isEqualTo(15010);
    assertThat(options.variant()).isEqualTo(AdsClientOptions.Variant.SOTW);
    assertThat(options.node().getId()).isEqualTo("me");
    assertThat(
            rejected(
                Bootstrap.load(ads.replace("cluster_name: xds}}", "cluster_name: nope}}"), "b")))
        .singleElement()
        .satisfies(finding -> assertThat(finding.value()).isEqualTo("nope"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "static_resources: { listners: [] } | b.yaml:1:21: | 'listners' is no field of | listeners",
        "a: [ | b.yaml:1:5: | not YAML | bootstrap",
        "- a | b.yaml: | not a map | bootstrap",
        "admin: {address: 5} | b.yaml: | | bootstrap",
        "node: {id: a} | b.yaml: | nothing to do | static_resources.listeners"
      })
  void badFilesAreExplained(String yaml, String place, String message, String expected) {
    List<Finding> findings = rejected(Bootstrap.load(yaml, "b.yaml"));
    assertThat(findings).hasSize(1);
    assertThat(findings.getFirst().line())
        .startsWith(place)
        .contains(message == null ? "" : message)
        .contains(expected);
  }

  @Test
  void duplicateKeysAreRefused() {
    assertThat(rejected(Bootstrap.load("admin: {}\nadmin: {}\n", "b.yaml")).getFirst().line())
        .contains("duplicate key admin");
  }

  @Test
  void aBadStaticResourceIsNamedWithItsPathInTheFile() {
    Bootstrap bootstrap =
        loaded(
            STATIC.replace(
                "timeout: 0.5s", "prefix_rewrite: a, regex_rewrite: {pattern: {regex: '('}}"));
    assertThat(bootstrap.applyTo(world.store))
        .extracting(Finding::path)
        .contains(
            "static_resources.listeners[0].filter_chains[0].filters[0].typed_config"
                + ".route_config.virtual_hosts[0].routes[0].route");
  }

  @Test
  void whatIsIgnoredIsWarnedOf() {
    Result<Bootstrap> result = Bootstrap.load(STATIC + "stats_sinks: [{name: a}]\n", "b.yaml");
    assertThat(result).isInstanceOf(Result.Ok.class);
    assertThat(result.findings())
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.isError()).isFalse();
              assertThat(finding.path()).isEqualTo("stats_sinks");
            });
  }

  @Test
  void aMissingFileAndABinaryOneAreExplained(@TempDir Path dir) throws IOException {
    assertThat(rejected(Bootstrap.load(dir.resolve("nope.yaml"))).getFirst().line())
        .contains("nope.yaml")
        .contains("no such file");
    Path binary = dir.resolve("binary");
    Files.write(binary, new byte[] {(byte) 0xFF, (byte) 0xFE, 0, 1});
    assertThat(rejected(Bootstrap.load(binary)).getFirst().line()).contains("not UTF-8");
  }

  @Test
  void theDumpShowsWhatIsActiveWarmingAndRefused() {
    Bootstrap bootstrap = loaded(STATIC);
    bootstrap.applyTo(world.store);
    world.push(ResourceType.CLUSTER, StoreWorld.edsCluster("warming"));
    world.push(
        ResourceType.CLUSTER, "{name: bad, lb_policy: MAGLEV, maglev_lb_config: {table_size: 6}}");
    world.push(ResourceType.LISTENER, StoreWorld.listener("l", "r"));
    world.push(ResourceType.ROUTE, StoreWorld.routes("r", "backend"));
    String dump = ConfigDumps.json(world.store, bootstrap, true, name -> true);
    assertThat(dump)
        .contains("type.googleapis.com/envoy.admin.v3.BootstrapConfigDump")
        .contains("\"static_clusters\"")
        .contains("\"dynamic_warming_clusters\"")
        .contains("\"client_status\": \"NACKED\"")
        .contains("maglev_lb_config.table_size")
        .contains("\"active_state\"")
        .contains("\"dynamic_route_configs\"")
        .contains("\"stat_prefix\": \"out\"");
    assertThat(ConfigDumps.json(world.store, null, false, name -> name.equals("r")))
        .contains("\"r\"")
        .doesNotContain("backend\",\n            \"type\"")
        .doesNotContain("warming\"");
  }
}
