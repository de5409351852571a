package dev.layar.proxy.observe;

import dev.layar.base.JsonStrings;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;

/** Access-log lines as JSON objects ({@code Envoy json_format}): flat, keys sorted. */
final class JsonLine {
  private JsonLine() {}

  static List<TextFormat.Piece> pieces(
      Map<String, String> fields, boolean omitEmpty, Consumer<String> problems) {
    List<TextFormat.Piece> pieces = new ArrayList<>();
    String separator = "{";
    for (Map.Entry<String, String> field : new TreeMap<>(fields).entrySet()) {
      byte[] key = (separator + quoted(field.getKey()) + ":").getBytes(StandardCharsets.UTF_8);
      pieces.add(
          (info, out) -> {
            out.put(key);
            return true;
          });
      pieces.add(value(field.getValue(), omitEmpty, problems));
      separator = ",";
    }
    byte[] end = (fields.isEmpty() ? "{}\n" : "}\n").getBytes(StandardCharsets.UTF_8);
    pieces.add(
        (info, out) -> {
          out.put(end);
          return true;
        });
    return pieces;
  }

  private static TextFormat.Piece value(
      String format, boolean omitEmpty, Consumer<String> problems) {
    String sole = FormatParser.soleOperator(format);
    if (sole == null) {
      TextFormat text = TextFormat.text(format, omitEmpty, problems);
      return string(
          (info, out) -> {
            text.append(info, out);
            return true;
          },
          omitEmpty);
    }
    TextFormat.Piece piece = FormatParser.pieces(format, problems).getFirst();
    return Operators.NUMERIC.contains(sole) ? orNull(piece) : string(piece, omitEmpty);
  }

  private static TextFormat.Piece orNull(TextFormat.Piece piece) {
    return (info, out) -> {
      if (!piece.append(info, out)) {
        out.put("null");
      }
      return true;
    };
  }

  private static TextFormat.Piece string(TextFormat.Piece piece, boolean omitEmpty) {
    return (info, out) -> {
      int start = out.length();
      out.put((byte) '"');
      if (!piece.append(info, out)) {
        out.truncate(start);
        out.put(omitEmpty ? "\"\"" : "null");
        return true;
      }
      escape(out, start + 1);
      out.put((byte) '"');
      return true;
    };
  }

  /** Escapes what was written from {@code start} on; copies only when there is something to do. */
  private static void escape(ByteSink out, int start) {
    boolean clean = true;
    for (int i = start; i < out.length() && clean; i++) {
      byte value = out.bytes()[i];
      clean = value != '"' && value != '\\' && (value >= 0x20 || value < 0);
    }
    if (clean) {
      return;
    }
    String raw = new String(out.bytes(), start, out.length() - start, StandardCharsets.ISO_8859_1);
    out.truncate(start);
    String escaped = quoted(raw);
    out.put(escaped.substring(1, escaped.length() - 1));
  }

  private static String quoted(String text) {
    StringBuilder out = new StringBuilder(text.length() + 2);
    JsonStrings.append(out, text);
    return out.toString();
  }
}
