package dev.layar.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import io.fabric8.istio.api.networking.v1.VirtualService;
import io.fabric8.istio.api.networking.v1.VirtualServiceBuilder;
import io.fabric8.istio.client.IstioClient;
import io.fabric8.kubernetes.api.model.ConfigMap;
import io.fabric8.kubernetes.api.model.ConfigMapBuilder;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import io.fabric8.kubernetes.client.dsl.ExecWatch;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import java.io.ByteArrayOutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * A Java client of other people: informers over WebSocket, leases, commands, ports, Istio's kinds.
 */
class Fabric8Test {
  @TempDir static Path directory;
  private static Running running;
  private static KubernetesClient client;

  @BeforeAll
  static void start() throws Exception {
    running = new Running(directory);
    running.kubectl.runWith(Manifests.POD, "apply", "-f", "-").ok();
    running
        .kubectl
        .run(
            "patch",
            "pod",
            "sleep",
            "--subresource=status",
            "--type=merge",
            "-p",
            Manifests.RUNNING)
        .ok();
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(Files.readString(running.kubeconfig)))
            .build();
  }

  @AfterAll
  static void stop() {
    client.close();
    running.close();
  }

  private static ConfigMap configMap(String name, String value) {
    return new ConfigMapBuilder()
        .withNewMetadata()
        .withName(name)
        .withNamespace("default")
        .addToLabels("test", "fabric8")
        .endMetadata()
        .addToData("key", value)
        .build();
  }

  @Test
  void informsOfEveryChange() {
    List<String> seen = new CopyOnWriteArrayList<>();
    var informer =
        client
            .configMaps()
            .inNamespace("default")
            .withLabel("test", "fabric8")
            .inform(
                new ResourceEventHandler<>() {
                  @Override
                  public void onAdd(ConfigMap added) {
                    seen.add("add " + added.getMetadata().getName());
                  }

                  @Override
                  public void onUpdate(ConfigMap before, ConfigMap after) {
                    seen.add("update " + after.getData().get("key"));
                  }

                  @Override
                  public void onDelete(ConfigMap gone, boolean unknown) {
                    seen.add("delete " + gone.getMetadata().getName());
                  }
                });
    try (informer) {
      client.resource(configMap("watched", "1")).create();
      await().until(() -> seen.contains("add watched"));
      client
          .configMaps()
          .inNamespace("default")
          .withName("watched")
          .edit(old -> new ConfigMapBuilder(old).addToData("key", "2").build());
      await().until(() -> seen.contains("update 2"));
      client.configMaps().inNamespace("default").withLabel("test", "fabric8").delete();
      await().until(() -> seen.contains("delete watched"));
    }
  }

  @Test
  void createsOrUpdates() {
    client.resource(configMap("twice", "1")).createOr(r -> r.update());
    assertThat(client.resource(configMap("twice", "2")).createOr(r -> r.update()).getData())
        .isEqualTo(Map.of("key", "2"));
  }

  @Test
  void writesIstiosKinds() {
    IstioClient istio = client.adapt(IstioClient.class);
    VirtualService rules =
        new VirtualServiceBuilder()
            .withNewMetadata()
            .withName("fabric8")
            .withNamespace("default")
            .endMetadata()
            .withNewSpec()
            .withHosts("httpbin")
            .addNewHttp()
            .addNewRoute()
            .withNewDestination()
            .withHost("httpbin")
            .endDestination()
            .endRoute()
            .endHttp()
            .endSpec()
            .build();
    istio.v1().virtualServices().resource(rules).create();
    assertThat(
            istio
                .v1()
                .virtualServices()
                .inNamespace("default")
                .withName("fabric8")
                .get()
                .getSpec()
                .getHosts())
        .containsExactly("httpbin");
    assertThat(istio.v1beta1().virtualServices().inAnyNamespace().list().getItems()).isNotEmpty();
  }

  @Test
  void leads() throws Exception {
    CompletableFuture<String> leader = new CompletableFuture<>();
    CompletableFuture<?> election =
        client
            .leaderElector()
            .withConfig(
                new LeaderElectionConfigBuilder()
                    .withName("test")
                    .withLeaseDuration(Duration.ofSeconds(15))
                    .withRenewDeadline(Duration.ofSeconds(10))
                    .withRetryPeriod(Duration.ofSeconds(1))
                    .withReleaseOnCancel()
                    .withLock(new LeaseLock("default", "lock", "me"))
                    .withLeaderCallbacks(new LeaderCallbacks(() -> {}, () -> {}, leader::complete))
                    .build())
            .build()
            .start();
    assertThat(leader.get(20, TimeUnit.SECONDS)).isEqualTo("me");
    assertThat(
            client
                .leases()
                .inNamespace("default")
                .withName("lock")
                .get()
                .getSpec()
                .getHolderIdentity())
        .isEqualTo("me");
    election.cancel(true);
  }

  @Test
  void runsCommands() throws Exception {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    ByteArrayOutputStream err = new ByteArrayOutputStream();
    try (ExecWatch exec =
        client
            .pods()
            .inNamespace("default")
            .withName("sleep")
            .inContainer("app")
            .writingOutput(out)
            .writingError(err)
            .exec("sh", "-c", "echo out; echo err >&2; exit 5")) {
      assertThat(exec.exitCode().get(20, TimeUnit.SECONDS)).isEqualTo(5);
    }
    assertThat(out.toString(StandardCharsets.UTF_8)).isEqualTo("out\n");
    assertThat(err.toString(StandardCharsets.UTF_8)).isEqualTo("err\n");
  }

  @Test
  void forwardsPorts() throws Exception {
    HttpServer web =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    web.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 5);
          exchange.getResponseBody().write("hello".getBytes(StandardCharsets.UTF_8));
          exchange.close();
        });
    web.start();
    running.pods.ports.put(8081, web.getAddress());
    try (var forward = client.pods().inNamespace("default").withName("sleep").portForward(8081);
        Socket socket = new Socket(InetAddress.getLoopbackAddress(), forward.getLocalPort())) {
      socket.getOutputStream().write("GET / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
      assertThat(new String(socket.getInputStream().readAllBytes(), StandardCharsets.US_ASCII))
          .endsWith("hello");
    } finally {
      web.stop(0);
    }
  }

  @Test
  void readsLogs() {
    running.pods.log = "from a log\n";
    assertThat(client.pods().inNamespace("default").withName("sleep").inContainer("app").getLog())
        .isEqualTo("from a log\n");
  }
}
