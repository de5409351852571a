package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.entry;

import dev.layar.compiler.ProxyIdentity.Where;
import dev.layar.model.istio.DestinationRule.LocalityLb;
import dev.layar.testkit.Call;
import dev.layar.testkit.Outcome.Forwarded;
import dev.layar.testkit.TrafficSimulator;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/** Preference for near endpoints (Istio §locality load balancing), as calls and as priorities. */
class LocalityTest {
  private static final String CLUSTER = "outbound|80||order-history.shop.svc.cluster.local";

  private static final String NODES =
      node("node-a", "ap-northeast-2", "a")
          + node("node-b", "ap-northeast-2", "b")
          + node("node-c", "ap-northeast-2", "c")
          + node("node-x", "us-east-1", "x");

  private static final String SERVICES =
      TestMesh.app("product", "shop", "{name: http, port: 80}")
          + "---\n"
          + TestMesh.app("order-history", "shop", "{name: http, port: 80}")
          + pod("product", "a")
          + pod("product", "b")
          + pod("product", "x")
          + pod("order-history", "a")
          + pod("order-history", "b")
          + pod("order-history", "c")
          + pod("order-history", "x");

  private static final String OUTLIERS = "outlierDetection: {consecutive5xxErrors: 1}";

  private static String node(String name, String region, String zone) {
    return """
    ---
    apiVersion: v1
    kind: Node
    metadata:
      name: %s
      labels: {topology.kubernetes.io/region: %s, topology.kubernetes.io/zone: %s%s}
    """
        .formatted(name, region, region, zone);
  }

  private static String pod(String app, String zone) {
    return """
    ---
    apiVersion: v1
    kind: Pod
    metadata: {name: %1$s-%2$s, namespace: shop, labels: {app: %1$s, rack: r%2$s}}
    spec: {nodeName: node-%2$s, containers: [{name: app, image: app}]}
    status:
      podIP: 10.0.%3$d.%4$d
      conditions: [{type: Ready, status: "True"}]
    """
        .formatted(app, zone, app.length(), (int) zone.charAt(0));
  }

  private static String rule(String policy) {
    return """
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: order-history, namespace: shop}
    spec:
      host: order-history
      trafficPolicy:
    %s
    """
        .formatted(policy.indent(4));
  }

  private static TestMesh mesh(String... more) {
    String[] all = new String[more.length + 2];
    all[0] = NODES;
    all[1] = SERVICES;
    System.arraycopy(more, 0, all, 2, more.length);
    return TestMesh.of(all);
  }

  private static String endpoint(String zone) {
    return "10.0.13." + (int) zone.charAt(0) + ":80";
  }

  private static List<String> reached(TrafficSimulator from) {
    Call call = Call.get("http://order-history/").to("10.96.0.2");
    return ((Forwarded) from.call(call)).shares().getFirst().endpoints();
  }

  private static TrafficSimulator from(TestMesh mesh, String zone) {
    return TestMesh.simulator(mesh.resources("product-" + zone + ".shop"));
  }

  /** Priority by the last letter of the zone. */
  private static Map<String, Integer> priorities(TestMesh mesh, String zone) {
    return priorities(mesh.resources("product-" + zone + ".shop"), CLUSTER);
  }

  private static Map<String, Integer> priorities(ProxyResources resources, String cluster) {
    XdsResource found = resources.find(ResourceType.ENDPOINT, cluster);
    Map<String, Integer> priorities = new TreeMap<>();
    for (LocalityLbEndpoints group :
        Decode.as(found, ClusterLoadAssignment.class).getEndpointsList()) {
      String name = group.getLocality().getZone();
      priorities.put(name.isEmpty() ? "" : name.substring(name.length() - 1), group.getPriority());
    }
    return priorities;
  }

  private static Cluster cluster(TestMesh mesh) {
    return Decode.as(
        mesh.resources("product-a.shop").find(ResourceType.CLUSTER, CLUSTER), Cluster.class);
  }

  @Test
  @Semantics(43)
  void callersReachTheirOwnZoneAndTheOthersWhenItIsGone() {
    TestMesh mesh = mesh(rule(OUTLIERS));

    assertThat(reached(from(mesh, "a"))).containsExactly(endpoint("a"));
    assertThat(reached(from(mesh, "b"))).containsExactly(endpoint("b"));
    assertThat(reached(from(mesh, "a").without(List.of(endpoint("a")))))
        .containsExactlyInAnyOrder(endpoint("b"), endpoint("c"));
    assertThat(
            reached(
                from(mesh, "a")
                    .without(List.of("a", "b", "c").stream().map(LocalityTest::endpoint).toList())))
        .containsExactly(endpoint("x"));
  }

