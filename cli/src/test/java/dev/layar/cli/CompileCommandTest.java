package dev.layar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.cli.json.Json;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

final class CompileCommandTest {
  private static final String EXAMPLE =
      Path.of(System.getProperty("layar.root", ".."), "examples", "header-match").toString();

  @Test
  void printsWhatTheProxyWouldGetAsEnvoyDumpsIt() {
    Captured run = Captured.run("compile", "-f", EXAMPLE, "--proxy", "sleep.default");

    assertThat(run.err()).isEmpty();
    assertThat(run.code()).isZero();
    assertThat(types(run.out()))
        .containsExactly(
            "type.googleapis.com/envoy.admin.v3.ClustersConfigDump",
            "type.googleapis.com/envoy.admin.v3.EndpointsConfigDump",
            "type.googleapis.com/envoy.admin.v3.ListenersConfigDump",
            "type.googleapis.com/envoy.admin.v3.RoutesConfigDump");
    assertThat(run.out())
        .contains("outbound|9080|v2|reviews.default.svc.cluster.local")
        .contains("jason)(;.*)?$");
  }

  @Test
  void yamlIsTheSameDocument() {
    Captured run =
        Captured.run("compile", "-f", EXAMPLE, "--proxy", "sleep-0.default", "-o", "yaml");

    assertThat(run.code()).isZero();
    assertThat(run.out()).startsWith("configs:\n").contains("v2|reviews.default");
  }

  @Test
  void locallyTheListenerIsAnHttpProxy() {
    Captured run = Captured.run("compile", "-f", EXAMPLE, "--proxy", "sleep", "--local");

    assertThat(run.code()).isZero();
    assertThat(run.out())
        .contains("\"route_config_name\": \"http_proxy\"", "\"reviews:9080\"")
        .doesNotContain("\"0.0.0.0_9080\"");
  }

  @Test
  void anUnknownProxyIsAMistakeThatListsTheKnown() {
    Captured run = Captured.run("compile", "-f", EXAMPLE, "--proxy", "slep.default");

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("slep.default").contains("sleep-0.default");
    assertThat(run.out()).isEmpty();
  }

  @Test
  void anInvalidObjectIsLeftOutAndSaid() {
    String broken =
        """
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: reviews}
        spec: {host: [reviews]}
        ---
        apiVersion: v1
        kind: Service
        metadata: {name: reviews}
        spec: {selector: {app: reviews}, ports: [{name: http, port: 9080}]}
        ---
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: reviews}
        spec:
          selector: {matchLabels: {app: reviews}}
          template:
            metadata: {labels: {app: reviews}}
            spec: {containers: [{name: a, image: httpbin}]}
        """;

    Captured run = Captured.withInput(broken, "compile", "-f", "-", "--proxy", "reviews");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err()).contains("error ").contains("spec.host");
    assertThat(run.out()).contains("outbound|9080||reviews.default.svc.cluster.local");
  }

  private static List<String> types(String dump) {
    Map<?, ?> parsed = (Map<?, ?>) Objects.requireNonNull(Json.parse(dump));
    List<?> configs = (List<?>) Objects.requireNonNull(parsed.get("configs"));
    return configs.stream()
        .map(config -> String.valueOf(((Map<?, ?>) config).get("@type")))
        .toList();
  }
}
