package dev.layar.local;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.auth.Credentials;
import dev.layar.apiserver.http.ApiServer;
import dev.layar.apiserver.http.ServerOptions;
import dev.layar.apiserver.store.ObjectApi;
import dev.layar.apiserver.store.StoreOptions;
import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Result;
import dev.layar.local.admission.ClusterIps;
import dev.layar.local.admission.Injector;
import dev.layar.local.admission.IstioValidation;
import dev.layar.local.admission.JobSelectors;
import dev.layar.local.control.EndpointSlices;
import dev.layar.local.control.NodeObjects;
import dev.layar.local.control.PodFacts;
import dev.layar.local.controllers.Controllers;
import dev.layar.local.controllers.Kinds;
import dev.layar.local.controllers.Recorder;
import dev.layar.local.image.ImageCatalogue;
import dev.layar.local.image.Program;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Runner;
import dev.layar.local.kube.Trees;
import dev.layar.local.net.AddressPlan;
import dev.layar.local.node.Kubelet;
import dev.layar.local.node.NodePods;
import dev.layar.model.Resource;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The small Kubernetes of one machine, put together: the API with its admission, the controllers,
 * the node, and what tells the mesh. Thread-safe.
 */
final class LocalCluster implements AutoCloseable {
  private static final int CONFLICT = 409;

  private final LocalOptions options;
  private final ImageCatalogue images;
  private final Api api;
  private final Kube kube;
  private final Recorder events;
  private final MeshFeed feed;
  private final Kubelet kubelet;
  private final Runner runner;
  private final Runnable changed;
  private final Path kubeconfig;
  private final @Nullable ApiServer server;

  /**
   * @param published told what pods do, on the node's thread
   * @param changed called after any change that may be waited for, on any thread
   */
  LocalCluster(
      LocalOptions options,
      MeshSide mesh,
      AddressPlan addresses,
      ImageCatalogue images,
      Consumer<Kubelet.View> published,
      Runnable changed)
      throws IOException {
    this.options = options;
    this.images = images;
    this.changed = changed;
    InstantSource clock = InstantSource.system();
    AtomicReference<@Nullable Api> served = new AtomicReference<>();
    AtomicReference<@Nullable MeshFeed> fed = new AtomicReference<>();
    AtomicReference<@Nullable Kube> known = new AtomicReference<>();
    StoreOptions store = StoreOptions.inMemory();
    Path home = options.stateDirectory();
    this.api =
        ObjectApi.open(
            (options.keeping() ? store.in(home.resolve("objects")) : store)
                .with(
                    List.of(
                        new ClusterIps(addresses::service, ip -> isTaken(known.get(), ip)),
                        new JobSelectors(),
                        new Injector(
                            namespace -> namespaceLabels(served.get(), namespace),
                            addresses.ownAddresses()),
                        new IstioValidation(() -> resources(fed.get())))));
    served.set(api);
    this.kube = new Kube(api, "layar", kinds());
    known.set(kube);
    this.events = new Recorder(kube, clock, options.events());
    this.feed = new MeshFeed(kube, mesh);
    fed.set(feed);
    this.kubelet =
        new Kubelet(options, kube, mesh, addresses, images, events, clock, feed, published);
    String root = options.serving() ? Credentials.in(home.resolve("api"), clock).caPem() : "";
    this.runner = new Runner(kube, Controllers.all(kube, events, clock, root));
    this.kubeconfig = home.resolve("kubeconfig");
    for (String kind : List.of(Kinds.DEPLOYMENT, Kinds.POD, Kinds.ENDPOINT_SLICE)) {
      kube.informer(kind).listen((_, _) -> changed.run());
    }
    start(clock);
    this.server = options.serving() ? serve(home) : null;
  }

  private ApiServer serve(Path home) throws IOException {
    NodePods pods = new NodePods(kubelet, kube, home.resolve("exec"));
    ApiServer started = ApiServer.start(api, pods, ServerOptions.in(home.resolve("api")));
    started.kubeconfig(kubeconfig);
    return started;
  }

  /** What kubectl needs to talk to the cluster; empty when it does not serve. */
  Optional<Path> kubeconfig() {
    return server == null ? Optional.empty() : Optional.of(kubeconfig);
  }

  private void start(InstantSource clock) {
    events.start();
    feed.start();
    kubelet.start();
    kube.start();
    NodeObjects.of(options.nodes(), clock.instant()).forEach(this::putNode);
    runner.start();
  }

