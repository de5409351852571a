package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.testkit.Call;
import dev.layar.xds.ResourceType;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.DisplayName;
import org.junit.jupiter.api.Test;

/** What a Sidecar lets a workload know (istio.md §3.13, Istio Sidecar). */
class SidecarScopeTest {
  private static final String APPS =
      String.join(
          "---\n",
          TestMesh.app("client", "a", "{name: http, port: 80}", "v1"),
          TestMesh.app("near", "a", "{name: http, port: 80}", "v1"),
          TestMesh.app("far", "b", "{name: http, port: 80}", "v1"),
          TestMesh.app("far2", "b", "{name: http, port: 80}", "v1"),
          TestMesh.app("other", "c", "{name: http, port: 80}", "v1"));

  private static String sidecar(String namespace, String name, String created, String spec) {
    return """
    apiVersion: networking.istio.io/v1
    kind: Sidecar
    metadata: {name: %s, namespace: %s, creationTimestamp: "%s"}
    spec: {%s}
    """
        .formatted(name, namespace, created, spec);
  }

  private static String sidecar(String namespace, String spec) {
    return sidecar(namespace, "s", "2024-01-01T00:00:00Z", spec);
  }

  private static String egress(String... hosts) {
    return "egress: [{hosts: ['" + String.join("', '", hosts) + "']}]";
  }

  private static Set<String> known(String... objects) {
    String[] all = new String[objects.length + 1];
    all[0] = APPS;
    System.arraycopy(objects, 0, all, 1, objects.length);
    return known(TestMesh.of(all));
  }

  private static Set<String> known(TestMesh mesh) {
    Set<String> hosts = new TreeSet<>();
    for (String cluster : mesh.resources("client-v1.a").all(ResourceType.CLUSTER).keySet()) {
      if (cluster.startsWith("outbound|")) {
        String host = cluster.substring(cluster.lastIndexOf('|') + 1);
        hosts.add(host.substring(0, host.indexOf('.')));
      }
    }
    return hosts;
  }

  @Test
  @DisplayName("§3.13.78 selector, then namespace, then root namespace, the oldest of each")
  void oneSidecarAWorkload() {
    String root = sidecar("istio-system", egress("c/*"));
    String own = sidecar("a", "own", "2024-01-01T00:00:00Z", egress("a/*"));
    String younger = sidecar("a", "younger", "2024-02-01T00:00:00Z", egress("b/*"));
    String selects =
        sidecar(
            "a",
            "selects",
            "2024-03-01T00:00:00Z",
            "workloadSelector: {labels: {app: client}}, " + egress("b/far.b.svc.cluster.local"));
    String elsewhere =
        sidecar(
            "a",
            "elsewhere",
            "2023-01-01T00:00:00Z",
            "workloadSelector: {labels: {app: near}}, " + egress("c/*"));
    assertThat(known()).containsExactly("client", "far", "far2", "near", "other");
    assertThat(known(root)).containsExactly("other");
    assertThat(known(root, own)).containsExactly("client", "near");
    assertThat(known(root, younger, own)).containsExactly("client", "near");
    assertThat(known(root, own, elsewhere, selects)).containsExactly("far");
  }

  @Test
  @DisplayName("§1.6 a selector in the root namespace is for that namespace alone")
  void selectorInTheRootNamespace() {
    assertThat(
            known(
                sidecar(
                    "istio-system", "workloadSelector: {labels: {app: client}}, " + egress("c/*"))))
        .hasSize(5);
  }

  @Test
  @DisplayName("§1.6 egress hosts: name, *, . and ~ for the namespace, wildcards for the host")
  void egressHosts() {
    assertThat(known(sidecar("a", egress("./*")))).containsExactly("client", "near");
    assertThat(known(sidecar("a", egress("*/far.b.svc.cluster.local")))).containsExactly("far");
    assertThat(known(sidecar("a", egress("*/*.c.svc.cluster.local")))).containsExactly("other");
    assertThat(known(sidecar("a", egress("~/*")))).isEmpty();
    assertThat(known(sidecar("a", egress("c/far.b.svc.cluster.local")))).isEmpty();
  }

  @Test
  @DisplayName("§3.13.81 an exclusion subtracts after inclusion")
  void exclusion() {
    assertThat(known(sidecar("a", egress("~b/far2.b.svc.cluster.local", "*/*"))))
        .containsExactly("client", "far", "near", "other");
    assertThat(known(sidecar("a", egress("b/*", "~b/far2.b.svc.cluster.local"))))
        .containsExactly("far");
  }

