package dev.layar.local;

import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The cluster's objects: those the user gave and those the controllers made. Changes are gathered
 * and published to the mesh as one revision. Confined to the cluster's thread.
 */
final class ObjectStore {
  private final MeshSide mesh;
  private final Map<ObjectKey, Resource<?>> given = new LinkedHashMap<>();
  private final Map<ObjectKey, Resource<?>> derived = new LinkedHashMap<>();
  private final Map<ObjectKey, Resource<?>> upserts = new LinkedHashMap<>();
  private final Map<ObjectKey, Boolean> deletes = new LinkedHashMap<>();
  private long revision;

  ObjectStore(MeshSide mesh) {
    this.mesh = mesh;
  }

  void put(Resource<?> object) {
    given.put(object.key(), object);
    upsert(object);
  }

  void remove(ObjectKey key) {
    if (given.remove(key) != null) {
      upserts.remove(key);
      deletes.put(key, true);
    }
  }

  @Nullable Resource<?> find(ObjectKey key) {
    return given.get(key);
  }

  /** The given objects of a kind, by its record. */
  <T> List<Resource<T>> all(Class<T> type) {
    List<Resource<T>> out = new ArrayList<>();
    for (Resource<?> object : given.values()) {
      Resource<T> typed = object.as(type);
      if (typed != null) {
        out.add(typed);
      }
    }
    return out;
  }

  /** Given and derived objects, the given ones first. */
  List<Resource<?>> everything() {
    Map<ObjectKey, Resource<?>> out = new LinkedHashMap<>(given);
    out.putAll(derived);
    return List.copyOf(out.values());
  }

  /** Replaces what controllers made by this; only differences count as changes. */
  void derive(List<Resource<?>> objects) {
    Map<ObjectKey, Resource<?>> next = new HashMap<>();
    for (Resource<?> object : objects) {
      next.put(object.key(), object);
      if (!object.equals(derived.get(object.key()))) {
        upsert(object);
      }
    }
    for (ObjectKey key : derived.keySet()) {
      if (!next.containsKey(key) && !given.containsKey(key)) {
        upserts.remove(key);
        deletes.put(key, true);
      }
    }
    derived.clear();
    objects.forEach(object -> derived.put(object.key(), object));
  }

  /** Publishes what changed since the last time; returns the newest revision. */
  long publish() {
    if (!upserts.isEmpty() || !deletes.isEmpty()) {
      revision = mesh.publish(List.copyOf(upserts.values()), List.copyOf(deletes.keySet()));
      upserts.clear();
      deletes.clear();
    }
    return revision;
  }

  long revision() {
    return revision;
  }

  private void upsert(Resource<?> object) {
    deletes.remove(object.key());
    upserts.put(object.key(), object);
  }
}
