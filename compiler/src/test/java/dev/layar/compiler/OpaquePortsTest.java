package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.compiler.MeshSettings.OutboundTrafficPolicy;
import dev.layar.testkit.Call;
import dev.layar.testkit.Outcome;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Connections that are not looked into, on sidecars: TCP by address, TLS by server name. */
class OpaquePortsTest {
  private static final String CLIENT =
      TestMesh.app("client", "default", "{name: http, port: 80}", "v1");
  private static final String DB =
      TestMesh.app("db", "default", "{name: tcp, port: 5432}", "v1", "v2");
  private static final String SUBSETS =
      """
      apiVersion: networking.istio.io/v1
      kind: DestinationRule
      metadata: {name: db}
      spec:
        host: db
        trafficPolicy: {connectionPool: {tcp: {idleTimeout: 7s, maxConnectionDuration: 8s}}}
        subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
      """;
  private static final String DB_CLUSTER = "outbound|5432||db.default.svc.cluster.local";

  private static String rules(String spec) {
    return """
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: rules}
    spec:
    %s
    """
        .formatted(spec.indent(2));
  }

  private static String entry(String name, String spec) {
    return """
    apiVersion: networking.istio.io/v1
    kind: ServiceEntry
    metadata: {name: %s}
    spec:
    %s
    """
        .formatted(name, spec.indent(2));
  }

  private static String ask(TestMesh mesh, Call call) {
    return mesh.call("client-v1", call).summary();
  }

  private static Listener listener(TestMesh mesh, String name) {
    return Decode.as(mesh.resources("client-v1").find(ResourceType.LISTENER, name), Listener.class);
  }

  @Test
  @Semantics({48, 52})
  void aTcpServiceListensOnItsOwnAddress() {
    TestMesh mesh = TestMesh.of(CLIENT, DB);

    assertThat(ask(mesh, Call.tcp("10.96.0.2", 5432))).isEqualTo("tcp " + DB_CLUSTER);
    assertThat(ask(mesh, Call.tcp("10.96.0.9", 5432))).isEqualTo("tcp PassthroughCluster");
    assertThat(listener(mesh, "10.96.0.2_5432").getBindToPort().getValue()).isFalse();
  }

  @Test
  @Semantics({58, 97})
  void tcpRulesDivideByWeightWithTheFirstDestinationsTimeouts() throws Exception {
    TestMesh mesh =
        TestMesh.of(
            CLIENT,
            DB,
            SUBSETS,
            rules(
                """
                hosts: [db]
                tcp:
                - match: [{port: 9999}]
                  route: [{destination: {host: client}}]
                - route:
                  - {destination: {host: db, subset: v1}, weight: 25}
                  - {destination: {host: db, subset: v2}, weight: 75}
                  - {destination: {host: client}, weight: 0}
                """));

    Outcome outcome = mesh.call("client-v1", Call.tcp("10.96.0.2", 5432));

    assertThat(outcome.summary())
        .isEqualTo(
            "tcp 25% outbound|5432|v1|db.default.svc.cluster.local,"
                + " 75% outbound|5432|v2|db.default.svc.cluster.local");
    assertThat(outcome.trail().rule()).isEqualTo("VirtualService default/rules[1]");
    FilterChain chain = listener(mesh, "10.96.0.2_5432").getFilterChains(0);
    TcpProxy proxy = chain.getFilters(0).getTypedConfig().unpack(TcpProxy.class);
    assertThat(proxy.getIdleTimeout().getSeconds()).isEqualTo(7);
    assertThat(proxy.getMaxDownstreamConnectionDuration().getSeconds()).isEqualTo(8);
  }

  @Test
  @Semantics(15)
  void everyStaticConditionOfATcpMatchMustHold() {
    String spec =
        """
        hosts: [db]
        tcp:
        - match: [{gateways: [mesh], sourceLabels: {app: other}}]
          route: [{destination: {host: db, subset: v1}}]
        - match: [{sourceLabels: {app: client}, sourceNamespace: default, port: 5432}]
          route: [{destination: {host: db, subset: v2}}]
        """;
    TestMesh mesh = TestMesh.of(CLIENT, DB, SUBSETS, rules(spec));

    assertThat(ask(mesh, Call.tcp("10.96.0.2", 5432)))
        .isEqualTo("tcp outbound|5432|v2|db.default.svc.cluster.local");
    assertThat(mesh.call("db-v1", Call.tcp("10.96.0.2", 5432)).summary())
        .as("no rule is for this caller")
        .isEqualTo("tcp " + DB_CLUSTER);
  }

