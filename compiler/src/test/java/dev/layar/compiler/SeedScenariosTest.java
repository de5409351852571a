package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.testkit.Call;
import dev.layar.testkit.Outcome;
import dev.layar.testkit.Outcome.Forwarded;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The tutorials' rules, as calls. */
class SeedScenariosTest {
  private static final String HTTPPING =
      TestMesh.app("httpping", "lab", "{protocol: TCP, port: 8080, targetPort: 80}", "v1", "v2");
  private static final String CLIENT =
      TestMesh.app("client", "lab", "{name: http, port: 80}", "v1");
  private static final String SUBSETS =
      """
      apiVersion: networking.istio.io/v1alpha3
      kind: DestinationRule
      metadata: {namespace: lab, name: httpping-destination}
      spec:
        host: httpping
        subsets:
        - {name: v1, labels: {app: httpping, version: v1}}
        - {name: v2, labels: {app: httpping, version: v2}}
      """;

  private static String split(String gateway) {
    return """
    apiVersion: networking.istio.io/v1alpha3
    kind: VirtualService
    metadata: {namespace: lab, name: httpping}
    spec:
      hosts: [httpping]
      gateways: [%s]
      http:
      - match: [{uri: {prefix: /}}]
        route:
        - destination: {host: httpping, subset: v1, port: {number: 8080}}
          weight: 10
        - destination: {host: httpping, subset: v2, port: {number: 8080}}
          weight: 90
    """
        .formatted(gateway);
  }

  private static Call ping() {
    return Call.get("http://httpping.lab:8080/ping").through(15001);
  }

  @Test
  @Semantics(58)
  void weightsDivideCallsBetweenSubsets() {
    TestMesh mesh = TestMesh.proxied(HTTPPING, CLIENT, SUBSETS, split("mesh"));

    Outcome outcome = mesh.call("client-v1.lab", ping());

    assertThat(((Forwarded) outcome).percentByCluster())
        .isEqualTo(
            Map.of(
                "outbound|8080|v1|httpping.lab.svc.cluster.local", 10.0,
                "outbound|8080|v2|httpping.lab.svc.cluster.local", 90.0));
    assertThat(((Forwarded) outcome).shares())
        .allSatisfy(share -> assertThat(share.endpoints()).hasSize(1));
    assertThat(outcome.trail().rule()).isEqualTo("VirtualService lab/httpping[0.0]");
  }

  @Test
  @Semantics({16, 29})
  void aRuleForAGatewayDoesNotActOnSidecars() {
    TestMesh mesh = TestMesh.proxied(HTTPPING, CLIENT, SUBSETS, split("some-gateway"));

    Outcome outcome = mesh.call("client-v1.lab", ping());

    assertThat(outcome.summary()).isEqualTo("outbound|8080||httpping.lab.svc.cluster.local");
    assertThat(((Forwarded) outcome).shares().getFirst().endpoints()).hasSize(2);
  }

  @Test
  void aPodWithoutSidecarSeesServicesAlone() {
    String namespace =
        "{apiVersion: v1, kind: Namespace, metadata: {name: lab, labels: {team: x}}}";
    TestMesh mesh = TestMesh.proxied(HTTPPING, CLIENT, SUBSETS, split("mesh"), namespace);

    Forwarded outcome = (Forwarded) mesh.call("client-v1.lab", ping());

    assertThat(outcome.summary()).isEqualTo("outbound|8080||httpping.lab.svc.cluster.local");
    assertThat(outcome.shares().getFirst().endpoints()).hasSize(2);
    assertThat(outcome.retries()).isZero();
  }

  @Test
  void redirectedConnectionsReachTheSameRoutes() {
    TestMesh mesh = TestMesh.of(HTTPPING, CLIENT, SUBSETS, split("mesh"));

    Outcome outcome =
        mesh.call("client-v1.lab", Call.get("http://httpping.lab:8080/ping").to("10.96.0.2"));

    assertThat(outcome.summary())
        .isEqualTo(
            "10% outbound|8080|v1|httpping.lab.svc.cluster.local,"
                + " 90% outbound|8080|v2|httpping.lab.svc.cluster.local");
  }

  @Test
  @Semantics(57)
  void mirroredCallsCarryAMarkedHost() {
    TestMesh mesh =
        TestMesh.proxied(
            TestMesh.app(
                "httpbin", "default", "{name: http, port: 8000, targetPort: 80}", "v1", "v2"),
            """
            apiVersion: networking.istio.io/v1beta1
            kind: VirtualService
            metadata: {name: httpbin}
            spec:
              hosts: [httpbin]
              http:
              - route: [{destination: {host: httpbin, subset: v1}, weight: 100}]
                mirror: {host: httpbin, subset: v2}
                mirrorPercentage: {value: 100.0}
            ---
            apiVersion: networking.istio.io/v1beta1
            kind: DestinationRule
            metadata: {name: httpbin}
            spec:
              host: httpbin
              subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
            """);

    Forwarded outcome =
        (Forwarded)
            mesh.call("httpbin-v1.default", Call.get("http://httpbin:8000/headers").through(15001));

    assertThat(outcome.summary()).isEqualTo("outbound|8000|v1|httpbin.default.svc.cluster.local");
    assertThat(outcome.mirrors())
        .containsExactly(
            new Outcome.Mirror(
                "outbound|8000|v2|httpbin.default.svc.cluster.local", 100, "httpbin-shadow:8000"));
  }

