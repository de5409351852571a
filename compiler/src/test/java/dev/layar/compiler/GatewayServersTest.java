package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.testkit.Call;
import dev.layar.testkit.Outcome;
import dev.layar.testkit.TrafficSimulator;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol;
import org.junit.jupiter.api.Test;

/** What a gateway's servers do with connections, TLS above all. */
class GatewayServersTest {
  private static final String GATEWAY = "istio-ingressgateway.istio-system";
  private static final String APP = TestMesh.app("app", "default", "{name: http, port: 80}", "v1");
  private static final String DB = TestMesh.app("db", "default", "{name: tcp, port: 5432}", "v1");
  private static final String APP_CLUSTER = "outbound|80||app.default.svc.cluster.local";
  private static final String DB_CLUSTER = "outbound|5432||db.default.svc.cluster.local";

  private static String gateway(String name, String... servers) {
    return """
    apiVersion: networking.istio.io/v1
    kind: Gateway
    metadata: {name: %s, namespace: default}
    spec:
      selector: {istio: ingressgateway}
      servers:
    %s
    """
        .formatted(name, String.join("", servers).indent(2));
  }

  private static String server(int port, String protocol, String hosts, String tls) {
    return "- {port: {number: %d, name: p%d-%s, protocol: %s}, hosts: [%s]%s}\n"
        .formatted(
            port,
            port,
            Integer.toHexString(Math.floorMod(hosts.hashCode(), 255)),
            protocol,
            hosts,
            tls.isEmpty() ? "" : ", tls: {" + tls + "}");
  }

  private static String rules(String name, String hosts, String body) {
    return """
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: %s, namespace: default}
    spec:
      hosts: [%s]
      gateways: [gw]
    %s
    """
        .formatted(name, hosts, body.indent(2));
  }

  private static final String TO_APP = "http: [{route: [{destination: {host: app}}]}]";

  private static TrafficSimulator at(TestMesh mesh) {
    return TestMesh.simulator(mesh.resources(GATEWAY));
  }

  private static String ask(TestMesh mesh, Call call) {
    return at(mesh).call(call).summary();
  }

  private static Listener listener(TestMesh mesh, String name) {
    return Decode.as(mesh.resources(GATEWAY).find(ResourceType.LISTENER, name), Listener.class);
  }

  private static DownstreamTlsContext tls(FilterChain chain) throws Exception {
    return chain.getTransportSocket().getTypedConfig().unpack(DownstreamTlsContext.class);
  }

  @Test
  @Semantics({26, 31, 93})
  void httpsIsTerminatedAndRoutedByItsOwnRoutes() throws Exception {
    TestMesh mesh =
        TestMesh.of(
            APP,
            gateway(
                "gw",
                server(443, "HTTPS", "a.example", "mode: SIMPLE, credentialName: a-cert"),
                server(
                    443,
                    "HTTPS",
                    "b.example",
                    "mode: MUTUAL, serverCertificate: /c, privateKey: /k, caCertificates: /ca")),
            rules("app", "a.example", TO_APP));

    Outcome a = at(mesh).call(Call.get("https://a.example/").through(8443));
    assertThat(a.summary()).isEqualTo(APP_CLUSTER);
    assertThat(a.trail().routeConfig()).startsWith("https.8443.p443-").endsWith(".gw.default");
    assertThat(ask(mesh, Call.get("https://b.example/").through(8443)))
        .as("no client certificate")
        .startsWith("0");
    assertThat(ask(mesh, Call.get("https://b.example/").through(8443).as("me")))
        .isEqualTo("404 NR");
    assertThat(ask(mesh, Call.get("https://c.example/").through(8443)))
        .as("no server for the name")
        .isEqualTo("0 NR");

    Listener listener = listener(mesh, "0.0.0.0_8443");
    CommonTlsContext secret = tls(listener.getFilterChains(0)).getCommonTlsContext();
    assertThat(secret.getTlsCertificateSdsSecretConfigs(0).getName())
        .isEqualTo("kubernetes://a-cert");
    assertThat(secret.getTlsCertificateSdsSecretConfigs(0).getSdsConfig().hasAds()).isTrue();
    assertThat(secret.getAlpnProtocolsList()).containsExactly("h2", "http/1.1");
    assertThat(secret.getTlsParams().getTlsMinimumProtocolVersion()).isEqualTo(TlsProtocol.TLSv1_2);
    CommonTlsContext files = tls(listener.getFilterChains(1)).getCommonTlsContext();
    assertThat(files.getTlsCertificates(0).getCertificateChain().getFilename()).isEqualTo("/c");
    assertThat(files.getValidationContext().getTrustedCa().getFilename()).isEqualTo("/ca");
  }