  @Test
  void aNodeThatMovesTakesItsPodsAlong() {
    TestMesh mesh = mesh(rule(OUTLIERS), node("node-b", "ap-northeast-2", "a"));

    assertThat(reached(from(mesh, "a"))).containsExactlyInAnyOrder(endpoint("a"), endpoint("b"));
  }

  @Test
  void theCallersOwnWordGoesBeforeItsNode() {
    TestMesh mesh = mesh(rule(OUTLIERS));
    ProxyIdentity moved =
        mesh.identity("product-a.shop")
            .withLocality(new Where("ap-northeast-2", "ap-northeast-2c", ""));

    assertThat(reached(TestMesh.simulator(mesh.compiler().resources(moved))))
        .containsExactly(endpoint("c"));
  }

  @Test
  @Semantics(43)
  void nothingIsRankedWithoutOutlierDetection() {
    assertThat(priorities(mesh(), "a").values()).containsOnly(0);
    assertThat(
            priorities(mesh(rule("loadBalancer: {localityLbSetting: {enabled: true}}")), "a")
                .values())
        .containsOnly(0);
    assertThat(priorities(mesh(rule(OUTLIERS)), "a"))
        .containsExactly(entry("a", 0), entry("b", 1), entry("c", 1), entry("x", 2));
  }

  @Test
  void enabledFalseEndsTheSearchOnItsLevel() {
    String off = OUTLIERS + "\nloadBalancer: {localityLbSetting: {enabled: false}}";
    assertThat(priorities(mesh(rule(off)), "a").values()).containsOnly(0);

    MeshSettings meshOff =
        MeshSettings.defaults()
            .withLocality(new LocalityLb(List.of(), List.of(), List.of(), false));
    TestMesh mesh = TestMesh.of(meshOff, TestMesh.REDIRECT, NODES, SERVICES, rule(OUTLIERS));
    assertThat(priorities(mesh, "a").values()).containsOnly(0);
  }

  @Test
  void aRegionsFailoverGoesBeforeOtherRegions() {
    String failover =
        OUTLIERS + "\nloadBalancer: {localityLbSetting: {failover: [{from: us-east-1, to: eu}]}}";
    TestMesh mesh = mesh(rule(failover), node("node-c", "eu", "c"));

    assertThat(priorities(mesh, "x"))
        .containsExactly(entry("a", 2), entry("b", 2), entry("c", 1), entry("x", 0));
    assertThat(cluster(mesh).getCommonLbConfig().hasLocalityWeightedLbConfig()).isTrue();
    assertThat(cluster(mesh(rule(OUTLIERS))).getCommonLbConfig().hasLocalityWeightedLbConfig())
        .as("weights would disturb least request")
        .isFalse();
  }

  @Test
  void distributeDividesByWeightAndDropsTheRest() {
    String distribute =
        """
        loadBalancer:
          localityLbSetting:
            distribute:
            - from: us-east-1/*
              to: {"us-east-1/*": 100}
            - from: ap-northeast-2/ap-northeast-2a/*
              to: {"ap-northeast-2/ap-northeast-2a/*": 70, "ap-northeast-2/*": 30}
        """;
    TestMesh mesh = mesh(rule(distribute));

    assertThat(from(mesh, "a").localities(CLUSTER))
        .containsExactly(
            entry("ap-northeast-2/ap-northeast-2a", 70.0),
            entry("ap-northeast-2/ap-northeast-2b", 15.0),
            entry("ap-northeast-2/ap-northeast-2c", 15.0));
    assertThat(from(mesh, "x").localities(CLUSTER)).containsOnlyKeys("us-east-1/us-east-1x");
    assertThat(from(mesh, "b").localities(CLUSTER)).hasSize(4);
  }

  @Test
  void failoverPriorityRanksByTheFirstLabelThatDiffers() {
    String priorities =
        OUTLIERS
            + "\nloadBalancer: {localityLbSetting: {failoverPriority:"
            + " [topology.kubernetes.io/region, rack]}}";
    assertThat(priorities(mesh(rule(priorities)), "b"))
        .containsExactly(entry("a", 1), entry("b", 0), entry("c", 1), entry("x", 2));

    String fixed = OUTLIERS + "\nloadBalancer: {localityLbSetting: {failoverPriority: [rack=rc]}}";
    assertThat(priorities(mesh(rule(fixed)), "b"))
        .containsExactly(entry("a", 1), entry("b", 1), entry("c", 0), entry("x", 1));
  }

