package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.Finding;
import dev.layar.compiler.MeshSettings.OutboundTrafficPolicy;
import dev.layar.compiler.MeshSettings.RetryDefaults;
import dev.layar.testkit.Call;
import dev.layar.testkit.Outcome;
import dev.layar.testkit.Outcome.Forwarded;
import java.util.List;
import org.junit.jupiter.api.Test;

/** Istio's rules of precedence and naming, as calls. */
class RoutingRulesTest {
  private static final String APP =
      TestMesh.app("app", "default", "{name: http, port: 80}", "v1", "v2");
  private static final String FAR = TestMesh.app("client", "far", "{name: http, port: 8080}", "v1");

  private static String rules(String name, String namespace, String more) {
    return """
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: %s, namespace: %s}
    spec:
    %s
    """
        .formatted(name, namespace, more.indent(2));
  }

  private static String direct(String hosts, int status) {
    return "hosts: [%s]\nhttp: [{directResponse: {status: %d}}]".formatted(hosts, status);
  }

  private static String ask(TestMesh mesh, String proxy, String url) {
    return mesh.call(proxy, Call.get(url)).summary();
  }

  @Test
  @Semantics({1, 2, 6, 46})
  void everyWayToWriteAName() {
    TestMesh redirected = TestMesh.of(APP, FAR);
    TestMesh proxied = TestMesh.proxied(APP, FAR);
    String cluster = "outbound|80||app.default.svc.cluster.local";
    for (String host :
        List.of(
            "app.default.svc.cluster.local",
            "app.default.svc.cluster.local.",
            "app.default.svc",
            "app.default",
            "APP.default",
            "10.96.0.1")) {
      assertThat(ask(redirected, "client-v1.far", "http://" + host)).isEqualTo(cluster);
      assertThat(ask(redirected, "client-v1.far", "http://" + host + ":80/x")).isEqualTo(cluster);
      Call call = Call.get("http://" + host + "/").through(15001);
      assertThat(proxied.call("client-v1.far", call).summary()).isEqualTo(cluster);
      assertThat(proxied.call("client-v1.far", call.host(host + ":80")).summary())
          .isEqualTo(cluster);
    }
    assertThat(ask(redirected, "client-v1.far", "http://app/")).isEqualTo("PassthroughCluster");
    assertThat(ask(redirected, "app-v1.default", "http://app/")).isEqualTo(cluster);
  }

  @Test
  @Semantics(62)
  void unknownHostsPassOrAreBlocked() {
    assertThat(ask(TestMesh.of(APP), "app-v1", "http://else.example/"))
        .isEqualTo("PassthroughCluster");
    assertThat(ask(TestMesh.of(APP), "app-v1", "http://else.example:9999/"))
        .isEqualTo("tcp PassthroughCluster");
    MeshSettings strict =
        MeshSettings.defaults().withOutboundTrafficPolicy(OutboundTrafficPolicy.REGISTRY_ONLY);
    TestMesh closed = TestMesh.of(strict, TestMesh.REDIRECT, APP);
    assertThat(ask(closed, "app-v1", "http://else.example/")).isEqualTo("502");
    assertThat(ask(closed, "app-v1", "http://else.example:9999/"))
        .isEqualTo("tcp BlackHoleCluster (503 UH)");
  }

  @Test
  @Semantics({8, 9})
  void theOldestRulesOfAHostWinAndNothingIsMerged() {
    String old = rules("z-old", "default", direct("app", 201));
    String young = rules("a-young", "default", direct("app", 202));
    assertThat(ask(TestMesh.of(APP, old, young), "app-v1", "http://app/"))
        .as("without times the name decides")
        .isEqualTo("202");
    String aged =
        old.replace(
            "namespace: default",
            "namespace: default, creationTimestamp: \"2020-01-01T00:00:00Z\"");
    String younger =
        young.replace(
            "namespace: default",
            "namespace: default, creationTimestamp: \"2021-01-01T00:00:00Z\"");
    assertThat(ask(TestMesh.of(APP, aged, younger), "app-v1", "http://app/")).isEqualTo("201");
  }

  @Test
  @Semantics({5, 9, 33})
  void privateRulesGoBeforePublicOnesAndExactHostsBeforeWildcards() {
    String publicRules = rules("a", "default", direct("app.default.svc.cluster.local", 201));
    String privateRules =
        rules("b", "far", direct("app.default.svc.cluster.local", 202) + "\nexportTo: [.]");
    String wildcard =
        rules("c", "far", direct("\"*.default.svc.cluster.local\"", 203) + "\nexportTo: [.]");
    TestMesh mesh = TestMesh.of(APP, FAR, publicRules, privateRules, wildcard);

    assertThat(ask(mesh, "client-v1.far", "http://app.default/")).isEqualTo("202");
    assertThat(ask(mesh, "app-v1.default", "http://app.default/")).isEqualTo("201");
    assertThat(
            ask(
                TestMesh.of(APP, FAR, publicRules, wildcard),
                "client-v1.far",
                "http://app.default/"))
        .isEqualTo("201");
    assertThat(ask(TestMesh.of(APP, FAR, wildcard), "client-v1.far", "http://app.default/"))
        .isEqualTo("203");
  }

