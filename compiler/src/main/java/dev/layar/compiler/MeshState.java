package dev.layar.compiler;

import dev.layar.model.Kind;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Every object of a mesh at one moment. Immutable; free to share between threads. An edit shares
 * all it does not touch with the state it came from, so a state of thousands of objects is edited
 * one object at a time at the cost of that object.
 */
public final class MeshState {
  /** The order in which objects are listed: kind, namespace, name. */
  public static final Comparator<ObjectKey> ORDER =
      Comparator.comparing((ObjectKey key) -> key.kind().kind())
          .thenComparing(key -> key.kind().group())
          .thenComparing(ObjectKey::namespace)
          .thenComparing(ObjectKey::name);

  private static final MeshState EMPTY = new MeshState(Map.of(), 0);

  private final Map<Kind, PersistentMap<ObjectKey, Resource<?>>> byKind;
  private final long revision;

  private MeshState(Map<Kind, PersistentMap<ObjectKey, Resource<?>>> byKind, long revision) {
    this.byKind = byKind;
    this.revision = revision;
  }

  /** No objects, revision 0. */
  public static MeshState empty() {
    return EMPTY;
  }

  /** Adds or replaces objects as one revision; this state itself when nothing changes. */
  public MeshState with(Collection<? extends Resource<?>> objects) {
    Map<Kind, PersistentMap<ObjectKey, Resource<?>>> next = new HashMap<>(byKind);
    for (Resource<?> object : objects) {
      next.merge(
          object.kind(),
          PersistentMap.<ObjectKey, Resource<?>>empty().with(object.key(), object),
          (present, single) -> present.with(object.key(), object));
    }
    return changed(next);
  }

  /** Removes objects as one revision; this state itself when none of them is there. */
  public MeshState without(Collection<ObjectKey> keys) {
    Map<Kind, PersistentMap<ObjectKey, Resource<?>>> next = new HashMap<>(byKind);
    for (ObjectKey key : keys) {
      next.computeIfPresent(key.kind(), (kind, present) -> present.without(key));
    }
    return changed(next);
  }

  private MeshState changed(Map<Kind, PersistentMap<ObjectKey, Resource<?>>> next) {
    for (Map.Entry<Kind, PersistentMap<ObjectKey, Resource<?>>> entry : next.entrySet()) {
      if (of(entry.getKey()) != entry.getValue()
          && of(entry.getKey()).size() + entry.getValue().size() > 0) {
        return new MeshState(next, revision + 1);
      }
    }
    return this;
  }

  /** Counts the edits since {@link #empty}. */
  public long revision() {
    return revision;
  }

  public @Nullable Resource<?> get(ObjectKey key) {
    return of(key.kind()).get(key);
  }

  /** The objects of a kind, by namespace and name. Cost: sorting them. */
  public List<Resource<?>> all(Kind kind) {
    List<Resource<?>> objects = new ArrayList<>();
    of(kind).forEach((key, object) -> objects.add(object));
    objects.sort(Comparator.comparing(Resource::key, ORDER));
    return objects;
  }

  /** How many objects of a kind there are. */
  public int count(Kind kind) {
    return of(kind).size();
  }

  /** How many objects there are. */
  public int size() {
    return byKind.values().stream().mapToInt(PersistentMap::size).sum();
  }

  /** Reports every object that differs from {@code older}'s to here; cost: what changed. */
  public void diff(MeshState older, PersistentMap.DiffConsumer<ObjectKey, Resource<?>> consumer) {
    for (Kind kind : older.byKind.keySet()) {
      of(kind).diff(older.of(kind), consumer);
    }
    for (Kind kind : byKind.keySet()) {
      if (!older.byKind.containsKey(kind)) {
        of(kind).diff(PersistentMap.empty(), consumer);
      }
    }
  }

  private PersistentMap<ObjectKey, Resource<?>> of(Kind kind) {
    return byKind.getOrDefault(kind, PersistentMap.empty());
  }
}
