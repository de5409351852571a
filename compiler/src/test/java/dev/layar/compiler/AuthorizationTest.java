package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Where the filters stand that decide who may call. */
class AuthorizationTest {
  private static final String APP =
      TestMesh.app("app", "shop", "{name: http, port: 80, targetPort: 8080}", "v1");
  private static final String DB =
      TestMesh.app("db", "shop", "{name: tcp-db, port: 3306, targetPort: 3306}", "v1");
  private static final String GATEWAY =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: edge, namespace: istio-system}
      spec:
        replicas: 1
        selector: {matchLabels: {istio: edge}}
        template:
          metadata: {labels: {istio: edge}}
          spec: {containers: [{name: istio-proxy, image: auto}]}
      ---
      apiVersion: networking.istio.io/v1
      kind: Gateway
      metadata: {name: edge, namespace: istio-system}
      spec:
        selector: {istio: edge}
        servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
      """;

  private static String policy(String name, String namespace, String spec) {
    return """
    apiVersion: security.istio.io/v1
    kind: AuthorizationPolicy
    metadata: {name: %s, namespace: %s}
    spec: {%s}
    """
        .formatted(name, namespace, spec);
  }

  private static List<FilterChain> chains(TestMesh mesh, String proxy, String listener) {
    Listener found =
        Decode.as(mesh.resources(proxy).find(ResourceType.LISTENER, listener), Listener.class);
    return found.getFilterChainsList();
  }

  /** The HTTP filters of every HTTP chain, one line a chain; they should all be the same. */
  private static List<String> httpFilters(TestMesh mesh, String proxy, String listener)
      throws Exception {
    List<String> lines = new ArrayList<>();
    for (FilterChain chain : chains(mesh, proxy, listener)) {
      Filter last = chain.getFilters(chain.getFiltersCount() - 1);
      if (last.getTypedConfig().is(HttpConnectionManager.class)) {
        HttpConnectionManager hcm = last.getTypedConfig().unpack(HttpConnectionManager.class);
        lines.add(
            String.join(
                " ",
                hcm.getHttpFiltersList().stream()
                    .map(HttpFilter::getName)
                    .map(name -> name.substring(name.lastIndexOf('.') + 1))
                    .toList()));
      }
    }
    return lines.stream().distinct().toList();
  }

  @Test
  void policiesStandBeforeEverythingElse() throws Exception {
    TestMesh mesh =
        TestMesh.of(
            APP,
            DB,
            policy("allow", "shop", "selector: {matchLabels: {app: app}}, rules: [{}]"),
            policy("deny", "istio-system", "action: DENY, rules: [{}]"));

    assertThat(httpFilters(mesh, "app-v1.shop", "virtualInbound"))
        .containsExactly("rbac rbac fault cors router");
    assertThat(httpFilters(mesh, "db-v1.shop", "virtualInbound"))
        .as("the policy that allows is for others")
        .containsExactly("rbac fault cors router");
    assertThat(ConfigDump.yaml(mesh.resources("app-v1.shop"), ResourceType.LISTENER))
        .containsSubsequence(
            "ns[istio-system]-policy[deny]-rule[0]", "ns[shop]-policy[allow]-rule[0]");
  }

  @Test
  void connectionsAreDecidedUponAsAWhole() {
    TestMesh mesh =
        TestMesh.of(
            DB,
            policy("deny", "shop", "action: DENY, rules: [{to: [{operation: {ports: ['1']}}]}]"));

    assertThat(chains(mesh, "db-v1.shop", "virtualInbound"))
        .filteredOn(chain -> chain.getName().equals("0.0.0.0_3306"))
        .isNotEmpty()
        .allSatisfy(
            chain ->
                assertThat(chain.getFiltersList())
                    .extracting(Filter::getName)
                    .containsExactly(
                        "envoy.filters.network.rbac", "envoy.filters.network.tcp_proxy"));
    assertThat(chains(mesh, "db-v1.shop", "virtualInbound"))
        .filteredOn(chain -> chain.getName().equals("virtualInbound-blackhole"))
        .allSatisfy(chain -> assertThat(chain.getFiltersCount()).isOne());
  }

  @Test
  void gatewaysAreGuardedToo() throws Exception {
    TestMesh mesh =
        TestMesh.of(
            GATEWAY,
            APP,
            policy("edge", "istio-system", "selector: {matchLabels: {istio: edge}}, rules: [{}]"));

    assertThat(httpFilters(mesh, "edge.istio-system", "0.0.0.0_80"))
        .containsExactly("rbac fault cors router");
    assertThat(httpFilters(mesh, "app-v1.shop", "virtualInbound"))
        .containsExactly("fault cors router");
  }

  /** What a workload calls is no matter of its policies. */
  @Test
  void outboundListenersHaveNone() throws Exception {
    TestMesh mesh = TestMesh.of(APP, policy("none", "shop", ""));

    assertThat(httpFilters(mesh, "app-v1.shop", "0.0.0.0_80")).containsExactly("fault cors router");
    assertThat(httpFilters(mesh, "app-v1.shop", "virtualInbound"))
        .containsExactly("rbac fault cors router");
  }
}