  @Test
  void failoverRefinesFailoverPriority() {
    String both =
        OUTLIERS
            + "\nloadBalancer: {localityLbSetting: {failoverPriority: [rack=rx],"
            + " failover: [{from: ap-northeast-2, to: us-east-1}]}}";

    assertThat(priorities(mesh(rule(both)), "a"))
        .containsExactly(entry("a", 1), entry("b", 2), entry("c", 2), entry("x", 0));
  }

  @Test
  void preferCloseRanksWithoutOutlierDetectionAndAlsoForPodsWithoutSidecar() {
    String close =
        SERVICES.replace(
            "metadata: {name: order-history, namespace: shop}",
            "metadata: {name: order-history, namespace: shop, annotations:"
                + " {networking.istio.io/traffic-distribution: PreferClose}}");
    TestMesh mesh = TestMesh.of(NODES, close);
    assertThat(priorities(mesh, "b"))
        .containsExactly(entry("a", 1), entry("b", 0), entry("c", 1), entry("x", 2));

    ProxyIdentity plain =
        ProxyIdentity.serviceNetwork(
                "127.0.0.9", "plain", "shop", Map.of(), new ProxyIdentity.Capture.HttpProxy(15001))
            .withLocality(new Where("us-east-1", "us-east-1x", ""));
    assertThat(priorities(mesh.compiler().resources(plain), CLUSTER))
        .containsExactly(entry("a", 1), entry("b", 1), entry("c", 1), entry("x", 0));

    TestMesh node = TestMesh.of(NODES, close.replace("PreferClose", "PreferSameNode"));
    assertThat(priorities(node, "b"))
        .containsExactly(entry("a", 1), entry("b", 0), entry("c", 1), entry("x", 2));
  }

  @Test
  void aPodsLabelOverridesItsNode() {
    String moved =
        SERVICES.replace(
            "{app: order-history, rack: rc}",
            "{app: order-history, rack: rc, topology.istio.io/locality:"
                + " ap-northeast-2.ap-northeast-2a}");
    TestMesh mesh = TestMesh.of(NODES, moved, rule(OUTLIERS));

    assertThat(reached(from(mesh, "a"))).containsExactlyInAnyOrder(endpoint("a"), endpoint("c"));
  }

  @Test
  void writtenOutEndpointsAreRankedInsideTheirCluster() {
    String entry =
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: out, namespace: shop}
        spec:
          hosts: [out.example]
          ports: [{number: 80, name: http, protocol: HTTP}]
          resolution: DNS
          endpoints:
          - {address: far.example, locality: us-east-1/us-east-1x}
          - {address: near.example, locality: ap-northeast-2/ap-northeast-2a}
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: out, namespace: shop}
        spec: {host: out.example, trafficPolicy: {outlierDetection: {}}}
        """;
    TestMesh mesh = mesh(entry);
    Call call = Call.get("http://out.example/");

    assertThat(((Forwarded) from(mesh, "a").call(call)).shares().getFirst().endpoints())
        .containsExactly("near.example:80");
    assertThat(((Forwarded) from(mesh, "x").call(call)).shares().getFirst().endpoints())
        .containsExactly("far.example:80");
  }

  @Test
  void proxiesOfOneLocalityShareEverythingAndOthersAllButTheRanking() {
    TestMesh mesh = mesh(rule(OUTLIERS), pod("product", "d").replace("node-d", "node-a"));
    ProxyResources a = mesh.resources("product-a.shop");
    ProxyResources again = mesh.resources("product-d.shop");
    ProxyResources b = mesh.resources("product-b.shop");

    assertThat(again.all(ResourceType.ENDPOINT)).isSameAs(a.all(ResourceType.ENDPOINT));
    assertThat(b.all(ResourceType.CLUSTER)).isSameAs(a.all(ResourceType.CLUSTER));
    assertThat(b.all(ResourceType.LISTENER)).isSameAs(a.all(ResourceType.LISTENER));
    assertThat(b.find(ResourceType.ENDPOINT, CLUSTER)).isNotNull();
    String unranked = "outbound|80||product.shop.svc.cluster.local";
    assertThat(Objects.requireNonNull(b.find(ResourceType.ENDPOINT, unranked)))
        .isSameAs(a.find(ResourceType.ENDPOINT, unranked));
  }
}
