package dev.layar.local;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The lines of well-known tutorials, typed as they are written, against a cluster with its real
 * mesh. In order, as a reader types them.
 */
@Timeout(120)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class KubectlTest {
  private static final String APP =
      """
      apiVersion: apps/v1
      kind: Deployment
      metadata:
        name: httpbin-%1$s
      spec:
        replicas: 1
        selector:
          matchLabels:
            app: httpbin
            version: %1$s
        template:
          metadata:
            labels:
              app: httpbin
              version: %1$s
          spec:
            containers:
            - image: docker.io/kennethreitz/httpbin
              imagePullPolicy: IfNotPresent
              name: httpbin
              command: ["gunicorn", "--access-logfile", "-", "-b", "0.0.0.0:80", "httpbin:app"]
              ports:
              - containerPort: 80
      ---
      """;

  private static final String REST =
      """
      apiVersion: v1
      kind: Service
      metadata:
        name: httpbin
        labels:
          app: httpbin
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
              imagePullPolicy: IfNotPresent
      """;

  private static final String RULES =
      """
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
      ---
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
            weight: 100
      """;

  private static final String MIRROR =
      """
          mirror:
            host: httpbin
            subset: v2
          mirrorPercentage:
            value: 100.0
      """;

  private record Ended(int code, String out) {
    Ended ok() {
      assertThat(code).as(out).isZero();
      return this;
    }
  }

  @TempDir static Path directory;
  private static LocalMesh mesh;

  @BeforeAll
  static void start() throws Exception {
    assertThat(onPath("kubectl"))
        .as("kubectl must be installed: this test types what users type")
        .isTrue();
    mesh =
        LocalMesh.start(
            LocalOptions.defaults("kubectl")
                .withStateDirectory(directory.resolve("mesh"))
                .withNodes(NodeSpec.parse("ap-northeast-2/a,b,c"))
                .withServing());
  }

  @AfterAll
  static void stop() {
    if (mesh != null) {
      mesh.close();
      assertThat(directory.resolve("mesh/kubeconfig")).doesNotExist();
    }
  }

  private static boolean onPath(String program) {
    return Arrays.stream(System.getenv().getOrDefault("PATH", "").split(":"))
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, program)));
  }

  private static void write(String name, String text) {
    try {
      Files.writeString(directory.resolve(name), text);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Ended type(String line) {
    return type(line, "");
  }

  private static Ended type(String line, String input) {
    try {
      ProcessBuilder builder =
          new ProcessBuilder("sh", "-c", line)
              .redirectErrorStream(true)
              .directory(directory.toFile());
      builder.environment().put("KUBECONFIG", mesh.kubeconfig().orElseThrow().toString());
      builder.environment().put("HOME", directory.toString());
      builder.environment().keySet().removeIf(name -> name.toLowerCase().endsWith("_proxy"));
      Process process = builder.start();
      try (var stdin = process.getOutputStream()) {
        stdin.write(input.getBytes(StandardCharsets.UTF_8));
      }
      String out = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
      assertThat(process.waitFor(40, TimeUnit.SECONDS)).as(line).isTrue();
      return new Ended(process.exitValue(), out);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException(e);
    }
  }

  @Test
  @Order(1)
  void podsGetASidecarFromTheNextStartOn() {
    String manifests = APP.formatted("v1") + APP.formatted("v2") + REST;
    assertThat(type("kubectl apply -f -", manifests).ok().out())
        .contains("deployment.apps/httpbin-v1 created", "service/httpbin created");
    type("kubectl wait --for=condition=available deploy --all --timeout=30s").ok();
    assertThat(type("kubectl get pod -l app=sleep").ok().out())
        .containsPattern("NAME +READY +STATUS +RESTARTS +AGE\n")
        .containsPattern("sleep-\\S+ +1/1 +Running +0 ");
    assertThat(type("kubectl label namespace default istio-injection=enabled").ok().out())
        .isEqualTo("namespace/default labeled\n");
    assertThat(type("kubectl get pod -l app=sleep").ok().out()).contains("1/1");
    type("kubectl rollout restart deploy").ok();
    type("kubectl rollout status deploy/sleep --timeout=30s").ok();
    type("kubectl rollout status deploy/httpbin-v1 --timeout=30s").ok();
    type("kubectl rollout status deploy/httpbin-v2 --timeout=30s").ok();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(type("kubectl get pod").ok().out().lines().skip(1))
                    .hasSize(3)
                    .allMatch(row -> row.matches("\\S+ +2/2 +Running +0 .*")));
    assertThat(type("kubectl get pod -l app=sleep -o yaml").ok().out())
        .contains("name: istio-init", "name: istio-proxy", "qosClass: BestEffort");
    assertThat(type("kubectl get nodes -L topology.kubernetes.io/zone").ok().out())
        .contains("ap-northeast-2a", "ap-northeast-2b", "ap-northeast-2c", "Ready");
  }

  @Test
  @Order(2)
  void theMirroringTutorialRunsAsWritten() {
    type("kubectl apply -f -", RULES).ok();
    Ended diff = type("kubectl diff -f -", RULES + MIRROR);
    assertThat(diff.code()).as(diff.out()).isEqualTo(1);
    assertThat(diff.out()).contains("-  generation: 1", "+  generation: 2", "mirror:");
    assertThat(type("kubectl apply -f -", RULES + MIRROR).ok().out())
        .contains("destinationrule.networking.istio.io/httpbin unchanged")
        .contains("virtualservice.networking.istio.io/httpbin configured");
    assertThat(type("kubectl get vs,dr").ok().out()).contains("[\"httpbin\"]");
    String sleep = "$(kubectl get pod -l app=sleep -o jsonpath={.items..metadata.name}) -c sleep";
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> {
              Ended answer =
                  type("kubectl exec " + sleep + " -- curl -sS http://httpbin:8000/headers").ok();
              assertThat(answer.out()).contains("\"Host\": \"httpbin:8000\"", "X-Request-Id");
              assertThat(type("kubectl logs deploy/httpbin-v2 --tail 5").ok().out())
                  .contains("\"GET /headers HTTP/1.1\" 200");
            });
    assertThat(type("kubectl exec " + sleep + " -- sh -c 'exit 7'").code()).isEqualTo(7);
    assertThat(type("kubectl exec -i " + sleep + " -- cat", "over\n").ok().out())
        .isEqualTo("over\n");
    await()
        .atMost(Duration.ofSeconds(20)) // access logs are written once a second
        .untilAsserted(
            () ->
                assertThat(type("kubectl logs deploy/sleep -c istio-proxy --tail 1").ok().out())
                    .contains("GET /headers"));
    write("editor", "sed -i 's/value: 100/value: 50/' \"$1\"");
    type("KUBE_EDITOR='sh editor' kubectl edit virtualservice httpbin").ok();
    assertThat(type("kubectl get vs httpbin -o jsonpath={..mirrorPercentage.value}").ok().out())
        .isEqualTo("50");
    assertThat(type("kubectl delete virtualservice httpbin").ok().out())
        .isEqualTo("virtualservice.networking.istio.io \"httpbin\" deleted\n");
  }

  @Test
  @Order(3)
  void anInvalidRuleIsRefusedInWords() {
    Ended refused =
        type(
            "kubectl apply -f -",
            """
            apiVersion: networking.istio.io/v1
            kind: VirtualService
            metadata:
              name: wrong
            spec:
              hosts: [httpbin]
              http:
              - route:
                - destination: {host: httpbin}
                  weight: -5
            """);
    assertThat(refused.code()).isEqualTo(1);
    assertThat(refused.out()).contains("is invalid").contains("weight");
  }

  @Test
  @Order(4)
  void deploymentsScaleAndGoBack() {
    type("kubectl scale deploy/httpbin-v1 --replicas=3").ok();
    type("kubectl rollout status deploy/httpbin-v1 --timeout=30s").ok();
    assertThat(type("kubectl get endpoints httpbin -o jsonpath={..ip}").ok().out().split(" "))
        .hasSize(4);
    type("kubectl set image deploy/httpbin-v1 httpbin=example.com/nobody:1").ok();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () -> assertThat(type("kubectl get pod").out()).contains("ErrImageNotFound"));
    assertThat(type("kubectl get events").ok().out())
        .contains("no program is known for this image");
    type("kubectl rollout undo deploy/httpbin-v1").ok();
    type("kubectl rollout status deploy/httpbin-v1 --timeout=30s").ok();
    assertThat(type("kubectl rollout history deploy/httpbin-v1").ok().out()).contains("REVISION");
    assertThat(type("kubectl get deploy httpbin-v1 -o jsonpath={..image}").ok().out())
        .isEqualTo("docker.io/kennethreitz/httpbin");
    type("kubectl scale deploy/httpbin-v1 --replicas=1").ok();
    type("kubectl rollout status deploy/httpbin-v1 --timeout=30s").ok();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(type("kubectl get pod -l version=v1 -o name").ok().out().lines())
                    .hasSize(1));
    assertThat(type("kubectl describe deploy httpbin-v1").ok().out())
        .contains("ScalingReplicaSet", "1 desired | 1 updated | 1 total | 1 available");
    assertThat(type("kubectl top pod").ok().out())
        .containsPattern("httpbin-v1-\\S+ +\\d+m +\\d+Mi");
  }

  @Test
  @Order(5)
  void configMapsJobsAndSetsRun() {
    type("kubectl create configmap greeting --from-literal=word=salut").ok();
    type(
            "kubectl apply -f -",
            """
            apiVersion: batch/v1
            kind: Job
            metadata: {name: once}
            spec:
              template:
                spec:
                  restartPolicy: Never
                  initContainers:
                  - name: before
                    image: busybox
                    command: [sh, -c, 'echo before']
                  containers:
                  - name: main
                    image: busybox
                    command: [sh, -c, 'echo $WORD; cat $LAYAR_MOUNT_ETC_GREETING/word']
                    env:
                    - name: WORD
                      valueFrom: {configMapKeyRef: {name: greeting, key: word}}
                    volumeMounts: [{name: g, mountPath: /etc/greeting}]
                  volumes: [{name: g, configMap: {name: greeting}}]
            ---
            apiVersion: apps/v1
            kind: StatefulSet
            metadata: {name: db}
            spec:
              serviceName: db
              replicas: 2
              updateStrategy: {type: RollingUpdate}
              selector: {matchLabels: {app: db}}
              template:
                metadata: {labels: {app: db}}
                spec:
                  containers: [{name: main, image: busybox, command: [sleep, 1h]}]
            ---
            apiVersion: apps/v1
            kind: DaemonSet
            metadata: {name: agent}
            spec:
              updateStrategy: {type: RollingUpdate}
              selector: {matchLabels: {app: agent}}
              template:
                metadata: {labels: {app: agent}}
                spec:
                  containers: [{name: main, image: busybox, command: [sleep, 1h]}]
            """)
        .ok();
    type("kubectl wait --for=condition=complete job/once --timeout=30s").ok();
    assertThat(type("kubectl logs job/once -c main").ok().out()).isEqualTo("salut\nsalut");
    assertThat(type("kubectl get pod -l job-name=once").ok().out()).contains("Completed");
    type("kubectl rollout status sts/db --timeout=30s").ok();
    type("kubectl rollout status ds/agent --timeout=30s").ok();
    assertThat(type("kubectl get pod -l app=db -o name").ok().out())
        .isEqualTo("pod/db-0\npod/db-1\n");
    assertThat(type("kubectl get ds agent --no-headers").ok().out())
        .containsPattern("agent +3 +3 +3 +3 +3 ");
    type("kubectl delete job/once sts/db ds/agent").ok();
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(
            () ->
                assertThat(type("kubectl get pod -l 'app in (db,agent)' -o name").out()).isEmpty());
  }
}
