package dev.layar.proxy.route;

import dev.layar.proxy.http.Ascii;
import java.util.Arrays;

/** Comparisons that the matchers share. */
final class Slices {
  private Slices() {}

  /**
   * Whether the bytes from {@code start} are {@code value}; with {@code ignoreCase} value is in
   * lower case. The caller has checked that there are enough bytes.
   */
  static boolean equal(byte[] bytes, int start, byte[] value, boolean ignoreCase) {
    return ignoreCase
        ? Ascii.equalIgnoreCase(bytes, start, value.length, value)
        : Arrays.equals(bytes, start, start + value.length, value, 0, value.length);
  }

  static String text(byte[] value) {
    return Ascii.string(value, 0, value.length);
  }
}
