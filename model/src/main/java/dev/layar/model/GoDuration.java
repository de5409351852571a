package dev.layar.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Go's duration text, which Istio's fields have: {@code 1h30m}, {@code 1.5s}, {@code 100ms}. */
public final class GoDuration {
  private static final Pattern PART =
      Pattern.compile("([0-9]+\\.?[0-9]*|\\.[0-9]+)(ns|us|µs|μs|ms|s|m|h)");
  private static final BigInteger MAX_NANOS = BigInteger.valueOf(Long.MAX_VALUE);
  private static final int MAX_LENGTH = 64;

  private GoDuration() {}

  /** The duration, or null when the text is not one or exceeds Go's range of about 292 years. */
  public static @Nullable Duration parse(String text) {
    boolean signed = text.startsWith("-") || text.startsWith("+");
    String body = signed ? text.substring(1) : text;
    if (body.equals("0")) {
      return Duration.ZERO;
    }
    BigInteger nanos = body.length() > MAX_LENGTH ? null : nanos(body);
    if (nanos == null || nanos.compareTo(MAX_NANOS) > 0) {
      return null;
    }
    Duration value = Duration.ofNanos(nanos.longValueExact());
    return text.startsWith("-") ? value.negated() : value;
  }

  /** The shortest of whole seconds, whole milliseconds or decimal seconds. */
  public static String format(Duration value) {
    if (value.getNano() == 0) {
      return value.getSeconds() + "s";
    }
    if (value.getNano() % 1_000_000 == 0) {
      return value.toMillis() + "ms";
    }
    BigDecimal seconds =
        BigDecimal.valueOf(value.getSeconds()).add(BigDecimal.valueOf(value.getNano(), 9));
    return seconds.stripTrailingZeros().toPlainString() + "s";
  }

  private static @Nullable BigInteger nanos(String body) {
    Matcher matcher = PART.matcher(body);
    BigDecimal sum = BigDecimal.ZERO;
    int end = 0;
    while (matcher.find() && matcher.start() == end) {
      sum = sum.add(decimal(matcher.group(1)).multiply(unit(matcher.group(2))));
      end = matcher.end();
    }
    return end == 0 || end != body.length() ? null : sum.toBigInteger();
  }

  private static BigDecimal decimal(String digits) {
    return new BigDecimal(digits.endsWith(".") ? digits + "0" : digits);
  }

  private static BigDecimal unit(String unit) {
    return BigDecimal.valueOf(
        switch (unit) {
          case "ns" -> 1L;
          case "us", "µs", "μs" -> 1_000L;
          case "ms" -> 1_000_000L;
          case "s" -> 1_000_000_000L;
          case "m" -> 60_000_000_000L;
          case "h" -> 3_600_000_000_000L;
          default -> throw new IllegalStateException(unit);
        });
  }
}
