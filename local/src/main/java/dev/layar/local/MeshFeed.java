package dev.layar.local;

import dev.layar.local.kube.Informer;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.node.Drain;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.k8s.EndpointSlice;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Hands the API's objects to the control plane: what changed since the last time is one revision.
 * Runs on a thread of its own; its questions may be asked from any thread.
 */
final class MeshFeed implements Drain, AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(MeshFeed.class);
  private static final Duration SETTLE = Duration.ofSeconds(3);

  private record Change(Kind kind, @Nullable ObjectNode object) {}

  private final MeshSide mesh;
  private final Map<ObjectKey, Change> waiting = new LinkedHashMap<>();
  private final Map<ObjectKey, Resource<?>> published = new LinkedHashMap<>();
  private final Map<ObjectKey, Set<String>> endpoints = new HashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Condition settled = lock.newCondition();
  private final Thread thread =
      Thread.ofPlatform().daemon().name("layar-feed").unstarted(this::run);
  private boolean busy;
  private boolean closed;
  private long revision;
  private volatile List<Resource<?>> snapshot = List.of();

  MeshFeed(Kube kube, MeshSide mesh) {
    this.mesh = mesh;
    for (Kind kind : read()) {
      listen(kind, kube.informer(qualified(kind)));
    }
  }

  /** The kinds that the control plane reads, as {@code plural.group}. */
  static List<String> kinds() {
    return read().stream().map(MeshFeed::qualified).toList();
  }

  private static List<Kind> read() {
    return Kinds.all().stream().filter(kind -> !kind.equals(Kinds.DEPLOYMENT)).toList();
  }

  private static String qualified(Kind kind) {
    return kind.group().isEmpty() ? kind.plural() : kind.plural() + "." + kind.group();
  }

  private void listen(Kind kind, Informer informer) {
    informer.listen(
        (before, after) -> {
          ObjectNode any = after == null ? before : after;
          if (any != null && (before == null || after == null || differs(kind, before, after))) {
            add(new ObjectKey(kind, Trees.namespace(any), Trees.name(any)), kind, informer);
          }
        });
  }

  /** Whether more than bookkeeping changed. */
  private static boolean differs(Kind kind, ObjectNode before, ObjectNode after) {
    for (Map.Entry<String, JsonNode> field : after.properties()) {
      boolean counts =
          !field.getKey().equals("metadata")
              && (kind.equals(Kinds.POD) || !field.getKey().equals("status"));
      if (counts && !field.getValue().equals(before.get(field.getKey()))) {
        return true;
      }
    }
    return after.size() != before.size()
        || !Trees.labels(before).equals(Trees.labels(after))
        || !Trees.annotations(before).equals(Trees.annotations(after))
        || Trees.isDeleting(before) != Trees.isDeleting(after);
  }

  private void add(ObjectKey key, Kind kind, Informer informer) {
    lock.lock();
    try {
      waiting.remove(key);
      waiting.put(key, new Change(kind, informer.get(key.namespace(), key.name())));
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  void start() {
    thread.start();
  }

  /** The objects as the control plane has them. */
  List<Resource<?>> resources() {
    return snapshot;
  }

  private void run() {
    try {
      for (Map<ObjectKey, Change> batch = take(); batch != null; batch = take()) {
        publish(batch);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    } catch (RuntimeException e) {
      LOG.error("the mesh is no longer told about changes", e);
    }
  }

  private @Nullable Map<ObjectKey, Change> take() throws InterruptedException {
    lock.lock();
    try {
      busy = false;
      settled.signalAll();
      while (waiting.isEmpty() && !closed) {
        changed.await();
      }
      if (closed) {
        return null;
      }
      Map<ObjectKey, Change> batch = new LinkedHashMap<>(waiting);
      waiting.clear();
      busy = true;
      return batch;
    } finally {
      lock.unlock();
    }
  }

  private void publish(Map<ObjectKey, Change> batch) {
    List<Resource<?>> upserts = new ArrayList<>();
    List<ObjectKey> deletes = new ArrayList<>();
    batch.forEach(
        (key, change) -> {
          Resource<?> object = decode(change);
          if (object == null) {
            if (published.remove(key) != null) {
              deletes.add(key);
            }
          } else if (!object.equals(published.put(key, object))) {
            upserts.add(object);
          }
        });
    if (upserts.isEmpty() && deletes.isEmpty()) {
      return;
    }
    snapshot = List.copyOf(published.values());
    long now = mesh.publish(upserts, deletes);
    lock.lock();
    try {
      revision = now;
      deletes.forEach(endpoints::remove);
      upserts.forEach(this::noteEndpoints);
    } finally {
      lock.unlock();
    }
  }

  private void noteEndpoints(Resource<?> object) {
    Resource<EndpointSlice> slice = object.as(EndpointSlice.class);
    if (slice != null) {
      Set<String> pods = new HashSet<>();
      for (EndpointSlice.Endpoint endpoint : slice.spec().endpoints()) {
        EndpointSlice.ObjectReference target = endpoint.targetRef();
        if (target != null) {
          pods.add(target.uid());
        }
      }
      endpoints.put(object.key(), pods);
    }
  }

  /** Null for an object that the model cannot read; the API's validation said so already. */
  private static @Nullable Resource<?> decode(Change change) {
    ObjectNode object = change.object();
    if (object == null) {
      return null;
    }
    ObjectNode bare = object.deepCopy();
    if (!change.kind().equals(Kinds.POD)) {
      bare.remove("status");
    }
    ObjectNode metadata = Trees.child(bare, "metadata");
    metadata.remove("resourceVersion");
    metadata.remove("managedFields");
    metadata.remove("generation");
    Decoded decoded = Decoder.decode("API", bare.toString().getBytes(StandardCharsets.UTF_8), "");
    if (decoded.resources().isEmpty()) {
      LOG.warn(
          "the mesh cannot read {} {}/{}: {}",
          Trees.text(object, "kind"),
          Trees.namespace(object),
          Trees.name(object),
          decoded.findings());
      return null;
    }
    return decoded.resources().getFirst();
  }

  /** Waits until everything that is known of the API was handed on; returns its revision. */
  long flushed(Duration atMost) throws InterruptedException {
    long rest = atMost.toNanos();
    lock.lock();
    try {
      while ((busy || !waiting.isEmpty()) && !closed && rest > 0) {
        rest = settled.awaitNanos(rest);
      }
      return revision;
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void await(String podUid) throws InterruptedException {
    long deadline = System.nanoTime() + SETTLE.toNanos();
    long now;
    lock.lock();
    try {
      long rest = SETTLE.toNanos();
      while (isEndpoint(podUid) && !closed && rest > 0) {
        rest = settled.awaitNanos(rest);
      }
      now = revision;
    } finally {
      lock.unlock();
    }
    Duration rest = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    List<String> behind = mesh.awaitSettled(now, rest);
    if (!behind.isEmpty()) {
      LOG.warn("stopping a pod although proxies have not answered: {}", behind);
    }
  }

  private boolean isEndpoint(String podUid) {
    return endpoints.values().stream().anyMatch(pods -> pods.contains(podUid));
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
      settled.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      thread.join(TimeUnit.SECONDS.toMillis(5));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
