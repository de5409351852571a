package dev.layar.proxy.codec.http1;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Chars;
import io.netty.buffer.ByteBuf;

/**
 * Finds the body's bytes in the socket buffer, without copying (RFC 9112 §6 and §7). Event-loop
 * confined; one per connection and direction, reused.
 *
 * <p>Use: call {@link #next}; a positive answer is the number of body bytes at the reader index,
 * which the caller takes (reads or skips) before calling again.
 *
 * <p>Implementation notes. (1) Chunk lines are strict: hexadecimal digits, an optional extension
 * without control characters, CRLF. (2) Trailers are checked and dropped, as Envoy does without
 * {@code enable_trailers}.
 */
public final class BodyDecoder {
  /** {@link #next}: the input holds nothing more; the body goes on. */
  public static final int MORE = 0;

  /** {@link #next}: the body is complete. */
  public static final int END = -1;

  /** {@link #next}: the input is no chunked body. */
  public static final int BAD = -2;

  private static final int MAX_SIZE_DIGITS = 15;

  private enum State {
    LENGTH,
    UNTIL_CLOSE,
    SIZE,
    EXTENSION,
    SIZE_LF,
    DATA,
    DATA_CR,
    DATA_LF,
    TRAILER_START,
    TRAILER_NAME,
    TRAILER_VALUE,
    TRAILER_LF,
    END_LF,
    DONE,
    BAD
  }

  private final Limits limits;
  private State state = State.DONE;
  private long remaining;
  private int digits;
  private int lineBytes;
  private int trailerBytes;
  private int trailers;

  public BodyDecoder(Limits limits) {
    this.limits = limits;
  }

  /** No body follows. */
  public void none() {
    state = State.DONE;
  }

  /** A body of this many bytes follows. */
  public void length(long bytes) {
    remaining = bytes;
    state = bytes == 0 ? State.DONE : State.LENGTH;
  }

  /** A chunked body follows. */
  public void chunked() {
    state = State.SIZE;
    remaining = 0;
    digits = 0;
    lineBytes = 0;
    trailerBytes = 0;
    trailers = 0;
  }

  /** Everything until the peer closes is body. */
  public void untilClose() {
    state = State.UNTIL_CLOSE;
  }

  /** Whether the body is complete. */
  public boolean done() {
    return state == State.DONE;
  }

  /** Whether the close of the connection is the end of the body. */
  public boolean endsAtClose() {
    return state == State.UNTIL_CLOSE;
  }

  /**
   * Looks for body bytes.
   *
   * @return their number when positive, else {@link #MORE}, {@link #END} or {@link #BAD}
   */
  public int next(ByteBuf in) {
    while (true) {
      switch (state) {
        case DONE -> {
          return END;
        }
        case BAD -> {
          return BAD;
        }
        case UNTIL_CLOSE -> {
          return in.readableBytes();
        }
        case LENGTH, DATA -> {
          return take(in);
        }
        case SIZE,
            EXTENSION,
            SIZE_LF,
            DATA_CR,
            DATA_LF,
            TRAILER_START,
            TRAILER_NAME,
            TRAILER_VALUE,
            TRAILER_LF,
            END_LF -> {
          if (!in.isReadable()) {
            return MORE;
          }
          state = step(in.readByte());
        }
      }
    }
  }

  private int take(ByteBuf in) {
    int size = (int) Math.min(remaining, in.readableBytes());
    remaining -= size;
    if (remaining == 0) {
      state = state == State.LENGTH ? State.DONE : State.DATA_CR;
    }
    return size;
  }

  private State step(byte value) {
    return switch (state) {
      case SIZE -> size(value);
      case EXTENSION -> extension(value);
      case SIZE_LF -> value == '\n' ? sizeKnown() : State.BAD;
      case DATA_CR -> value == '\r' ? State.DATA_LF : State.BAD;
      case DATA_LF -> value == '\n' ? nextChunk() : State.BAD;
      case TRAILER_START -> trailerStart(value);
      case TRAILER_NAME -> trailerName(value);
      case TRAILER_VALUE -> trailerValue(value);
      case TRAILER_LF -> value == '\n' ? State.TRAILER_START : State.BAD;
      case END_LF -> value == '\n' ? State.DONE : State.BAD;
      case LENGTH, UNTIL_CLOSE, DATA, DONE, BAD -> throw new IllegalStateException("no line here");
    };
  }

  private State size(byte value) {
    int digit = Chars.HEX[value & 0xff];
    if (digit >= 0) {
      remaining = remaining << 4 | digit;
      return ++digits > MAX_SIZE_DIGITS ? State.BAD : State.SIZE;
    }
    if (digits == 0) {
      return State.BAD;
    }
    return switch (value) {
      case '\r' -> State.SIZE_LF;
      case ';', ' ', '\t' -> State.EXTENSION;
      default -> State.BAD;
    };
  }

  private State extension(byte value) {
    if (value == '\r') {
      return State.SIZE_LF;
    }
    boolean good = Chars.VALUE[value & 0xff] && ++lineBytes <= limits.chunkLineBytes();
    return good ? State.EXTENSION : State.BAD;
  }

  private State sizeKnown() {
    lineBytes = 0;
    return remaining == 0 ? State.TRAILER_START : State.DATA;
  }

  private State nextChunk() {
    digits = 0;
    remaining = 0;
    return State.SIZE;
  }

  private State trailerStart(byte value) {
    if (value == '\r') {
      return State.END_LF;
    }
    boolean good = Chars.TOKEN[value & 0xff] != 0 && ++trailers <= limits.headers();
    return good && countTrailer() ? State.TRAILER_NAME : State.BAD;
  }

  private State trailerName(byte value) {
    if (value == ':') {
      return countTrailer() ? State.TRAILER_VALUE : State.BAD;
    }
    return Chars.TOKEN[value & 0xff] != 0 && countTrailer() ? State.TRAILER_NAME : State.BAD;
  }

  private State trailerValue(byte value) {
    if (value == '\r') {
      return State.TRAILER_LF;
    }
    return Chars.VALUE[value & 0xff] && countTrailer() ? State.TRAILER_VALUE : State.BAD;
  }

  private boolean countTrailer() {
    return ++trailerBytes <= limits.headBytes();
  }

  /** Appends the line that opens a chunk of this many bytes. */
  public static void writeChunkStart(ByteBuf out, int size) {
    int digitsLeft = (35 - Integer.numberOfLeadingZeros(size)) >> 2;
    for (int i = digitsLeft - 1; i >= 0; i--) {
      out.writeByte(HEX_DIGITS[size >>> (i << 2) & 15]);
    }
    out.writeShort(CRLF);
  }

  /** Appends what closes a chunk. */
  public static void writeChunkEnd(ByteBuf out) {
    out.writeShort(CRLF);
  }

  /** Appends the last chunk, without trailers. */
  public static void writeLastChunk(ByteBuf out) {
    out.writeByte('0');
    out.writeInt(CRLF << 16 | CRLF);
  }

  private static final int CRLF = '\r' << 8 | '\n';
  private static final byte[] HEX_DIGITS = Ascii.bytes("0123456789abcdef");
}
