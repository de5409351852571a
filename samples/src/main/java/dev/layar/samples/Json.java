package dev.layar.samples;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * JSON as maps, lists, strings, numbers and booleans. Two looks: {@link #compact} and {@link
 * #pretty}, the second with two spaces, sorted keys and httpbin's {@code ", "} at line ends.
 */
final class Json {
  private static final int MAX_DEPTH = 64;

  private Json() {}

  static String compact(@Nullable Object value) {
    StringBuilder out = new StringBuilder();
    write(out, value, -1);
    return out.toString();
  }

  static String pretty(Object value) {
    StringBuilder out = new StringBuilder();
    write(out, value, 0);
    return out.append('\n').toString();
  }

  /**
   * @throws IllegalArgumentException when the text is not JSON
   */
  static @Nullable Object parse(String text) {
    Parser parser = new Parser(text);
    Object value = parser.value(0);
    parser.end();
    return value;
  }

  private static void write(StringBuilder out, @Nullable Object value, int depth) {
    switch (value) {
      case null -> out.append("null");
      case Map<?, ?> map -> writeMap(out, depth < 0 ? map : sorted(map), depth);
      case List<?> list -> writeList(out, list, depth);
      case String text -> quote(out, text);
      case Double number when number == Math.rint(number) && Math.abs(number) < 1e15 ->
          out.append(number.longValue());
      default -> out.append(value);
    }
  }

  private static Map<?, ?> sorted(Map<?, ?> map) {
    Map<String, @Nullable Object> sorted = new java.util.TreeMap<>();
    map.forEach((key, value) -> sorted.put(String.valueOf(key), value));
    return sorted;
  }

  private static void writeMap(StringBuilder out, Map<?, ?> map, int depth) {
    out.append('{');
    String separator = "";
    for (Map.Entry<?, ?> entry : map.entrySet()) {
      out.append(separator);
      separator = ", ";
      indent(out, depth);
      quote(out, String.valueOf(entry.getKey()));
      out.append(": ");
      write(out, entry.getValue(), depth < 0 ? -1 : depth + 1);
    }
    close(out, map.isEmpty() ? -1 : depth, '}');
  }

  private static void writeList(StringBuilder out, List<?> list, int depth) {
    out.append('[');
    String separator = "";
    for (Object element : list) {
      out.append(separator);
      separator = ", ";
      indent(out, depth);
      write(out, element, depth < 0 ? -1 : depth + 1);
    }
    close(out, list.isEmpty() ? -1 : depth, ']');
  }

  private static void indent(StringBuilder out, int depth) {
    if (depth >= 0) {
      out.append('\n').repeat("  ", depth + 1);
    }
  }

  private static void close(StringBuilder out, int depth, char end) {
    if (depth >= 0) {
      out.append('\n').repeat("  ", depth);
    }
    out.append(end);
  }

  private static void quote(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      switch (c) {
        case '"' -> out.append("\\\"");
        case '\\' -> out.append("\\\\");
        case '\n' -> out.append("\\n");
        case '\r' -> out.append("\\r");
        case '\t' -> out.append("\\t");
        default -> {
          if (c < 0x20 || c > 0x7e) {
            out.append("\\u").append(String.format("%04x", (int) c));
          } else {
            out.append(c);
          }
        }
      }
    }
    out.append('"');
  }

  private static final class Parser {
    private final String text;
    private int at;

    Parser(String text) {
      this.text = text;
    }

    @Nullable Object value(int depth) {
      space();
      if (depth > MAX_DEPTH || at >= text.length()) {
        throw bad();
      }
      char c = text.charAt(at);
      return switch (c) {
        case '{' -> map(depth);
        case '[' -> list(depth);
        case '"' -> string();
        case 't' -> word("true", true);
        case 'f' -> word("false", false);
        case 'n' -> word("null", null);
        default -> number();
      };
    }

    void end() {
      space();
      if (at < text.length()) {
        throw bad();
      }
    }

    private Map<String, @Nullable Object> map(int depth) {
      Map<String, @Nullable Object> map = new LinkedHashMap<>();
      at++;
      space();
      if (peek('}')) {
        return map;
      }
      do {
        space();
        String key = string();
        space();
        expect(':');
        map.put(key, value(depth + 1));
        space();
      } while (peek(','));
      expect('}');
      return map;
    }

    private List<@Nullable Object> list(int depth) {
      List<@Nullable Object> list = new ArrayList<>();
      at++;
      space();
      if (peek(']')) {
        return list;
      }
      do {
        list.add(value(depth + 1));
        space();
      } while (peek(','));
      expect(']');
      return list;
    }

    private String string() {
      expect('"');
      StringBuilder out = new StringBuilder();
      while (at < text.length() && text.charAt(at) != '"') {
        char c = text.charAt(at++);
        out.append(c == '\\' ? escape() : c);
      }
      expect('"');
      return out.toString();
    }

    private char escape() {
      char c = at < text.length() ? text.charAt(at++) : ' ';
      return switch (c) {
        case 'n' -> '\n';
        case 't' -> '\t';
        case 'r' -> '\r';
        case 'b' -> '\b';
        case 'f' -> '\f';
        case 'u' -> {
          if (at + 4 > text.length()) {
            throw bad();
          }
          at += 4;
          yield (char) Integer.parseInt(text.substring(at - 4, at), 16);
        }
        case '"', '\\', '/' -> c;
        default -> throw bad();
      };
    }

    private Double number() {
      int start = at;
      while (at < text.length() && "+-.eE0123456789".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
      try {
        return Double.valueOf(text.substring(start, at));
      } catch (NumberFormatException e) {
        throw bad();
      }
    }

    private @Nullable Object word(String word, @Nullable Object value) {
      if (!text.startsWith(word, at)) {
        throw bad();
      }
      at += word.length();
      return value;
    }

    private boolean peek(char c) {
      if (at < text.length() && text.charAt(at) == c) {
        at++;
        return true;
      }
      return false;
    }

    private void expect(char c) {
      if (!peek(c)) {
        throw bad();
      }
    }

    private void space() {
      while (at < text.length() && Character.isWhitespace(text.charAt(at))) {
        at++;
      }
    }

    private IllegalArgumentException bad() {
      return new IllegalArgumentException("not JSON at character " + at);
    }
  }
}