  @Test
  void otherWaysToTerminate() throws Exception {
    TestMesh mesh =
        TestMesh.of(
            gateway(
                "gw",
                server(443, "HTTPS", "a.example", "mode: ISTIO_MUTUAL"),
                server(
                    443,
                    "HTTPS",
                    "b.example",
                    "mode: OPTIONAL_MUTUAL, credentialName: b, minProtocolVersion: TLSV1_3,"
                        + " subjectAltNames: [me], verifyCertificateHash: [abcd]"),
                server(
                    443,
                    "HTTPS",
                    "c.example",
                    "mode: MUTUAL, credentialName: c, caCertCredentialName: roots,"
                        + " cipherSuites: [ECDHE-RSA-AES128-GCM-SHA256]")));
    Listener listener = listener(mesh, "0.0.0.0_8443");

    DownstreamTlsContext mesh0 = tls(listener.getFilterChains(0));
    assertThat(mesh0.getRequireClientCertificate().getValue()).isTrue();
    assertThat(mesh0.getCommonTlsContext().getTlsCertificateSdsSecretConfigs(0).getName())
        .isEqualTo("default");
    DownstreamTlsContext optional = tls(listener.getFilterChains(1));
    assertThat(optional.getRequireClientCertificate().getValue()).isFalse();
    assertThat(optional.getCommonTlsContext().getTlsParams().getTlsMinimumProtocolVersion())
        .isEqualTo(TlsProtocol.TLSv1_3);
    var validation = optional.getCommonTlsContext().getCombinedValidationContext();
    assertThat(validation.getValidationContextSdsSecretConfig().getName())
        .isEqualTo("kubernetes://b-cacert");
    assertThat(validation.getDefaultValidationContext().getVerifyCertificateHashList())
        .containsExactly("abcd");
    CommonTlsContext roots = tls(listener.getFilterChains(2)).getCommonTlsContext();
    assertThat(roots.getCombinedValidationContext().getValidationContextSdsSecretConfig().getName())
        .isEqualTo("kubernetes://roots");
    assertThat(roots.getTlsParams().getCipherSuitesList())
        .containsExactly("ECDHE-RSA-AES128-GCM-SHA256");
  }

  @Test
  @Semantics(31)
  void tlsIsPassedOnByServerNameOrTerminatedForTcp() {
    TestMesh mesh =
        TestMesh.of(
            APP,
            DB,
            gateway(
                "gw",
                server(443, "TLS", "pass.example", "mode: PASSTHROUGH"),
                server(443, "TLS", "term.example", "mode: SIMPLE, credentialName: x")),
            rules(
                "pass",
                "pass.example",
                "tls: [{match: [{port: 443, sniHosts: [pass.example]}],"
                    + " route: [{destination: {host: app, port: {number: 80}}}]}]"),
            rules(
                "term",
                "term.example",
                "tcp: [{match: [{port: 443}], route: [{destination: {host: db}}]}]"));

    assertThat(ask(mesh, Call.tls("pass.example", "", 8443))).isEqualTo("tcp " + APP_CLUSTER);
    assertThat(ask(mesh, Call.tls("term.example", "", 8443))).isEqualTo("tcp " + DB_CLUSTER);
    assertThat(at(mesh).call(Call.tls("pass.example", "", 8443)).trail().rule())
        .isEqualTo("VirtualService default/pass[0]");
  }

  @Test
  @Semantics(31)
  void tcpServersLeadWhereTcpRulesSay() {
    TestMesh mesh =
        TestMesh.of(
            DB,
            gateway("gw", server(5432, "TCP", "\"*\"", ""), server(6000, "TCP", "\"*\"", "")),
            rules(
                "db",
                "\"*\"",
                "tcp: [{match: [{port: 5432}], route: [{destination: {host: db}}]}]"));

    assertThat(ask(mesh, Call.tcp("", 5432))).isEqualTo("tcp " + DB_CLUSTER);
    assertThat(mesh.resources(GATEWAY).all(ResourceType.LISTENER))
        .as("a port that no rule is for is not opened")
        .doesNotContainKey("0.0.0.0_6000");
  }

