package dev.layar.model;

import java.math.BigInteger;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * What an unquoted YAML scalar means to kubectl, whose parser follows YAML 1.1: {@code yes} and
 * {@code on} are booleans, {@code 0644} is octal, {@code 1_000} is a number.
 */
enum Plain {
  NULL,
  BOOLEAN,
  INTEGER,
  DECIMAL,
  STRING;

  private static final Set<String> NULLS = Set.of("", "~", "null", "Null", "NULL");
  private static final Set<String> TRUE =
      Set.of("true", "True", "TRUE", "yes", "Yes", "YES", "on", "On", "ON");
  private static final Set<String> FALSE =
      Set.of("false", "False", "FALSE", "no", "No", "NO", "off", "Off", "OFF");
  private static final Pattern INT =
      Pattern.compile("[-+]?(0b[01_]+|0o[0-7_]+|0x[0-9a-fA-F_]+|[0-9][0-9_]*)");
  private static final Pattern FLOAT =
      Pattern.compile("[-+]?(\\.[0-9]+|[0-9][0-9_]*(\\.[0-9_]*)?)([eE][-+]?[0-9]+)?");
  private static final Set<String> SPECIAL = Set.of(".inf", "+.inf", "-.inf", ".nan");

  static Plain of(String text) {
    if (NULLS.contains(text)) {
      return NULL;
    }
    if (TRUE.contains(text) || FALSE.contains(text)) {
      return BOOLEAN;
    }
    if (text.length() > 64 || !startsLikeNumber(text.charAt(0))) {
      return STRING;
    }
    if (INT.matcher(text).matches()) {
      return INTEGER;
    }
    boolean decimal =
        FLOAT.matcher(text).matches() || SPECIAL.contains(text.toLowerCase(Locale.ROOT));
    return decimal ? DECIMAL : STRING;
  }

  /** The value of a {@link #BOOLEAN}. */
  static boolean bool(String text) {
    return TRUE.contains(text);
  }

  /** The value of an {@link #INTEGER}. */
  static BigInteger integer(String text) {
    String digits = text.replace("_", "");
    boolean negative = digits.startsWith("-");
    if (negative || digits.startsWith("+")) {
      digits = digits.substring(1);
    }
    BigInteger value = unsigned(digits);
    return negative ? value.negate() : value;
  }

  /** The value of an {@link #INTEGER} or a {@link #DECIMAL}. */
  static double decimal(String text) {
    return switch (text.toLowerCase(Locale.ROOT)) {
      case ".inf", "+.inf" -> Double.POSITIVE_INFINITY;
      case "-.inf" -> Double.NEGATIVE_INFINITY;
      case ".nan" -> Double.NaN;
      default ->
          of(text) == INTEGER
              ? integer(text).doubleValue()
              : Double.parseDouble(text.replace("_", ""));
    };
  }

  private static BigInteger unsigned(String digits) {
    int radix = radix(digits);
    int skip = radix == 10 ? 0 : radix == 8 && digits.charAt(1) != 'o' ? 1 : 2;
    String body = digits.substring(skip);
    return body.isEmpty() ? BigInteger.ZERO : new BigInteger(body, radix);
  }

  private static int radix(String digits) {
    if (digits.length() < 2 || digits.charAt(0) != '0') {
      return 10;
    }
    return switch (digits.charAt(1)) {
      case 'x' -> 16;
      case 'b' -> 2;
      case 'o' -> 8;
      default -> digits.matches("[0-7]+") ? 8 : 10;
    };
  }

  private static boolean startsLikeNumber(char c) {
    return c >= '0' && c <= '9' || c == '-' || c == '+' || c == '.';
  }
}
