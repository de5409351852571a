package dev.layar.model;

import dev.layar.base.Location;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Where each field of an object was written. Immutable. Paths have the form of findings, for
 * example {@code spec.http[0].route[1].weight}; the empty path is the object itself.
 *
 * @param object where the object starts
 * @param fields path to position
 */
public record SourceMap(Location object, Map<String, Position> fields) {
  public static final SourceMap EMPTY = new SourceMap(Location.UNKNOWN, Map.of());

  public SourceMap {
    fields = Map.copyOf(fields);
  }

  /**
   * The two ends of a field.
   *
   * @param key where the field's name is (of a list element: the element)
   * @param value where its value starts
   */
  public record Position(Location key, Location value) {}

  /** Where the field's value is; where it would be missing from, its nearest written parent. */
  public Location value(String path) {
    Position position = nearest(path);
    return position == null ? object : position.value();
  }

  /** Where the field's name is; its nearest written parent's name when it was not written. */
  public Location key(String path) {
    Position position = nearest(path);
    return position == null ? object : position.key();
  }

  private @Nullable Position nearest(String path) {
    String at = path;
    while (!at.isEmpty()) {
      Position position = fields.get(at);
      if (position != null) {
        return position;
      }
      at = at.substring(0, Math.max(0, Math.max(at.lastIndexOf('.'), at.lastIndexOf('['))));
    }
    return null;
  }
}
