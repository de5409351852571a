package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.compiler.build.Support;
import dev.layar.testkit.Call;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What EnvoyFilters make of resources. */
class EnvoyFilterTest {
  private static final String APP =
      TestMesh.app("app", "default", "{name: http, port: 80}", "v1", "v2");
  private static final String CLUSTER = "outbound|80||app.default.svc.cluster.local";
  private static final String LUA =
      "{name: lua, typed_config: {\"@type\":"
          + " type.googleapis.com/envoy.extensions.filters.http.lua.v3.Lua}}";

  private static String filter(String name, String namespace, String more, String... patches) {
    return """
    apiVersion: networking.istio.io/v1alpha3
    kind: EnvoyFilter
    metadata: {name: %s, namespace: %s}
    spec:
      %s
      configPatches:
      - %s
    """
        .formatted(name, namespace, more, String.join("\n  - ", patches));
  }

  private static TestMesh mesh(String... patches) {
    return TestMesh.of(APP, filter("f", "default", "priority: 0", patches));
  }

  private static ByteString body(TestMesh mesh, String proxy, ResourceType type, String name) {
    return Objects.requireNonNull(mesh.resources(proxy).all(type).get(name)).body().getValue();
  }

  private static Cluster cluster(TestMesh mesh, String proxy)
      throws InvalidProtocolBufferException {
    return Cluster.parseFrom(body(mesh, proxy, ResourceType.CLUSTER, CLUSTER));
  }

  private static HttpConnectionManager http(TestMesh mesh, String listener)
      throws InvalidProtocolBufferException {
    Listener found = Listener.parseFrom(body(mesh, "app-v1", ResourceType.LISTENER, listener));
    for (FilterChain chain : found.getFilterChainsList()) {
      for (Filter filter : chain.getFiltersList()) {
        Any config = filter.getTypedConfig();
        if (config.is(HttpConnectionManager.class)) {
          return config.unpack(HttpConnectionManager.class);
        }
      }
    }
    throw new AssertionError("no HTTP in " + listener);
  }

  private static List<String> filters(TestMesh mesh, String listener)
      throws InvalidProtocolBufferException {
    return http(mesh, listener).getHttpFiltersList().stream().map(HttpFilter::getName).toList();
  }

  @ParameterizedTest
  @CsvSource({
    "INSERT_BEFORE, envoy.filters.http.cors, fault lua cors router",
    "INSERT_AFTER, envoy.filters.http.fault, fault lua cors router",
    "INSERT_FIRST, envoy.filters.http.cors, lua fault cors router",
    "ADD, envoy.filters.http.cors, fault cors lua router",
    "REPLACE, envoy.filters.http.cors, fault lua router",
    "REMOVE, envoy.filters.http.cors, fault router",
    "INSERT_BEFORE, nothing, fault cors router"
  })
  void httpFiltersArePutWhereThePatchSays(String operation, String at, String expected)
      throws InvalidProtocolBufferException {
    TestMesh mesh =
        mesh(
            """
            {applyTo: HTTP_FILTER, match: {context: SIDECAR_OUTBOUND, listener: {filterChain: {filter:
                {name: envoy.filters.network.http_connection_manager, subFilter: {name: %s}}}}},
                patch: {operation: %s%s}}\
            """
                .formatted(at, operation, operation.equals("REMOVE") ? "" : ", value: " + LUA));
    assertThat(
            filters(mesh, "0.0.0.0_80").stream()
                .map(name -> name.replace("envoy.filters.http.", "")))
        .containsExactly(expected.split(" "));
    assertThat(filters(mesh, "virtualInbound")).as("the other side").doesNotContain("lua");
  }

  @Test
  void aNetworkFilterIsMergedWithinItsConfiguration() throws InvalidProtocolBufferException {
    TestMesh mesh =
        mesh(
            """
            applyTo: NETWORK_FILTER
                match: {context: SIDECAR_INBOUND, listener: {filterChain: {filter:
                  {name: envoy.filters.network.http_connection_manager}}}}
                patch:
                  operation: MERGE
                  value:
                    typed_config:
                      "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                      server_name: mine
            """
                .strip());
    assertThat(http(mesh, "virtualInbound").getServerName()).isEqualTo("mine");
    assertThat(http(mesh, "virtualInbound").getHttpFiltersCount()).isEqualTo(3);
    assertThat(http(mesh, "0.0.0.0_80").getServerName()).isEmpty();
  }