  @Test
  @Semantics(48)
  void entriesWithoutAddressOrWithARangeShareAWildcardListener() {
    String range =
        entry(
            "range",
            """
            hosts: [range.example]
            addresses: [10.5.0.0/16]
            ports: [{number: 7000, name: tcp, protocol: TCP}]
            resolution: NONE
            """);
    String narrow =
        entry(
            "narrow",
            """
            hosts: [narrow.example]
            addresses: [10.5.6.0/24]
            ports: [{number: 7000, name: tcp, protocol: TCP}]
            resolution: NONE
            """);
    TestMesh mesh = TestMesh.of(CLIENT, range, narrow);

    assertThat(ask(mesh, Call.tcp("10.5.1.1", 7000))).isEqualTo("tcp outbound|7000||range.example");
    assertThat(ask(mesh, Call.tcp("10.5.6.1", 7000)))
        .isEqualTo("tcp outbound|7000||narrow.example");
    assertThat(ask(mesh, Call.tcp("10.6.0.1", 7000))).isEqualTo("tcp PassthroughCluster");
  }

  @Test
  @Semantics({48, 63})
  void anEntryWithoutAddressTakesItsWholePort() {
    String entry =
        entry(
            "any",
            """
            hosts: [any.example]
            ports: [{number: 80, name: tcp, protocol: TCP}]
            resolution: DNS
            """);
    TestMesh mesh = TestMesh.of(CLIENT, entry);

    assertThat(ask(mesh, Call.tcp("1.2.3.4", 80))).isEqualTo("tcp outbound|80||any.example");
    assertThat(ask(mesh, Call.get("http://client/")))
        .isEqualTo("outbound|80||client.default.svc.cluster.local");
    assertThat(ask(mesh, Call.get("http://unknown.example/"))).isEqualTo("PassthroughCluster");
    assertThat(TestMesh.of(CLIENT).call("client-v1", Call.tcp("1.2.3.4", 80)))
        .as("without the entry the port is for HTTP alone")
        .isInstanceOf(Outcome.Refused.class);
  }

  @Test
  @Semantics(49)
  void whereServersSpeakFirstTheOlderServiceKeepsThePort() {
    String http =
        TestMesh.app("mailweb", "default", "{name: http, port: 25}", "v1")
            .replaceFirst("\\{name: mailweb,", "{creationTimestamp: \"%s\", name: mailweb,");
    String tcp =
        entry(
                "mail",
                "hosts: [mail.example]\n"
                    + "ports: [{number: 25, name: tcp, protocol: TCP}]\n"
                    + "resolution: DNS")
            .replaceFirst(
                "\\{name: mail", "{creationTimestamp: \"2021-01-01T00:00:00Z\", name: mail");

    TestMesh older = TestMesh.of(CLIENT, http.replace("%s", "2020-01-01T00:00:00Z"), tcp);
    assertThat(ask(older, Call.get("http://mailweb:25/")))
        .isEqualTo("outbound|25||mailweb.default.svc.cluster.local");
    TestMesh younger = TestMesh.of(CLIENT, http.replace("%s", "2022-01-01T00:00:00Z"), tcp);
    assertThat(ask(younger, Call.get("http://mailweb:25/")))
        .isEqualTo("tcp outbound|25||mail.example");
  }

  @Test
  @Semantics({47, 49})
  void undeclaredProtocolsAreDetected() {
    String auto = TestMesh.app("auto", "default", "{name: foo, port: 9000}", "v1");
    TestMesh mesh = TestMesh.of(CLIENT, auto);
    String cluster = "outbound|9000||auto.default.svc.cluster.local";

    Outcome http =
        mesh.call("client-v1", Call.get("http://whatever/").to("10.96.0.1").through(9000));
    assertThat(http.summary()).isEqualTo(cluster);
    assertThat(http.trail().routeConfig()).isEqualTo("auto.default.svc.cluster.local:9000");
    assertThat(ask(mesh, Call.tcp("10.96.0.1", 9000))).isEqualTo("tcp " + cluster);
    assertThat(ask(mesh, Call.tls("x", "10.96.0.1", 9000))).isEqualTo("tcp " + cluster);
  }

