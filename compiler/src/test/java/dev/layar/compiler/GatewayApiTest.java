package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.compiler.gatewayapi.GatewayStatus;
import dev.layar.compiler.gatewayapi.RouteStatus;
import dev.layar.model.Resource;
import dev.layar.testkit.Call;
import dev.layar.xds.ResourceType;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The Gateway API, as calls and statuses. */
class GatewayApiTest {
  private static final String A = "outbound|80||a.default.svc.cluster.local";
  private static final String B = "outbound|80||b.default.svc.cluster.local";
  private static final String C = "outbound|80||c.other.svc.cluster.local";
  private static final String APPS =
      String.join(
          "---\n",
          TestMesh.app("a", "default", "{name: http, port: 80}", "v1"),
          TestMesh.app("b", "default", "{name: http, port: 80}", "v1"),
          TestMesh.app("c", "other", "{name: http, port: 80}", "v1"));
  private static final String GATEWAY =
      gateway("{name: web, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: All}}}");

  private static String gateway(String... listeners) {
    return """
    apiVersion: gateway.networking.k8s.io/v1
    kind: Gateway
    metadata: {name: gw, namespace: default}
    spec:
      gatewayClassName: istio
      listeners: [%s]
    """
        .formatted(String.join(", ", listeners));
  }

  private static String route(String kind, String name, String namespace, String spec) {
    String version = kind.equals("TCPRoute") ? "v1alpha2" : "v1";
    return """
    apiVersion: gateway.networking.k8s.io/%s
    kind: %s
    metadata: {name: %s, namespace: %s}
    spec:
    %s
    """
        .formatted(version, kind, name, namespace, spec.indent(2));
  }

  private static String http(String spec) {
    return route("HTTPRoute", "r", "default", "parentRefs: [{name: gw}]\n" + spec);
  }

  private static String ask(TestMesh mesh, String url) {
    return mesh.call("gw-istio.default", Call.get(url)).summary();
  }

  private static RouteStatus.Parent status(TestMesh mesh) {
    return mesh.compiler().routeStatuses().getFirst().parents().getFirst();
  }

  @ParameterizedTest
  @CsvSource({
    "/exact, a",
    "/exact/x, b",
    "/pre, a",
    "/pre/x, a",
    "/prefix, b",
    "/pre/longer/x, b",
    "/rx/9, a",
    "/, b"
  })
  void theMostSpecificPathWins(String path, String app) {
    TestMesh mesh =
        TestMesh.of(
            APPS,
            GATEWAY,
            http(
                """
                rules:
                - backendRefs: [{name: b, port: 80}]
                - matches: [{path: {type: PathPrefix, value: /pre}}]
                  backendRefs: [{name: a, port: 80}]
                - matches: [{path: {type: PathPrefix, value: /pre/longer/}}]
                  backendRefs: [{name: b, port: 80}]
                - matches: [{path: {type: PathPrefix, value: /exact}}]
                  backendRefs: [{name: b, port: 80}]
                - matches: [{path: {type: Exact, value: /exact}}]
                  backendRefs: [{name: a, port: 80}]
                """),
            route(
                "HTTPRoute",
                "rx",
                "default",
                """
                parentRefs: [{name: gw}]
                rules:
                - matches: [{path: {type: RegularExpression, value: "/rx/[0-9]+"}, method: GET}]
                  backendRefs: [{name: a, port: 80}]
                """));
    assertThat(ask(mesh, "http://any.example" + path)).isEqualTo(app.equals("a") ? A : B);
  }

  @Test
  void methodThenHeadersThenQueriesThenAgeDecide() {
    TestMesh mesh =
        TestMesh.of(
            APPS,
            GATEWAY,
            http(
                """
                rules:
                - backendRefs: [{name: a, port: 80}]
                - matches: [{headers: [{name: X-User, value: u}]}]
                  backendRefs: [{name: b, port: 80}]
                - matches: [{queryParams: [{name: q, value: "1"}]}]
                  backendRefs: [{name: b, port: 80}]
                - matches: [{method: POST}]
                  backendRefs: [{name: b, port: 80}]
                """));
    Call call = Call.get("http://any.example/");
    assertThat(mesh.call("gw-istio", call).summary()).isEqualTo(A);
    assertThat(mesh.call("gw-istio", call.header("x-user", "u")).summary()).isEqualTo(B);
    assertThat(ask(mesh, "http://any.example/?q=1")).isEqualTo(B);
    String older =
        route(
                "HTTPRoute",
                "z-old",
                "default",
                "parentRefs: [{name: gw}]\nrules: [{backendRefs: [{name: b, port: 80}]}]")
            .replace("default}", "default, creationTimestamp: \"2020-01-01T00:00:00Z\"}");
    String younger =
        route(
                "HTTPRoute",
                "a-young",
                "default",
                "parentRefs: [{name: gw}]\nrules: [{backendRefs: [{name: a, port: 80}]}]")
            .replace("default}", "default, creationTimestamp: \"2021-01-01T00:00:00Z\"}");
    assertThat(ask(TestMesh.of(APPS, GATEWAY, younger, older), "http://any.example/")).isEqualTo(B);
  }

