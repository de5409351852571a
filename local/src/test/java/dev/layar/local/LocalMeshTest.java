package dev.layar.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.layar.model.Decoder;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import java.io.IOException;
import java.net.HttpURLConnection;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The cluster with real processes; the mesh side is a fake that obeys at once. */
@Timeout(60)
class LocalMeshTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @TempDir Path directory;
  private final FakeMeshSide side = new FakeMeshSide();
  private final List<LocalMesh> meshes = new ArrayList<>();
  private final List<String> events = java.util.Collections.synchronizedList(new ArrayList<>());

  @AfterEach
  void stop() {
    meshes.forEach(LocalMesh::close);
  }

  private LocalMesh start() throws LocalException {
    return start(options());
  }

  private LocalOptions options() {
    return LocalOptions.defaults("test")
        .withStateDirectory(directory)
        .withSeed(1)
        .withEvents(event -> events.add(event.reason() + " " + event.object()));
  }

  private LocalMesh start(LocalOptions options) throws LocalException {
    LocalMesh mesh = LocalMesh.start(options, ignored -> side);
    meshes.add(mesh);
    return mesh;
  }

  private static ApplyResult apply(LocalMesh mesh, String yaml) {
    byte[] text = yaml.getBytes(StandardCharsets.UTF_8);
    assertThat(Decoder.decode("test.yaml", text).findings()).isEmpty();
    return mesh.apply(Manifest.read(text));
  }

  private static String deployment(String name, int replicas, String image) {
    return """
    apiVersion: apps/v1
    kind: Deployment
    metadata:
      name: %1$s
    spec:
      replicas: %2$d
      selector:
        matchLabels:
          app: %1$s
      template:
        metadata:
          labels:
            app: %1$s
        spec:
          containers:
          - name: app
            image: %3$s
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: %1$s
    spec:
      selector:
        app: %1$s
      ports:
      - name: http
        port: 8000
        targetPort: 80
    """
        .formatted(name, replicas, image);
  }

  @Test
  void deploymentsBecomePodsThatAnswerAndGoAway() throws Exception {
    LocalMesh mesh = start();
    assertThat(apply(mesh, deployment("httpbin", 2, "docker.io/kennethreitz/httpbin")).findings())
        .isEmpty();
    mesh.awaitReady(SOON);
    assertThat(mesh.pods())
        .hasSize(2)
        .allMatch(pod -> pod.name().matches("httpbin-[a-z0-9]{9}-[a-z0-9]{5}"))
        .allMatch(pod -> pod.containersReady() == 1 && !pod.hasSidecar());
    List<String> endpoints = side.endpoints("httpbin");
    assertThat(endpoints).hasSize(2).doesNotHaveDuplicates();
    assertThat(get(endpoints.getFirst(), "/headers")).contains("\"Host\": \"127.");
    ExecResult result =
        mesh.exec(
            "default",
            "deploy/httpbin",
            List.of("sh", "-c", "echo $POD_NAME $http_proxy; echo oops >&2; exit 3"),
            SOON);
    assertThat(result.exitCode()).isEqualTo(3);
    assertThat(result.stdout()).startsWith("httpbin-").contains(" http://127.");
    assertThat(result.stderr()).isEqualTo("oops\n");
    Path log = mesh.log("default", mesh.pods().getFirst().name(), "app");
    assertThat(Files.readString(log)).contains("Listening at: http://127.");
    assertThat(side.objects.keySet()).contains(new ObjectKey(Kinds.NAMESPACE, "", "default"));

    apply(mesh, deployment("httpbin", 1, "docker.io/kennethreitz/httpbin"));
    mesh.awaitReady(SOON);
    assertThat(mesh.pods()).hasSize(1);
    mesh.delete(new ObjectId("apps/v1", "Deployment", "default", "httpbin"));
    mesh.awaitReady(SOON);
    assertThat(mesh.pods()).isEmpty();
    assertThat(side.endpoints("httpbin")).isEmpty();
  }

  @Test
  void podsThatCrashAreStartedAgain() throws Exception {
    LocalMesh mesh =
        start(
            options()
                .withImages(Map.of("crash", List.of("/bin/sh", "-c", "echo no luck; exit 7"))));
    apply(
        mesh,
        deployment("crash", 1, "crash")
            .replace("image: crash", "image: crash\n        ports:\n        - containerPort: 80"));
    assertThatThrownBy(() -> mesh.awaitReady(Duration.ofMillis(1500)))
        .isInstanceOf(TimeoutException.class)
        .hasMessageContaining("Deployment default/crash: 0 of 1 pods ready")
        .hasMessageContaining("CrashLoopBackOff: ended with 7")
        .hasMessageContaining("no luck");
    assertThat(mesh.pods().getFirst().restarts()).isPositive();
  }

  @Test
  void anUnknownImageIsSaidAtOnce() throws Exception {
    LocalMesh mesh = start();
    ApplyResult result = apply(mesh, deployment("shop", 1, "team/shop:1"));
    assertThat(result.ok()).isTrue();
    assertThat(result.findings())
        .singleElement()
        .satisfies(f -> assertThat(f.code()).isEqualTo("ErrImageNotFound"));
    assertThatThrownBy(() -> mesh.awaitReady(SOON))
        .isInstanceOf(TimeoutException.class)
        .hasMessageContaining("images.yaml");
    assertThat(events).anyMatch(e -> e.startsWith("ErrImageNotFound Pod/default/shop-"));
  }

  @Test
  void sidecarsFollowTheNamespaceAndServicesShareANetwork() throws Exception {
    LocalMesh mesh = start();
    apply(
        mesh,
        """
        apiVersion: v1
        kind: Namespace
        metadata:
          name: default
          labels:
            istio-injection: enabled
        """);
    apply(mesh, deployment("sleep", 1, "curlimages/curl"));
    mesh.awaitReady(SOON);
    PodView pod = mesh.pods().getFirst();
    assertThat(pod.hasSidecar()).isTrue();
    assertThat(pod.containers())
        .extracting(PodView.Container::name)
        .containsExactly("app", "istio-proxy");
    assertThat(side.attached)
        .containsExactly(
            "sidecar~" + pod.ip() + "~" + pod.name() + ".default~default.svc.cluster.local");
  }

  /**
   * A client calls every endpoint in turn, as a proxy that obeys would, while the image changes.
   */
  @Test
  void aRollingUpdateLosesNoRequest() throws Exception {
    rollWhileCalling(start());
  }

  @Test
  void oneAddressForAllIsEnough() throws Exception {
    LocalMesh mesh = start(options().withAddresses(LocalOptions.Addresses.SINGLE));
    rollWhileCalling(mesh);
    assertThat(mesh.pods()).allMatch(pod -> pod.ip().equals("127.0.0.1"));
  }

  private void rollWhileCalling(LocalMesh mesh) throws Exception {
    String blue =
        deployment("colour", 2, "argoproj/rollouts-demo:blue")
            .replace("targetPort: 80", "targetPort: 8080");
    apply(mesh, blue);
    mesh.awaitReady(SOON);
    AtomicBoolean stop = new AtomicBoolean();
    AtomicInteger answered = new AtomicInteger();
    List<String> failures = java.util.Collections.synchronizedList(new ArrayList<>());
    Thread client =
        Thread.ofVirtual()
            .start(
                () -> {
                  for (int i = 0; !stop.get(); i++) {
                    List<String> endpoints = side.endpoints("colour");
                    try {
                      get(endpoints.get(i % endpoints.size()), "/");
                      answered.incrementAndGet();
                    } catch (IOException | RuntimeException e) {
                      failures.add(e.toString());
                    }
                  }
                });
    apply(mesh, blue.replace(":blue", ":green"));
    mesh.awaitReady(SOON);
    stop.set(true);
    client.join();
    assertThat(failures).isEmpty();
    assertThat(answered.get()).isPositive();
    for (String endpoint : side.endpoints("colour")) {
      assertThat(get(endpoint, "/")).contains("green");
    }
    assertThat(mesh.pods()).hasSize(2);
  }

  @Test
  void anotherProcessSeesTheMeshByItsStateDirectory() throws Exception {
    LocalMesh mesh = start();
    apply(mesh, deployment("sleep", 1, "curlimages/curl"));
    mesh.awaitReady(SOON);
    RunningMesh seen = RunningMesh.read(directory).orElseThrow();
    assertThat(seen.name()).isEqualTo("test");
    assertThat(seen.pid()).isEqualTo(ProcessHandle.current().pid());
    RunningMesh.Pod pod = seen.pod("default", "sleep").orElseThrow();
    assertThat(pod.ready()).isTrue();
    assertThat(pod.status()).isEqualTo("Running");
    assertThat(pod.containersReady()).isEqualTo(pod.containers()).isPositive();
    assertThat(pod.created()).isAfter(Instant.now().minusSeconds(120)).isBefore(Instant.now());
    Process process = seen.exec(pod, List.of("sh", "-c", "echo $POD_NAME")).start();
    assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
        .isEqualTo(pod.name() + "\n");
    assertThatThrownBy(() -> seen.exec(pod, List.of("no-such-program")))
        .isInstanceOf(LocalException.class)
        .hasMessageContaining("PATH");
    assertThatThrownBy(this::start)
        .isInstanceOf(LocalException.class)
        .hasMessageContaining("already runs");
    mesh.close();
    assertThat(RunningMesh.read(directory)).isEmpty();
  }

  @Test
  void stateOfADeadProcessIsNone() throws Exception {
    Process dead = new ProcessBuilder("true").start();
    dead.waitFor();
    Files.writeString(
        directory.resolve("state.json"),
        "{\"mesh\": \"x\", \"pid\": " + dead.pid() + ", \"started\": 1, \"pods\": []}");
    assertThat(RunningMesh.read(directory)).isEmpty();
    Files.writeString(directory.resolve("state.json"), "{\"pid\": ");
    assertThat(RunningMesh.read(directory)).isEmpty();
    assertThat(start().pods()).isEmpty();
  }

  @Test
  void bareAndFinishedPodsAreKept() throws Exception {
    LocalMesh mesh =
        start(options().withImages(Map.of("job", List.of("/bin/sh", "-c", "echo done"))));
    apply(
        mesh,
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: job
        spec:
          restartPolicy: Never
          containers:
          - name: job
            image: job
        """);
    while (mesh.pods().stream().noneMatch(p -> p.phase() == PodView.Phase.SUCCEEDED)) {
      Thread.onSpinWait();
    }
    mesh.awaitReady(SOON);
    mesh.delete(new ObjectId("v1", "Pod", "default", "job"));
    mesh.awaitReady(SOON);
    assertThat(mesh.pods()).isEmpty();
  }

  @Test
  void nodesSpreadPodsOverZones() throws Exception {
    LocalMesh mesh = start(options().withNodes(NodeSpec.parse("ap-northeast-2/a,b")));
    apply(mesh, deployment("sleep", 2, "curlimages/curl"));
    mesh.awaitReady(SOON);
    assertThat(mesh.pods())
        .extracting(PodView::node)
        .containsExactlyInAnyOrder("ap-northeast-2-a", "ap-northeast-2-b");
    assertThatThrownBy(() -> NodeSpec.parse("nowhere")).hasMessageContaining("region/zone");
  }

  private static String get(String hostPort, String path) throws IOException {
    HttpURLConnection connection =
        (HttpURLConnection)
            URI.create("http://" + hostPort + path).toURL().openConnection(java.net.Proxy.NO_PROXY);
    connection.setConnectTimeout(5000);
    connection.setReadTimeout(5000);
    try (var in = connection.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    }
  }
}