  private static List<String> kinds() {
    Set<String> kinds = new LinkedHashSet<>(Kinds.ALL);
    kinds.addAll(MeshFeed.kinds());
    return List.copyOf(kinds);
  }

  private static boolean isTaken(@Nullable Kube kube, String ip) {
    return kube != null
        && kube.informer(Kinds.SERVICE).list().stream()
            .anyMatch(service -> Trees.text(service, "spec", "clusterIP").equals(ip));
  }

  private static Map<String, String> namespaceLabels(@Nullable Api api, String namespace) {
    ResourceType type = api == null ? null : api.type("", Kinds.NAMESPACE);
    if (api == null || type == null) {
      return Map.of();
    }
    try {
      ObjectRef ref = new ObjectRef(type, "", namespace);
      return Trees.labels(api.get(ref, type.versions().getFirst(), Subresource.NONE));
    } catch (StatusException gone) {
      return Map.of();
    }
  }

  private static List<Resource<?>> resources(@Nullable MeshFeed feed) {
    return feed == null ? List.of() : feed.resources();
  }

  private void putNode(ObjectNode node) {
    ObjectNode there = kube.informer(Kinds.NODE).get("", Trees.name(node));
    ObjectNode stored = there != null ? there : kube.create(Kinds.NODE, "", node);
    kube.status(Kinds.NODE, stored, (ObjectNode) node.path("status"));
  }

  Api api() {
    return api;
  }

  Kubelet.View view() {
    return kubelet.view();
  }

  /** The objects of a kind. */
  List<ObjectNode> objects(String kind) {
    return kube.informer(kind).list();
  }

  // What the outside asks for.

  ApplyResult apply(List<Manifest> manifests) {
    List<ObjectId> applied = new ArrayList<>();
    List<ObjectId> refused = new ArrayList<>();
    List<Finding> findings = new ArrayList<>();
    for (Manifest manifest : manifests) {
      try {
        requireNamespace(Trees.namespace(manifest.tree()));
        kube.apply(manifest.tree());
        findings.addAll(unknownImages(manifest));
        applied.add(manifest.id());
      } catch (StatusException e) {
        refused.add(manifest.id());
        findings.add(refusal(manifest, e));
      }
    }
    return new ApplyResult(applied, refused, findings);
  }

  private static Finding refusal(Manifest manifest, StatusException e) {
    String message = String.valueOf(e.getMessage());
    return Finding.error("LYR0500", Location.UNKNOWN, manifest.id().toString(), message, "", "");
  }

  private void requireNamespace(String namespace) {
    if (namespace.isEmpty() || kube.informer(Kinds.NAMESPACE).get("", namespace) != null) {
      return;
    }
    try {
      kube.create(Kinds.NAMESPACE, "", Trees.object("metadata", Trees.object("name", namespace)));
    } catch (StatusException e) {
      if (e.code() != CONFLICT) {
        throw e;
      }
    }
  }

  /** A warning for each image nobody knows: the object is stored, its pods will not run. */
  private List<Finding> unknownImages(Manifest manifest) {
    JsonNode template = Trees.at(manifest.tree(), "spec", "template");
    List<Finding> findings = new ArrayList<>();
    for (JsonNode container : Trees.items(template, "spec", "containers")) {
      Result<Program> found =
          images.lookup(
              Trees.text(container, "image"),
              Trees.words(container, "command"),
              Trees.words(container, "args"));
      if (found instanceof Result.Rejected<Program>(List<Finding> why)) {
        for (Finding f : why) {
          findings.add(
              Finding.warning(
                  f.code(),
                  f.location(),
                  manifest.id() + ": " + f.path(),
                  f.message(),
                  f.value(),
                  f.expected()));
        }
      }
    }
    return findings;
  }

  void delete(ObjectId id) {
    ObjectNode named = Trees.object("apiVersion", id.apiVersion(), "kind", id.kind());
    kube.delete(kube.typeOf(named), new Key(id.namespace(), id.name()));
  }

