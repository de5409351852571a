package dev.layar.model;

import java.math.BigDecimal;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Maps, lists and scalars to JSON on one line. */
final class JsonWriter {
  private final StringBuilder out = new StringBuilder();

  private JsonWriter() {}

  static String write(Object tree) {
    JsonWriter writer = new JsonWriter();
    writer.value(tree);
    return writer.out.toString();
  }

  /** A string in quotes; valid in JSON and in YAML. */
  static String quote(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2).append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          boolean printable = c >= 0x20 && c < 0x7f || c > 0xa0 && c < 0x2000;
          if (printable || Character.isLetter(c)) {
            out.append(c);
          } else {
            out.append("\\u%04x".formatted((int) c));
          }
        }
      }
    }
    return out.append('"').toString();
  }

  /** A number without exponent; whole ones without a fraction. */
  static String number(double value) {
    return value == 0 ? "0" : BigDecimal.valueOf(value).stripTrailingZeros().toPlainString();
  }

  private void value(@Nullable Object value) {
    switch (value) {
      case null -> out.append("null");
      case String text -> out.append(quote(text));
      case Double number -> out.append(number(number));
      case Map<?, ?> map -> object(map);
      case List<?> list -> array(list);
      default -> out.append(value);
    }
  }

  private void object(Map<?, ?> map) {
    out.append('{');
    String comma = "";
    for (var entry : map.entrySet()) {
      out.append(comma).append(quote((String) entry.getKey())).append(':');
      value(entry.getValue());
      comma = ",";
    }
    out.append('}');
  }

  private void array(List<?> list) {
    out.append('[');
    String comma = "";
    for (Object item : list) {
      out.append(comma);
      value(item);
      comma = ",";
    }
    out.append(']');
  }
}
