package dev.layar.proxy.http;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * Byte-slice helpers for protocol text. Stateless; no allocation except where a String is asked.
 */
public final class Ascii {
  private static final byte[] DIGIT_PAIRS = digitPairs();

  private Ascii() {}

  /** The bytes of a literal that holds ASCII only. */
  public static byte[] bytes(String literal) {
    return literal.getBytes(StandardCharsets.ISO_8859_1);
  }

  /** The slice as text, one char a byte. For slow paths and tests. */
  public static String string(byte[] bytes, int start, int length) {
    return new String(bytes, start, length, StandardCharsets.ISO_8859_1);
  }

  /** Byte equality of a slice and a whole array. */
  public static boolean equal(byte[] bytes, int start, int length, byte[] other) {
    return length == other.length
        && Arrays.equals(bytes, start, start + length, other, 0, other.length);
  }

  /** Equality that ignores ASCII case; {@code lower} is in lower case already. */
  public static boolean equalIgnoreCase(byte[] bytes, int start, int length, byte[] lower) {
    if (length != lower.length) {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (lower(bytes[start + i]) != lower[i]) {
        return false;
      }
    }
    return true;
  }

  /** The lower-case form of one ASCII letter; any other byte as it is. */
  public static byte lower(byte value) {
    return value >= 'A' && value <= 'Z' ? (byte) (value + 32) : value;
  }

  /**
   * The non-negative decimal number in the slice, or -1 when it is empty, holds anything but digits
   * or is above {@link Long#MAX_VALUE}.
   */
  public static long parseLong(byte[] bytes, int start, int length) {
    if (length == 0 || length > 19) {
      return -1;
    }
    long value = 0;
    for (int i = start; i < start + length; i++) {
      int digit = bytes[i] - '0';
      if (digit < 0 || digit > 9) {
        return -1;
      }
      value = value * 10 + digit;
      if (value < 0) {
        return -1;
      }
    }
    return value;
  }

  /** Number of digits of a non-negative number in decimal. */
  public static int decimalLength(long value) {
    int digits = 1;
    for (long rest = value; rest >= 10; rest /= 10) {
      digits++;
    }
    return digits;
  }

  /** Writes a non-negative number in decimal; returns the index after the last digit. */
  public static int putDecimal(byte[] target, int start, long value) {
    int end = start + decimalLength(value);
    int at = end;
    long rest = value;
    while (rest >= 100) {
      int pair = (int) (rest % 100) << 1;
      rest /= 100;
      target[--at] = DIGIT_PAIRS[pair + 1];
      target[--at] = DIGIT_PAIRS[pair];
    }
    if (rest >= 10) {
      target[--at] = DIGIT_PAIRS[((int) rest << 1) + 1];
      target[--at] = DIGIT_PAIRS[(int) rest << 1];
    } else {
      target[--at] = (byte) ('0' + rest);
    }
    return end;
  }

  private static byte[] digitPairs() {
    byte[] pairs = new byte[200];
    for (int i = 0; i < 100; i++) {
      pairs[i << 1] = (byte) ('0' + i / 10);
      pairs[(i << 1) + 1] = (byte) ('0' + i % 10);
    }
    return pairs;
  }
}
