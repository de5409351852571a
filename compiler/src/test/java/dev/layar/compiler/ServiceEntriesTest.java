package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.testkit.Call;
import dev.layar.testkit.Outcome.Forwarded;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Services that Kubernetes does not know, and endpoints that are no pods. */
class ServiceEntriesTest {
  private static final String APP =
      TestMesh.app("app", "default", "{name: http, port: 80, targetPort: 8080}", "v1");

  private static String entry(String name, String spec) {
    return """
    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: %s, namespace: default}
    spec:
    %s
    """
        .formatted(name, spec.indent(2));
  }

  private static String workload(String name, String labels, String spec) {
    return """
    apiVersion: networking.istio.io/v1
    kind: WorkloadEntry
    metadata: {name: %s, namespace: default, labels: {%s}}
    spec: {%s}
    """
        .formatted(name, labels, spec);
  }

  private static List<String> endpoints(TestMesh mesh, String url) {
    return ((Forwarded) mesh.call("app-v1", Call.get(url))).shares().getFirst().endpoints();
  }

  private static Cluster cluster(TestMesh mesh, String name) {
    return Decode.as(mesh.resources("app-v1").find(ResourceType.CLUSTER, name), Cluster.class);
  }

  @Test
  @Semantics(70)
  void selectorsTakePodsAndWorkloadEntriesBothWays() {
    String selecting =
        entry(
            "vm",
            """
            hosts: [vm.example]
            location: MESH_INTERNAL
            ports: [{number: 80, name: http, protocol: HTTP, targetPort: 9000}]
            resolution: STATIC
            workloadSelector: {labels: {app: app}}
            """);
    TestMesh mesh =
        TestMesh.of(
            APP,
            selecting,
            workload("one", "app: app", "address: 10.1.1.1, ports: {http: 7000}"),
            workload("two", "app: other", "address: 10.1.1.2, labels: {app: app}"),
            workload("three", "x: y", "address: 10.1.1.3, labels: {app: app}"));
    String pod = mesh.identity("app-v1").ip();

    assertThat(endpoints(mesh, "http://vm.example/"))
        .containsExactlyInAnyOrder("10.1.1.1:7000", "10.1.1.3:9000", pod + ":9000");
    assertThat(endpoints(mesh, "http://app/"))
        .as("a Service selects WorkloadEntries too")
        .containsExactlyInAnyOrder("10.1.1.1:7000", "10.1.1.3:8080", pod + ":8080");
  }

  @Test
  @Semantics(66)
  void aServiceOfKubernetesGoesBeforeAnEntryOfTheSameName() {
    String entry =
        entry(
            "app",
            """
            hosts: [app.default.svc.cluster.local]
            ports: [{number: 80, name: http, protocol: HTTP}]
            resolution: STATIC
            endpoints: [{address: 10.1.1.1}]
            """);
    TestMesh mesh = TestMesh.of(APP, entry);

    assertThat(endpoints(mesh, "http://app/"))
        .containsExactly(mesh.identity("app-v1").ip() + ":8080");
  }

  @Test
  @Semantics({67, 68})
  void everyAddressListensAndPortsAreTheEndpointsThenTheTargetThenTheNumber() {
    TestMesh mesh =
        TestMesh.of(
            APP,
            entry(
                "db",
                """
                hosts: [db.example]
                addresses: [10.9.0.1, 10.9.0.2]
                ports:
                - {number: 5432, name: tcp, protocol: TCP, targetPort: 15432}
                - {number: 80, name: http, protocol: HTTP}
                resolution: STATIC
                endpoints:
                - {address: 10.1.1.1, ports: {tcp: 25432}}
                - {address: 10.1.1.2}
                """));

    assertThat(mesh.call("app-v1", Call.tcp("10.9.0.1", 5432)).summary())
        .isEqualTo(mesh.call("app-v1", Call.tcp("10.9.0.2", 5432)).summary())
        .isEqualTo("tcp outbound|5432||db.example");
    assertThat(endpoints(mesh, "http://10.9.0.2/")).containsExactly("10.1.1.1:80", "10.1.1.2:80");
    var tunnelled =
        (dev.layar.testkit.Outcome.Tunnelled) mesh.call("app-v1", Call.tcp("10.9.0.1", 5432));
    assertThat(tunnelled.shares().getFirst().endpoints())
        .containsExactly("10.1.1.1:25432", "10.1.1.2:15432");
  }

  @Test
  @Semantics(68)
  void dnsWithoutEndpointsAsksForTheHostItself() {
    String dns =
        entry(
            "dns",
            """
            hosts: [dns.example]
            ports: [{number: 80, name: http, protocol: HTTP, targetPort: 8000}]
            resolution: %s
            """);
    TestMesh all = TestMesh.of(APP, dns.formatted("DNS"));
    TestMesh one = TestMesh.of(APP, dns.formatted("DNS_ROUND_ROBIN"));

    assertThat(endpoints(all, "http://dns.example/")).containsExactly("dns.example:8000");
    assertThat(cluster(all, "outbound|80||dns.example").getType())
        .isEqualTo(Cluster.DiscoveryType.STRICT_DNS);
    assertThat(cluster(one, "outbound|80||dns.example").getType())
        .isEqualTo(Cluster.DiscoveryType.LOGICAL_DNS);
    assertThat(cluster(all, "outbound|80||dns.example").getRespectDnsTtl()).isTrue();
  }

  @Test
  @Semantics(69)
  void theCallersAddressIsUsedBySidecarsAndNothingByGateways() {
    String none =
        entry(
            "none",
            """
            hosts: ["*.wild.example"]
            ports: [{number: 80, name: http, protocol: HTTP}]
            resolution: NONE
            """);
    String gateway =
        """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: gw}
        spec:
          selector: {istio: ingressgateway}
          servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: ["*"]}]
        """;
    TestMesh mesh = TestMesh.of(APP, none, gateway);
    String name = "outbound|80||*.wild.example";

    assertThat(mesh.call("app-v1", Call.get("http://a.wild.example/")).summary()).isEqualTo(name);
    assertThat(cluster(mesh, name).getType()).isEqualTo(Cluster.DiscoveryType.ORIGINAL_DST);
    assertThat(
            Decode.as(
                    mesh.resources("istio-ingressgateway.istio-system")
                        .find(ResourceType.CLUSTER, name),
                    Cluster.class)
                .getType())
        .isEqualTo(Cluster.DiscoveryType.EDS);
  }

  @Test
  @Semantics(67)
  void addressesThatWereGivenOutListenLikeWrittenOnes() {
    String given =
        entry(
                "auto",
                """
                hosts: [auto.example]
                ports: [{number: 5432, name: tcp, protocol: TCP}]
                resolution: DNS
                """)
            + "status: {addresses: [{value: 240.240.0.7, host: auto.example}]}\n";

    assertThat(TestMesh.of(APP, given).call("app-v1", Call.tcp("240.240.0.7", 5432)).summary())
        .isEqualTo("tcp outbound|5432||auto.example");
  }
}