  @Test
  void hostsOfListenerAndRouteMustMeet() {
    String listener = "{name: web, port: 80, protocol: HTTP, hostname: \"*.example.com\"}";
    String rules = "rules: [{backendRefs: [{name: a, port: 80}]}]";
    TestMesh mesh =
        TestMesh.of(APPS, gateway(listener), http("hostnames: [a.example.com]\n" + rules));
    assertThat(ask(mesh, "http://a.example.com/")).isEqualTo(A);
    assertThat(ask(mesh, "http://b.example.com/")).isEqualTo("404 NR");
    TestMesh none = TestMesh.of(APPS, gateway(listener), http("hostnames: [else.org]\n" + rules));
    assertThat(status(none).accepted()).isEqualTo("NoMatchingListenerHostname");
    assertThat(ask(TestMesh.of(APPS, gateway(listener), http(rules)), "http://x.example.com/"))
        .isEqualTo(A);
  }

  @Test
  void aListenerSaysWhoMayAttach() {
    String other =
        route(
            "HTTPRoute",
            "r",
            "other",
            "parentRefs: [{name: gw, namespace: default}]\n"
                + "rules: [{backendRefs: [{name: c, port: 80}]}]");
    TestMesh closed = TestMesh.of(APPS, gateway("{name: web, port: 80, protocol: HTTP}"), other);
    assertThat(status(closed).accepted()).isEqualTo("NotAllowedByListeners");
    assertThat(ask(closed, "http://any.example/")).isEqualTo("404 NR");
    TestMesh open = TestMesh.of(APPS, GATEWAY, other);
    assertThat(status(open).accepted()).isEmpty();
    assertThat(ask(open, "http://any.example/")).isEqualTo(C);
    GatewayStatus gateway = open.compiler().gatewayStatuses().getFirst();
    assertThat(gateway.isProgrammed()).isTrue();
    assertThat(gateway.listeners().getFirst().attachedRoutes()).isEqualTo(1);
    TestMesh section =
        TestMesh.of(
            APPS,
            GATEWAY,
            http("rules: []").replace("{name: gw}", "{name: gw, sectionName: none}"));
    assertThat(status(section).accepted()).isEqualTo("NoMatchingParent");
  }

  @Test
  void aBackendOfAnotherNamespaceNeedsAGrant() {
    String route = http("rules: [{backendRefs: [{name: c, namespace: other, port: 80}]}]");
    String grant =
        """
        apiVersion: gateway.networking.k8s.io/v1beta1
        kind: ReferenceGrant
        metadata: {name: g, namespace: other}
        spec:
          from: [{group: gateway.networking.k8s.io, kind: HTTPRoute, namespace: default}]
          to: [{group: "", kind: Service}]
        """;
    TestMesh refused = TestMesh.of(APPS, GATEWAY, route);
    assertThat(ask(refused, "http://any.example/")).isEqualTo("500");
    assertThat(status(refused).resolvedRefs()).isEqualTo("RefNotPermitted");

    List<Resource<?>> granted = TestMesh.objects(grant);
    refused.compiler().update(refused.compiler().state().with(granted));
    assertThat(ask(refused, "http://any.example/")).isEqualTo(C);
    assertThat(status(refused).resolvedRefs()).isEmpty();

    refused
        .compiler()
        .update(refused.compiler().state().without(List.of(granted.getFirst().key())));
    assertThat(ask(refused, "http://any.example/")).isEqualTo("500");
  }

