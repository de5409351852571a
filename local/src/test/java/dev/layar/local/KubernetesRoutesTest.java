package dev.layar.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Routes of the Gateway API, Telemetry and EnvoyFilter, obeyed by real sidecars. */
@Timeout(120)
class KubernetesRoutesTest {
  private static final Duration SOON = Duration.ofSeconds(60);

  private static final String PODS =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: default, labels: {istio-injection: enabled}}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: one, labels: {app: httpbin, version: v1}}
      spec: {containers: [{name: httpbin, image: docker.io/kennethreitz/httpbin, ports: [{containerPort: 80}]}]}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: two, labels: {app: httpbin, version: v2}}
      spec: {containers: [{name: httpbin, image: docker.io/kennethreitz/httpbin, ports: [{containerPort: 80}]}]}
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: sleep, labels: {app: sleep}}
      spec: {containers: [{name: sleep, image: curlimages/curl, command: [/bin/sleep, 3650d]}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: httpbin}
      spec: {selector: {app: httpbin}, ports: [{name: http, port: 8000, targetPort: 80}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: httpbin-v1}
      spec: {selector: {app: httpbin, version: v1}, ports: [{name: http, port: 8000, targetPort: 80}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: httpbin-v2}
      spec: {selector: {app: httpbin, version: v2}, ports: [{name: http, port: 8000, targetPort: 80}]}
      """;

  private static final String RULES =
      """
      apiVersion: gateway.networking.k8s.io/v1
      kind: HTTPRoute
      metadata: {name: httpbin}
      spec:
        parentRefs: [{group: "", kind: Service, name: httpbin, port: 8000}]
        rules:
        - matches: [{path: {type: PathPrefix, value: /anything}}]
          filters:
          - {type: RequestHeaderModifier, requestHeaderModifier: {set: [{name: x-canary, value: "yes"}]}}
          - {type: URLRewrite, urlRewrite: {path: {type: ReplacePrefixMatch, replacePrefixMatch: /headers}}}
          backendRefs: [{name: httpbin-v2, port: 8000}]
        - matches: [{path: {type: Exact, value: /old}}]
          filters:
          - {type: RequestRedirect, requestRedirect: {statusCode: 301, path: {type: ReplaceFullPath, replaceFullPath: /new}}}
        - matches: [{path: {type: PathPrefix, value: /status}}]
          backendRefs: [{name: nowhere, port: 8000}]
        - backendRefs: [{name: httpbin-v1, port: 8000}]
      ---
      apiVersion: telemetry.istio.io/v1
      kind: Telemetry
      metadata: {name: only-errors}
      spec: {accessLogging: [{filter: {expression: "response.code >= 400"}}]}
      ---
      apiVersion: networking.istio.io/v1alpha3
      kind: EnvoyFilter
      metadata: {name: mark}
      spec:
        workloadSelector: {labels: {app: sleep}}
        configPatches:
        - applyTo: VIRTUAL_HOST
          match:
            context: SIDECAR_OUTBOUND
            routeConfiguration: {vhost: {name: "httpbin.default.svc.cluster.local:8000"}}
          patch:
            operation: MERGE
            value: {response_headers_to_add: [{header: {key: x-patched, value: "1"}}]}
      """;

  @TempDir Path directory;

  private static void apply(LocalMesh mesh, String yaml) throws Exception {
    Decoded decoded = Decoder.decode("test.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    assertThat(decoded.findings()).noneMatch(finding -> finding.code().equals("LYR0106"));
    ApplyResult result = mesh.apply(decoded.resources());
    assertThat(result.refused()).as("%s", result.findings()).isEmpty();
    mesh.awaitReady(SOON);
    mesh.awaitSynced(SOON);
  }

  private static String run(LocalMesh mesh, String... command) throws Exception {
    ExecResult result = mesh.exec("default", "sleep", List.of(command), SOON);
    assertThat(result.exitCode()).as("%s", result).isZero();
    return result.stdout();
  }

  private static String status(LocalMesh mesh, String path) throws Exception {
    String format = "%{http_code} %{redirect_url} %header{x-patched}";
    return run(mesh, "curl", "-sS", "-o", "/dev/null", "-w", format, "http://httpbin:8000" + path)
        .strip();
  }

  @Test
  void routesTelemetryAndPatchesAct() throws Exception {
    LocalOptions options = LocalOptions.defaults("test").withStateDirectory(directory).withSeed(1);
    try (LocalMesh mesh = LocalMesh.start(options)) {
      apply(mesh, PODS);
      apply(mesh, RULES);

      assertThat(run(mesh, "curl", "-sS", "http://httpbin:8000/anything/x"))
          .contains("\"X-Canary\": \"yes\"", "\"X-Envoy-Original-Path\": \"/anything/x\"");
      assertThat(status(mesh, "/old")).isEqualTo("301 http://httpbin:8000/new 1");
      assertThat(status(mesh, "/status/200")).startsWith("500");
      assertThat(run(mesh, "fetch", "-n", "10", "http://httpbin:8000/get"))
          .contains("\"pods\": {\"one\": 10}");

      Path log = mesh.log("default", "sleep", PodView.SIDECAR);
      while (!Files.exists(log) || !Files.readString(log).contains("/status/200")) {
        Thread.onSpinWait();
      }
      assertThat(Files.readString(log)).doesNotContain("/get", "/old");
    }
  }
}
