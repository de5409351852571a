package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.compiler.ProxyIdentity.Capture;
import dev.layar.testkit.Call;
import dev.layar.testkit.TrafficSimulator;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** Mutual TLS between workloads: what callers try, and what sidecars accept. */
class MutualTlsTest {
  private static final String CLIENT =
      TestMesh.app("client", "default", "{name: http, port: 80}", "v1");
  private static final String APP =
      TestMesh.app("app", "default", "{name: http, port: 80, targetPort: 8080}", "v1");
  private static final String PLAIN =
      """
      apiVersion: v1
      kind: Pod
      metadata:
        name: plain
        namespace: default
        labels: {app: app, version: v1, security.istio.io/tlsMode: disabled}
      spec: {serviceAccountName: old, containers: [{name: app, image: app}]}
      status: {podIP: 10.0.0.9, conditions: [{type: Ready, status: "True"}]}
      """;
  private static final String CLUSTER = "outbound|80||app.default.svc.cluster.local";
  private static final String SNI = "outbound_.80_._.app.default.svc.cluster.local";

  private static String rule(String policy) {
    return """
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: app}
    spec: {host: app, trafficPolicy: {%s}, subsets: [{name: v1, labels: {version: v1}}]}
    """
        .formatted(policy);
  }

  private static Cluster cluster(TestMesh mesh, String name) {
    return Decode.as(mesh.resources("client-v1").find(ResourceType.CLUSTER, name), Cluster.class);
  }

  private static TrafficSimulator client(TestMesh mesh) {
    return TestMesh.simulator(mesh.resources("client-v1"));
  }

  private static UpstreamTlsContext context(TransportSocket socket) throws Exception {
    return socket.getTypedConfig().unpack(UpstreamTlsContext.class);
  }

  @Test
  @Semantics({72, 76})
  void eachEndpointsProxyDecidesWhetherItIsCalledWithMutualTls() {
    TestMesh mesh = TestMesh.of(CLIENT, APP, PLAIN);
    String meshed = mesh.identity("app-v1").ip() + ":8080";

    assertThat(client(mesh).transport(CLUSTER, meshed)).isEqualTo("mutual " + SNI);
    assertThat(client(mesh).transport(CLUSTER, "10.0.0.9:8080")).isEqualTo("plain");
  }

  @Test
  @Semantics(76)
  void serversMustBeOneOfTheServicesAccounts() throws Exception {
    UpstreamTlsContext tls =
        context(
            cluster(TestMesh.of(CLIENT, APP, PLAIN), CLUSTER)
                .getTransportSocketMatches(0)
                .getTransportSocket());
    CommonTlsContext common = tls.getCommonTlsContext();

    assertThat(
            common
                .getCombinedValidationContext()
                .getDefaultValidationContext()
                .getMatchTypedSubjectAltNamesList())
        .extracting(SubjectAltNameMatcher::getMatcher)
        .extracting(matcher -> matcher.getExact())
        .containsExactly(
            "spiffe://cluster.local/ns/default/sa/default",
            "spiffe://cluster.local/ns/default/sa/old");
    assertThat(common.getTlsCertificateSdsSecretConfigs(0).getName()).isEqualTo("default");
    assertThat(
            common.getCombinedValidationContext().getValidationContextSdsSecretConfig().getName())
        .isEqualTo("ROOTCA");
    assertThat(tls.getSni()).isEqualTo(SNI);
    assertThat(common.getAlpnProtocolsList()).contains("istio");
  }

  @Test
  @Semantics(73)
  void anyTlsInARuleTurnsTheChoiceOff() {
    TestMesh off = TestMesh.of(CLIENT, APP, rule("tls: {mode: DISABLE}"));
    String endpoint = off.identity("app-v1").ip() + ":8080";
    assertThat(client(off).transport(CLUSTER, endpoint)).isEqualTo("plain");

    TestMesh always =
        TestMesh.of(CLIENT, APP, PLAIN, rule("tls: {mode: ISTIO_MUTUAL, sni: other}"));
    assertThat(client(always).transport(CLUSTER, "10.0.0.9:8080")).isEqualTo("mutual other");

    TestMesh kept = TestMesh.of(CLIENT, APP, PLAIN, rule("loadBalancer: {simple: RANDOM}"));
    String subset = "outbound|80|v1|app.default.svc.cluster.local";
    assertThat(client(kept).transport(subset, endpoint))
        .isEqualTo("mutual outbound_.80_.v1_.app.default.svc.cluster.local");
  }

