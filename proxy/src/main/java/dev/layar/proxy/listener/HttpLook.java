package dev.layar.proxy.listener;

import io.netty.buffer.ByteBuf;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * Whether a connection begins as HTTP, and which ({@code Envoy HttpInspector}). Pure: looks, and
 * consumes nothing.
 */
final class HttpLook {
  /** A longer first line is not HTTP as far as chains go. */
  static final int MAX = 8 * 1024;

  /** More bytes are needed to tell. */
  static final String MORE = "more";

  private static final byte[] PREFACE =
      "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(StandardCharsets.US_ASCII);

  private HttpLook() {}

  /** {@code h2c}, {@code http/1.1} or {@code http/1.0}; {@link #MORE}; null for anything else. */
  static @Nullable String look(ByteBuf in) {
    int start = in.readerIndex();
    int size = in.readableBytes();
    int same = 0;
    while (same < size && same < PREFACE.length && in.getByte(start + same) == PREFACE[same]) {
      same++;
    }
    if (same == PREFACE.length) {
      return "h2c";
    }
    if (same == size) {
      return MORE;
    }
    int limit = Math.min(size, MAX);
    int end = in.indexOf(start, start + limit, (byte) '\n');
    if (end < 0) {
      return mayBeRequest(in, start, limit) && size < MAX ? MORE : null;
    }
    int last = end > start && in.getByte(end - 1) == '\r' ? end - 1 : end;
    String line = in.toString(start, last - start, StandardCharsets.ISO_8859_1);
    String[] parts = line.split(" ", -1);
    if (parts.length != 3 || !token(parts[0]) || parts[1].isEmpty()) {
      return null;
    }
    return switch (parts[2]) {
      case "HTTP/1.1" -> "http/1.1";
      case "HTTP/1.0" -> "http/1.0";
      default -> null;
    };
  }

  /** Before the line's end: whether it can still become one. */
  private static boolean mayBeRequest(ByteBuf in, int start, int size) {
    int space = in.indexOf(start, start + size, (byte) ' ');
    int end = space < 0 ? start + size : space;
    return token(in.toString(start, end - start, StandardCharsets.ISO_8859_1));
  }

  /** RFC 9110 §5.6.2. */
  private static boolean token(String text) {
    return !text.isEmpty() && text.length() <= 32 && text.matches("[!#$%&'*+.^_`|~0-9A-Za-z-]+");
  }
}