  @Test
  void aMissingBackendAnswers500() {
    TestMesh mesh =
        TestMesh.of(APPS, GATEWAY, http("rules: [{backendRefs: [{name: gone, port: 80}]}]"));
    assertThat(ask(mesh, "http://any.example/")).isEqualTo("500");
    assertThat(status(mesh).resolvedRefs()).isEqualTo("BackendNotFound");
    assertThat(mesh.compiler().compileFindings().values().stream().flatMap(List::stream))
        .extracting(finding -> finding.code() + " " + finding.path())
        .containsExactly(GatewayFindings.UNRESOLVED + " spec.rules");
  }

  @Test
  void aRedirectKeepsWhatItDoesNotName() {
    TestMesh mesh =
        TestMesh.of(
            APPS,
            GATEWAY,
            http(
                "rules: [{filters: [{type: RequestRedirect,"
                    + " requestRedirect: {scheme: https, statusCode: 301}}]}]"));
    assertThat(mesh.call("gw-istio", Call.get("http://any.example/x")).summary())
        .isEqualTo("301 https://any.example/x");
  }

  @Test
  void aGrpcRouteIsARouteOfPaths() {
    TestMesh mesh =
        TestMesh.of(
            APPS,
            GATEWAY,
            route(
                "GRPCRoute",
                "g",
                "default",
                """
                parentRefs: [{name: gw}]
                rules:
                - matches: [{method: {service: foo.Bar, method: Get}}]
                  backendRefs: [{name: a, port: 80}]
                - matches: [{method: {service: foo.Bar}}]
                  backendRefs: [{name: b, port: 80}]
                """));
    assertThat(ask(mesh, "http://any.example/foo.Bar/Get")).isEqualTo(A);
    assertThat(ask(mesh, "http://any.example/foo.Bar/Put")).isEqualTo(B);
    assertThat(ask(mesh, "http://any.example/foo.Barn/Put")).isEqualTo("404 NR");
  }

  @Test
  void aServiceIsAParentInTheMesh() {
    String producer =
        route(
            "HTTPRoute",
            "p",
            "default",
            "parentRefs: [{group: \"\", kind: Service, name: a}]\n"
                + "rules: [{backendRefs: [{name: b, port: 80}]}]");
    Call call = Call.get("http://a.default/");
    TestMesh mesh = TestMesh.of(APPS, producer);
    assertThat(mesh.call("b-v1", call).summary()).isEqualTo(B);
    assertThat(mesh.call("c-v1.other", call).summary()).isEqualTo(B);
    String consumer =
        route(
            "HTTPRoute",
            "p",
            "other",
            "parentRefs: [{group: \"\", kind: Service, name: a, namespace: default}]\n"
                + "rules: [{backendRefs: [{name: c, port: 80}]}]");
    TestMesh one = TestMesh.of(APPS, consumer);
    assertThat(one.call("b-v1", call).summary()).isEqualTo(A);
    assertThat(one.call("c-v1.other", call).summary()).isEqualTo(C);
  }

  @Test
  void tlsIsPassedOnByNameAndTcpByPort() {
    TestMesh mesh =
        TestMesh.of(
            APPS,
            gateway(
                "{name: tls, port: 443, protocol: TLS, tls: {mode: Passthrough}}",
                "{name: tcp, port: 9000, protocol: TCP}"),
            route(
                "TLSRoute",
                "t",
                "default",
                "parentRefs: [{name: gw, sectionName: tls}]\nhostnames: [a.example]\n"
                    + "rules: [{backendRefs: [{name: a, port: 80}]}]"),
            route(
                "TCPRoute",
                "c",
                "default",
                "parentRefs: [{name: gw, sectionName: tcp}]\n"
                    + "rules: [{backendRefs: [{name: b, port: 80}]}]"));
    assertThat(mesh.resources("gw-istio").all(ResourceType.LISTENER))
        .containsOnlyKeys("0.0.0.0_443", "0.0.0.0_9000");
    assertThat(mesh.call("gw-istio", Call.get("http://10.0.0.1:9000/")).summary())
        .isEqualTo("tcp " + B);
    assertThat(mesh.compiler().gatewayStatuses().getFirst().listeners())
        .extracting(GatewayStatus.ListenerStatus::attachedRoutes)
        .containsExactly(1, 1);
  }

