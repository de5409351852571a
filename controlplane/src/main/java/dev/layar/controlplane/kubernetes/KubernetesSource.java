package dev.layar.controlplane.kubernetes;

import dev.layar.base.Finding;
import dev.layar.controlplane.Change;
import dev.layar.controlplane.MeshStore;
import dev.layar.controlplane.Source;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import io.fabric8.kubernetes.api.model.APIResource;
import io.fabric8.kubernetes.api.model.APIResourceList;
import io.fabric8.kubernetes.api.model.GenericKubernetesResource;
import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.KubernetesClientException;
import io.fabric8.kubernetes.client.dsl.base.ResourceDefinitionContext;
import io.fabric8.kubernetes.client.informers.ResourceEventHandler;
import io.fabric8.kubernetes.client.informers.SharedIndexInformer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.ReentrantLock;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Mirrors a Kubernetes API into a store by list and watch. Thread-safe; informers call on their own
 * threads and only note what changed, and one thread brings the store there.
 *
 * <p>Implementation notes. (1) The first complete lists of all kinds are one step in the store, so
 * that no proxy is told of half a cluster; what the store holds of these kinds and the API does not
 * is removed in the same step. (2) Later changes are gathered by object while a step is being made:
 * at most one entry an object waits, whatever the API does. (3) An object that cannot be decoded
 * keeps what it said when it was last good. (4) While the API is away the informers ask again and
 * again, with a pause that grows; the store keeps the last state, and {@link #health} says so.
 */
public final class KubernetesSource implements Source {
  private static final Logger LOG = LoggerFactory.getLogger(KubernetesSource.class);

  /** What the compiler reads; Secrets are read where they are served, not here. */
  private static final Set<String> CORE =
      Set.of("Namespace", "Node", "Service", "Pod", "EndpointSlice");

  private final KubernetesClient client;
  private final MeshStore store;
  private final Map<Kind, SharedIndexInformer<GenericKubernetesResource>> informers =
      new LinkedHashMap<>();
  private final ExecutorService stepping =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("layar-kubernetes").factory());
  private final CountDownLatch synced = new CountDownLatch(1);

  /** Between the informers' threads and the stepping one; empty means deleted. */
  private final ReentrantLock lock = new ReentrantLock();

  private Map<ObjectKey, Optional<GenericKubernetesResource>> noted = new LinkedHashMap<>();
  private boolean scheduled;

  /** The newest finding about an object that was not taken. */
  private volatile String undecodable = "";

  private KubernetesSource(KubernetesClient client, MeshStore store) {
    this.client = client;
    this.store = store;
  }

  /**
   * Starts listing and watching the kinds that the API serves; returns at once.
   *
   * @param client stays the caller's
   * @throws KubernetesClientException when the API cannot be asked at all what it serves
   */
  public static KubernetesSource start(KubernetesClient client, MeshStore store) {
    KubernetesSource source = new KubernetesSource(client, store);
    for (Kind kind : Kinds.all()) {
      if (CORE.contains(kind.kind()) || kind.group().endsWith("istio.io")) {
        source.inform(kind);
      }
    }
    source.informers.values().forEach(informer -> informer.start().thenRun(source::schedule));
    source.schedule();
    return source;
  }

  private void inform(Kind kind) {
    Optional<String> version = served(kind);
    if (version.isEmpty()) {
      LOG.warn("the API does not serve {}; nothing of that kind will act", kind);
      return;
    }
    ResourceDefinitionContext context =
        new ResourceDefinitionContext.Builder()
            .withGroup(kind.group())
            .withVersion(version.get())
            .withKind(kind.kind())
            .withPlural(kind.plural())
            .withNamespaced(kind.namespaced())
            .build();
    SharedIndexInformer<GenericKubernetesResource> informer =
        client.genericKubernetesResources(context).inAnyNamespace().runnableInformer(0);
    informer.addEventHandler(new Notes(kind));
    informer.exceptionHandler((started, failure) -> true);
    informers.put(kind, informer);
  }

  private Optional<String> served(Kind kind) {
    for (String version : kind.versions()) {
      APIResourceList resources = client.getApiResources(kind.apiVersion(version));
      if (resources != null
          && resources.getResources().stream()
              .map(APIResource::getName)
              .anyMatch(kind.plural()::equals)) {
        return Optional.of(version);
      }
    }
    return Optional.empty();
  }

  /** Notes what an informer says; never blocks for long. */
  private final class Notes implements ResourceEventHandler<GenericKubernetesResource> {
    private final Kind kind;

    Notes(Kind kind) {
      this.kind = kind;
    }

    @Override
    public void onAdd(GenericKubernetesResource object) {
      note(object, Optional.of(object));
    }

    @Override
    public void onUpdate(GenericKubernetesResource before, GenericKubernetesResource object) {
      note(object, Optional.of(object));
    }

    @Override
    public void onDelete(GenericKubernetesResource object, boolean unknownFinalState) {
      note(object, Optional.empty());
    }

    private void note(GenericKubernetesResource object, Optional<GenericKubernetesResource> value) {
      ObjectKey key = key(kind, object);
      lock.lock();
      try {
        noted.put(key, value);
      } finally {
        lock.unlock();
      }
      schedule();
    }
  }

  private static ObjectKey key(Kind kind, GenericKubernetesResource object) {
    String namespace = Optional.ofNullable(object.getMetadata().getNamespace()).orElse("");
    return new ObjectKey(kind, namespace, object.getMetadata().getName());
  }

  private void schedule() {
    lock.lock();
    try {
      if (scheduled) {
        return;
      }
      scheduled = true;
      stepping.execute(this::step);
    } catch (RejectedExecutionException closed) {
      LOG.debug("a change after the end");
    } finally {
      lock.unlock();
    }
  }

  private void step() {
    lock.lock();
    try {
      scheduled = false;
    } finally {
      lock.unlock();
    }
    if (!informers.values().stream().allMatch(SharedIndexInformer::hasSynced)) {
      return; // whichever completes its list last calls again
    }
    boolean first = synced.getCount() > 0;
    Map<ObjectKey, Optional<GenericKubernetesResource>> changes = first ? everything() : take();
    List<Resource<?>> put = new ArrayList<>();
    Set<ObjectKey> delete = new HashSet<>();
    changes.forEach(
        (key, object) -> {
          if (object.isEmpty()) {
            delete.add(key);
          } else {
            put.addAll(decoded(key, object.get()));
          }
        });
    if (first) {
      delete.addAll(strangers(changes.keySet()));
    }
    Change change = store.mirror(put, delete);
    change.findings().stream()
        .filter(Finding::isError)
        .forEach(finding -> LOG.warn("refused: {}", finding.line()));
    synced.countDown();
  }

  /** The complete lists; what was noted of them may still be on its way. */
  private Map<ObjectKey, Optional<GenericKubernetesResource>> everything() {
    Map<ObjectKey, Optional<GenericKubernetesResource>> all = new LinkedHashMap<>();
    informers.forEach(
        (kind, informer) ->
            informer
                .getStore()
                .list()
                .forEach(object -> all.put(key(kind, object), Optional.of(object))));
    return all;
  }

  private Map<ObjectKey, Optional<GenericKubernetesResource>> take() {
    lock.lock();
    try {
      Map<ObjectKey, Optional<GenericKubernetesResource>> taken = noted;
      noted = new LinkedHashMap<>();
      return taken;
    } finally {
      lock.unlock();
    }
  }

  private List<Resource<?>> decoded(ObjectKey key, GenericKubernetesResource object) {
    Decoded decoded =
        Decoder.decode(key.toString(), client.getKubernetesSerialization().asJson(object));
    if (decoded.hasErrors()) {
      String line = decoded.findings().getFirst().line();
      undecodable = line;
      LOG.warn("not taken, its last good version stays: {}", line);
      return List.of();
    }
    return decoded.resources();
  }

  /** What the store holds since before, and the API does not. */
  private Set<ObjectKey> strangers(Set<ObjectKey> listed) {
    Set<ObjectKey> strangers = new HashSet<>();
    for (Kind kind : informers.keySet()) {
      store.state().all(kind).stream()
          .map(Resource::key)
          .filter(key -> !listed.contains(key))
          .forEach(strangers::add);
    }
    return strangers;
  }

  @Override
  public Health health() {
    boolean complete = synced.getCount() == 0;
    boolean watching = informers.values().stream().allMatch(SharedIndexInformer::isWatching);
    if (!watching) {
      return new Health(
          complete,
          false,
          complete
              ? "the Kubernetes API is away; the last state is served"
              : "waiting for the Kubernetes API");
    }
    return new Health(complete, true, undecodable);
  }

  @Override
  public boolean awaitSynced(Duration atMost) throws InterruptedException {
    return synced.await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Override
  public void close() {
    informers.values().forEach(SharedIndexInformer::stop);
    stepping.shutdownNow();
  }
}
