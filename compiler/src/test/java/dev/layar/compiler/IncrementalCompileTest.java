package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.compiler.ProxyIdentity.Capture;
import dev.layar.compiler.query.QueryStats;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.DestinationRule.SimpleLb;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.PeerAuthentication;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.HttpRoute;
import dev.layar.testkit.Seeded;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class IncrementalCompileTest {
  private static final List<String> NAMESPACES = List.of("one", "two", "istio-system");
  private static final List<String> NAMES = List.of("a", "b", "c", "d");
  private static final List<String> VERSIONS = List.of("v1", "v2");

  private static final List<ProxyIdentity> PROXIES =
      List.of(
          ProxyIdentity.sidecar(
              "10.0.0.1", "x", "one", Map.of("app", "x", "tier", "front"), new Capture.Redirect()),
          ProxyIdentity.sidecar("10.0.0.3", "x2", "one", Map.of("app", "x"), new Capture.Redirect())
              .withLocality(new ProxyIdentity.Where("r", "b", "")),
          ProxyIdentity.sidecar(
              "127.0.0.7", "y", "two", Map.of("app", "y"), new Capture.HttpProxy(15001)),
          ProxyIdentity.serviceNetwork(
              "127.0.0.8", "z", "one", Map.of("app", "z"), new Capture.HttpProxy(15001)),
          ProxyIdentity.gateway("10.0.0.2", "gw", "istio-system", Map.of("istio", "gw"))
              .withCertificate());

  @Test
  void incrementalEqualsFromScratch() {
    Seeded.forSeeds(1, 25, IncrementalCompileTest::check);
  }

  private static void check(Seeded random) {
    MeshCompiler kept = new MeshCompiler(MeshSettings.defaults());
    MeshState state = MeshState.empty();
    for (int step = 0; step < 30; step++) {
      for (int edits = 1 + random.below(4); edits > 0; edits--) {
        state = edit(random, state);
      }
      kept.update(state);
      MeshCompiler fresh = new MeshCompiler(MeshSettings.defaults());
      fresh.update(state);
      for (ProxyIdentity proxy : PROXIES) {
        if (random.oneIn(2)) {
          assertThat(versions(kept.resources(proxy)))
              .as("%s at step %d", proxy.id(), step)
              .isEqualTo(versions(fresh.resources(proxy)));
        }
      }
      assertThat(kept.compileFindings()).isEqualTo(fresh.compileFindings());
    }
  }

  private static Map<String, String> versions(ProxyResources resources) {
    Map<String, String> versions = new TreeMap<>();
    for (ResourceType type : ResourceType.values()) {
      for (XdsResource resource : resources.all(type).values()) {
        versions.put(type + " " + resource.name(), resource.version());
      }
    }
    return versions;
  }

  private static MeshState edit(Seeded random, MeshState state) {
    Resource<?> object = object(random);
    return random.oneIn(4)
        ? state.without(List.of(object.key()))
        : state.with(List.of(aged(random, object)));
  }

  private static Resource<?> aged(Seeded random, Resource<?> object) {
    return random.oneIn(2)
        ? object
        : object.withMetadata(
            object.metadata().withCreationTimestamp(Instant.ofEpochSecond(random.below(5))));
  }

  private static Resource<?> object(Seeded random) {
    String namespace = random.pick(NAMESPACES);
    String name = random.pick(NAMES);
    return switch (random.below(19)) {
      case 12 ->
          Make.peer(
              namespace,
              name,
              random.oneIn(2) ? Map.of() : Map.of("app", "x"),
              random.pick(PeerAuthentication.Mode.values()));
      case 13 ->
          Make.workload(
              namespace,
              name,
              "10.2.0." + random.below(9),
              random.pick(Map.of("app", random.pick(NAMES)), Map.of("version", "v1")));
      case 0 ->
          Make.service(
              namespace,
              name,
              Make.port(random.pick("http", "tcp", ""), random.pick(80, 8080)),
              Make.port("http-extra", 9090));
      case 1 ->
          Make.pod(
              namespace,
              name + "-pod",
              "10.1.0." + random.below(9),
              Map.of("version", random.pick(VERSIONS)));
      case 2, 3 ->
          Make.slice(
              namespace,
              name,
              List.of("http", "http-extra", "tcp", ""),
              Map.of(random.pick(NAMES) + "-pod", "10.1.0." + random.below(9), "none", "10.1.1.1"));
      case 4 ->
          Make.ranking(
              random.pick(Make.Ranking.values()),
              Make.rule(
                  namespace,
                  name,
                  host(random),
                  random.oneIn(3) ? null : random.pick(SimpleLb.RANDOM, SimpleLb.PASSTHROUGH),
                  random.list(0, 2, () -> random.pick(VERSIONS)).toArray(String[]::new)));
      case 5, 6 -> rules(random, namespace, name);
      case 7 -> Make.alias(namespace, name, host(random));
      case 8 ->
          Make.entry(
              namespace,
              name,
              host(random),
              random.pick(ServiceEntry.Resolution.values()),
              random.pick(List.of(), List.of("."), List.of("two")),
              random.oneIn(2) ? null : Map.of("version", random.pick(VERSIONS)),
              random.pick(80, 5432),
              8080);
      case 9 -> Make.node("node", random.pick("a", "b"));
      case 10 ->
          Make.selective(
              Make.rule(namespace, name, host(random), SimpleLb.ROUND_ROBIN, "v1"),
              Map.of("tier", random.pick("front", "back")));
      case 11 ->
          Make.sidecar(
              random.pick("one", "two", "istio-system"),
              name,
              random.oneIn(2) ? Map.of() : Map.of("app", random.pick("x", "y")),
              random.list(
                  1,
                  3,
                  () ->
                      random.pick("*/", "./", "one/", "~two/", "~/")
                          + random.pick("*", "*.one.svc.cluster.local", "outside.example")));
      case 14 -> route(random, namespace, name);
      case 15 -> kubeGateway(random, namespace);
      case 16 -> telemetry(random, namespace, name);
      case 17 -> envoyFilter(random, namespace, name);
      default -> gateway(random, namespace, name);
    };
  }

  private static Resource<?> written(String yaml) {
    return TestMesh.objects(yaml).getFirst();
  }

  private static Resource<?> route(Seeded random, String namespace, String name) {
    return written(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: %s, namespace: %s}
        spec:
          parentRefs: [%s]
          rules:
          - matches: [{path: {type: PathPrefix, value: %s}}]
            backendRefs: [{name: %s, namespace: %s, port: 80}]
        """
            .formatted(
                name,
                namespace,
                random.pick("{name: gw}", "{group: '', kind: Service, name: " + name + "}"),
                random.pick("/", "/a", "/a/b"),
                random.pick(NAMES),
                random.pick(NAMESPACES)));
  }

  private static Resource<?> kubeGateway(Seeded random, String namespace) {
    return written(
        """
        apiVersion: gateway.networking.k8s.io/v1
        kind: Gateway
        metadata: {name: gw, namespace: %s}
        spec:
          gatewayClassName: %s
          addresses: [{type: Hostname, value: %s}]
          listeners:
          - {name: l, port: 80, protocol: HTTP, allowedRoutes: {namespaces: {from: %s}}}
        """
            .formatted(
                namespace,
                random.pick("istio", "other"),
                random.pick(NAMES),
                random.pick("All", "Same")));
  }

  private static Resource<?> envoyFilter(Seeded random, String namespace, String name) {
    return written(
        """
        apiVersion: networking.istio.io/v1alpha3
        kind: EnvoyFilter
        metadata: {name: %s, namespace: %s}
        spec:
          priority: %d
          configPatches:
          - {applyTo: CLUSTER, patch: {operation: MERGE, value: {connect_timeout: %ds}}}
        """
            .formatted(
                name, random.pick(namespace, "istio-system"), random.below(3), random.below(5)));
  }

  private static Resource<?> telemetry(Seeded random, String namespace, String name) {
    return written(
        """
        apiVersion: telemetry.istio.io/v1
        kind: Telemetry
        metadata: {name: %s, namespace: %s}
        spec:
          selector: {matchLabels: {%s}}
          accessLogging: [{disabled: %s}]
        """
            .formatted(
                name,
                random.pick(namespace, "istio-system"),
                random.pick("", "app: x"),
                random.oneIn(2)));
  }

  private static String host(Seeded random) {
    return random.pick(
        random.pick(NAMES),
        random.pick(NAMES) + "." + random.pick(NAMESPACES) + ".svc.cluster.local",
        "*.one.svc.cluster.local",
        "*.cluster.local",
        "outside.example");
  }

  private static Resource<VirtualService> rules(Seeded random, String namespace, String name) {
    List<HttpRoute> http =
        random.list(
            1,
            3,
            () ->
                random.oneIn(6)
                    ? Make.delegating(
                        Make.match("/d", Map.of()), random.pick(NAMES), random.pick(NAMESPACES))
                    : Make.route(
                        random.oneIn(3)
                            ? null
                            : Make.match(
                                random.pick("/", "/a", "/b"),
                                random.oneIn(3) ? Map.of("tier", "front") : Map.of()),
                        random.oneIn(2) ? null : Duration.ofSeconds(random.below(9)),
                        random
                            .list(
                                1,
                                2,
                                () ->
                                    Make.to(
                                        host(random), random.pick("", "v1", "v2"), random.below(3)))
                            .toArray(dev.layar.model.istio.VirtualService.HttpDestination[]::new)));
    return Make.opaque(
        random.pick("", host(random)),
        random.pick(Map.of(), Map.of("tier", "front")),
        rules(random, namespace, name, http));
  }

  private static Resource<VirtualService> rules(
      Seeded random, String namespace, String name, List<HttpRoute> http) {
    return Make.rules(
        namespace,
        name,
        random.list(0, 2, () -> host(random)),
        random.pick(List.of(), List.of("mesh"), List.of("mesh", "one/a"), List.of("b")),
        random.pick(List.of(), List.of("."), List.of("one")),
        http.toArray(HttpRoute[]::new));
  }

  private static Resource<Gateway> gateway(Seeded random, String namespace, String name) {
    return Make.gateway(
        namespace,
        name,
        random.pick(80, 8080),
        random.pick("HTTP", "HTTPS", "TLS", "TCP"),
        random.pick("*", "outside.example", "one/*", "*.cluster.local"),
        random.pick(Gateway.TlsMode.values()));
  }

  /** What editing one object costs, in queries, in meshes of two sizes. */
  @Test
  void theCostOfAnEditDoesNotDependOnTheSizeOfTheMesh() {
    for (Capture capture : List.of(new Capture.Redirect(), new Capture.HttpProxy(15001))) {
      ProxyIdentity proxy = ProxyIdentity.sidecar("127.0.0.9", "p", "ns0", Map.of(), capture);
      Costs small = costs(20, proxy);
      Costs large = costs(400, proxy);

      assertThat(large.ruleEdit().recomputedByQuery())
          .isEqualTo(small.ruleEdit().recomputedByQuery());
      assertThat(large.endpointChange().recomputedByQuery())
          .isEqualTo(small.endpointChange().recomputedByQuery());
      assertThat(large.ruleEdit().recomputed()).isLessThanOrEqualTo(8);
      assertThat(large.endpointChange().recomputed()).isLessThanOrEqualTo(8);
      assertThat(large.ruleEdit().verified()).isEqualTo(small.ruleEdit().verified());
      assertThat(large.endpointChange().verified()).isEqualTo(small.endpointChange().verified());
    }
  }

  private record Costs(QueryStats ruleEdit, QueryStats endpointChange) {}

  private static Costs costs(int services, ProxyIdentity proxy) {
    MeshState state = MeshState.empty().with(mesh(services));
    MeshCompiler compiler = new MeshCompiler(MeshSettings.defaults());
    compiler.update(state);
    compiler.resources(proxy);

    state = state.with(List.of(ruleFor(7, 30)));
    compiler.update(state);
    compiler.resources(proxy);
    QueryStats ruleEdit = compiler.stats();

    state = state.with(List.of(endpointsOf(7, 5)));
    compiler.update(state);
    compiler.resources(proxy);
    return new Costs(ruleEdit, compiler.stats());
  }

  /** Services with two subsets, a rule each and three endpoints, in ten namespaces. */
  static List<Resource<?>> mesh(int services) {
    List<Resource<?>> objects = new ArrayList<>();
    for (int i = 0; i < services; i++) {
      String namespace = "ns" + i % 10;
      objects.add(Make.service(namespace, "s" + i, Make.port("http", 8000)));
      objects.add(Make.rule(namespace, "s" + i, "s" + i, null, "v1", "v2"));
      objects.add(ruleFor(i, 10));
      objects.add(endpointsOf(i, 3));
      for (int pod = 0; pod < 3; pod++) {
        objects.add(
            Make.pod(
                namespace,
                "s" + i + "-" + pod,
                ip(i, pod),
                Map.of("app", "s" + i, "version", pod == 0 ? "v2" : "v1")));
      }
    }
    return objects;
  }

  private static String ip(int service, int pod) {
    return "10." + (service >> 8) + "." + (service & 255) + "." + pod;
  }

  private static Resource<?> ruleFor(int service, int weight) {
    String name = "s" + service;
    return Make.rules(
        "ns" + service % 10,
        name,
        List.of(name),
        Make.route(null, null, Make.to(name, "v1", 100 - weight), Make.to(name, "v2", weight)));
  }

  private static Resource<?> endpointsOf(int service, int pods) {
    Map<String, String> addresses = new TreeMap<>();
    for (int pod = 0; pod < pods; pod++) {
      addresses.put("s" + service + "-" + pod, ip(service, pod));
    }
    return Make.slice("ns" + service % 10, "s" + service, List.of("http"), addresses);
  }

  @Test
  void proxiesOfOneNamespaceShareTheirResources() {
    MeshCompiler compiler = new MeshCompiler(MeshSettings.defaults());
    compiler.update(MeshState.empty().with(mesh(20)));
    ProxyResources one = compiler.resources(sidecar("one", Map.of("app", "one")));
    long before = compiler.stats().recomputed();
    ProxyResources two = compiler.resources(sidecar("two", Map.of("app", "two")));

    assertThat(compiler.stats().recomputed() - before)
        .as("what it gets, which services call it, which policies choose it, and their filters")
        .isEqualTo(6);
    for (ResourceType type : ResourceType.values()) {
      assertThat(two.all(type)).isSameAs(one.all(type));
    }
  }

  private static ProxyIdentity sidecar(String name, Map<String, String> labels) {
    return ProxyIdentity.sidecar("10.9.9.9", name, "ns1", labels, new Capture.Redirect());
  }

  @Test
  void anEditElsewhereKeepsTheMapsThatItDoesNotTouch() {
    MeshCompiler compiler = new MeshCompiler(MeshSettings.defaults());
    MeshState state = MeshState.empty().with(mesh(20));
    compiler.update(state);
    ProxyResources before = compiler.resources(sidecar("one", Map.of()));
    compiler.update(state.with(List.of(endpointsOf(3, 1))));
    ProxyResources after = compiler.resources(sidecar("one", Map.of()));

    assertThat(after.all(ResourceType.CLUSTER)).isSameAs(before.all(ResourceType.CLUSTER));
    assertThat(after.all(ResourceType.ROUTE)).isSameAs(before.all(ResourceType.ROUTE));
    assertThat(after.all(ResourceType.LISTENER)).isSameAs(before.all(ResourceType.LISTENER));
    assertThat(after.all(ResourceType.ENDPOINT)).isNotEqualTo(before.all(ResourceType.ENDPOINT));
  }

  @Test
  void whatGoneProxiesNeededIsForgotten() {
    MeshCompiler compiler = new MeshCompiler(MeshSettings.defaults());
    MeshState state = MeshState.empty().with(mesh(20));
    compiler.update(state);
    int empty = compiler.heldQueries();
    compiler.resources(sidecar("one", Map.of()));
    compiler.release(sidecar("one", Map.of()));
    compiler.update(state.without(List.<ObjectKey>of()));

    assertThat(compiler.heldQueries()).isEqualTo(empty);
  }

  @Test
  void readersOnOtherThreadsSeeOneRevisionEach() throws Exception {
    MeshCompiler compiler = new MeshCompiler(MeshSettings.defaults());
    MeshState state = MeshState.empty().with(mesh(5));
    compiler.update(state);
    Map<Long, Map<String, String>> expected = new ConcurrentHashMap<>();
    AtomicBoolean done = new AtomicBoolean();
    try (ExecutorService threads = Executors.newFixedThreadPool(3)) {
      List<Future<?>> readers = new ArrayList<>();
      for (int i = 0; i < 3; i++) {
        ProxyIdentity proxy = sidecar("p", Map.of());
        readers.add(
            threads.submit(
                () -> {
                  do {
                    ProxyResources seen = compiler.resources(proxy);
                    Map<String, String> versions = versions(seen);
                    assertThat(expected.merge(seen.revision(), versions, (a, b) -> a))
                        .isEqualTo(versions);
                  } while (!done.get());
                }));
      }
      for (int i = 0; i < 100; i++) {
        state = state.with(List.of(endpointsOf(i % 5, i % 4), ruleFor(i % 5, i)));
        compiler.update(state);
      }
      done.set(true);
      for (Future<?> reader : readers) {
        reader.get();
      }
    }
    assertThat(compiler.resources(sidecar("p", Map.of())).revision()).isEqualTo(state.revision());
  }
}