  @Test
  void aListenerWithoutItsCertificateIsNotOpened() {
    String listener =
        "{name: https, port: 443, protocol: HTTPS, tls: {certificateRefs: [{name: cert}]}}";
    String secret =
        """
        apiVersion: v1
        kind: Secret
        metadata: {name: cert, namespace: default}
        type: kubernetes.io/tls
        """;
    String rules = http("rules: [{backendRefs: [{name: a, port: 80}]}]");
    TestMesh closed = TestMesh.of(APPS, gateway(listener), rules);
    assertThat(closed.resources("gw-istio").all(ResourceType.LISTENER)).isEmpty();
    GatewayStatus status = closed.compiler().gatewayStatuses().getFirst();
    assertThat(status.isProgrammed()).isFalse();
    assertThat(status.listeners().getFirst().resolvedRefs()).isEqualTo("InvalidCertificateRef");
    TestMesh open = TestMesh.of(APPS, gateway(listener), rules, secret);
    assertThat(open.resources("gw-istio").all(ResourceType.LISTENER))
        .containsOnlyKeys("0.0.0.0_443");
  }

  @Test
  void aClassOfSomebodyElseIsLeftAlone() {
    TestMesh mesh =
        TestMesh.of(
            APPS,
            GATEWAY.replace("gatewayClassName: istio", "gatewayClassName: other"),
            http("rules: [{backendRefs: [{name: a, port: 80}]}]"));
    assertThat(mesh.compiler().gatewayStatuses()).isEmpty();
    assertThat(mesh.compiler().routeStatuses().getFirst().parents()).isEmpty();
    assertThat(mesh.resources("gw-istio").all(ResourceType.LISTENER)).isEmpty();
  }

  @Test
  void anEditOfOneRouteLeavesOtherGatewaysRoutesAlone() {
    TestMesh mesh =
        TestMesh.of(
            APPS,
            GATEWAY,
            GATEWAY.replace("name: gw", "name: second"),
            http("rules: [{backendRefs: [{name: a, port: 80}]}]"),
            http("rules: [{backendRefs: [{name: a, port: 80}]}]")
                .replace("name: gw", "name: second")
                .replace("name: r,", "name: s,"));
    mesh.resources("gw-istio");
    mesh.resources("second-istio");
    MeshCompiler compiler = mesh.compiler();
    compiler.update(
        compiler
            .state()
            .with(TestMesh.objects(http("rules: [{backendRefs: [{name: b, port: 80}]}]"))));
    var before = compiler.stats();
    assertThat(mesh.resources("second-istio").all(ResourceType.ROUTE)).isNotEmpty();
    assertThat(compiler.stats().toString()).as("%s", before).doesNotContain("gatewayRoutes");
    assertThat(ask(mesh, "http://any.example/")).isEqualTo(B);
  }

  @Test
  void anIngressServesItsPathsByTypeAndLength() {
    TestMesh mesh =
        TestMesh.of(
            APPS,
            """
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: i, namespace: default}
            spec:
              ingressClassName: istio
              defaultBackend: {service: {name: b, port: {name: http}}}
              rules:
              - host: a.example
                http:
                  paths:
                  - {path: /, pathType: Prefix, backend: {service: {name: b, port: {number: 80}}}}
                  - {path: /x, pathType: Prefix, backend: {service: {name: a, port: {name: http}}}}
                  - {path: /x/y, pathType: Exact, backend: {service: {name: b, port: {number: 80}}}}
                  - {path: /z.*, pathType: ImplementationSpecific, backend: {service: {name: a, port: {number: 80}}}}
            ---
            apiVersion: networking.k8s.io/v1
            kind: Ingress
            metadata: {name: foreign, namespace: default}
            spec:
              ingressClassName: nginx
              rules:
              - host: foreign.example
                http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: a, port: {number: 80}}}}]}
            """);
    assertThat(ingress(mesh, "a.example/x")).isEqualTo(A);
    assertThat(ingress(mesh, "a.example/x/z")).isEqualTo(A);
    assertThat(ingress(mesh, "a.example/x/y")).isEqualTo(B);
    assertThat(ingress(mesh, "a.example/xx")).isEqualTo(B);
    assertThat(ingress(mesh, "a.example/zoo")).isEqualTo(A);
    assertThat(ingress(mesh, "foreign.example/")).as("the default backend").isEqualTo(B);
  }

  private static String ingress(TestMesh mesh, String url) {
    return mesh.call(
            "istio-ingressgateway.istio-system",
            Call.get("http://" + url.replaceFirst("/", ":8080/")))
        .summary();
  }
}
