package dev.layar.compiler.telemetry;

import io.envoyproxy.envoy.config.accesslog.v3.AccessLogFilter;
import io.envoyproxy.envoy.config.accesslog.v3.AndFilter;
import io.envoyproxy.envoy.config.accesslog.v3.ComparisonFilter;
import io.envoyproxy.envoy.config.accesslog.v3.DurationFilter;
import io.envoyproxy.envoy.config.accesslog.v3.OrFilter;
import io.envoyproxy.envoy.config.accesslog.v3.StatusCodeFilter;
import io.envoyproxy.envoy.config.core.v3.RuntimeUInt32;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/**
 * The part of CEL that Envoy's own filters of access logs can say: comparisons of {@code
 * response.code} with a number and of {@code request.duration} with a duration, joined by {@code
 * &&}, {@code ||} and parentheses. Used once, by one thread; every result is a pure function of the
 * text.
 *
 * <p>DEVIATION: Istio hands the expression to Envoy's CEL filter; what cannot be said otherwise is
 * reported here, and every call is logged.
 */
public final class LogCondition {
  private static final int LIMIT = 4096;
  private static final Pattern TOKEN =
      Pattern.compile(
          "\\s*(?:(\\(|\\)|&&|\\|\\|)|(response\\.code|request\\.duration)\\s*(==|!=|>=|<=|>|<)"
              + "\\s*(?:(\\d{1,9})|duration\\(\\s*[\"'](\\d{1,6})(ms|s|m)[\"']\\s*\\)))\\s*");

  private final Matcher tokens;
  private int at;

  private LogCondition(String text) {
    this.tokens = TOKEN.matcher(text);
  }

  /** The filter for an expression; empty when there is none that says the same. */
  public static Optional<AccessLogFilter> of(String expression) {
    if (expression.length() > LIMIT || expression.isBlank()) {
      return Optional.empty();
    }
    LogCondition condition = new LogCondition(expression);
    AccessLogFilter filter = condition.any(0);
    return filter == null || condition.at != expression.length()
        ? Optional.empty()
        : Optional.of(filter);
  }

  private @Nullable AccessLogFilter any(int depth) {
    List<AccessLogFilter> parts = new ArrayList<>();
    do {
      AccessLogFilter part = all(depth);
      if (part == null) {
        return null;
      }
      parts.add(part);
    } while (take("||"));
    return parts.size() == 1
        ? parts.getFirst()
        : AccessLogFilter.newBuilder()
            .setOrFilter(OrFilter.newBuilder().addAllFilters(parts))
            .build();
  }

  private @Nullable AccessLogFilter all(int depth) {
    List<AccessLogFilter> parts = new ArrayList<>();
    do {
      AccessLogFilter part = one(depth);
      if (part == null) {
        return null;
      }
      parts.add(part);
    } while (take("&&"));
    return parts.size() == 1
        ? parts.getFirst()
        : AccessLogFilter.newBuilder()
            .setAndFilter(AndFilter.newBuilder().addAllFilters(parts))
            .build();
  }

  private @Nullable AccessLogFilter one(int depth) {
    if (take("(")) {
      AccessLogFilter inner = depth > 50 ? null : any(depth + 1);
      return inner != null && take(")") ? inner : null;
    }
    if (!tokens.find(at) || tokens.start() != at || tokens.group(2) == null) {
      return null;
    }
    boolean duration = tokens.group(2).equals("request.duration");
    if (duration != (tokens.group(4) == null)) {
      return null;
    }
    at = tokens.end();
    long value = duration ? millis() : Long.parseLong(tokens.group(4));
    return compare(duration, tokens.group(3), value);
  }

  private long millis() {
    long number = Long.parseLong(tokens.group(5));
    return switch (tokens.group(6)) {
      case "m" -> number * 60_000;
      case "s" -> number * 1000;
      default -> number;
    };
  }

  private boolean take(String symbol) {
    boolean found = tokens.find(at) && tokens.start() == at && symbol.equals(tokens.group(1));
    if (found) {
      at = tokens.end();
    }
    return found;
  }

  private static AccessLogFilter compare(boolean duration, String operator, long value) {
    return switch (operator) {
      case "==" -> filter(duration, ComparisonFilter.Op.EQ, value);
      case ">=" -> filter(duration, ComparisonFilter.Op.GE, value);
      case "<=" -> filter(duration, ComparisonFilter.Op.LE, value);
      case ">" -> filter(duration, ComparisonFilter.Op.GE, value + 1);
      case "<" -> below(duration, value);
      default ->
          AccessLogFilter.newBuilder()
              .setOrFilter(
                  OrFilter.newBuilder()
                      .addFilters(below(duration, value))
                      .addFilters(filter(duration, ComparisonFilter.Op.GE, value + 1)))
              .build();
    };
  }

  private static AccessLogFilter below(boolean duration, long value) {
    return filter(duration, ComparisonFilter.Op.LE, Math.max(0, value - 1));
  }

  private static AccessLogFilter filter(boolean duration, ComparisonFilter.Op op, long value) {
    ComparisonFilter comparison =
        ComparisonFilter.newBuilder()
            .setOp(op)
            .setValue(
                RuntimeUInt32.newBuilder().setDefaultValue((int) value).setRuntimeKey("access_log"))
            .build();
    AccessLogFilter.Builder out = AccessLogFilter.newBuilder();
    return duration
        ? out.setDurationFilter(DurationFilter.newBuilder().setComparison(comparison)).build()
        : out.setStatusCodeFilter(StatusCodeFilter.newBuilder().setComparison(comparison)).build();
  }
}