  @Test
  void clustersAreMatchedMergedAddedAndRemoved() throws InvalidProtocolBufferException {
    TestMesh mesh =
        mesh(
            "{applyTo: CLUSTER, match: {cluster: {service: app.default.svc.cluster.local,"
                + " portNumber: 80}}, patch: {operation: MERGE, value: {connect_timeout: 7s}}}",
            "{applyTo: CLUSTER, match: {cluster: {name: PassthroughCluster}},"
                + " patch: {operation: REMOVE}}",
            "{applyTo: CLUSTER, patch: {operation: ADD, value: {name: own, type: STATIC,"
                + " connect_timeout: 1s}}}");
    assertThat(cluster(mesh, "app-v1").getConnectTimeout().getSeconds()).isEqualTo(7);
    Map<String, ?> clusters = mesh.resources("app-v1").all(ResourceType.CLUSTER);
    assertThat(clusters).doesNotContainKey("PassthroughCluster").containsKey("own");
  }

  @Test
  void routesAndHostsArePatched() throws InvalidProtocolBufferException {
    TestMesh mesh =
        mesh(
            "{applyTo: HTTP_ROUTE, match: {context: SIDECAR_OUTBOUND, routeConfiguration:"
                + " {portNumber: 80, vhost: {name: 'app.default.svc.cluster.local:80'}}},"
                + " patch: {operation: INSERT_FIRST, value: {name: teapot, match: {path: /tea},"
                + " direct_response: {status: 418}}}}",
            "{applyTo: VIRTUAL_HOST, match: {routeConfiguration: {name: '80'}},"
                + " patch: {operation: ADD, value: {name: added, domains: [added.example],"
                + " routes: [{match: {prefix: /}, direct_response: {status: 204}}]}}}",
            "{applyTo: ROUTE_CONFIGURATION, match: {routeConfiguration: {portNumber: 81}},"
                + " patch: {operation: MERGE, value: {request_headers_to_remove: [x]}}}");
    assertThat(mesh.call("app-v1", Call.get("http://app/tea")).summary()).isEqualTo("418");
    assertThat(mesh.call("app-v1", Call.get("http://app/")).summary()).isEqualTo(CLUSTER);
    RouteConfiguration routes =
        RouteConfiguration.parseFrom(body(mesh, "app-v1", ResourceType.ROUTE, "80"));
    assertThat(routes.getVirtualHostsList()).extracting(VirtualHost::getName).contains("added");
    assertThat(routes.getRequestHeadersToRemoveList()).as("another port").isEmpty();
  }

  @Test
  void theRootNamespaceIsFirstThenPriorityThenAge() throws InvalidProtocolBufferException {
    String merge =
        "{applyTo: CLUSTER, match: {cluster: {name: '"
            + CLUSTER
            + "'}}, patch: {operation: MERGE, value: {connect_timeout: %ds}}}";
    String root = filter("r", "istio-system", "priority: 9", merge.formatted(1));
    String early = filter("z", "default", "priority: -1", merge.formatted(2));
    String late = filter("a", "default", "priority: 5", merge.formatted(3));
    String selected =
        filter(
            "s",
            "default",
            "priority: 6\n  workloadSelector: {labels: {version: v2}}",
            merge.formatted(4));
    TestMesh mesh = TestMesh.of(APP, root, early, late, selected);
    assertThat(cluster(mesh, "app-v1").getConnectTimeout().getSeconds()).isEqualTo(3);
    assertThat(cluster(mesh, "app-v2").getConnectTimeout().getSeconds()).isEqualTo(4);
    assertThat(cluster(TestMesh.of(APP, root, early), "app-v1").getConnectTimeout().getSeconds())
        .isEqualTo(2);
  }

  @Test
  void anotherVersionOfTheProxyIsNotPatched() throws InvalidProtocolBufferException {
    String patch =
        "{applyTo: CLUSTER, match: {proxy: {proxyVersion: '%s'}},"
            + " patch: {operation: MERGE, value: {connect_timeout: 7s}}}";
    assertThat(
            cluster(mesh(patch.formatted("^1[.]4.*")), "app-v1").getConnectTimeout().getSeconds())
        .isEqualTo(10);
    assertThat(
            cluster(mesh(patch.formatted("^1[.]30.*")), "app-v1").getConnectTimeout().getSeconds())
        .isEqualTo(7);
  }

  @Test
  void aValueThatIsNoSuchMessageIsReportedAndChangesNothing()
      throws InvalidProtocolBufferException {
    TestMesh mesh =
        mesh("{applyTo: CLUSTER, patch: {operation: MERGE, value: {conect_timeout: 7s}}}");
    assertThat(cluster(mesh, "app-v1").getConnectTimeout().getSeconds()).isEqualTo(10);
    assertThat(mesh.compiler().compileFindings().values().stream().flatMap(List::stream))
        .singleElement()
        .satisfies(
            finding -> {
              assertThat(finding.code()).isEqualTo(Support.BAD_PATCH);
              assertThat(finding.path()).isEqualTo("spec.configPatches[0].patch.value");
              assertThat(finding.message()).contains("conect_timeout");
            });
  }
}
