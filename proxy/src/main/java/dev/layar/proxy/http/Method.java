package dev.layar.proxy.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** The request methods that have a meaning of their own to a proxy (RFC 9110 §9, RFC 5789). */
public enum Method {
  GET,
  HEAD,
  POST,
  PUT,
  DELETE,
  OPTIONS,
  CONNECT,
  TRACE,
  PATCH,
  /** Any other token; the head's slice tells which. */
  OTHER;

  private static final Method[] BY_LENGTH_AND_FIRST = index();

  private final byte[] token = name().getBytes(StandardCharsets.US_ASCII);

  /** The method written in this slice. Methods are case-sensitive (RFC 9110 §9.1). */
  public static Method of(byte[] bytes, int start, int length) {
    if (length < 3 || length > 7) {
      return OTHER;
    }
    Method candidate = BY_LENGTH_AND_FIRST[slot(length, bytes[start])];
    return Ascii.equal(bytes, start, length, candidate.token) ? candidate : OTHER;
  }

  /**
   * Whether a repeated request has the effect of one (RFC 9110 §9.2.2). {@link #OTHER} is not known
   * to.
   */
  public boolean idempotent() {
    return switch (this) {
      case GET, HEAD, PUT, DELETE, OPTIONS, TRACE -> true;
      case POST, CONNECT, PATCH, OTHER -> false;
    };
  }

  private static Method[] index() {
    Method[] table = new Method[8 * 32];
    Arrays.fill(table, OTHER);
    for (Method method : values()) {
      if (method != OTHER) {
        table[slot(method.name().length(), (byte) method.name().charAt(0))] = method;
      }
    }
    return table;
  }

  private static int slot(int length, byte first) {
    return length << 5 | (first & 31);
  }
}
