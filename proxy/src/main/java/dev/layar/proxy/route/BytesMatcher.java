package dev.layar.proxy.route;

import com.google.re2j.Pattern;
import dev.layar.proxy.http.Ascii;

/**
 * A condition on a slice of bytes ({@code Envoy type.matcher.v3.StringMatcher} and the range of
 * {@code HeaderMatcher}). Immutable; allocates only for a regex. With {@code ignoreCase} the
 * configured value is in lower case.
 */
public sealed interface BytesMatcher {
  boolean matches(byte[] bytes, int start, int length);

  /** The whole slice. */
  record Exact(byte[] value, boolean ignoreCase) implements BytesMatcher {
    @Override
    public boolean matches(byte[] bytes, int start, int length) {
      return length == value.length && Slices.equal(bytes, start, value, ignoreCase);
    }

    @Override
    public String toString() {
      return "= " + Slices.text(value);
    }
  }

  /** Its beginning. */
  record Prefix(byte[] value, boolean ignoreCase) implements BytesMatcher {
    @Override
    public boolean matches(byte[] bytes, int start, int length) {
      return length >= value.length && Slices.equal(bytes, start, value, ignoreCase);
    }

    @Override
    public String toString() {
      return "^ " + Slices.text(value);
    }
  }

  /** Its end. */
  record Suffix(byte[] value, boolean ignoreCase) implements BytesMatcher {
    @Override
    public boolean matches(byte[] bytes, int start, int length) {
      return length >= value.length
          && Slices.equal(bytes, start + length - value.length, value, ignoreCase);
    }

    @Override
    public String toString() {
      return "$ " + Slices.text(value);
    }
  }

  /** Anywhere in it. */
  record Contains(byte[] value, boolean ignoreCase) implements BytesMatcher {
    @Override
    public boolean matches(byte[] bytes, int start, int length) {
      for (int at = 0; at + value.length <= length; at++) {
        if (Slices.equal(bytes, start + at, value, ignoreCase)) {
          return true;
        }
      }
      return false;
    }

    @Override
    public String toString() {
      return "contains " + Slices.text(value);
    }
  }

  /** RE2, the whole slice. */
  record Regex(Pattern pattern) implements BytesMatcher {
    @Override
    public boolean matches(byte[] bytes, int start, int length) {
      return pattern.matches(Ascii.string(bytes, start, length));
    }

    @Override
    public String toString() {
      return "~ " + pattern;
    }
  }

  /** A decimal integer in {@code [from, to)}. */
  record Range(long from, long to) implements BytesMatcher {
    @Override
    public boolean matches(byte[] bytes, int start, int length) {
      boolean negative = length > 0 && bytes[start] == '-';
      int skipped = negative ? 1 : 0;
      long magnitude = Ascii.parseLong(bytes, start + skipped, length - skipped);
      long number = negative ? -magnitude : magnitude;
      return magnitude >= 0 && number >= from && number < to;
    }
  }
}
