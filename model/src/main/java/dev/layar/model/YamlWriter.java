package dev.layar.model;

import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Maps, lists and scalars to block-style YAML that YAML 1.1 and 1.2 read alike. */
final class YamlWriter {
  private final StringBuilder out = new StringBuilder();

  private YamlWriter() {}

  static String write(Map<String, ?> tree) {
    YamlWriter writer = new YamlWriter();
    if (tree.isEmpty()) {
      return "{}\n";
    }
    writer.fields(tree, 0, false);
    return writer.out.toString();
  }

  private void fields(Map<?, ?> map, int indent, boolean afterDash) {
    boolean first = afterDash;
    for (var entry : map.entrySet()) {
      if (!first) {
        out.repeat(' ', indent);
      }
      first = false;
      out.append(scalar(entry.getKey())).append(':');
      below(entry.getValue(), indent);
    }
  }

  /** A value after its key: on the same line when it is a scalar. */
  private void below(@Nullable Object value, int indent) {
    switch (value) {
      case null -> out.append(" null\n");
      case Map<?, ?> map when !map.isEmpty() -> {
        out.append('\n');
        fields(map, indent + 2, false);
      }
      case List<?> list when !list.isEmpty() -> {
        out.append('\n');
        items(list, indent);
      }
      default -> out.append(' ').append(scalar(value)).append('\n');
    }
  }

  private void items(List<?> list, int indent) {
    for (Object item : list) {
      out.repeat(' ', indent).append("- ");
      if (item instanceof Map<?, ?> map && !map.isEmpty()) {
        fields(map, indent + 2, true);
      } else {
        out.append(scalar(item)).append('\n');
      }
    }
  }

  private static String scalar(@Nullable Object value) {
    return switch (value) {
      case null -> "null";
      case String text -> isPlain(text) ? text : JsonWriter.quote(text);
      case Map<?, ?> _ -> "{}";
      case List<?> list -> JsonWriter.write(list);
      case Double number -> JsonWriter.number(number);
      default -> value.toString();
    };
  }

  /** Only text that no YAML reader takes for anything else goes without quotes. */
  private static boolean isPlain(String text) {
    return text.matches("[A-Za-z0-9/][A-Za-z0-9_./-]*")
        && Plain.of(text) == Plain.STRING
        && !text.matches("[yYnN]|[0-9].*");
  }
}