  @Test
  @Semantics(32)
  void meshTrafficIsForwardedByItsServerName() {
    String subset =
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: app}
        spec: {host: app, subsets: [{name: v1, labels: {version: v1}}]}
        """;
    TestMesh mesh =
        TestMesh.of(
            APP,
            DB,
            subset,
            gateway(
                "gw",
                server(15443, "TLS", "\"*.default.svc.cluster.local\"", "mode: AUTO_PASSTHROUGH")));
    String sni = "outbound_.80_.v1_.app.default.svc.cluster.local";
    Call call = Call.tls(sni, "", 15443).encrypted(sni, "istio");

    Outcome outcome = at(mesh).call(call);
    assertThat(outcome.summary()).isEqualTo("tcp " + sni);
    String endpoint = ((Outcome.Tunnelled) outcome).shares().getFirst().endpoints().getFirst();
    assertThat(at(mesh).transport(sni, endpoint)).as("as it came").isEqualTo("plain");
    assertThat(ask(mesh, call.encrypted(sni, "http/1.1")))
        .as("not the mesh's TLS")
        .isEqualTo("0 NR");
    assertThat(ask(mesh, call.encrypted("other", "istio"))).isEqualTo("0 NR");
  }

  @Test
  @Semantics(26)
  void theOldestServerOfAPortDecidesItsKindAndARepeatedHostIsSkipped() {
    String older =
        gateway(
            "gw",
            server(80, "HTTP", "a.example", ""),
            server(443, "HTTPS", "a.example", "mode: SIMPLE, credentialName: first"));
    String younger =
        gateway(
            "late",
            server(80, "TCP", "\"*\"", ""),
            server(443, "HTTPS", "a.example", "mode: SIMPLE, credentialName: second"));
    TestMesh mesh = TestMesh.of(APP, older, younger, rules("app", "a.example", TO_APP));

    assertThat(ask(mesh, Call.get("http://a.example/").through(8080))).isEqualTo(APP_CLUSTER);
    assertThat(listener(mesh, "0.0.0.0_8443").getFilterChainsList()).hasSize(1);
  }

  @Test
  @Semantics(27)
  void redirectToHttpsHoldsEvenWithoutRules() {
    TestMesh mesh =
        TestMesh.of(gateway("gw", server(80, "HTTP", "a.example", "httpsRedirect: true")));

    assertThat(ask(mesh, Call.get("http://a.example/x").through(8080)))
        .isEqualTo("301 https://a.example/x");
  }

  @Test
  @Semantics(28)
  void aServerWithoutRulesAnswers404() {
    TestMesh mesh = TestMesh.of(gateway("gw", server(80, "HTTP", "a.example", "")));

    Outcome outcome = at(mesh).call(Call.get("http://a.example/").through(8080));
    assertThat(outcome.summary()).isEqualTo("404 NR");
    assertThat(outcome.trail().virtualHost()).isEqualTo("blackhole:8080");
  }

  @Test
  @Semantics(29)
  void aGatewayWithoutSelectorIsForEveryGatewayAndNoSidecar() {
    String all =
        """
        apiVersion: networking.istio.io/v1
        kind: Gateway
        metadata: {name: gw, namespace: default}
        spec: {servers: [{port: {number: 9999, name: x, protocol: HTTP}, hosts: ["*"]}]}
        """;
    TestMesh mesh = TestMesh.of(APP, all, rules("app", "\"*\"", TO_APP));

    assertThat(ask(mesh, Call.get("http://any/").through(9999))).isEqualTo(APP_CLUSTER);
    assertThat(mesh.resources("app-v1").all(ResourceType.LISTENER))
        .doesNotContainKey("0.0.0.0_9999");
  }

  /** The pattern of an egress gateway: sidecars send to it, it sends on with TLS. */
  @Test
  @Semantics({30, 71})
  void anEgressGatewayOriginatesTls() {
    String egress =
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: out, namespace: default}
        spec:
          hosts: [out.example]
          ports:
          - {number: 80, name: http, protocol: HTTP}
          - {number: 443, name: https, protocol: HTTPS}
          resolution: DNS
        ---
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: out, namespace: default}
        spec:
          hosts: [out.example]
          gateways: [mesh, gw]
          http:
          - match: [{gateways: [mesh], port: 80}]
            route:
            - destination:
                host: istio-ingressgateway.istio-system.svc.cluster.local
                port: {number: 80}
          - match: [{gateways: [gw], port: 80}]
            route: [{destination: {host: out.example, port: {number: 443}}}]
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: out, namespace: default}
        spec:
          host: out.example
          trafficPolicy: {portLevelSettings: [{port: {number: 443}, tls: {mode: SIMPLE}}]}
        """;
    TestMesh mesh = TestMesh.of(APP, egress, gateway("gw", server(80, "HTTP", "out.example", "")));
    Call call = Call.get("http://out.example/");

    assertThat(mesh.call("app-v1", call).summary())
        .isEqualTo("outbound|80||istio-ingressgateway.istio-system.svc.cluster.local");
    Outcome on = at(mesh).call(call.through(8080));
    assertThat(on.summary()).isEqualTo("outbound|443||out.example");
    assertThat(at(mesh).transport("outbound|443||out.example", "out.example:443"))
        .isEqualTo("tls ");
  }

  /** A port of a ServiceEntry that stands for another: plain towards the proxy, TLS beyond. */
  @Test
  @Semantics({68, 71})
  void aSidecarOriginatesTlsOnAPortThatStandsForAnother() {
    String entry =
        """
        apiVersion: networking.istio.io/v1
        kind: ServiceEntry
        metadata: {name: out, namespace: default}
        spec:
          hosts: [out.example]
          ports: [{number: 80, name: http, protocol: HTTP, targetPort: 443}]
          resolution: DNS
        ---
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: out, namespace: default}
        spec: {host: out.example, trafficPolicy: {tls: {mode: SIMPLE, sni: out.example}}}
        """;
    TestMesh mesh = TestMesh.of(APP, entry);
    Outcome outcome = mesh.call("app-v1", Call.get("http://out.example/"));

    assertThat(((Outcome.Forwarded) outcome).shares().getFirst().endpoints())
        .containsExactly("out.example:443");
    assertThat(
            TestMesh.simulator(mesh.resources("app-v1"))
                .transport("outbound|80||out.example", "out.example:443"))
        .isEqualTo("tls out.example");
  }
}
