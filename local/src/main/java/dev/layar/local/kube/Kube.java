package dev.layar.local.kube;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.DeleteOptions;
import dev.layar.apiserver.ObjectPage;
import dev.layar.apiserver.ObjectQuery;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.Watch;
import dev.layar.apiserver.WatchEvent;
import dev.layar.apiserver.WatchOptions;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.Written;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicBoolean;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The API as the cluster's own parts use it: every kind that they read is kept in an {@link
 * Informer}, and every write of theirs is in the informer when it returns. Thread-safe. Does not
 * own the {@link Api}.
 */
public final class Kube implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Kube.class);
  private static final Duration POLL = Duration.ofSeconds(1);
  private static final int NOT_FOUND = 404;

  private final Api api;
  private final WriteOptions options;
  private final Map<String, Informer> informers = new LinkedHashMap<>();
  private final AtomicBoolean closed = new AtomicBoolean();

  /**
   * Lists the kinds and begins to watch them.
   *
   * @param kinds as {@link ResourceType#qualified}
   */
  public Kube(Api api, String fieldManager, List<String> kinds) {
    this.api = api;
    this.options = WriteOptions.system(fieldManager);
    for (String kind : kinds) {
      informers.put(kind, new Informer(resolve(kind)));
    }
  }

  /** Fills the informers, then keeps them up to date. Call once, after listeners were added. */
  public void start() {
    informers.forEach((kind, informer) -> begin(kind, informer));
  }

  private void begin(String kind, Informer informer) {
    long revision = relist(informer);
    Thread.ofVirtual().name("layar-watch-" + kind).start(() -> follow(informer, revision));
  }

  private long relist(Informer informer) {
    ObjectPage page = api.list(ObjectQuery.all(informer.type()), 0, "");
    informer.replace(page.items());
    return page.revision();
  }

  private void follow(Informer informer, long listed) {
    long revision = listed;
    while (!closed.get()) {
      try (Watch watch =
          api.watch(
              ObjectQuery.all(informer.type()),
              new WatchOptions(Long.toString(revision), true, false))) {
        read(informer, watch);
        if (!closed.get()) {
          revision = relist(informer);
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        return;
      } catch (StatusException | IllegalStateException e) {
        if (!closed.get()) {
          LOG.warn("watching {}: {}", informer.type().qualified(), e.getMessage());
        }
        return;
      }
    }
  }

  /** Until the watch ends, or falls so far behind that the list must be read again. */
  private void read(Informer informer, Watch watch) throws InterruptedException {
    while (!closed.get() && !watch.ended()) {
      WatchEvent event = watch.next(POLL);
      if (event != null) {
        switch (event.type()) {
          case ADDED, MODIFIED -> informer.put(event.object());
          case DELETED -> informer.remove(event.object());
          case BOOKMARK -> LOG.trace("bookmark of {}", informer.type().qualified());
          case ERROR -> {
            return;
          }
        }
      }
    }
  }

  private ResourceType resolve(String kind) {
    int dot = kind.indexOf('.');
    String plural = dot < 0 ? kind : kind.substring(0, dot);
    String group = dot < 0 ? "" : kind.substring(dot + 1);
    ResourceType type = api.type(group, plural);
    if (type == null) {
      throw new IllegalStateException("the API does not serve " + kind);
    }
    return type;
  }

  /** The informer of a kind that was named at construction. */
  public Informer informer(String kind) {
    Informer informer = informers.get(kind);
    if (informer == null) {
      throw new IllegalStateException("not watched: " + kind);
    }
    return informer;
  }

  public Api api() {
    return api;
  }

  // Writes. Each throws StatusException as the Api does.

  /** Creates an object and returns it as stored. */
  public ObjectNode create(String kind, String namespace, ObjectNode body) {
    Informer informer = informer(kind);
    ResourceType type = informer.type();
    String version = type.versions().getFirst();
    ObjectNode full = body.deepCopy();
    full.put("apiVersion", type.apiVersion(version)).put("kind", type.kind());
    ObjectNode stored = api.create(type, version, namespace, full, options).object();
    informer.put(stored);
    return stored;
  }

  /** Merges into an object (RFC 7386). */
  public ObjectNode merge(String kind, Key key, JsonNode patch) {
    return patch(kind, key, Subresource.NONE, PatchType.MERGE, patch);
  }

  /** Replaces an object's spec and metadata; conditional on its {@code resourceVersion}. */
  public ObjectNode update(String kind, ObjectNode body) {
    Informer informer = informer(kind);
    ObjectNode stored =
        api.update(ref(informer, Key.of(body)), version(informer), Subresource.NONE, body, options)
            .object();
    informer.put(stored);
    return stored;
  }

  /** Replaces an object's status, unless it is the same already. */
  public void status(String kind, ObjectNode object, ObjectNode status) {
    if (status.equals(object.get("status"))) {
      return;
    }
    Informer informer = informer(kind);
    ObjectNode body = object.deepCopy();
    body.set("status", status);
    Trees.child(body, "metadata").remove("resourceVersion");
    try {
      ObjectNode stored =
          api.update(
                  ref(informer, Key.of(body)), version(informer), Subresource.STATUS, body, options)
              .object();
      informer.put(stored);
    } catch (StatusException e) {
      if (e.code() != NOT_FOUND) {
        throw e;
      }
    }
  }

  /**
   * Creates the object, or makes the one that is there say the same: labels and every other field
   * but annotations, which are added to, and status, which stays.
   */
  public void apply(ObjectNode wanted) {
    ResourceType type = typeOf(wanted);
    String version = Trees.text(wanted, "apiVersion");
    version = version.substring(version.indexOf('/') + 1);
    Key key = type.namespaced() ? Key.of(wanted) : new Key("", Trees.name(wanted));
    Written written;
    try {
      ObjectRef ref = new ObjectRef(type, key.namespace(), key.name());
      ObjectNode there = api.get(ref, version, Subresource.NONE);
      written = api.update(ref, version, Subresource.NONE, over(there, wanted), options);
    } catch (StatusException e) {
      if (e.code() != NOT_FOUND) {
        throw e;
      }
      written = api.create(type, version, key.namespace(), wanted, options);
    }
    Informer informer = informers.get(type.qualified());
    if (informer != null && version.equals(version(informer))) {
      informer.put(written.object());
    }
  }

  private static ObjectNode over(ObjectNode there, ObjectNode wanted) {
    ObjectNode next = wanted.deepCopy();
    ObjectNode metadata = Trees.child(next, "metadata");
    ObjectNode before = Trees.child(there.deepCopy(), "metadata");
    JsonNode labels = metadata.get("labels");
    if (labels == null) {
      before.remove("labels");
    } else {
      before.set("labels", labels);
    }
    ObjectNode annotations = Trees.child(before, "annotations");
    Trees.annotations(wanted).forEach(annotations::put);
    next.set("metadata", before);
    JsonNode status = there.get("status");
    if (status != null) {
      next.set("status", status);
    }
    return next;
  }

  /**
   * The type of an object that names its apiVersion and kind.
   *
   * @throws StatusException when it is not served
   */
  public ResourceType typeOf(JsonNode object) {
    String apiVersion = Trees.text(object, "apiVersion");
    String kind = Trees.text(object, "kind");
    int slash = apiVersion.indexOf('/');
    String group = slash < 0 ? "" : apiVersion.substring(0, slash);
    String version = apiVersion.substring(slash + 1);
    return api.types().stream()
        .filter(type -> type.group().equals(group) && type.kind().equals(kind))
        .filter(type -> type.versions().contains(version))
        .findFirst()
        .orElseThrow(
            () ->
                new StatusException(
                    NOT_FOUND,
                    "NotFound",
                    "no matches for kind \"" + kind + "\" in version \"" + apiVersion + "\"",
                    StatusException.Details.NONE));
  }

  /** Deletes an object of any kind that is served; nothing happens when there is none. */
  public void delete(ResourceType type, Key key) {
    if (informers.containsKey(type.qualified())) {
      delete(type.qualified(), key, null);
      return;
    }
    try {
      ObjectRef ref = new ObjectRef(type, key.namespace(), key.name());
      api.delete(ref, type.versions().getFirst(), DeleteOptions.PLAIN, options);
    } catch (StatusException e) {
      if (e.code() != NOT_FOUND) {
        throw e;
      }
    }
  }

  private ObjectNode patch(
      String kind, Key key, Subresource subresource, PatchType how, JsonNode patch) {
    Informer informer = informer(kind);
    ObjectNode stored =
        api.patch(ref(informer, key), version(informer), subresource, how, patch, options).object();
    informer.put(stored);
    return stored;
  }

  /**
   * Deletes; nothing happens when there is none.
   *
   * @param grace null: the kind's own
   */
  public void delete(String kind, Key key, @Nullable Duration grace) {
    Informer informer = informer(kind);
    DeleteOptions how = new DeleteOptions(grace, DeleteOptions.Propagation.BACKGROUND, "", "");
    try {
      ObjectNode last = api.delete(ref(informer, key), version(informer), how, options);
      boolean stays =
          Trees.isDeleting(last)
              && (grace == null || !grace.isZero())
              && !Trees.text(last, "metadata", "deletionGracePeriodSeconds").equals("0");
      boolean held = !Trees.items(last, "metadata", "finalizers").isEmpty();
      if (stays || held) {
        informer.put(last);
      } else {
        informer.bury(last);
      }
    } catch (StatusException e) {
      if (e.code() != NOT_FOUND) {
        throw e;
      }
    }
  }

  private static ObjectRef ref(Informer informer, Key key) {
    return new ObjectRef(informer.type(), key.namespace(), key.name());
  }

  private static String version(Informer informer) {
    return informer.type().versions().getFirst();
  }

  @Override
  public void close() {
    closed.set(true);
  }
}
