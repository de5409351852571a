package dev.layar.model;

import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * An object whose fields the API leaves open, such as a patch of a proxy's configuration.
 * Immutable.
 *
 * @param fields values are strings, booleans, numbers, null, lists and maps of these, maps in the
 *     order of their names and whole numbers as longs
 */
public record FreeForm(Map<String, @Nullable Object> fields) {
  public static final FreeForm EMPTY = new FreeForm(Map.of());

  public FreeForm {
    fields = object(fields);
  }

  /** JSON on one line. */
  public String json() {
    return JsonWriter.write(fields);
  }

  static FreeForm of(Tree.Fields tree) {
    return new FreeForm(fields(tree));
  }

  private static Map<String, @Nullable Object> fields(Tree.Fields tree) {
    Map<String, @Nullable Object> out = new LinkedHashMap<>();
    for (Tree.Entry entry : tree.entries()) {
      out.putIfAbsent(entry.name(), plain(entry.value()));
    }
    return out;
  }

  private static @Nullable Object plain(Tree tree) {
    return switch (tree) {
      case Tree.Fields object -> fields(object);
      case Tree.Items items -> {
        List<@Nullable Object> out = new ArrayList<>();
        items.items().forEach(item -> out.add(plain(item)));
        yield out;
      }
      case Tree.Text text -> scalar(text);
    };
  }

  private static @Nullable Object scalar(Tree.Text text) {
    if (!text.plain()) {
      return text.value();
    }
    return switch (Plain.of(text.value())) {
      case STRING -> text.value();
      case NULL -> null;
      case BOOLEAN -> Plain.bool(text.value());
      case DECIMAL -> {
        double number = Plain.decimal(text.value());
        yield Double.isFinite(number) ? (Object) number : text.value();
      }
      case INTEGER -> {
        var number = Plain.integer(text.value());
        yield number.bitLength() < Long.SIZE ? (Object) number.longValue() : number.doubleValue();
      }
    };
  }

  private static Map<String, @Nullable Object> object(Map<?, ?> map) {
    Map<String, @Nullable Object> out = new TreeMap<>();
    map.forEach((name, value) -> out.put((String) name, copy(value)));
    return Collections.unmodifiableMap(out);
  }

  private static @Nullable Object copy(@Nullable Object value) {
    return switch (value) {
      case null -> null;
      case Map<?, ?> map -> object(map);
      case List<?> list -> {
        List<@Nullable Object> out = new ArrayList<>();
        list.forEach(item -> out.add(copy(item)));
        yield Collections.unmodifiableList(out);
      }
      case Integer number -> number.longValue();
      case Double number when Math.rint(number) == number && Math.abs(number) < 1L << 53 ->
          number.longValue();
      default -> value;
    };
  }
}