  @Test
  @Semantics({47, 49})
  void undeclaredProtocolsWithoutAddressAreDetectedOnTheWildcard() {
    String entry =
        entry("auto", "hosts: [auto.example]\nports: [{number: 9000, name: foo}]\nresolution: DNS");
    TestMesh mesh = TestMesh.of(CLIENT, entry);

    Outcome http = mesh.call("client-v1", Call.get("http://auto.example:9000/"));
    assertThat(http.summary()).isEqualTo("outbound|9000||auto.example");
    assertThat(http.trail().routeConfig()).isEqualTo("9000");
    assertThat(ask(mesh, Call.get("http://else.example:9000/"))).isEqualTo("PassthroughCluster");
    assertThat(ask(mesh, Call.tcp("1.2.3.4", 9000))).isEqualTo("tcp outbound|9000||auto.example");
  }

  private static final String SHOPS =
      entry(
          "shops",
          """
          hosts: [a.example, b.example, "*.c.example"]
          ports: [{number: 443, name: tls, protocol: TLS}]
          resolution: NONE
          """);

  @Test
  @Semantics({48, 51})
  void tlsWithoutRulesIsToldApartByServerName() {
    TestMesh mesh = TestMesh.of(CLIENT, SHOPS);

    assertThat(ask(mesh, Call.tls("a.example", "1.2.3.4", 443)))
        .isEqualTo("tcp outbound|443||a.example");
    assertThat(ask(mesh, Call.tls("x.c.example", "1.2.3.4", 443)))
        .isEqualTo("tcp outbound|443||*.c.example");
    assertThat(ask(mesh, Call.tls("z.example", "1.2.3.4", 443)))
        .isEqualTo("tcp PassthroughCluster");
    MeshSettings strict =
        MeshSettings.defaults().withOutboundTrafficPolicy(OutboundTrafficPolicy.REGISTRY_ONLY);
    assertThat(
            TestMesh.of(strict, TestMesh.REDIRECT, CLIENT, SHOPS)
                .call("client-v1", Call.tls("z.example", "1.2.3.4", 443))
                .summary())
        .isEqualTo("tcp BlackHoleCluster (503 UH)");
  }

  @Test
  @Semantics({51, 3})
  void tlsRulesRouteByServerName() {
    String https = TestMesh.app("web", "default", "{name: https, port: 443}", "v1");
    String rules =
        rules(
            """
            hosts: [web, "*.c.example"]
            tls:
            - match: [{port: 443, sniHosts: [web.default.svc.cluster.local]}]
              route: [{destination: {host: client, port: {number: 80}}}]
            - match: [{sniHosts: [one.c.example]}, {sniHosts: ["*.c.example"]}]
              route: [{destination: {host: a.example}}]
            """);
    TestMesh mesh = TestMesh.of(CLIENT, https, SHOPS, rules);

    assertThat(ask(mesh, Call.tls("web.default.svc.cluster.local", "10.96.0.2", 443)))
        .isEqualTo("tcp outbound|80||client.default.svc.cluster.local");
    assertThat(ask(mesh, Call.tls("other", "10.96.0.2", 443)))
        .as("no rule for the name")
        .isEqualTo("tcp PassthroughCluster");
    assertThat(ask(mesh, Call.tls("two.c.example", "1.2.3.4", 443)))
        .isEqualTo("tcp outbound|443||a.example");
    assertThat(ask(TestMesh.of(CLIENT, https), Call.tls("any", "10.96.0.2", 443)))
        .as("an HTTPS port without rules is opaque")
        .isEqualTo("tcp outbound|443||web.default.svc.cluster.local");
  }

  @Test
  @Semantics(95)
  void aHeadlessTcpServiceListensOnEachPodButTheCallersOwn() {
    String headless = DB.replaceFirst("spec:", "spec:\n  clusterIP: None");
    TestMesh mesh = TestMesh.of(CLIENT, headless);
    String one = mesh.identity("db-v1").ip();
    String two = mesh.identity("db-v2").ip();

    assertThat(ask(mesh, Call.tcp(one, 5432))).isEqualTo("tcp " + DB_CLUSTER);
    assertThat(ask(mesh, Call.tcp(two, 5432))).isEqualTo("tcp " + DB_CLUSTER);
    assertThat(mesh.call("db-v1", Call.tcp(two, 5432)).summary()).isEqualTo("tcp " + DB_CLUSTER);
    assertThat(mesh.call("db-v1", Call.tcp(one, 5432)).summary())
        .isEqualTo("tcp PassthroughCluster");
  }

