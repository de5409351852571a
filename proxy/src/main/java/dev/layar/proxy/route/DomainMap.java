package dev.layar.proxy.route;

import dev.layar.proxy.http.Ascii;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A hash map from lower-case names to values that is asked with slices. Immutable. */
final class DomainMap<V> {
  private final byte[] @Nullable [] keys;
  private final Object[] values;
  private final int mask;

  DomainMap(Map<String, V> entries) {
    int capacity = Integer.highestOneBit(Math.max(4, entries.size() * 2)) * 2;
    this.mask = capacity - 1;
    this.keys = new byte[capacity][];
    this.values = new Object[capacity];
    entries.forEach(
        (name, value) -> {
          byte[] key = Ascii.bytes(name);
          int at = hash(key, 0, key.length) & mask;
          while (keys[at] != null) {
            at = at + 1 & mask;
          }
          keys[at] = key;
          values[at] = value;
        });
  }

  /** The value of the slice's name, whatever its case; null when there is none. */
  @SuppressWarnings("unchecked")
  @Nullable V get(byte[] bytes, int start, int length) {
    int at = hash(bytes, start, length) & mask;
    for (byte[] key = keys[at]; key != null; key = keys[at]) {
      if (Ascii.equalIgnoreCase(bytes, start, length, key)) {
        return (V) values[at];
      }
      at = at + 1 & mask;
    }
    return null;
  }

  private static int hash(byte[] bytes, int start, int length) {
    int hash = 0;
    for (int i = start; i < start + length; i++) {
      hash = hash * 31 + Ascii.lower(bytes[i]);
    }
    return hash ^ hash >>> 15;
  }
}
