package dev.layar.model;

import dev.layar.base.Location;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** A parsed document before it has a meaning: YAML and JSON alike. Immutable. */
sealed interface Tree {
  /** Where it starts. */
  Location at();

  /**
   * A scalar.
   *
   * @param plain written without quotes, so that it may be a number, a boolean or null
   */
  record Text(String value, boolean plain, Location at) implements Tree {}

  /** A list. */
  record Items(List<Tree> items, Location at) implements Tree {}

  /**
   * An object, with its fields as written: repeated names are all there.
   *
   * @param first the first field of each name
   */
  record Fields(List<Entry> entries, Map<String, Entry> first, Location at) implements Tree {
    Fields(List<Entry> entries, Location at) {
      this(entries, index(entries), at);
    }

    private static Map<String, Entry> index(List<Entry> entries) {
      Map<String, Entry> first = HashMap.newHashMap(entries.size());
      entries.forEach(e -> first.putIfAbsent(e.name(), e));
      return first;
    }

    /** The first field of this name, or null. */
    @Nullable Entry find(String name) {
      return first.get(name);
    }

    /** The value of the first field of this name, or null when absent or null. */
    @Nullable Tree get(String name) {
      Entry entry = find(name);
      return entry == null || entry.value().isNull() ? null : entry.value();
    }
  }

  /** A field of an object. */
  record Entry(String name, Location at, Tree value) {}

  default boolean isNull() {
    return this instanceof Text text && text.plain() && Plain.of(text.value()) == Plain.NULL;
  }

  /** What it is, for a person. */
  default String describe() {
    return switch (this) {
      case Text text -> isNull() ? "nothing" : abbreviate(text.value());
      case Items items -> items.items().isEmpty() ? "an empty list" : "a list";
      case Fields fields ->
          fields.entries().isEmpty()
              ? "an empty object"
              : "an object with " + abbreviate(fields.entries().getFirst().name());
    };
  }

  private static String abbreviate(String value) {
    String line = value.replaceAll("\\s+", " ");
    return line.length() <= 80 ? line : line.substring(0, 77) + "...";
  }
}