  @Test
  @Semantics(12)
  void aRuleThatMatchesNothingIs404AndRulesForOthersAreNoRules() {
    String onlyPath =
        rules(
            "app",
            "default",
            "hosts: [app]\nhttp: [{match: [{uri: {prefix: /a}}], directResponse: {status: 201}}]");
    assertThat(ask(TestMesh.of(APP, onlyPath), "app-v1", "http://app/a/b")).isEqualTo("201");
    assertThat(ask(TestMesh.of(APP, onlyPath), "app-v1", "http://app/b")).isEqualTo("404 NR");

    String forOthers =
        rules(
            "app",
            "default",
            "hosts: [app]\n"
                + "http: [{match: [{sourceLabels: {app: other}}], directResponse: {status: 201}}]");
    assertThat(ask(TestMesh.of(APP, forOthers), "app-v1", "http://app/a"))
        .isEqualTo("outbound|80||app.default.svc.cluster.local");
  }

  @Test
  @Semantics({15, 16})
  void callersAreToldApartByLabelAndNamespace() {
    String vs =
        rules(
            "app",
            "default",
            """
            hosts: [app]
            http:
            - match: [{sourceLabels: {version: v2}}]
              directResponse: {status: 202}
            - match: [{sourceNamespace: far}]
              directResponse: {status: 203}
            - directResponse: {status: 204}
            """);
    TestMesh mesh = TestMesh.of(APP, FAR, vs);

    assertThat(ask(mesh, "app-v2.default", "http://app/")).isEqualTo("202");
    assertThat(ask(mesh, "client-v1.far", "http://app.default/")).isEqualTo("203");
    assertThat(ask(mesh, "app-v1.default", "http://app/")).isEqualTo("204");
  }

  @Test
  @Semantics({42, 91})
  void missingSubsetsAndEndpointsAreToldApart() {
    String vs =
        rules(
            "app",
            "default",
            "hosts: [app]\nhttp: [{match: [{uri: {prefix: /s}}],"
                + " route: [{destination: {host: app, subset: v9}}]},"
                + " {route: [{destination: {host: app, subset: empty}}]}]");
    String dr =
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: app}
        spec: {host: app, subsets: [{name: empty, labels: {version: none}}]}
        """;
    TestMesh mesh = TestMesh.of(APP, vs, dr);

    assertThat(ask(mesh, "app-v1", "http://app/s"))
        .isEqualTo("outbound|80|v9|app.default.svc.cluster.local (503 NC)");
    assertThat(ask(mesh, "app-v1", "http://app/"))
        .isEqualTo("outbound|80|empty|app.default.svc.cluster.local (503 UH)");
  }

  @Test
  @Semantics(7)
  void aNameWithoutServiceWorksOnPort80() {
    String vs = rules("bookinfo", "default", direct("bookinfo.com", 201));

    assertThat(ask(TestMesh.of(APP, vs), "app-v1", "http://bookinfo.com/")).isEqualTo("201");
    Call proxied = Call.get("http://bookinfo.com/").through(15001);
    assertThat(TestMesh.proxied(APP, vs).call("app-v1", proxied).summary()).isEqualTo("201");
  }

  @Test
  @Semantics(50)
  void aDestinationWithoutPortIsTheOnlyPortOrTheOneDialled() {
    String two =
        TestMesh.app("two", "default", "{name: http, port: 80}")
            + "  - {name: http-b, port: 8080}\n";
    String vs =
        rules(
            "app",
            "default",
            "hosts: [app]\nhttp: [{match: [{uri: {prefix: /two}}],"
                + " route: [{destination: {host: two}}]},"
                + " {route: [{destination: {host: client.far.svc.cluster.local}}]}]");
    TestMesh mesh = TestMesh.of(APP, FAR, two, vs);

    assertThat(ask(mesh, "app-v1.default", "http://app/two"))
        .startsWith("outbound|80||two.default.svc.cluster.local");
    assertThat(ask(mesh, "app-v1.default", "http://app/one"))
        .isEqualTo("outbound|8080||client.far.svc.cluster.local");
  }

  @Test
  @Semantics({34, 91})
  void aPolicyOfTheCallersNamespaceHidesTheServicesOwn() {
    String own =
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: own, namespace: default}
        spec: {host: app, subsets: [{name: v1, labels: {version: v1}}]}
        """;
    String callers =
        """
        apiVersion: networking.istio.io/v1
        kind: DestinationRule
        metadata: {name: wide, namespace: far}
        spec: {host: "*.default.svc.cluster.local", trafficPolicy: {loadBalancer: {simple: RANDOM}}}
        """;
    TestMesh mesh = TestMesh.of(APP, FAR, own, callers);
    String subset = "outbound|80|v1|app.default.svc.cluster.local";

