package dev.layar.model;

import java.util.Collections;
import java.util.Map;
import java.util.TreeMap;

/** Defensive copies with an order that depends on the content alone. */
public final class Values {
  private Values() {}

  /** An unmodifiable copy in the order of its keys, so that equal maps are walked alike. */
  public static <V> Map<String, V> sorted(Map<String, V> map) {
    return map.isEmpty() ? Map.of() : Collections.unmodifiableMap(new TreeMap<>(map));
  }
}
