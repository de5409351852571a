package dev.layar.apiserver.store;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.DeleteOptions;
import dev.layar.apiserver.DeleteOptions.Propagation;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.json.Json;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.DelayQueue;
import java.util.concurrent.Delayed;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Deletes what is owned by what is gone, and the content of namespaces that are deleted; finishes
 * foreground and orphaning deletions. Told of changes on the store's thread, works on one of its
 * own. Source: {@code kubernetes/pkg/controller/garbagecollector} and {@code .../namespace}.
 */
final class Collector implements AutoCloseable {
  static final String FOREGROUND = "foregroundDeletion";
  static final String ORPHAN = "orphan";

  private static final Logger LOG = LoggerFactory.getLogger(Collector.class);
  private static final WriteOptions OPTIONS = WriteOptions.system("garbage-collector");
  private static final int MAX_BACKOFF = 6;

  private final Api api;
  private final Commits commits;
  private final Served served;
  private final OwnerIndex index = new OwnerIndex();
  private final DelayQueue<Job> queue = new DelayQueue<>();
  private final Set<Key> queued = new HashSet<>();
  private final Thread worker =
      Thread.ofPlatform().daemon().name("store-collector").unstarted(this::run);
  private volatile boolean closed;

  Collector(Api api, Commits commits, Served served) {
    this.api = api;
    this.commits = commits;
    this.served = served;
  }

  /** An object to look at, now or later. */
  private record Job(Key key, int failures, long dueNanos) implements Delayed {
    @Override
    public long getDelay(TimeUnit unit) {
      return unit.convert(dueNanos - System.nanoTime(), TimeUnit.NANOSECONDS);
    }

    @Override
    public int compareTo(Delayed other) {
      return Long.compare(getDelay(TimeUnit.NANOSECONDS), other.getDelay(TimeUnit.NANOSECONDS));
    }
  }

  /** Looks at everything that is there; call once, before the first change. */
  void start(List<Stored> all) {
    all.forEach(stored -> index.update(null, stored));
    all.forEach(stored -> noteIfConcerned(stored.key(), stored.object()));
    worker.start();
  }

  /** Called on the store's thread: takes notes, nothing else. */
  void changed(List<Change> changes) {
    for (Change change : changes) {
      index.update(change.before(), change.after());
      Stored after = change.after();
      Stored before = change.before();
      if (after != null) {
        noteIfConcerned(after.key(), after.object());
      } else if (before != null) {
        gone(before);
      }
    }
  }

  private void noteIfConcerned(Key key, ObjectNode object) {
    boolean concerned =
        !OwnerIndex.owners(object).isEmpty()
            || (Meta.isDeleting(object) && (isNamespace(key) || holds(object)))
            || (!key.namespace().isEmpty() && isLost(key));
    if (concerned) {
      note(key);
    }
  }

  private static boolean isNamespace(Key key) {
    return key.type().equals(Namespaces.TYPE);
  }

  private static boolean holds(ObjectNode object) {
    List<String> finalizers = Meta.finalizers(object);
    return finalizers.contains(FOREGROUND)
        || finalizers.contains(ORPHAN)
        || finalizers.contains(Definitions.CLEANUP);
  }

  /** Made in the moment in which its namespace went away. */
  private boolean isLost(Key key) {
    Stored namespace = commits.find(Namespaces.key(key.namespace()));
    return namespace == null || Meta.isDeleting(namespace.object());
  }

  private void gone(Stored before) {
    index.dependents(OwnerIndex.uid(before.object())).forEach(this::note);
    for (JsonNode owner : OwnerIndex.owners(before.object())) {
      Key key = index.find(Json.text(owner, "uid"));
      if (key != null) {
        note(key);
      }
    }
    if (!before.key().namespace().isEmpty()) {
      note(Namespaces.key(before.key().namespace()));
    }
  }

  private void note(Key key) {
    note(new Job(key, 0, System.nanoTime()));
  }

  private void note(Job job) {
    synchronized (queued) {
      if (!queued.add(job.key())) {
        return;
      }
    }
    queue.add(job);
  }

  private void run() {
    while (!closed) {
      try {
        Job job = queue.take();
        synchronized (queued) {
          queued.remove(job.key());
        }
        attempt(job);
      } catch (InterruptedException e) {
        return; // only close() interrupts
      }
    }
  }

  private void attempt(Job job) {
    try {
      look(job.key());
    } catch (StatusException | IllegalStateException e) {
      if (closed || (e instanceof StatusException refusal && refusal.code() == 404)) {
        return;
      }
      LOG.debug("{} is looked at again later: {}", job.key(), e.getMessage());
      int failures = Math.min(job.failures() + 1, MAX_BACKOFF);
      note(new Job(job.key(), failures, System.nanoTime() + (1_000_000_000L << failures)));
    }
  }