  /** Everything that is not yet as wanted, a sentence each. */
  List<String> unmet() {
    List<String> unmet = new ArrayList<>();
    for (ObjectNode deployment : kube.informer(Kinds.DEPLOYMENT).list()) {
      unmet.addAll(unmet(deployment));
    }
    Map<Key, Kubelet.Inside> running = view().inside();
    for (ObjectNode set : kube.informer(Kinds.REPLICA_SET).list()) {
      if (isOrphan(set)) {
        unmet.add("ReplicaSet " + Key.of(set) + ": its owner is gone");
      }
    }
    for (ObjectNode pod : kube.informer(Kinds.POD).list()) {
      if (Trees.isDeleting(pod) || isOrphan(pod)) {
        unmet.add("Pod " + Key.of(pod) + ": is going away");
      } else if (!running.containsKey(Key.of(pod)) && !PodFacts.isOver(pod)) {
        unmet.add("Pod " + Key.of(pod) + ": waits for a node to run it");
      }
    }
    for (Key key : running.keySet()) {
      if (kube.informer(Kinds.POD).get(key.namespace(), key.name()) == null) {
        unmet.add("Pod " + key + ": is being stopped");
      }
    }
    for (PodView pod : view().pods()) {
      if (!pod.ready() && pod.phase() != PodView.Phase.SUCCEEDED) {
        unmet.add("Pod " + pod.namespace() + "/" + pod.name() + ": " + pod.message());
      }
    }
    if (unmet.isEmpty() && !slicesAreCurrent()) {
      unmet.add("EndpointSlices: not what the pods are yet");
    }
    if (unmet.isEmpty() && !runner.isIdle()) {
      unmet.add("controllers: have not looked at every change yet");
    }
    return unmet;
  }

  private boolean isOrphan(ObjectNode object) {
    for (JsonNode owner : Trees.items(object, "metadata", "ownerReferences")) {
      String kind = Kinds.plural(Trees.text(owner, "kind"));
      if (!kind.isEmpty()
          && kube.informer(kind).get(Trees.namespace(object), Trees.text(owner, "name")) == null) {
        return true;
      }
    }
    return false;
  }

  private static List<String> unmet(ObjectNode deployment) {
    int wanted = Trees.number(1, deployment, "spec", "replicas");
    JsonNode status = deployment.path("status");
    boolean seen =
        status.path("observedGeneration").asLong(0)
            >= Trees.at(deployment, "metadata", "generation").asLong(0);
    int total = Trees.number(0, status, "replicas");
    int good =
        seen
            ? Math.min(
                Trees.number(0, status, "updatedReplicas"),
                Trees.number(0, status, "availableReplicas"))
            : 0;
    if (seen && good == wanted && total == wanted) {
      return List.of();
    }
    return List.of(
        "Deployment "
            + Key.of(deployment)
            + ": "
            + good
            + " of "
            + wanted
            + " pods ready, "
            + Math.max(0, total - good)
            + " others");
  }

  /**
   * Whether the slices of every Service say what its pods say: the last of the controllers' work
   * that the mesh waits for.
   */
  boolean slicesAreCurrent() {
    for (ObjectNode service : kube.informer(Kinds.SERVICE).list()) {
      List<ObjectNode> pods = kube.informer(Kinds.POD).list(Trees.namespace(service));
      Set<JsonNode> wanted = new LinkedHashSet<>();
      EndpointSlices.of(service, pods, Map.of()).forEach(slice -> wanted.addAll(ready(slice)));
      Set<JsonNode> there = new LinkedHashSet<>();
      if (EndpointSlices.isOurs(service)) {
        kube.informer(Kinds.ENDPOINT_SLICE)
            .controlledBy(Trees.uid(service))
            .forEach(slice -> there.addAll(ready(slice)));
      }
      if (!wanted.equals(there)) {
        return false;
      }
    }
    return true;
  }

  /** Each endpoint with its ports and readiness. */
  private static List<JsonNode> ready(ObjectNode slice) {
    List<JsonNode> out = new ArrayList<>();
    for (JsonNode endpoint : Trees.items(slice, "endpoints")) {
      out.add(
          Trees.object(
              "addresses",
              endpoint.path("addresses"),
              "ready",
              Trees.flag(endpoint, "conditions", "ready"),
              "ports",
              slice.path("ports")));
    }
    return out;
  }

  /** Waits until all that is known was handed to the mesh; returns its revision. */
  long flushed(Duration atMost) throws InterruptedException {
    return feed.flushed(atMost);
  }

  @Override
  public void close() {
    if (server != null) {
      server.close();
      LogFiles.remove(kubeconfig);
    }
    runner.close();
    kubelet.close();
    kube.close();
    events.close();
    feed.close();
    api.close();
    changed.run();
  }
}
