package dev.layar.proxy.observe;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/** Takes a format string apart: {@code %NAME%}, {@code %NAME(argument)%}, {@code …:length%}. */
final class FormatParser {
  private static final TextFormat.Piece ABSENT = (info, out) -> false;

  private FormatParser() {}

  /** The pieces of a format; a bad operator is reported and prints as absent. */
  static List<TextFormat.Piece> pieces(String format, Consumer<String> problems) {
    List<TextFormat.Piece> pieces = new ArrayList<>();
    StringBuilder literal = new StringBuilder();
    int at = 0;
    while (at < format.length()) {
      char c = format.charAt(at);
      if (c != '%') {
        literal.append(c);
        at++;
      } else if (format.startsWith("%%", at)) {
        literal.append('%');
        at += 2;
      } else {
        int end = end(format, at);
        if (end < 0) {
          problems.accept("'%' at " + at + " has no closing '%'");
          break;
        }
        literal(literal, pieces);
        pieces.add(operator(format.substring(at + 1, end), problems));
        at = end + 1;
      }
    }
    literal(literal, pieces);
    return pieces;
  }

  /** Index of the closing percent sign: the next one outside parentheses; -1 without one. */
  private static int end(String format, int start) {
    boolean inside = false;
    for (int i = start + 1; i < format.length(); i++) {
      char c = format.charAt(i);
      if (c == '(') {
        inside = true;
      } else if (c == ')') {
        inside = false;
      } else if (c == '%' && !inside) {
        return i;
      }
    }
    return -1;
  }

  private static void literal(StringBuilder literal, List<TextFormat.Piece> pieces) {
    if (!literal.isEmpty()) {
      byte[] bytes = literal.toString().getBytes(StandardCharsets.UTF_8);
      pieces.add(
          (info, out) -> {
            out.put(bytes);
            return true;
          });
      literal.setLength(0);
    }
  }

  private static TextFormat.Piece operator(String text, Consumer<String> problems) {
    int open = text.indexOf('(');
    int close = text.lastIndexOf(')');
    String name = open < 0 ? text : text.substring(0, open);
    String argument = open < 0 || close < open ? null : text.substring(open + 1, close);
    String rest = open < 0 ? "" : close < open ? "?" : text.substring(close + 1);
    int colon = name.indexOf(':');
    if (open < 0 && colon > 0) {
      rest = name.substring(colon);
      name = name.substring(0, colon);
    }
    int limit = limit(rest);
    TextFormat.Piece piece = limit < 0 ? null : Operators.of(name, argument, problems);
    if (piece == null) {
      problems.accept("'%" + text + "%' is no operator that this proxy knows");
      return ABSENT;
    }
    return limit == Integer.MAX_VALUE ? piece : limited(piece, limit);
  }

  private static int limit(String rest) {
    if (rest.isEmpty()) {
      return Integer.MAX_VALUE;
    }
    return rest.matches(":[0-9]{1,6}") ? Integer.parseInt(rest.substring(1)) : -1;
  }

  private static TextFormat.Piece limited(TextFormat.Piece piece, int limit) {
    return (info, out) -> {
      int before = out.length();
      boolean there = piece.append(info, out);
      if (out.length() - before > limit) {
        out.truncate(before + limit);
      }
      return there;
    };
  }

  /** The operator's name when the format is one operator and nothing else; null otherwise. */
  static @Nullable String soleOperator(String format) {
    if (format.length() < 3 || format.charAt(0) != '%' || format.startsWith("%%")) {
      return null;
    }
    if (end(format, 0) != format.length() - 1) {
      return null;
    }
    int stop = 1;
    while (Character.isUpperCase(format.charAt(stop)) || format.charAt(stop) == '_') {
      stop++;
    }
    return format.substring(1, stop);
  }
}