  @Test
  @Semantics(71)
  void whatLiesOutsideTheMeshIsCalledPlain() {
    String entry =
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: out}
        spec:
          hosts: [out.example]
          location: %s
          ports: [{number: 80, name: http, protocol: HTTP}]
          resolution: STATIC
          endpoints: [{address: 10.1.1.1, serviceAccount: vm}]
        """;
    String cluster = "outbound|80||out.example";

    assertThat(
            client(TestMesh.of(CLIENT, entry.formatted("MESH_EXTERNAL")))
                .transport(cluster, "10.1.1.1:80"))
        .isEqualTo("plain");
    assertThat(
            client(TestMesh.of(CLIENT, entry.formatted("MESH_INTERNAL")))
                .transport(cluster, "10.1.1.1:80"))
        .isEqualTo("mutual outbound_.80_._.out.example");
  }

  @Test
  @Semantics(72)
  void callersThatChooseTheEndpointNeedAProxyBeforeAll() {
    String passthrough = rule("loadBalancer: {simple: PASSTHROUGH}");

    assertThat(cluster(TestMesh.of(CLIENT, APP, passthrough), CLUSTER).hasTransportSocket())
        .isTrue();
    assertThat(cluster(TestMesh.of(CLIENT, APP, PLAIN, passthrough), CLUSTER).hasTransportSocket())
        .isFalse();
  }

  @Test
  void aProxyWithoutCertificateOffersAndAcceptsNone() {
    TestMesh mesh = TestMesh.proxied(CLIENT, APP);

    assertThat(cluster(mesh, CLUSTER).getTransportSocketMatchesCount()).isZero();
    MeshSettings off = MeshSettings.defaults().withAutoMtls(false);
    assertThat(
            cluster(TestMesh.of(off, TestMesh.REDIRECT, CLIENT, APP), CLUSTER)
                .getTransportSocketMatchesCount())
        .isZero();
  }

  @Test
  void rulesForTlsTowardsAServer() throws Exception {
    String mutual =
        "tls: {mode: MUTUAL, clientCertificate: /c, privateKey: /k, caCertificates: /ca,"
            + " subjectAltNames: [a.example], sni: a.example}";
    UpstreamTlsContext files =
        context(cluster(TestMesh.of(CLIENT, APP, rule(mutual)), CLUSTER).getTransportSocket());
    assertThat(files.getSni()).isEqualTo("a.example");
    assertThat(files.getCommonTlsContext().getTlsCertificates(0).getPrivateKey().getFilename())
        .isEqualTo("/k");
    assertThat(files.getCommonTlsContext().getValidationContext().getTrustedCa().getFilename())
        .isEqualTo("/ca");

    String secret = "tls: {mode: MUTUAL, credentialName: keys}";
    assertThat(cluster(TestMesh.of(CLIENT, APP, rule(secret)), CLUSTER).hasTransportSocket())
        .as("sidecars get secrets only where the rule names them")
        .isFalse();
    String selective =
        rule(secret)
            .replace("host: app,", "host: app, workloadSelector: {matchLabels: {app: client}},");
    CommonTlsContext sds =
        context(cluster(TestMesh.of(CLIENT, APP, selective), CLUSTER).getTransportSocket())
            .getCommonTlsContext();
    assertThat(sds.getTlsCertificateSdsSecretConfigs(0).getName()).isEqualTo("kubernetes://keys");
    assertThat(sds.getCombinedValidationContext().getValidationContextSdsSecretConfig().getName())
        .isEqualTo("kubernetes://keys-cacert");

    TestMesh announced = TestMesh.of(CLIENT, APP, rule("proxyProtocol: {version: V2}"));
    String endpoint = announced.identity("app-v1").ip() + ":8080";
    assertThat(client(announced).transport(CLUSTER, endpoint)).isEqualTo("proxy-v2 mutual " + SNI);
  }

  private static Call arriving(int port) {
    return Call.get("http://app/x").to("10.244.0.1").through(port);
  }

  private static String inbound(TestMesh mesh, Call call) {
    // Redirected connections keep the port that they were for; the listener is the inbound one.
    return InboundCalls.on(mesh.resources("app-v1")).call(call).summary();
  }

  @Test
  @Semantics({75, 52})
  void aDeclaredHttpPortAcceptsMutualTlsAndPlainHttp() {
    TestMesh mesh = TestMesh.of(CLIENT, APP);
    String cluster = "inbound|8080||";

    assertThat(inbound(mesh, arriving(8080))).isEqualTo(cluster);
    assertThat(inbound(mesh, arriving(8080).encrypted(SNI, "istio-http/1.1", "istio").as("peer")))
        .isEqualTo(cluster);
    assertThat(inbound(mesh, arriving(8080).encrypted(SNI, "istio")))
        .as("the mesh's protocol without a certificate")
        .startsWith("0");
    assertThat(inbound(mesh, arriving(8080).encrypted("x", "http/1.1")))
        .as("TLS from outside the mesh")
        .startsWith("0");
  }

  @Test
  @Semantics(75)
  void aTcpPortPassesTlsFromOutsideTheMeshOn() {
    String db = APP.replace("name: http, port: 80", "name: tcp, port: 80");
    TestMesh mesh = TestMesh.of(CLIENT, db);
    String cluster = "tcp inbound|8080||";

    assertThat(inbound(mesh, Call.tcp("10.244.0.1", 8080))).isEqualTo(cluster);
    assertThat(inbound(mesh, Call.tls("x", "10.244.0.1", 8080))).isEqualTo(cluster);
    assertThat(inbound(mesh, Call.tls(SNI, "10.244.0.1", 8080).encrypted(SNI, "istio").as("peer")))
        .isEqualTo(cluster);
  }

  @Test
  @Semantics(75)
  void anUndeclaredPortAcceptsAllFive() {
    String auto = APP.replace("name: http, port: 80", "name: foo, port: 80");
    TestMesh mesh = TestMesh.of(CLIENT, auto);

    assertThat(inbound(mesh, arriving(8080))).isEqualTo("inbound|8080||");
    assertThat(inbound(mesh, arriving(8080).encrypted(SNI, "istio-http/1.1", "istio").as("peer")))
        .isEqualTo("inbound|8080||");
    assertThat(inbound(mesh, Call.tcp("10.244.0.1", 8080))).isEqualTo("tcp inbound|8080||");
    assertThat(inbound(mesh, Call.tls("x", "10.244.0.1", 8080))).isEqualTo("tcp inbound|8080||");
    assertThat(inbound(mesh, Call.tls(SNI, "10.244.0.1", 8080).encrypted(SNI, "istio").as("peer")))
        .isEqualTo("tcp inbound|8080||");
  }

  @Test
  @Semantics(65)
  void undeclaredPortsReachTheWorkloadFromAnAddressOfTheirOwn() {
    TestMesh mesh = TestMesh.of(CLIENT, APP);

    assertThat(inbound(mesh, arriving(9999))).isEqualTo("InboundPassthroughCluster");
    assertThat(inbound(mesh, Call.tcp("10.244.0.1", 9999)))
        .isEqualTo("tcp InboundPassthroughCluster");
    Cluster cluster =
        Decode.as(
            mesh.resources("app-v1").find(ResourceType.CLUSTER, "InboundPassthroughCluster"),
            Cluster.class);
    assertThat(cluster.getUpstreamBindConfig().getSourceAddress().getAddress())
        .isEqualTo("127.0.0.6");
    assertThat(inbound(mesh, Call.tcp("10.244.0.1", 15006)))
        .isEqualTo("tcp BlackHoleCluster (503 UH)");
  }

  @Test
  @Semantics({40, 37})
  void theServersConnectionPoolIsItsServicesRule() {
    String pool = rule("connectionPool: {tcp: {maxConnections: 7}}");
    String selective =
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: own}
        spec:
          host: app
          workloadSelector: {matchLabels: {app: app}}
          trafficPolicy: {connectionPool: {tcp: {maxConnections: 9}}}
        """;
    Cluster cluster =
        Decode.as(
            TestMesh.of(CLIENT, APP, pool, selective)
                .resources("app-v1")
                .find(ResourceType.CLUSTER, "inbound|8080||"),
            Cluster.class);

