package dev.layar.controlplane.kubernetes;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.Pods;
import dev.layar.apiserver.http.ApiServer;
import dev.layar.apiserver.http.ServerOptions;
import dev.layar.apiserver.store.ObjectApi;
import dev.layar.apiserver.store.StoreOptions;
import dev.layar.controlplane.Admission;
import dev.layar.controlplane.MeshStore;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.VirtualService;
import io.fabric8.kubernetes.client.Config;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientBuilder;
import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Against our own API server over HTTPS, with another people's client. */
@Timeout(60)
class KubernetesSourceTest {
  private static final Duration SOON = Duration.ofSeconds(20);
  private static final ObjectKey RULE = new ObjectKey(Kinds.VIRTUAL_SERVICE, "default", "web");
  private static final ObjectKey STRANGER = new ObjectKey(Kinds.VIRTUAL_SERVICE, "default", "gone");

  private final MeshStore store = new MeshStore(InstantSource.system(), Admission.validation(), 1);
  private final Semaphore edits = new Semaphore(0);
  private final Api api;
  private final ApiServer server;
  private final KubernetesClient client;
  private @Nullable KubernetesSource source;

  KubernetesSourceTest(@TempDir Path directory) throws Exception {
    api = ObjectApi.open(StoreOptions.inMemory());
    server = ApiServer.start(api, new NoPods(), ServerOptions.in(directory.resolve("server")));
    Path kubeconfig = directory.resolve("kubeconfig");
    server.kubeconfig(kubeconfig);
    client =
        new KubernetesClientBuilder()
            .withConfig(Config.fromKubeconfig(Files.readString(kubeconfig)))
            .build();
    store.onChange(state -> edits.release());
  }

  @AfterEach
  void stop() {
    if (source != null) {
      source.close();
    }
    client.close();
    server.close();
    api.close();
  }

  @Test
  void mirrorsWhatIsThereAndWhatChanges() throws Exception {
    apply(service());
    apply(rule(10));
    store.put(
        dev.layar.model.Decoder.decode("before.yaml", rule(1).replace("name: web", "name: gone"))
            .resources());
    source = KubernetesSource.start(client, store);
    assertThat(source.awaitSynced(SOON)).isTrue();
    assertThat(store.state().get(new ObjectKey(Kinds.SERVICE, "default", "web"))).isNotNull();
    assertThat(store.state().get(STRANGER)).as("what the API does not hold").isNull();
    assertThat(generation()).isEqualTo(1);

    apply(rule(20));
    awaitThat(() -> generation() == 2);

    client.load(bytes(rule(20))).delete();
    awaitThat(() -> store.state().get(RULE) == null);
    assertThat(source.health().synced()).isTrue();
  }

  @Test
  void whileTheApiIsAwayTheLastStateStaysAndItIsSaid() throws Exception {
    apply(rule(10));
    source = KubernetesSource.start(client, store);
    assertThat(source.awaitSynced(SOON)).isTrue();
    awaitThat(() -> source().health().current());
    server.close();
    awaitThat(() -> !source().health().current());
    assertThat(source.health().message()).contains("the last state is served");
    assertThat(store.state().get(RULE)).isNotNull();
  }

  @Test
  void oneReplicaLeadsAndTheNextTakesOver() throws Exception {
    Leadership first = stand("first");
    awaitThat(first::leads);
    try (Leadership second = stand("second")) {
      assertThat(second.leads()).isFalse();
      first.close();
      awaitThat(second::leads);
      assertThat(first.leads()).isFalse();
    }
  }

  private KubernetesSource source() {
    return java.util.Objects.requireNonNull(source);
  }

  private Leadership stand(String replica) {
    return Leadership.stand(
        client,
        "default",
        "layar-status",
        replica,
        Duration.ofSeconds(3),
        Duration.ofSeconds(2),
        Duration.ofMillis(100));
  }

  private long generation() {
    Resource<?> rule = store.state().get(RULE);
    return rule != null && rule.spec() instanceof VirtualService ? rule.metadata().generation() : 0;
  }

  private void apply(String yaml) {
    client.load(bytes(yaml)).inNamespace("default").forceConflicts().serverSideApply();
  }

  private static InputStream bytes(String yaml) {
    return new ByteArrayInputStream(yaml.getBytes(StandardCharsets.UTF_8));
  }

  private void awaitThat(BooleanSupplier condition) throws InterruptedException {
    long deadline = System.nanoTime() + SOON.toNanos();
    while (!condition.getAsBoolean()) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      edits.tryAcquire(10, TimeUnit.MILLISECONDS);
    }
  }

  /** Nothing runs here. */
  private static final class NoPods implements Pods {
    @Override
    public InputStream logs(LogRequest request) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Session exec(ExecRequest request) {
      throw new UnsupportedOperationException();
    }

    @Override
    public InetSocketAddress address(String namespace, String pod, int port) {
      throw new UnsupportedOperationException();
    }

    @Override
    public Map<String, Usage> usage(String namespace, String pod) {
      return Map.of();
    }
  }

  private static String service() {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: web, namespace: default}
    spec:
      selector: {app: web}
      ports: [{name: http, port: 8080}]
    """;
  }

  private static String rule(int seconds) {
    return """
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: web, namespace: default}
    spec:
      hosts: [web]
      http: [{timeout: %ds, route: [{destination: {host: web}}]}]
    """
        .formatted(seconds);
  }
}
