package dev.layar.proxy.observe;

import java.util.List;
import java.util.Map;
import java.util.function.Consumer;

/**
 * A compiled format: literals and {@code %OPERATORS%} in turn. Immutable, shared by all event
 * loops; appending allocates nothing.
 */
public final class TextFormat {
  /** One piece of a format. */
  @FunctionalInterface
  public interface Piece {
    /** Appends the piece's text; returns false and appends nothing when there is no such value. */
    boolean append(StreamInfo info, ByteSink out);
  }

  private final Piece[] pieces;
  private final boolean omitEmpty;

  TextFormat(List<Piece> pieces, boolean omitEmpty) {
    this.pieces = pieces.toArray(Piece[]::new);
    this.omitEmpty = omitEmpty;
  }

  /**
   * Compiles Envoy's format syntax ({@code substitution formatter}).
   *
   * @param omitEmpty whether an absent value is nothing instead of {@code -}
   * @param problems told of each operator that is unknown or malformed
   */
  public static TextFormat text(String format, boolean omitEmpty, Consumer<String> problems) {
    return new TextFormat(FormatParser.pieces(format, problems), omitEmpty);
  }

  /**
   * One JSON object a stream and a line end, keys sorted; an operator alone in a value keeps its
   * type, and is null when absent.
   *
   * @param fields key → format string
   * @param omitEmpty whether absent values leave their key out of the line as an empty string
   */
  public static TextFormat json(
      Map<String, String> fields, boolean omitEmpty, Consumer<String> problems) {
    return new TextFormat(JsonLine.pieces(fields, omitEmpty, problems), true);
  }

  /** Appends the whole text; an absent value is {@code -}, or nothing with {@code omitEmpty}. */
  public void append(StreamInfo info, ByteSink out) {
    for (Piece piece : pieces) {
      if (!piece.append(info, out) && !omitEmpty) {
        out.put((byte) '-');
      }
    }
  }
}