  @Test
  @DisplayName("§3.13.79 an imported rule imports its destinations")
  void rulesImportTheirDestinations() {
    String rule =
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: near, namespace: a}
        spec:
          hosts: [near]
          http: [{route: [{destination: {host: far.b.svc.cluster.local}}]}]
        """;
    TestMesh mesh = TestMesh.of(APPS, rule, sidecar("a", egress("./*")));
    assertThat(known(mesh)).containsExactly("client", "far", "near");
    assertThat(mesh.call("client-v1.a", Call.get("http://near.a/x")).summary())
        .startsWith("outbound|80||far.b.svc.cluster.local");
    assertThat(known(rule, sidecar("a", egress("c/*")))).containsExactly("other");
  }

  @Test
  @DisplayName("§1.6 a rule of a namespace that is not imported does not act")
  void rulesThatAreNotImported() {
    String rule =
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: x, namespace: b}
        spec:
          hosts: [near.a.svc.cluster.local]
          http: [{route: [{destination: {host: far2.b.svc.cluster.local}}]}]
        """;
    assertThat(TestMesh.of(APPS, rule).call("client-v1.a", Call.get("http://near/")).summary())
        .startsWith("outbound|80||far2.b.svc.cluster.local");
    TestMesh narrow = TestMesh.of(APPS, rule, sidecar("a", egress("./*")));
    assertThat(narrow.call("client-v1.a", Call.get("http://near/")).summary())
        .startsWith("outbound|80||near.a.svc.cluster.local");
  }

  @Test
  @DisplayName("§3.13.80 DestinationRules come along with imported services")
  void destinationRulesComeAlong() {
    String rule =
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: far, namespace: b}
        spec:
          host: far
          subsets: [{name: v1, labels: {version: v1}}]
        """;
    TestMesh mesh = TestMesh.of(APPS, rule, sidecar("a", egress("*/far.b.svc.cluster.local")));
    assertThat(mesh.resources("client-v1.a").all(ResourceType.CLUSTER))
        .containsKey("outbound|80|v1|far.b.svc.cluster.local");
  }

  @Test
  @DisplayName("§3.10.64 what is not imported is unknown, and reachable under ALLOW_ANY")
  void notImportedIsUnknown() {
    String only = egress("./*");
    TestMesh mesh = TestMesh.of(APPS, sidecar("a", only));
    assertThat(mesh.call("client-v1.a", Call.get("http://far.b/")).summary())
        .startsWith("PassthroughCluster");
  }

  @Test
  @DisplayName("§3.10.62 an empty outboundTrafficPolicy means REGISTRY_ONLY")
  void outboundTrafficPolicy() {
    String only = egress("./*");
    TestMesh empty = TestMesh.of(APPS, sidecar("a", only + ", outboundTrafficPolicy: {}"));
    assertThat(empty.call("client-v1.a", Call.get("http://far.b/")).summary()).startsWith("502");
    TestMesh any =
        TestMesh.of(
            MeshSettings.defaults()
                .withOutboundTrafficPolicy(MeshSettings.OutboundTrafficPolicy.REGISTRY_ONLY),
            TestMesh.REDIRECT,
            APPS,
            sidecar("a", only + ", outboundTrafficPolicy: {mode: ALLOW_ANY}"));
    assertThat(any.call("client-v1.a", Call.get("http://far.b/")).summary())
        .startsWith("PassthroughCluster");
    TestMesh forwarder =
        TestMesh.of(
            APPS,
            sidecar(
                "a",
                only
                    + ", outboundTrafficPolicy: {mode: ALLOW_ANY, egressProxy: {host:"
                    + " near.a.svc.cluster.local, port: {number: 80}}}"));
    assertThat(forwarder.call("client-v1.a", Call.get("http://far.b/")).summary())
        .startsWith("outbound|80||near.a.svc.cluster.local");
  }

  @Test
  @DisplayName("§3.15.100 with only ingress, egress is everything")
  void onlyIngress() {
    assertThat(
            known(
                sidecar(
                    "a",
                    "ingress: [{port: {number: 8080, protocol: HTTP, name: http}, defaultEndpoint:"
                        + " '127.0.0.1:8080'}]")))
        .hasSize(5);
  }

  @Test
  void anEditOfAServiceThatIsNotImportedCostsTheWorkloadNothing() {
    TestMesh mesh = TestMesh.of(APPS, sidecar("a", egress("./*")));
    ProxyResources before = mesh.resources("client-v1.a");
    mesh.compiler()
        .update(
            mesh.compiler()
                .state()
                .with(
                    TestMesh.objects(
                        TestMesh.app("more", "c", "{name: http, port: 80}").split("---")[0])));
    ProxyResources after = mesh.resources("client-v1.a");
    for (ResourceType type : ResourceType.values()) {
      assertThat(after.all(type)).isEqualTo(before.all(type));
    }
  }
}