  @Test
  void aCookieChoosesTheVersion() {
    TestMesh mesh =
        TestMesh.proxied(
            TestMesh.app("reviews", "default", "{name: http, port: 9080}", "v1", "v2"),
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: VirtualService
            metadata: {name: reviews}
            spec:
              hosts: [reviews]
              http:
              - match:
                - headers: {cookie: {regex: "^(.*?;)?(user=jason)(;.*)?$"}}
                route: [{destination: {host: reviews, subset: v2}}]
              - route: [{destination: {host: reviews, subset: v1}}]
            ---
            apiVersion: networking.istio.io/v1alpha3
            kind: DestinationRule
            metadata: {name: reviews}
            spec:
              host: reviews
              trafficPolicy: {loadBalancer: {simple: RANDOM}}
              subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
            """);
    Call call = Call.get("http://reviews:9080/").through(15001);

    assertThat(mesh.call("reviews-v1", call.header("cookie", "a=b;user=jason")).summary())
        .isEqualTo("outbound|9080|v2|reviews.default.svc.cluster.local");
    assertThat(mesh.call("reviews-v1", call.header("cookie", "user=jasonx")).summary())
        .isEqualTo("outbound|9080|v1|reviews.default.svc.cluster.local");
    assertThat(mesh.call("reviews-v1", call).summary())
        .isEqualTo("outbound|9080|v1|reviews.default.svc.cluster.local");
  }

  @Test
  @Semantics(25)
  void aGatewayJoinsTwoServicesUnderOneHost() {
    TestMesh mesh =
        TestMesh.of(
            TestMesh.app("reviews", "default", "{name: http, port: 9080}", "v1"),
            TestMesh.app("ratings", "default", "{name: http, port: 9080}", "v1"),
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: Gateway
            metadata: {name: bookinfo-gateway}
            spec:
              selector: {istio: ingressgateway}
              servers: [{port: {number: 80, name: http, protocol: HTTP}, hosts: [bookinfo.com]}]
            ---
            apiVersion: networking.istio.io/v1alpha3
            kind: VirtualService
            metadata: {name: bookinfo}
            spec:
              hosts: [bookinfo.com]
              gateways: [bookinfo-gateway]
              http:
              - match: [{uri: {prefix: /reviews}}]
                route: [{destination: {host: reviews}}]
              - match: [{uri: {prefix: /ratings}}]
                route: [{destination: {host: ratings}}]
            """);
    String gateway = "istio-ingressgateway.istio-system";

    assertThat(ask(mesh, gateway, "http://bookinfo.com/reviews/1"))
        .isEqualTo("outbound|9080||reviews.default.svc.cluster.local");
    assertThat(ask(mesh, gateway, "http://bookinfo.com:80/ratings"))
        .isEqualTo("outbound|9080||ratings.default.svc.cluster.local");
    assertThat(ask(mesh, gateway, "http://bookinfo.com/other")).isEqualTo("404 NR");
    assertThat(ask(mesh, gateway, "http://other.com/reviews")).isEqualTo("404 NR");
  }

  private static String ask(TestMesh mesh, String proxy, String url) {
    return mesh.call(proxy, Call.get(url).through(8080)).summary();
  }

  @Test
  @Semantics({16, 71})
  void aTimeoutAppliesToAnExternalService() {
    TestMesh mesh =
        TestMesh.proxied(
            CLIENT,
            """
            apiVersion: networking.istio.io/v1alpha3
            kind: ServiceEntry
            metadata: {name: monitoring, namespace: lab}
            spec:
              hosts: [abc.execute-api.us-east-1.amazonaws.com]
              location: MESH_EXTERNAL
              ports:
              - {number: 80, name: http-port, protocol: HTTP}
              - {number: 443, name: https-port-for-tls-origination, protocol: HTTPS}
              resolution: DNS
            ---
            apiVersion: networking.istio.io/v1alpha3
            kind: VirtualService
            metadata: {name: monitoring, namespace: lab}
            spec:
              hosts: [abc.execute-api.us-east-1.amazonaws.com]
              http:
              - match: [{port: 80}]
                timeout: 1s
                route:
                - destination:
                    host: abc.execute-api.us-east-1.amazonaws.com
                    port: {number: 443}
            """);

    Forwarded outcome =
        (Forwarded)
            mesh.call(
                "client-v1.lab",
                Call.get("http://abc.execute-api.us-east-1.amazonaws.com/x").through(15001));

    assertThat(outcome.timeout()).isEqualTo(Duration.ofSeconds(1));
    assertThat(outcome.shares().getFirst().endpoints())
        .containsExactly("abc.execute-api.us-east-1.amazonaws.com:443");
  }
}
