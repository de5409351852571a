package dev.layar.compiler.build;

import java.util.AbstractMap;
import java.util.AbstractSet;
import java.util.Collections;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * What many share together with what is one's own, as one map. Immutable, and as large as the own
 * part alone; no key is in both.
 */
final class JoinedMap<K, V> extends AbstractMap<K, V> {
  private final Map<K, V> shared;
  private final Map<K, V> own;

  private JoinedMap(Map<K, V> shared, Map<K, V> own) {
    this.shared = shared;
    this.own = Collections.unmodifiableMap(new LinkedHashMap<>(own));
  }

  /** Both together; the shared map itself when there is nothing else. */
  static <K, V> Map<K, V> of(Map<K, V> shared, Map<K, V> own) {
    return own.isEmpty() ? shared : new JoinedMap<>(shared, own);
  }

  @Override
  public @Nullable V get(@Nullable Object key) {
    if (key == null) {
      return null;
    }
    V found = own.get(key);
    return found == null ? shared.get(key) : found;
  }

  @Override
  public boolean containsKey(@Nullable Object key) {
    return get(key) != null;
  }

  @Override
  public Set<Entry<K, V>> entrySet() {
    return new AbstractSet<>() {
      @Override
      public Iterator<Entry<K, V>> iterator() {
        return Stream.concat(shared.entrySet().stream(), own.entrySet().stream()).iterator();
      }

      @Override
      public int size() {
        return shared.size() + own.size();
      }
    };
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof JoinedMap<?, ?> joined && joined.shared == shared
        ? own.equals(joined.own)
        : super.equals(other);
  }

  @Override
  public int hashCode() {
    return super.hashCode();
  }
}
