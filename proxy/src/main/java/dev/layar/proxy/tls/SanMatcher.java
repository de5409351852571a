package dev.layar.proxy.tls;

import com.google.re2j.Pattern;
import java.util.Locale;

/**
 * A condition on one subject alternative name ({@code Envoy SubjectAltNameMatcher}). Immutable.
 *
 * @param type the kind of name that is looked at
 */
public record SanMatcher(Type type, Text text) {
  /** {@code SubjectAltNameMatcher.SanType}. */
  public enum Type {
    ANY,
    EMAIL,
    DNS,
    URI,
    IP
  }

  /** How a name is compared ({@code StringMatcher}). */
  public sealed interface Text {
    boolean matches(String value);
  }

  /** The whole name; of a DNS name's first label a certificate may have a wildcard. */
  public record Exact(String value) implements Text {
    @Override
    public boolean matches(String other) {
      return value.equals(other);
    }
  }

  /** The beginning. */
  public record Prefix(String value) implements Text {
    @Override
    public boolean matches(String other) {
      return other.startsWith(value);
    }
  }

  /** The end. */
  public record Suffix(String value) implements Text {
    @Override
    public boolean matches(String other) {
      return other.endsWith(value);
    }
  }

  /** Anywhere. */
  public record Contains(String value) implements Text {
    @Override
    public boolean matches(String other) {
      return other.contains(value);
    }
  }

  /** The whole name by an RE2 expression. */
  public record Regex(String expression, Pattern pattern) implements Text {
    @Override
    public boolean matches(String other) {
      return pattern.matches(other);
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Regex regex && regex.expression.equals(expression);
    }

    @Override
    public int hashCode() {
      return expression.hashCode();
    }
  }

  /** Without regard to case ({@code ignore_case}). */
  public record IgnoringCase(Text lower) implements Text {
    @Override
    public boolean matches(String other) {
      return lower.matches(other.toLowerCase(Locale.ROOT));
    }
  }

  /** Whether a name of a certificate satisfies this. */
  public boolean matches(Type of, String name) {
    if (type != Type.ANY && type != of) {
      return false;
    }
    if (of == Type.DNS && text instanceof Exact exact) {
      return hostMatches(name, exact.value());
    }
    return text.matches(name);
  }

  /** RFC 6125 §6.4.3: {@code *} stands for one leftmost label. */
  private static boolean hostMatches(String pattern, String host) {
    if (pattern.equalsIgnoreCase(host)) {
      return true;
    }
    int dot = host.indexOf('.');
    return pattern.startsWith("*.")
        && dot > 0
        && pattern.substring(1).equalsIgnoreCase(host.substring(dot));
  }
}
