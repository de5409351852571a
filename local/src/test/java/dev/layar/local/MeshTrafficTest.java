package dev.layar.local;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Real pods, real control plane, real proxy: what a person sees. */
@Timeout(60)
class MeshTrafficTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  private static final String APPS =
      """
      apiVersion: v1
      kind: Namespace
      metadata:
        name: default
        labels:
          istio-injection: enabled
      ---
      apiVersion: v1
      kind: Namespace
      metadata:
        name: bare
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: httpbin-v1
      spec:
        replicas: 1
        selector:
          matchLabels:
            app: httpbin
            version: v1
        template:
          metadata:
            labels:
              app: httpbin
              version: v1
          spec:
            containers:
            - image: docker.io/kennethreitz/httpbin
              name: httpbin
              command: ["gunicorn", "--access-logfile", "-", "-b", "0.0.0.0:80", "httpbin:app"]
              ports:
              - containerPort: 80
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: httpbin-v2
      spec:
        replicas: 2
        selector:
          matchLabels:
            app: httpbin
            version: v2
        template:
          metadata:
            labels:
              app: httpbin
              version: v2
          spec:
            containers:
            - image: docker.io/kennethreitz/httpbin
              name: httpbin
              ports:
              - containerPort: 80
      ---
      apiVersion: v1
      kind: Service
      metadata:
        name: httpbin
      spec:
        ports:
        - name: http
          port: 8000
          targetPort: 80
        selector:
          app: httpbin
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: sleep
      spec:
        replicas: 1
        selector:
          matchLabels:
            app: sleep
        template:
          metadata:
            labels:
              app: sleep
          spec:
            containers:
            - name: sleep
              image: curlimages/curl
              command: ["/bin/sleep","3650d"]
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: sleep
        namespace: bare
      spec:
        selector:
          matchLabels:
            app: sleep
        template:
          metadata:
            labels:
              app: sleep
          spec:
            containers:
            - name: sleep
              image: curlimages/curl
      """;

  private static final String TO_V1 =
      """
      apiVersion: networking.istio.io/v1alpha3
      kind: VirtualService
      metadata:
        name: httpbin
      spec:
        hosts:
        - httpbin
        http:
        - route:
          - destination:
              host: httpbin
              subset: v1
      ---
      apiVersion: networking.istio.io/v1alpha3
      kind: DestinationRule
      metadata:
        name: httpbin
      spec:
        host: httpbin
        subsets:
        - name: v1
          labels:
            version: v1
        - name: v2
          labels:
            version: v2
      """;

  private static final String STRICT =
      """
      apiVersion: security.istio.io/v1
      kind: PeerAuthentication
      metadata:
        name: default
      spec:
        mtls:
          mode: STRICT
      """;

  private static final String NOT_THE_CALLER =
      """
      apiVersion: security.istio.io/v1
      kind: AuthorizationPolicy
      metadata:
        name: not-the-caller
      spec:
        action: DENY
        rules:
        - from:
          - source:
              principals: ["cluster.local/ns/default/sa/default"]
      """;

  private static final String GATEWAY =
      """
      apiVersion: networking.istio.io/v1alpha3
      kind: Gateway
      metadata:
        name: front
      spec:
        selector:
          istio: ingressgateway
        servers:
        - port:
            number: 80
            name: http
            protocol: HTTP
          hosts:
          - shop.example
      ---
      apiVersion: networking.istio.io/v1alpha3
      kind: VirtualService
      metadata:
        name: front
      spec:
        hosts:
        - shop.example
        gateways:
        - front
        http:
        - match:
          - uri:
              prefix: /headers
          route:
          - destination:
              host: httpbin
              port:
                number: 8000
      """;

  @TempDir Path directory;
  private @Nullable LocalMesh started;

  @AfterEach
  void stop() {
    if (started != null) {
      started.close();
    }
  }

  private LocalMesh mesh() {
    return Objects.requireNonNull(started);
  }

  private void start(LocalOptions.Addresses addresses) throws Exception {
    started =
        LocalMesh.start(
            LocalOptions.defaults("test")
                .withStateDirectory(directory)
                .withAddresses(addresses)
                .withSeed(1));
    apply(APPS);
  }

  private void apply(String yaml) throws Exception {
    Decoded decoded = Decoder.decode("test.yaml", yaml.getBytes(StandardCharsets.UTF_8));
    assertThat(decoded.findings()).isEmpty();
    ApplyResult result = mesh().apply(decoded.resources());
    assertThat(result.refused()).as("%s", result.findings()).isEmpty();
    mesh().awaitReady(SOON);
    mesh().awaitSynced(SOON);
  }

  private String run(String namespace, String... command) throws Exception {
    ExecResult result = mesh().exec(namespace, "sleep", List.of(command), SOON);
    assertThat(result.exitCode()).as("%s", result).isZero();
    return result.stdout();
  }

  private List<String> names(String version) {
    return mesh().pods("default", java.util.Map.of("app", "httpbin", "version", version)).stream()
        .map(PodView::name)
        .toList();
  }

  @Test
  void requestsObeyTheRules() throws Exception {
    start(LocalOptions.Addresses.AUTO);
    obeysTheRules();
  }

  @Test
  void requestsObeyTheRulesOnOneAddress() throws Exception {
    start(LocalOptions.Addresses.SINGLE);
    obeysTheRules();
  }

  private void obeysTheRules() throws Exception {
    assertThat(run("default", "curl", "-sS", "http://httpbin:8000/headers"))
        .contains("\"Host\": \"httpbin:8000\"");
    String spread = run("default", "fetch", "-n", "30", "http://httpbin:8000/get");
    assertThat(spread).contains("\"200\": 30").contains(names("v1")).contains(names("v2"));

    apply(TO_V1);
    String pinned = run("default", "fetch", "-n", "30", "http://httpbin:8000/get");
    assertThat(pinned).contains("\"pods\": {\"" + names("v1").getFirst() + "\": 30}");
    String plain = run("bare", "fetch", "-n", "30", "http://httpbin.default:8000/get");
    assertThat(plain).contains("\"200\": 30").contains(names("v2"));
    for (String name : names("v2")) {
      assertThat(plain).contains("\"" + name + "\": 10");
    }

    apply(GATEWAY);
    HostPort gateway = mesh().gateway().orElseThrow();
    String url = "http://" + gateway;
    assertThat(
            run(
                "default",
                "curl",
                "-sS",
                "--noproxy",
                "*",
                "-H",
                "Host: shop.example",
                url + "/headers"))
        .contains("shop.example");
    for (String[] unknown :
        new String[][] {{"shop.example", "/get"}, {"other.example", "/headers"}}) {
      assertThat(
              run(
                  "default",
                  "curl",
                  "-sS",
                  "--noproxy",
                  "*",
                  "-o",
                  directory.resolve("out").toString(),
                  "-w",
                  "%{http_code}",
                  "-H",
                  "Host: " + unknown[0],
                  url + unknown[1]))
          .isEqualTo("404");
    }
    String admin = "http://" + mesh().admin();
    assertThat(run("default", "curl", "-sS", "--noproxy", "*", admin + "/ready")).contains("LIVE");
    Path log = mesh().log("default", "sleep", PodView.SIDECAR);
    while (!Files.exists(log)
        || !Files.readString(log).contains("outbound|8000|v1|httpbin.default.svc.cluster.local")) {
      Thread.onSpinWait();
    }
  }

  @Test
  void podsProveWhoTheyAreAndMayInsistOnIt() throws Exception {
    start(LocalOptions.Addresses.AUTO);
    String caller = "URI=spiffe://cluster.local/ns/default/sa/default";
    String[] known = {"fetch", "http://httpbin:8000/headers"};
    String[] anonymous = {"fetch", "http://httpbin.default:8000/headers"};
    assertThat(run("default", known)).contains("\"200\": 1").contains(caller);
    assertThat(run("bare", anonymous)).contains("\"200\": 1").doesNotContain("spiffe");

    apply(STRICT);
    assertThat(run("default", known)).contains("\"200\": 1").contains(caller);
    assertThat(run("bare", anonymous)).contains("\"503\": 1");

    apply(NOT_THE_CALLER);
    assertThat(run("default", known)).contains("\"403\": 1");
  }

  @Test
  void noInboundSidecarAndNoEncryptionOnOneAddress() throws Exception {
    start(LocalOptions.Addresses.SINGLE);
    assertThat(run("default", "fetch", "http://httpbin:8000/headers"))
        .contains("\"200\": 1")
        .doesNotContain("spiffe");
  }

  @Test
  void aRollingUpdateBehindASidecarLosesNoRequest() throws Exception {
    start(LocalOptions.Addresses.AUTO);
    try (ExecSession caller =
        mesh()
            .startExec(
                "default",
                "sleep",
                List.of("fetch", "-d", "60s", "-c", "2", "http://httpbin:8000/get"))) {
      apply(
          APPS.replace(
              "version: v2\n    spec:",
              "version: v2\n      annotations:\n        changed: \"1\"\n    spec:"));
      assertThat(mesh().pods()).hasSize(5);
      ExecResult result = caller.stop(SOON);
      assertThat(result.stdout())
          .contains("\"errors\": {}")
          .contains("\"failures\": {}")
          .contains("\"statuses\": {\"200\": ");
    }
  }
}
