package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.testkit.Call;
import dev.layar.testkit.Outcome;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import org.junit.jupiter.api.Test;

/** Which DestinationRule a call obeys, and what a rule that stops all others means. */
class PolicyLookupTest {
  private static final String APP =
      TestMesh.app("app", "default", "{name: http, port: 80}", "v1", "v2");
  private static final String FAR = TestMesh.app("client", "far", "{name: http, port: 80}", "v1");
  private static final String CLUSTER = "outbound|80||app.default.svc.cluster.local";

  private static String rule(String namespace, String name, String host, String more) {
    return """
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: %s, namespace: %s}
    spec: {host: "%s"%s}
    """
        .formatted(name, namespace, host, more);
  }

  private static Cluster.LbPolicy balancing(String proxy, String... yaml) {
    return Decode.as(
            TestMesh.of(yaml).resources(proxy).find(ResourceType.CLUSTER, CLUSTER), Cluster.class)
        .getLbPolicy();
  }

  private static String simple(String balancer) {
    return ", trafficPolicy: {loadBalancer: {simple: " + balancer + "}}";
  }

  @Test
  @Semantics(4)
  void theLongestWildcardThatCoversTheHostCountsAfterTheExactOne() {
    String wide = rule("default", "a", "*.cluster.local", simple("RANDOM"));
    String narrow = rule("default", "b", "*.default.svc.cluster.local", simple("ROUND_ROBIN"));
    String exact = rule("default", "c", "app", ", subsets: [{name: v1, labels: {version: v1}}]");

    assertThat(balancing("app-v1", APP, wide)).isEqualTo(Cluster.LbPolicy.RANDOM);
    assertThat(balancing("app-v1", APP, wide, narrow)).isEqualTo(Cluster.LbPolicy.ROUND_ROBIN);
    assertThat(balancing("app-v1", APP, wide, narrow, exact))
        .isEqualTo(Cluster.LbPolicy.LEAST_REQUEST);
  }

  @Test
  @Semantics(35)
  void theMostSpecificHostIsTakenBeforeItsVisibilityIsLookedAt() {
    String hidden = rule("default", "a", "app", simple("RANDOM") + ", exportTo: [.]");
    String visible = rule("default", "b", "*.default.svc.cluster.local", simple("ROUND_ROBIN"));

    assertThat(balancing("client-v1.far", APP, FAR, hidden, visible))
        .isEqualTo(Cluster.LbPolicy.LEAST_REQUEST);
    assertThat(balancing("client-v1.far", APP, FAR, visible))
        .isEqualTo(Cluster.LbPolicy.ROUND_ROBIN);
  }

  @Test
  @Semantics(36)
  void rulesOfOneHostJoinTheOldest() {
    String old = rule("default", "a", "app", ", subsets: [{name: v1, labels: {version: v1}}]");
    String young =
        rule(
            "default",
            "b",
            "app",
            simple("RANDOM")
                + ", subsets: [{name: v1, labels: {version: v2}}, {name: v2, labels: {version:"
                + " v2}}]");
    TestMesh mesh = TestMesh.of(APP, old, young);

    assertThat(balancing("app-v1", APP, old, young)).isEqualTo(Cluster.LbPolicy.RANDOM);
    assertThat(mesh.resources("app-v1").all(ResourceType.CLUSTER))
        .containsKeys(
            "outbound|80|v1|app.default.svc.cluster.local",
            "outbound|80|v2|app.default.svc.cluster.local");
    String exclusive = young.replace("}]}", "}], exportTo: [.]}");
    assertThat(TestMesh.of(APP, old, exclusive).resources("app-v1").all(ResourceType.CLUSTER))
        .as("other audiences stay apart")
        .doesNotContainKey("outbound|80|v1|x");
  }

  @Test
  @Semantics({11, 87})
  void nothingComesAfterARuleThatMatchesEverything() {
    String rules =
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: app}
        spec:
          hosts: [app]
          http:
          - match: [{uri: {prefix: /a}}, %s]
            directResponse: {status: 201}
          - match: [{uri: {prefix: /b}}]
            directResponse: {status: 202}
        """;
    Outcome all =
        TestMesh.of(APP, rules.formatted("{uri: {prefix: /}}"))
            .call("app-v1", Call.get("http://app/b"));
    Outcome empty =
        TestMesh.of(APP, rules.formatted("{}")).call("app-v1", Call.get("http://app/b"));

    assertThat(all.summary()).isEqualTo("201");
    assertThat(empty.summary()).isEqualTo("201");
  }
}
