package dev.layar.controlplane;

import dev.layar.base.Finding;
import dev.layar.base.SplitMix64;
import dev.layar.compiler.MeshState;
import dev.layar.model.ObjectKey;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Resource;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.UUID;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The mesh's objects in memory, with the bookkeeping that an API server does. Thread-safe; edits
 * happen one at a time, and a reader holds an immutable {@link MeshState}.
 *
 * <p>A batch is one step: readers see all of it or nothing. An object that is refused does not hold
 * up its siblings.
 */
public final class MeshStore {
  private final InstantSource clock;
  private final Admission admission;
  private final ReentrantLock editing = new ReentrantLock();
  private final List<Consumer<MeshState>> listeners = new CopyOnWriteArrayList<>();
  private final SplitMix64 random;
  private volatile MeshState state = MeshState.empty();

  /**
   * @param clock gives creation times
   * @param admission asked about every object that is put
   * @param seed of the uids
   */
  public MeshStore(InstantSource clock, Admission admission, long seed) {
    this.clock = clock;
    this.admission = admission;
    this.random = new SplitMix64(seed);
  }

  /** The newest state. */
  public MeshState state() {
    return state;
  }

  /** Adds or replaces objects. */
  public Change put(Collection<? extends Resource<?>> objects) {
    return edit(objects, List.of());
  }

  public Change put(Resource<?> object) {
    return put(List.of(object));
  }

  /** Removes objects; those that are not there are no error. */
  public Change delete(Collection<ObjectKey> keys) {
    return edit(List.of(), keys);
  }

  /** Adds, replaces and removes in one step. Of two objects with one key the later wins. */
  public Change edit(Collection<? extends Resource<?>> put, Collection<ObjectKey> delete) {
    return edit(put, delete, this::booked);
  }

  /**
   * As {@link #edit}, for objects whose bookkeeping somebody else does, as an API server: their
   * generations, times and uids are kept.
   */
  public Change mirror(Collection<? extends Resource<?>> put, Collection<ObjectKey> delete) {
    return edit(put, delete, MeshStore::differing);
  }

  /** Which of the admitted objects are stored, and how. */
  @FunctionalInterface
  private interface Booking {
    List<Resource<?>> of(MeshState before, Collection<Resource<?>> admitted);
  }

  private Change edit(
      Collection<? extends Resource<?>> put, Collection<ObjectKey> delete, Booking booking) {
    List<Finding> findings = new ArrayList<>();
    List<ObjectKey> refused = new ArrayList<>();
    Map<ObjectKey, Resource<?>> admitted = new LinkedHashMap<>();
    for (Resource<?> object : put) {
      List<Finding> found = admission.check(object);
      findings.addAll(found);
      if (found.stream().anyMatch(Finding::isError)) {
        refused.add(object.key());
      } else {
        admitted.put(object.key(), object);
      }
    }
    editing.lock();
    try {
      MeshState before = state;
      MeshState after = before.with(booking.of(before, admitted.values())).without(delete);
      if (after != before) {
        state = after;
        listeners.forEach(listener -> listener.accept(after));
      }
      return new Change(after.revision(), after != before, refused, findings);
    } finally {
      editing.unlock();
    }
  }

  /**
   * Calls a listener with every later state, in order, on the editing thread; it must return
   * quickly.
   *
   * @return ends the calls when closed
   */
  public Subscription onChange(Consumer<MeshState> listener) {
    listeners.add(listener);
    return () -> listeners.remove(listener);
  }

  /** Ends a listener's calls. */
  @FunctionalInterface
  public interface Subscription extends AutoCloseable {
    @Override
    void close();
  }

  /** The objects that differ from what is stored, with their bookkeeping done. */
  private List<Resource<?>> booked(MeshState before, Collection<Resource<?>> objects) {
    List<Resource<?>> booked = new ArrayList<>();
    for (Resource<?> object : objects) {
      Resource<?> stored = before.get(object.key());
      if (stored == null || !says(object, stored)) {
        booked.add(object.withMetadata(book(object, stored, before.revision() + 1)));
      }
    }
    return booked;
  }

  /** An API server counts more often than anything changes that matters here. */
  private static List<Resource<?>> differing(MeshState before, Collection<Resource<?>> objects) {
    List<Resource<?>> differing = new ArrayList<>();
    for (Resource<?> object : objects) {
      Resource<?> stored = before.get(object.key());
      if (stored == null
          || stored.metadata().generation() != object.metadata().generation()
          || !says(object, stored)) {
        differing.add(object);
      }
    }
    return differing;
  }

  /** Whether an object says what the stored one says; bookkeeping is the store's own. */
  private static boolean says(Resource<?> object, Resource<?> stored) {
    ObjectMeta written = object.metadata();
    ObjectMeta known = stored.metadata();
    return object.spec().equals(stored.spec())
        && object.apiVersion().equals(stored.apiVersion())
        && written.labels().equals(known.labels())
        && written.annotations().equals(known.annotations())
        && written.ownerReferences().equals(known.ownerReferences())
        && written.finalizers().equals(known.finalizers());
  }

  private ObjectMeta book(Resource<?> object, @Nullable Resource<?> stored, long revision) {
    ObjectMeta written = object.metadata();
    return new ObjectMeta(
        written.name(),
        written.generateName(),
        written.namespace(),
        written.labels(),
        written.annotations(),
        created(written, stored),
        written.deletionTimestamp(),
        generation(object, stored),
        Long.toString(revision),
        stored == null ? uid() : stored.metadata().uid(),
        written.ownerReferences(),
        written.finalizers());
  }

  private Instant created(ObjectMeta written, @Nullable Resource<?> stored) {
    Instant known = stored == null ? null : stored.metadata().creationTimestamp();
    if (known != null) {
      return known;
    }
    Instant given = written.creationTimestamp();
    return given == null ? clock.instant() : given;
  }

  /** Counts changes of the spec, not of labels or annotations, as Kubernetes does. */
  private static long generation(Resource<?> object, @Nullable Resource<?> stored) {
    if (stored == null) {
      return 1;
    }
    long known = stored.metadata().generation();
    return object.spec().equals(stored.spec()) ? known : known + 1;
  }

  private String uid() {
    return new UUID(random.next(), random.next()).toString();
  }
}
