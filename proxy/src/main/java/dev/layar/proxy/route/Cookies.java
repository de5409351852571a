package dev.layar.proxy.route;

import java.util.Arrays;

/** Finds a cookie in a Cookie header's value (RFC 6265 §4.2.1). */
final class Cookies {
  private Cookies() {}

  /** {@code start << 32 | length} of the value without quotes, -1 when the cookie is not there. */
  static long find(byte[] bytes, int start, int length, byte[] name) {
    int end = start + length;
    for (int at = start; at < end; ) {
      int stop = at;
      while (stop < end && bytes[stop] != ';') {
        stop++;
      }
      while (at < stop && bytes[at] == ' ') {
        at++;
      }
      int value = at + name.length + 1;
      if (value <= stop
          && bytes[value - 1] == '='
          && Arrays.equals(bytes, at, at + name.length, name, 0, name.length)) {
        return unquoted(bytes, value, stop);
      }
      at = stop + 1;
    }
    return -1;
  }

  private static long unquoted(byte[] bytes, int start, int end) {
    boolean quoted = end - start >= 2 && bytes[start] == '"' && bytes[end - 1] == '"';
    return quoted ? slice(start + 1, end - 1) : slice(start, end);
  }

  private static long slice(int start, int end) {
    return (long) start << 32 | end - start;
  }
}
