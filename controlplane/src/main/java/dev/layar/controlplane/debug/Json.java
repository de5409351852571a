package dev.layar.controlplane.debug;

import java.util.Collection;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Maps, collections and scalars to JSON text. Pure. */
final class Json {
  private Json() {}

  static String write(Object tree) {
    StringBuilder out = new StringBuilder();
    value(tree, out);
    return out.append('\n').toString();
  }

  private static void value(@Nullable Object value, StringBuilder out) {
    switch (value) {
      case null -> out.append("null");
      case Boolean bool -> out.append(bool);
      case Number number -> out.append(number);
      case Map<?, ?> map -> object(map, out);
      case Collection<?> list -> array(list, out);
      default -> quote(value.toString(), out);
    }
  }

  private static void object(Map<?, ?> map, StringBuilder out) {
    String separator = "{";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(separator);
      quote(String.valueOf(entry.getKey()), out);
      out.append(':');
      value(entry.getValue(), out);
      separator = ",";
    }
    out.append(map.isEmpty() ? "{}" : "}");
  }

  private static void array(Collection<?> list, StringBuilder out) {
    String separator = "[";
    for (Object item : list) {
      out.append(separator);
      value(item, out);
      separator = ",";
    }
    out.append(list.isEmpty() ? "[]" : "]");
  }

  /** RFC 8259 §7. */
  private static void quote(String text, StringBuilder out) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20) {
        out.append(String.format("\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