    assertThat(cluster.getCircuitBreakers().getThresholds(0).getMaxConnections().getValue())
        .isEqualTo(7);
    assertThat(cluster.getType()).isEqualTo(Cluster.DiscoveryType.ORIGINAL_DST);
  }

  @Test
  @Semantics({53, 55})
  void inboundRoutesHaveNoTimeoutAndRetryOnlyWhatWasNotSent() {
    var forwarded =
        (dev.layar.testkit.Outcome.Forwarded)
            InboundCalls.on(TestMesh.of(CLIENT, APP).resources("app-v1")).call(arriving(8080));
    assertThat(forwarded.timeout()).isZero();
    assertThat(forwarded.retries()).isEqualTo(2);

    String grpc = APP.replace("name: http, port: 80", "name: grpc, port: 80");
    var of =
        (dev.layar.testkit.Outcome.Forwarded)
            InboundCalls.on(TestMesh.of(CLIENT, grpc).resources("app-v1")).call(arriving(8080));
    assertThat(of.retries()).isZero();
  }

  @Test
  void theReplicasOfAWorkloadShareTheirInboundSide() {
    TestMesh mesh = TestMesh.of(CLIENT, APP.replace("replicas: 1", "replicas: 2"));

    assertThat(mesh.resources("app-v1-1").all(ResourceType.LISTENER))
        .isSameAs(mesh.resources("app-v1-0").all(ResourceType.LISTENER));
    assertThat(mesh.resources("app-v1-1").all(ResourceType.CLUSTER))
        .isSameAs(mesh.resources("app-v1-0").all(ResourceType.CLUSTER));
  }

  @Test
  void aProxyCanStandBeforeAWorkloadWithoutRedirection() throws Exception {
    TestMesh mesh = TestMesh.proxied(CLIENT, APP);
    ProxyIdentity front =
        ProxyIdentity.sidecar(
                "127.0.0.7",
                "app-v1-0",
                "default",
                mesh.identity("app-v1").labels(),
                new Capture.HttpProxy(15001, Map.of(8080, 18080, 9090, 19090)))
            .withCertificate();
    ProxyResources resources = mesh.compiler().resources(front);
    TrafficSimulator simulator = TestMesh.simulator(resources);
    Call call = Call.get("http://app/x").to("127.0.0.7").through(8080);

    assertThat(simulator.call(call).summary()).isEqualTo("inbound|8080||");
    assertThat(simulator.call(call.encrypted(SNI, "istio").as("peer")).summary())
        .isEqualTo("inbound|8080||");
    assertThat(simulator.call(call.through(9090)).summary()).isEqualTo("inbound|9090||");
    assertThat(simulator.call(call.through(15001).host("app")).summary()).isEqualTo(CLUSTER);
    Cluster cluster =
        Decode.as(resources.find(ResourceType.CLUSTER, "inbound|8080||"), Cluster.class);
    assertThat(cluster.getType()).isEqualTo(Cluster.DiscoveryType.STATIC);
    assertThat(
            cluster
                .getLoadAssignment()
                .getEndpoints(0)
                .getLbEndpoints(0)
                .getEndpoint()
                .getAddress()
                .getSocketAddress()
                .getPortValue())
        .isEqualTo(18080);
    Listener listener =
        Decode.as(resources.find(ResourceType.LISTENER, "127.0.0.7_8080"), Listener.class);
    List<FilterChain> mutual =
        listener.getFilterChainsList().stream().filter(FilterChain::hasTransportSocket).toList();
    assertThat(
            mutual
                .getFirst()
                .getTransportSocket()
                .getTypedConfig()
                .unpack(DownstreamTlsContext.class)
                .getRequireClientCertificate()
                .getValue())
        .isTrue();
  }
}
