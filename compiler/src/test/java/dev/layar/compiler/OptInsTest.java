package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.testkit.Call;
import dev.layar.testkit.Outcome;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster.ClusterWeight;
import java.util.List;
import org.junit.jupiter.api.Test;

/** What goes beyond Istio, for those who ask for it. */
class OptInsTest {
  private static final String APP =
      TestMesh.app("app", "default", "{name: http, port: 80}", "v1", "v2")
          + """
          ---
          apiVersion: networking.istio.io/v1
          kind: DestinationRule
          metadata: {name: app}
          spec:
            host: app
            subsets: [{name: v1, labels: {version: v1}}, {name: v2, labels: {version: v2}}]
          """;

  private static String rules(String name, String annotation, String http) {
    return """
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: %s, annotations: {%s}}
    spec:
      hosts: [app]
      http:
    %s
    """
        .formatted(name, annotation, http.indent(2));
  }

  private static String answer(String prefix, int status) {
    return "- match: [{uri: {prefix: %s}}]\n  directResponse: {status: %d}\n"
        .formatted(prefix, status);
  }

  private static String ask(TestMesh mesh, String url) {
    return mesh.call("app-v1", Call.get(url)).summary();
  }

  @Test
  void rulesOfOneHostAreMergedWhereAllAskForIt() {
    String merge = "layar.dev/merge: \"true\"";
    TestMesh mesh =
        TestMesh.of(
            APP,
            rules("a", merge, answer("/a", 201) + "- directResponse: {status: 299}\n"),
            rules("b", merge, answer("/b", 202) + answer("/a", 250)),
            rules("c", "x: y", answer("/c", 203)));

    assertThat(ask(mesh, "http://app/a")).as("the first in order").isEqualTo("201");
    assertThat(ask(mesh, "http://app/b")).as("before a rule for everything").isEqualTo("202");
    assertThat(ask(mesh, "http://app/c")).as("not asked to be merged").isEqualTo("299");
  }

  @Test
  void anOwnerThatDoesNotAskStaysAlone() {
    TestMesh mesh =
        TestMesh.of(
            APP,
            rules("a", "x: y", answer("/a", 201)),
            rules("b", "layar.dev/merge: \"true\"", answer("/b", 202)));

    assertThat(ask(mesh, "http://app/a")).isEqualTo("201");
    assertThat(ask(mesh, "http://app/b")).isEqualTo("404 NR");
  }

  private static Route route(TestMesh mesh) {
    RouteConfiguration config =
        Decode.as(
            mesh.resources("app-v1").find(ResourceType.ROUTE, "80"), RouteConfiguration.class);
    return config.getVirtualHosts(0).getRoutes(0);
  }

  private static List<Integer> weights(TestMesh mesh) {
    return route(mesh).getRoute().getWeightedClusters().getClustersList().stream()
        .map(ClusterWeight::getWeight)
        .map(weight -> weight.getValue())
        .toList();
  }

  private static TestMesh split(String annotation, int one, int two) {
    return TestMesh.of(
        APP,
        rules(
            "app",
            annotation,
            """
            - route:
              - {destination: {host: app, subset: v1}, weight: %d}
              - {destination: {host: app, subset: v2}, weight: %d}
            """
                .formatted(one, two)));
  }

  @Test
  void aStickySplitHasALineOfFixedLengthAndSaysWhatCallersAreKnownBy() {
    TestMesh mesh = split("layar.dev/sticky: cookie=canary", 1, 2);
    Route route = route(mesh);

    assertThat(weights(mesh)).containsExactly(3333, 6667);
    assertThat(weights(split("layar.dev/sticky: cookie=canary", 10, 90)))
        .containsExactly(1000, 9000);
    assertThat(route.getRoute().getHashPolicy(0).getCookie().getName()).isEqualTo("canary");
    assertThat(route.getRoute().getHashPolicy(0).getCookie().hasTtl()).isTrue();
    assertThat(
            route
                .getMetadata()
                .getFilterMetadataOrThrow("layar")
                .getFieldsOrThrow("sticky")
                .getBoolValue())
        .isTrue();
    Route header = route(split("layar.dev/sticky: header=x-user", 1, 2));
    assertThat(header.getRoute().getHashPolicy(0).getHeader().getHeaderName()).isEqualTo("x-user");
    assertThat(weights(split("x: y", 1, 2))).containsExactly(1, 2);
  }

  @Test
  void retriesCanBeKeptToMethodsThatMayBeRepeated() {
    Route route = route(split("layar.dev/retry: idempotent", 1, 2));

    assertThat(
            route
                .getRoute()
                .getRetryPolicy()
                .getRetriableRequestHeaders(0)
                .getStringMatch()
                .getSafeRegex()
                .getRegex())
        .contains("GET")
        .doesNotContain("POST");
    assertThat(
            ((Outcome.Forwarded) split("x: y", 1, 2).call("app-v1", Call.get("http://app/")))
                .retries())
        .isEqualTo(2);
    assertThat(
            route(split("x: y", 1, 2))
                .getRoute()
                .getRetryPolicy()
                .getRetriableRequestHeadersCount())
        .isZero();
  }
}