  private void look(Key key) {
    Stored stored = commits.find(key);
    if (stored == null) {
      return;
    }
    ObjectNode object = stored.object();
    if (isNamespace(key)) {
      if (Meta.isDeleting(object)) {
        empty(stored);
      }
      return;
    }
    if (Meta.isDeleting(object) && Meta.finalizers(object).contains(Definitions.CLEANUP)) {
      undefine(stored);
    } else if (Meta.isDeleting(object)) {
      finish(stored);
    } else if (!key.namespace().isEmpty() && isLost(key)) {
      delete(stored, Propagation.BACKGROUND);
    } else {
      checkOwners(stored);
    }
  }

  /** Deletes the content; when there is none left, the namespace itself may go. */
  private void empty(Stored namespace) {
    boolean left = false;
    for (ResourceType type : served.all()) {
      if (type.namespaced()) {
        for (Stored item : commits.store().list(type.qualified(), namespace.key().name()).items()) {
          left = true;
          if (!Meta.isDeleting(item.object())) {
            delete(item, Propagation.BACKGROUND);
          }
        }
      }
    }
    if (left) {
      note(new Job(namespace.key(), 0, System.nanoTime() + 50_000_000L));
      return;
    }
    change(namespace, object -> Json.make(object, "spec").remove("finalizers"));
  }

  /** A definition goes after the objects of its kind. */
  private void undefine(Stored definition) {
    List<Stored> left = commits.store().list(definition.key().name(), "").items();
    for (Stored item : left) {
      if (!Meta.isDeleting(item.object())) {
        delete(item, Propagation.BACKGROUND);
      }
    }
    if (left.isEmpty()) {
      change(definition, object -> Meta.removeFinalizer(object, Definitions.CLEANUP));
    } else {
      note(new Job(definition.key(), 0, System.nanoTime() + 50_000_000L));
    }
  }

  /** Does what a foreground or orphaning deletion waits for. */
  private void finish(Stored owner) {
    List<String> finalizers = Meta.finalizers(owner.object());
    String uid = OwnerIndex.uid(owner.object());
    if (finalizers.contains(ORPHAN)) {
      index.dependents(uid).forEach(key -> release(key, uid));
      change(owner, object -> Meta.removeFinalizer(object, ORPHAN));
    } else if (finalizers.contains(FOREGROUND)) {
      boolean blocked = false;
      for (Key key : index.dependents(uid)) {
        blocked |= deleteDependent(key, uid);
      }
      if (!blocked) {
        change(owner, object -> Meta.removeFinalizer(object, FOREGROUND));
      }
    }
  }

  /** Whether the owner has to wait for it. */
  private boolean deleteDependent(Key key, String owner) {
    Stored dependent = commits.find(key);
    if (dependent == null) {
      return false;
    }
    if (!Meta.isDeleting(dependent.object())) {
      delete(dependent, Propagation.FOREGROUND);
    }
    boolean blocks =
        OwnerIndex.owners(dependent.object()).stream()
            .anyMatch(
                o ->
                    Json.text(o, "uid").equals(owner)
                        && o.path("blockOwnerDeletion").asBoolean(false));
    return blocks && commits.find(key) != null;
  }

  private void release(Key key, String owner) {
    Stored dependent = commits.find(key);
    if (dependent != null) {
      change(dependent, object -> keepOwners(object, o -> !Json.text(o, "uid").equals(owner)));
    }
  }

  private static void keepOwners(ObjectNode object, Predicate<JsonNode> kept) {
    ArrayNode left = Json.array();
    OwnerIndex.owners(object).stream().filter(kept).forEach(left::add);
    Meta.of(object).set("ownerReferences", left);
    Meta.prune(Meta.of(object));
  }

  private void checkOwners(Stored dependent) {
    List<JsonNode> owners = OwnerIndex.owners(dependent.object());
    long alive = owners.stream().filter(this::isAlive).count();
    if (owners.isEmpty() || alive == owners.size()) {
      return;
    }
    if (alive == 0) {
      delete(dependent, Propagation.BACKGROUND);
    } else {
      change(dependent, object -> keepOwners(object, this::isAlive));
    }
  }

  private boolean isAlive(JsonNode owner) {
    return index.find(Json.text(owner, "uid")) != null;
  }

  private void delete(Stored stored, Propagation propagation) {
    ResourceType type = served.find(stored.key().type());
    if (type != null) {
      ObjectRef ref = new ObjectRef(type, stored.key().namespace(), stored.key().name());
      String uid = OwnerIndex.uid(stored.object());
      api.delete(
          ref, type.versions().getFirst(), new DeleteOptions(null, propagation, uid, ""), OPTIONS);
    }
  }

  /** Changes an object's metadata; loses against everybody else, and is then told again. */
  private void change(Stored stored, Consumer<ObjectNode> edit) {
    ObjectNode after = Json.copy(stored.object());
    edit.accept(after);
    @Nullable Object done =
        Meta.isGone(after)
            ? (commits.remove(stored) ? after : null)
            : commits.put(stored.key(), stored.revision(), after);
    if (done == null) {
      note(stored.key());
    }
  }

  @Override
  public void close() {
    closed = true;
    worker.interrupt();
  }
}