  @Test
  @Semantics(95)
  void aHeadlessHttpServiceIsReachedByPodNames() {
    String headless =
        TestMesh.app("web", "default", "{name: http, port: 8080}", "v1")
            .replaceFirst("spec:", "spec:\n  clusterIP: None");
    TestMesh mesh = TestMesh.of(CLIENT, headless);
    String cluster = "outbound|8080||web.default.svc.cluster.local";

    for (String host : List.of("web", "web-0.web", "web-0.web.default.svc.cluster.local")) {
      assertThat(ask(mesh, Call.get("http://" + host + ":8080/"))).as(host).isEqualTo(cluster);
    }
  }

  @Test
  @Semantics(94)
  void anAliasHasNoListenerOrClusterAndItsLoopsDoNotExist() {
    String alias =
        """
        apiVersion: v1
        kind: Service
        metadata: {name: %s, namespace: default}
        spec: {type: ExternalName, externalName: %s, ports: [{name: http, port: 80}]}
        """;
    TestMesh mesh =
        TestMesh.of(
            CLIENT,
            alias.formatted("other", "client.default.svc.cluster.local"),
            alias.formatted("one", "two.default.svc.cluster.local"),
            alias.formatted("two", "one.default.svc.cluster.local"));

    assertThat(ask(mesh, Call.get("http://other/")))
        .isEqualTo("outbound|80||client.default.svc.cluster.local");
    assertThat(ask(mesh, Call.get("http://one/"))).isEqualTo("PassthroughCluster");
    assertThat(mesh.resources("client-v1").all(ResourceType.CLUSTER).keySet())
        .noneMatch(name -> name.contains("other.") || name.contains("one."));
  }

  @Test
  @Semantics(96)
  void aServiceWithoutEndpointsIsUnavailableAndNotUnknown() {
    String empty = TestMesh.app("empty", "default", "{name: http, port: 80}");

    assertThat(ask(TestMesh.of(CLIENT, empty), Call.get("http://empty/")))
        .isEqualTo("outbound|80||empty.default.svc.cluster.local (503 UH)");
  }

  @Test
  @Semantics(62)
  void unknownTrafficPassesOrIsHeldBack() {
    TestMesh open = TestMesh.of(CLIENT);
    assertThat(ask(open, Call.tcp("1.2.3.4", 4321))).isEqualTo("tcp PassthroughCluster");
    assertThat(ask(open, Call.get("http://x.example/"))).isEqualTo("PassthroughCluster");
    assertThat(ask(open, Call.tcp("1.2.3.4", 15001)))
        .as("a connection to the listener itself would never end")
        .isEqualTo("tcp BlackHoleCluster (503 UH)");

    MeshSettings strict =
        MeshSettings.defaults().withOutboundTrafficPolicy(OutboundTrafficPolicy.REGISTRY_ONLY);
    TestMesh closed = TestMesh.of(strict, TestMesh.REDIRECT, CLIENT);
    assertThat(ask(closed, Call.tcp("1.2.3.4", 4321))).isEqualTo("tcp BlackHoleCluster (503 UH)");
    assertThat(ask(closed, Call.get("http://x.example/"))).isEqualTo("502");
    assertThat(mesh502(closed)).isEqualTo("block_all");
    assertThat(open.call("client-v1", Call.get("http://x.example/")).trail().route())
        .isEqualTo("allow_any");
  }

  private static String mesh502(TestMesh mesh) {
    return mesh.call("client-v1", Call.get("http://x.example/")).trail().route();
  }

  @Test
  void tunnelsAndSourceHashesAreTheDestinationsRule() throws Exception {
    String tunnel =
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: db}
        spec:
          host: db
          trafficPolicy:
            tunnel: {protocol: POST, targetHost: far.example, targetPort: 443}
            loadBalancer: {consistentHash: {useSourceIp: true}}
        """;
    TestMesh mesh = TestMesh.of(CLIENT, DB, tunnel);

    FilterChain chain = listener(mesh, "10.96.0.2_5432").getFilterChains(0);
    TcpProxy proxy = chain.getFilters(0).getTypedConfig().unpack(TcpProxy.class);
    assertThat(proxy.getTunnelingConfig().getHostname()).isEqualTo("far.example:443");
    assertThat(proxy.getTunnelingConfig().getUsePost()).isTrue();
    assertThat(proxy.getHashPolicy(0).hasSourceIp()).isTrue();
  }
}
