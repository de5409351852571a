package dev.layar.proxy.observe;

import java.util.List;

/**
 * A compiled format string: literals and {@code %OPERATORS%} in turn. Immutable, shared by all
 * event loops; appending allocates nothing.
 */
public final class TextFormat {
  /** One piece of a format. */
  @FunctionalInterface
  public interface Piece {
    /** Appends the piece's text; appends nothing when the stream has no such value. */
    void append(StreamInfo info, ByteSink out);
  }

  private final Piece[] pieces;
  private final boolean omitEmpty;

  TextFormat(List<Piece> pieces, boolean omitEmpty) {
    this.pieces = pieces.toArray(Piece[]::new);
    this.omitEmpty = omitEmpty;
  }

  /** Appends the whole text; an absent value is {@code -}, or nothing with {@code omitEmpty}. */
  public void append(StreamInfo info, ByteSink out) {
    for (Piece piece : pieces) {
      int before = out.length();
      piece.append(info, out);
      if (!omitEmpty && out.length() == before) {
        out.put((byte) '-');
      }
    }
  }
}
