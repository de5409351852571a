package dev.layar.proxy.admin;

import dev.layar.base.JsonStrings;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Writes maps, lists, strings, numbers and booleans as JSON, one space a level as Envoy does. */
final class Json {
  private final StringBuilder out = new StringBuilder();

  private Json() {}

  static String of(Object value) {
    Json json = new Json();
    json.write(value, 0);
    return json.out.append('\n').toString();
  }

  private void write(@Nullable Object value, int level) {
    switch (value) {
      case null -> out.append("null");
      case Map<?, ?> map -> map(map, level);
      case Iterable<?> items -> items(items, level);
      case Number number -> out.append(number);
      case Boolean bool -> out.append(bool);
      default -> JsonStrings.append(out, value.toString());
    }
  }

  private void map(Map<?, ?> map, int level) {
    String separator = "{";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(separator).append('\n').repeat(' ', level + 1);
      JsonStrings.append(out, String.valueOf(entry.getKey()));
      out.append(": ");
      write(entry.getValue(), level + 1);
      separator = ",";
    }
    close(map.isEmpty(), "{}", '}', level);
  }

  private void items(Iterable<?> items, int level) {
    String separator = "[";
    for (Object item : items) {
      out.append(separator).append('\n').repeat(' ', level + 1);
      write(item, level + 1);
      separator = ",";
    }
    close(separator.equals("["), "[]", ']', level);
  }

  private void close(boolean empty, String whole, char end, int level) {
    if (empty) {
      out.append(whole);
    } else {
      out.append('\n').repeat(' ', level).append(end);
    }
  }
}
