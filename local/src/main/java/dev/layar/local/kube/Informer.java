package dev.layar.local.kube;

import dev.layar.apiserver.ResourceType;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is known of one kind's objects: fed by a watch and by this process's own writes, so that a
 * controller reads what it wrote. Thread-safe; objects handed out are shared and not to be changed.
 */
public final class Informer {
  /** Told about a change, on any thread and in no lock; must not block. */
  @FunctionalInterface
  public interface Listener {
    /** {@code before} is null for a new object, {@code after} for one that is gone. */
    void changed(@Nullable ObjectNode before, @Nullable ObjectNode after);
  }

  private final ResourceType type;
  private final NavigableMap<Key, ObjectNode> objects = new TreeMap<>();
  private final Map<String, Set<Key>> byController = new HashMap<>();

  private static final int GRAVES = 4096;

  /**
   * The uids of the objects that went last, whoever removed them: the answer to a write, or an
   * older event of the watch, may come after the news that the object is gone.
   */
  private final Set<String> buried =
      Collections.newSetFromMap(
          new LinkedHashMap<>() {
            private static final long serialVersionUID = 1L;

            @Override
            protected boolean removeEldestEntry(Map.Entry<String, Boolean> eldest) {
              return size() > GRAVES;
            }
          });

  private final List<Listener> listeners = new CopyOnWriteArrayList<>();

  Informer(ResourceType type) {
    this.type = type;
  }

  public ResourceType type() {
    return type;
  }

  public void listen(Listener listener) {
    listeners.add(listener);
  }

  public synchronized @Nullable ObjectNode get(String namespace, String name) {
    return objects.get(new Key(namespace, name));
  }

  /** Every object, by namespace and name. */
  public synchronized List<ObjectNode> list() {
    return List.copyOf(objects.values());
  }

  /** The objects of a namespace. */
  public synchronized List<ObjectNode> list(String namespace) {
    return List.copyOf(
        objects.subMap(new Key(namespace, ""), new Key(namespace + "\0", "")).values());
  }

  /** The objects that the one with this uid controls. */
  public synchronized List<ObjectNode> controlledBy(String uid) {
    List<ObjectNode> out = new ArrayList<>();
    for (Key key : byController.getOrDefault(uid, Set.of())) {
      ObjectNode object = objects.get(key);
      if (object != null) {
        out.add(object);
      }
    }
    return out;
  }

  /** Takes over an object as it is stored; an older state than the known one changes nothing. */
  void put(ObjectNode object) {
    ObjectNode before;
    synchronized (this) {
      before = objects.get(Key.of(object));
      if (buried.contains(Trees.uid(object))
          || (before != null && revision(before) >= revision(object))) {
        return;
      }
      store(object);
    }
    tell(before, object);
  }

  /** Our own delete removed it. */
  void bury(ObjectNode object) {
    synchronized (this) {
      ObjectNode known = objects.get(Key.of(object));
      if (known == null || !Trees.uid(known).equals(Trees.uid(object))) {
        return;
      }
      buried.add(Trees.uid(object));
      drop(known);
    }
    tell(object, null);
  }

  /** The watch says that it is gone. */
  void remove(ObjectNode object) {
    ObjectNode known;
    synchronized (this) {
      buried.add(Trees.uid(object));
      known = objects.get(Key.of(object));
      if (known == null || !Trees.uid(known).equals(Trees.uid(object))) {
        return;
      }
      drop(known);
    }
    tell(known, null);
  }

  /** Takes over a whole list; what is not in it is gone. */
  void replace(List<ObjectNode> all) {
    List<ObjectNode> gone;
    synchronized (this) {
      Set<String> uids = new HashSet<>();
      all.forEach(object -> uids.add(Trees.uid(object)));
      gone = objects.values().stream().filter(object -> !uids.contains(Trees.uid(object))).toList();
      gone.forEach(this::drop);
      gone.forEach(object -> buried.add(Trees.uid(object)));
    }
    gone.forEach(object -> tell(object, null));
    all.forEach(this::put);
  }

  private void store(ObjectNode object) {
    Key key = Key.of(object);
    ObjectNode before = objects.put(key, object);
    if (before != null) {
      unindex(before);
    }
    String owner = Trees.controller(object);
    if (!owner.isEmpty()) {
      byController.computeIfAbsent(owner, _ -> new HashSet<>()).add(key);
    }
  }

  private void drop(ObjectNode object) {
    objects.remove(Key.of(object));
    unindex(object);
  }

  private void unindex(ObjectNode object) {
    String owner = Trees.controller(object);
    Set<Key> owned = byController.get(owner);
    if (owned != null && owned.remove(Key.of(object)) && owned.isEmpty()) {
      byController.remove(owner);
    }
  }

  private void tell(@Nullable ObjectNode before, @Nullable ObjectNode after) {
    listeners.forEach(listener -> listener.changed(before, after));
  }

  private static long revision(JsonNode object) {
    return Trees.at(object, "metadata", "resourceVersion").asLong(0);
  }
}
