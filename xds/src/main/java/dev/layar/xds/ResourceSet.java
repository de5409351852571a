package dev.layar.xds;

import java.lang.ref.WeakReference;
import java.util.Collection;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The resources of one type at one revision, by name and in the compiler's order. Immutable and
 * shared by every proxy that gets the same; what changed since an older set is computed once and
 * remembered, so that a push to a thousand proxies of one scope compares the sets once.
 */
public final class ResourceSet {
  public static final ResourceSet EMPTY = new ResourceSet(Map.of());

  private final Map<String, XdsResource> byName;
  private volatile @Nullable Comparison last;
  private volatile @Nullable Set<String> detachedNames;

  private ResourceSet(Map<String, XdsResource> byName) {
    this.byName = byName;
  }

  /** Of two resources with one name the later wins. */
  public static ResourceSet of(Collection<XdsResource> resources) {
    if (resources.isEmpty()) {
      return EMPTY;
    }
    Map<String, XdsResource> byName = LinkedHashMap.newLinkedHashMap(resources.size());
    resources.forEach(resource -> byName.put(resource.name(), resource));
    return new ResourceSet(Collections.unmodifiableMap(byName));
  }

  /**
   * Takes over a map from name to resource that nobody changes any more; nothing is copied. The
   * same map should be wrapped once only, as comparisons are remembered by set.
   */
  public static ResourceSet ofImmutable(Map<String, XdsResource> byName) {
    return byName.isEmpty() ? EMPTY : new ResourceSet(byName);
  }

  public @Nullable XdsResource get(String name) {
    return byName.get(name);
  }

  public boolean contains(String name) {
    return byName.containsKey(name);
  }

  public Set<String> names() {
    return byName.keySet();
  }

  /**
   * The same names in a set that does not keep this one's resources alive, and that equal
   * successors share. Computed when first asked for.
   */
  public synchronized Set<String> detachedNames() {
    Set<String> names = detachedNames;
    if (names == null) {
      names = Set.copyOf(byName.keySet());
      detachedNames = names;
    }
    return names;
  }

  public Collection<XdsResource> resources() {
    return byName.values();
  }

  public int size() {
    return byName.size();
  }

  public boolean isEmpty() {
    return byName.isEmpty();
  }

  /** What somebody who holds {@code older} lacks. Thread-safe. */
  public Changes since(ResourceSet older) {
    if (older == this) {
      return Changes.NONE;
    }
    if (older.isEmpty()) {
      return new Changes(names(), Set.of());
    }
    Comparison known = last;
    if (known != null && known.older.get() == older) {
      return known.changes;
    }
    Changes changes = compare(older);
    last = new Comparison(new WeakReference<>(older), changes);
    return changes;
  }

  private Changes compare(ResourceSet older) {
    Set<String> changed = new LinkedHashSet<>();
    int kept = 0;
    for (Map.Entry<String, XdsResource> entry : byName.entrySet()) {
      XdsResource before = older.get(entry.getKey());
      kept += before == null ? 0 : 1;
      if (before == null || differ(before, entry.getValue())) {
        changed.add(entry.getKey());
      }
    }
    boolean sameNames = kept == size() && kept == older.size();
    if (sameNames && older.detachedNames != null) {
      detachedNames = older.detachedNames;
    }
    Set<String> removed = new LinkedHashSet<>();
    if (kept < older.size()) {
      older.names().stream().filter(name -> !contains(name)).forEach(removed::add);
    }
    return new Changes(Collections.unmodifiableSet(changed), Collections.unmodifiableSet(removed));
  }

  @SuppressWarnings("ReferenceEquality") // most are the same object; the rest is compared
  private static boolean differ(XdsResource before, XdsResource after) {
    return before != after && !before.version().equals(after.version());
  }

  /**
   * The difference between two sets, as names. Immutable.
   *
   * @param changed in the newer set only, or with another version
   * @param removed in the older set only
   */
  public record Changes(Set<String> changed, Set<String> removed) {
    public static final Changes NONE = new Changes(Set.of(), Set.of());

    public boolean isNothing() {
      return changed.isEmpty() && removed.isEmpty();
    }
  }

  /** Weak, so that sets do not keep all their predecessors alive. */
  private record Comparison(WeakReference<ResourceSet> older, Changes changes) {}

  @Override
  public String toString() {
    return byName.keySet().toString();
  }
}
