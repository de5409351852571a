package dev.layar.proxy.observe;

import dev.layar.proxy.http.Ascii;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/**
 * A byte array that grows: where text is put together without Strings. Event-loop confined. Grows
 * only when something is longer than anything before it, so that steady use allocates nothing.
 */
public final class ByteSink {
  private byte[] bytes;
  private int length;

  public ByteSink(int capacity) {
    this.bytes = new byte[capacity];
  }

  /** The array written to; valid until the next append. */
  public byte[] bytes() {
    return bytes;
  }

  /** Number of bytes written. */
  public int length() {
    return length;
  }

  public void clear() {
    length = 0;
  }

  /** Forgets what was written behind {@code length}. */
  public void truncate(int newLength) {
    length = newLength;
  }

  public ByteSink put(byte value) {
    if (length == bytes.length) {
      ensure(1);
    }
    bytes[length++] = value;
    return this;
  }

  public ByteSink put(char ascii) {
    return put((byte) ascii);
  }

  public ByteSink put(byte[] source) {
    return put(source, 0, source.length);
  }

  public ByteSink put(byte[] source, int start, int size) {
    ensure(size);
    System.arraycopy(source, start, bytes, length, size);
    length += size;
    return this;
  }

  /** Appends Latin-1 text, one byte a char. */
  public ByteSink put(String latin1) {
    int size = latin1.length();
    ensure(size);
    for (int i = 0; i < size; i++) {
      bytes[length + i] = (byte) latin1.charAt(i);
    }
    length += size;
    return this;
  }

  /** Appends a number in decimal. */
  public ByteSink putDecimal(long value) {
    ensure(20);
    long rest = value;
    if (value < 0) {
      if (value == Long.MIN_VALUE) {
        return put("-9223372036854775808");
      }
      bytes[length++] = '-';
      rest = -value;
    }
    length = Ascii.putDecimal(bytes, length, rest);
    return this;
  }

  /** Appends a number in decimal with at least {@code digits} digits. */
  public ByteSink putPadded(long value, int digits) {
    for (int missing = digits - Ascii.decimalLength(value); missing > 0; missing--) {
      put((byte) '0');
    }
    return putDecimal(value);
  }

  /** Appends 16 lower-case hex digits. */
  public ByteSink putHex(long value) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      int digit = (int) (value >>> shift) & 15;
      put((byte) (digit < 10 ? '0' + digit : 'a' + digit - 10));
    }
    return this;
  }

  /** A copy of what was written. */
  public byte[] toByteArray() {
    return Arrays.copyOf(bytes, length);
  }

  /** What was written, one char a byte: for slow paths and tests. */
  @Override
  public String toString() {
    return new String(bytes, 0, length, StandardCharsets.ISO_8859_1);
  }

  private void ensure(int more) {
    if (bytes.length - length < more) {
      bytes = Arrays.copyOf(bytes, Math.max(length + more, bytes.length * 2));
    }
  }

  /** Appends a number as 16 hex digits. */
  public ByteSink putHex16(long value) {
    for (int shift = 60; shift >= 0; shift -= 4) {
      int digit = (int) (value >>> shift) & 15;
      put((byte) (digit < 10 ? '0' + digit : 'a' + digit - 10));
    }
    return this;
  }
}
