package dev.layar.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.sun.net.httpserver.HttpServer;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.Resource;
import dev.layar.proxy.ads.AdsClient;
import dev.layar.proxy.ads.AdsClientOptions;
import dev.layar.proxy.server.ProxyOptions;
import dev.layar.proxy.server.ProxyServer;
import dev.layar.proxy.server.Workload;
import dev.layar.proxy.server.WorkloadOptions;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ProxySelector;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * A real proxy under load while every edit brings a subset together with the rule that uses it, and
 * takes the last subset away: no request may find a route without its cluster.
 */
@Timeout(60)
class MakeBeforeBreakTest {
  private static final int EDITS = 40;
  private static final int CALLERS = 4;
  private static final Duration SOON = Duration.ofSeconds(20);

  @ParameterizedTest
  @EnumSource
  void aSubsetAndItsRuleInOneEditNeverFailARequest(AdsClientOptions.Variant variant)
      throws Exception {
    HttpServer backend = backend();
    MeshStore store = new MeshStore(InstantSource.system(), Admission.validation(), 1);
    store.put(decode(service(backend.getAddress().getPort())));
    store.put(decode(subset(0)));
    try (ControlPlane plane = ControlPlane.start(ControlPlaneOptions.loopback(), store);
        ProxyServer proxy = ProxyServer.start(ProxyOptions.of(1));
        ExecutorService callers = Executors.newFixedThreadPool(CALLERS)) {
      ProxyIdentity identity =
          ProxyIdentity.sidecar(
              "127.0.0.1",
              "client",
              "default",
              Map.of(),
              new ProxyIdentity.Capture.HttpProxy(15001));
      Workload workload =
          proxy.addWorkload(
              WorkloadOptions.of(identity.nodeId())
                  .withBind(_ -> new InetSocketAddress(InetAddress.getLoopbackAddress(), 0)));
      CountDownLatch ready = new CountDownLatch(1);
      workload.whenReady(ready::countDown);
      try (AdsClient _ =
          AdsClient.start(
              AdsClientOptions.of(plane.adsAddress(), identity.toNode()).withVariant(variant),
              workload.sink())) {
        assertThat(ready.await(SOON.toSeconds(), TimeUnit.SECONDS)).isTrue();
        InetSocketAddress at = workload.addresses().values().iterator().next();
        AtomicBoolean done = new AtomicBoolean();
        List<Future<Integer>> answers =
            java.util.stream.IntStream.range(0, CALLERS)
                .mapToObj(_ -> callers.submit(() -> call(at, done)))
                .toList();
        for (int edit = 1; edit <= EDITS; edit++) {
          long revision = store.put(decode(subset(edit))).revision();
          assertThat(plane.awaitAcked(revision, SOON).accepted()).isTrue();
        }
        done.set(true);
        for (Future<Integer> answer : answers) {
          assertThat(answer.get(SOON.toSeconds(), TimeUnit.SECONDS)).isPositive();
        }
      }
    } finally {
      backend.stop(0);
    }
  }

  /** Calls until told to stop; fails on the first answer that is not 200. */
  private static int call(InetSocketAddress proxy, AtomicBoolean done) throws Exception {
    int calls = 0;
    try (HttpClient client = HttpClient.newBuilder().proxy(ProxySelector.of(proxy)).build()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create("http://app.default:8080/")).timeout(SOON).build();
      while (!done.get()) {
        HttpResponse<String> answer = client.send(request, HttpResponse.BodyHandlers.ofString());
        assertThat(answer.statusCode()).as(answer.body()).isEqualTo(200);
        calls++;
      }
    }
    return calls;
  }

  private static HttpServer backend() throws IOException {
    HttpServer backend =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    backend.createContext(
        "/",
        exchange -> {
          try (exchange) {
            exchange.sendResponseHeaders(200, -1);
          }
        });
    backend.setExecutor(null);
    backend.start();
    return backend;
  }

  private static String service(int port) {
    return """
    apiVersion: v1
    kind: Service
    metadata: {name: app}
    spec:
      clusterIP: 10.96.0.1
      selector: {app: app}
      ports: [{name: http, port: 8080}]
    ---
    apiVersion: discovery.k8s.io/v1
    kind: EndpointSlice
    metadata: {name: app-1, labels: {kubernetes.io/service-name: app}}
    addressType: IPv4
    ports: [{name: http, port: %d, protocol: TCP}]
    endpoints: [{addresses: [127.0.0.1], conditions: {ready: true}}]
    """
        .formatted(port);
  }

  private static String subset(int number) {
    return """
    apiVersion: networking.istio.io/v1
    kind: DestinationRule
    metadata: {name: app}
    spec:
      host: app
      subsets: [{name: s%1$d}]
    ---
    apiVersion: networking.istio.io/v1
    kind: VirtualService
    metadata: {name: app}
    spec:
      hosts: [app]
      http: [{route: [{destination: {host: app, subset: s%1$d}}]}]
    """
        .formatted(number);
  }

  private static List<Resource<?>> decode(String yaml) {
    Decoded decoded = Decoder.decode("test.yaml", yaml);
    assertThat(decoded.findings()).isEmpty();
    return decoded.resources();
  }
}
