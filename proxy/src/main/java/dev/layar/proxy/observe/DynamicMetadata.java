package dev.layar.proxy.observe;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What filters found out about one stream, for the filters behind them (Envoy: dynamic metadata).
 * Values are what JSON has: text, {@link Double}, {@link Boolean}, lists, maps by text, and {@link
 * #NULL}. Event-loop confined, mutable; made by the first filter that has something to say.
 */
public final class DynamicMetadata {
  /** JSON's null. */
  public static final Object NULL =
      new Object() {
        @Override
        public String toString() {
          return "null";
        }
      };

  private final Map<String, Map<String, Object>> byFilter = new HashMap<>(4);

  /** Sets one value, in place of an earlier one. */
  public void put(String filter, String key, Object value) {
    byFilter.computeIfAbsent(filter, name -> new HashMap<>(4)).put(key, value);
  }

  /** The value that the path leads to; null when there is none. */
  public @Nullable Object find(String filter, List<String> path) {
    Object at = byFilter.get(filter);
    for (int i = 0; i < path.size() && at != null; i++) {
      at = at instanceof Map<?, ?> map ? map.get(path.get(i)) : null;
    }
    return at;
  }
}