    assertThat(mesh.resources("app-v1.default").find(dev.layar.xds.ResourceType.CLUSTER, subset))
        .isNotNull();
    assertThat(mesh.resources("client-v1.far").find(dev.layar.xds.ResourceType.CLUSTER, subset))
        .isNull();
  }

  @Test
  @Semantics({54, 85})
  void retriesAreTheMeshsUnlessARuleSaysOtherwise() {
    String none =
        rules(
            "app",
            "default",
            "hosts: [app]\nhttp: [{retries: {attempts: 0}, route: [{destination: {host: app}}]}]");
    assertThat(forwarded(TestMesh.of(APP)).retries()).isEqualTo(2);
    assertThat(forwarded(TestMesh.of(APP, none)).retries()).isZero();
    MeshSettings never = MeshSettings.defaults().withDefaultRetry(new RetryDefaults(0, List.of()));
    assertThat(forwarded(TestMesh.of(never, TestMesh.REDIRECT, APP)).retries()).isZero();
  }

  private static Forwarded forwarded(TestMesh mesh) {
    return (Forwarded) mesh.call("app-v1", Call.get("http://app/"));
  }

  @Test
  @Semantics(60)
  void rewritesChangeWhatIsSent() {
    String vs =
        rules(
            "app",
            "default",
            """
            hosts: [app]
            http:
            - match: [{uri: {prefix: /old/}}]
              rewrite: {uri: /new/, authority: inner.example}
              route: [{destination: {host: app}}]
            - rewrite: {uriRegexRewrite: {match: "^/item/([0-9]+)", rewrite: "/i-\\\\1"}}
              route: [{destination: {host: app}}]
            """);
    TestMesh mesh = TestMesh.of(APP, vs);
    Forwarded prefix = (Forwarded) mesh.call("app-v1", Call.get("http://app/old/x?q=1"));
    Forwarded regex = (Forwarded) mesh.call("app-v1", Call.get("http://app/item/42/more?q"));

    assertThat(prefix.path()).isEqualTo("/new/x?q=1");
    assertThat(prefix.authority()).isEqualTo("inner.example");
    assertThat(regex.path()).isEqualTo("/i-42/more?q");
    assertThat(regex.authority()).isEqualTo("app");
  }

  @Test
  void opaquePortsAreTunnelled() {
    String db = TestMesh.app("db", "default", "{name: tcp, port: 5432}", "v1");
    TestMesh mesh = TestMesh.of(db);

    Outcome outcome = mesh.call("db-v1", Call.get("http://db:5432/").to("10.96.0.1"));

    assertThat(outcome.summary()).isEqualTo("tcp outbound|5432||db.default.svc.cluster.local");
  }

  @Test
  @Semantics(94)
  void anAliasIsAnotherNameForItsTarget() {
    String alias =
        """
        apiVersion: v1
        kind: Service
        metadata: {name: other, namespace: default}
        spec: {type: ExternalName, externalName: app.default.svc.cluster.local}
        """;
    TestMesh mesh = TestMesh.of(APP, alias);

    assertThat(ask(mesh, "app-v1", "http://other/"))
        .isEqualTo("outbound|80||app.default.svc.cluster.local");
  }

  @Test
  @Semantics(33)
  void aServiceExportedToItsNamespaceIsUnknownElsewhere() {
    String hidden =
        APP.replaceFirst(
            "metadata: \\{name: app,",
            "metadata: {annotations: {networking.istio.io/exportTo: .}, name: app,");
    TestMesh mesh = TestMesh.of(hidden, FAR);

    assertThat(ask(mesh, "app-v1.default", "http://app.default/"))
        .isEqualTo("outbound|80||app.default.svc.cluster.local");
    assertThat(mesh.call("client-v1.far", Call.get("http://app.default/")).summary())
        .isEqualTo("tcp PassthroughCluster");
  }

  @Test
  @Semantics(88)
  void destinationsWithoutAnyWeightAreAnsweredAndReported() {
    TestMesh mesh =
        TestMesh.of(
            APP,
            rules(
                "app",
                "default",
                "hosts: [app]\nhttp: [{route: [{destination: {host: app}},"
                    + " {destination: {host: app.default.svc.cluster.local}}]}]"));

    assertThat(ask(mesh, "app-v1", "http://app/")).isEqualTo("503");
    assertThat(mesh.compiler().compileFindings().values())
        .singleElement()
        .satisfies(
            findings -> assertThat(findings).extracting(Finding::code).containsExactly("LYR0414"));
  }
}
