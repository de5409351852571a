package dev.layar.model;

import java.math.BigDecimal;
import java.math.BigInteger;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.Base64;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Reads scalars. Every refusal says what to write instead, where that can be known. */
final class ScalarReader {
  private static final Pattern SHARE = Pattern.compile("([0-9]+(?:\\.[0-9]+)?)\\s*%");
  private static final Pattern LONG_UNIT =
      Pattern.compile(
          "([0-9.]+)\\s*(d|day|days|hour|hours|hr|hrs|min|mins|minute|minutes|sec|secs|second|seconds"
              + "|msec|millis|milliseconds|[hms]|ms)");

  private final Findings findings;

  ScalarReader(Findings findings) {
    this.findings = findings;
  }

  @Nullable Object read(Tree.Text text, Shape shape, String path) {
    return switch (shape) {
      case Shape.Str str -> string(text, str, path);
      case Shape.Int range -> integer(text, range, path);
      case Shape.Dec _ -> decimal(text, path);
      case Shape.Bool _ -> bool(text, path);
      case Shape.Span _ -> span(text, path);
      case Shape.Time _ -> time(text, path);
      case Shape.IntOrStr _ -> intOrString(text, path);
      case Shape.Word word -> word(text, word, path);
      case Shape.Listing _, Shape.Mapping _, Shape.Open _, Shape.Message _, Shape.OneOf _ ->
          throw new IllegalStateException("not a scalar: " + shape);
    };
  }

  private @Nullable Object string(Tree.Text text, Shape.Str shape, String path) {
    if (!isString(text)) {
      wrongType(
          text,
          path,
          Hints.last(path)
              + " is a string, and "
              + text.value()
              + " without quotes is read as a "
              + reading(text),
          quoted(text.value()));
      return null;
    }
    if (shape.format().equals(Format.BASE64) && !isBase64(text.value())) {
      findings.error(
          DecodeCode.BAD_BASE64,
          text.at(),
          path,
          Hints.last(path) + " is base64, and this is not",
          text.describe(),
          "");
      return null;
    }
    return text.value();
  }

  private @Nullable Object integer(Tree.Text text, Shape.Int shape, String path) {
    BigInteger value = whole(text);
    if (value == null) {
      notANumber(text, path, true);
      return null;
    }
    boolean inside =
        value.compareTo(BigInteger.valueOf(shape.min())) >= 0
            && value.compareTo(BigInteger.valueOf(shape.max())) <= 0;
    if (!inside) {
      findings.error(
          DecodeCode.OUT_OF_RANGE,
          text.at(),
          path,
          Hints.last(path) + " is outside its range",
          text.describe(),
          shape.min() + " to " + shape.max());
      return null;
    }
    return shape.wide() ? (Object) value.longValueExact() : (Object) value.intValueExact();
  }

  /** The number, when it is written as one: 10, 0x1f, 1e3 and 10.0 are whole. */
  private static @Nullable BigInteger whole(Tree.Text text) {
    Plain plain = text.plain() ? Plain.of(text.value()) : Plain.STRING;
    if (plain == Plain.INTEGER) {
      return Plain.integer(text.value());
    }
    if (plain != Plain.DECIMAL) {
      return null;
    }
    double value = Plain.decimal(text.value());
    boolean whole = Math.rint(value) == value && Math.abs(value) < 1L << 53;
    return whole ? BigDecimal.valueOf(value).toBigInteger() : null;
  }

  private @Nullable Object decimal(Tree.Text text, String path) {
    Plain plain = text.plain() ? Plain.of(text.value()) : Plain.STRING;
    if (plain == Plain.INTEGER || plain == Plain.DECIMAL) {
      double value = Plain.decimal(text.value());
      if (Double.isFinite(value)) {
        return value;
      }
    }
    notANumber(text, path, false);
    return null;
  }

  private void notANumber(Tree.Text text, String path, boolean whole) {
    String name = Hints.last(path);
    Matcher share = SHARE.matcher(text.value().strip());
    if (share.matches()) {
      wrongType(
          text,
          path,
          name + " is a plain number, without a percent sign: write " + share.group(1),
          share.group(1));
      return;
    }
    Plain inside = Plain.of(text.value().strip());
    if (!text.plain() && (inside == Plain.INTEGER || inside == Plain.DECIMAL)) {
      wrongType(text, path, name + " is a number: write it without quotes", text.value().strip());
      return;
    }
    boolean fraction = whole && inside == Plain.DECIMAL;
    wrongType(
        text,
        path,
        name + (fraction ? " is a whole number" : " is a number"),
        whole ? "a whole number" : "a number");
  }

  private @Nullable Object bool(Tree.Text text, String path) {
    if (text.plain() && Plain.of(text.value()) == Plain.BOOLEAN) {
      return Plain.bool(text.value());
    }
    boolean inQuotes = Plain.of(text.value()) == Plain.BOOLEAN;
    wrongType(
        text,
        path,
        Hints.last(path) + (inQuotes ? " is a boolean: write it without quotes" : " is a boolean"),
        inQuotes ? Boolean.toString(Plain.bool(text.value())) : "true or false");
    return null;
  }

  private @Nullable Object span(Tree.Text text, String path) {
    Duration value = GoDuration.parse(text.value());
    if (value != null && (isString(text) || text.value().equals("0"))) {
      return value;
    }
    String meant = meantDuration(text.value().strip());
    boolean bare = Plain.of(text.value()) == Plain.INTEGER;
    findings.error(
        DecodeCode.BAD_DURATION,
        text.at(),
        path,
        Hints.last(path)
            + (bare ? " is a duration and needs a unit" : " is not a duration")
            + (meant.isEmpty() ? "" : ": write " + meant),
        text.describe(),
        meant.isEmpty() ? "a number with ms, s, m or h, such as 1.5s or 1h30m" : meant);
    return null;
  }

  private static String meantDuration(String text) {
    Plain plain = Plain.of(text);
    if (plain == Plain.INTEGER || plain == Plain.DECIMAL) {
      return text + "s";
    }
    Matcher matcher = LONG_UNIT.matcher(text.toLowerCase(Locale.ROOT));
    if (!matcher.matches()) {
      return "";
    }
    String amount = matcher.group(1);
    String unit = matcher.group(2);
    if (unit.startsWith("d")) {
      return Plain.of(amount) == Plain.INTEGER && amount.length() < 6
          ? Integer.parseInt(amount) * 24 + "h"
          : "";
    }
    String shortUnit =
        unit.startsWith("ms") || unit.startsWith("mil") ? "ms" : unit.substring(0, 1);
    return GoDuration.parse(amount + shortUnit) == null ? "" : amount + shortUnit;
  }

  private @Nullable Object time(Tree.Text text, String path) {
    try {
      return OffsetDateTime.parse(text.value()).toInstant();
    } catch (DateTimeException e) {
      findings.error(
          DecodeCode.BAD_TIME,
          text.at(),
          path,
          Hints.last(path) + " is not an RFC 3339 time",
          text.describe(),
          Instant.EPOCH.toString());
      return null;
    }
  }

  private @Nullable Object intOrString(Tree.Text text, String path) {
    Plain plain = text.plain() ? Plain.of(text.value()) : Plain.STRING;
    return switch (plain) {
      case STRING -> new IntOrString.Text(text.value());
      case INTEGER -> {
        Object number =
            integer(text, new Shape.Int(Integer.MIN_VALUE, Integer.MAX_VALUE, false), path);
        yield number instanceof Integer i ? new IntOrString.Number(i) : null;
      }
      case NULL, BOOLEAN, DECIMAL -> {
        wrongType(text, path, Hints.last(path) + " is a whole number or a name", "");
        yield null;
      }
    };
  }

  private @Nullable Object word(Tree.Text text, Shape.Word shape, String path) {
    for (Shape.Constant constant : shape.constants()) {
      if (constant.name().equals(text.value())) {
        return constant.value();
      }
    }
    String near = nearWord(text, shape);
    String all = String.join(", ", shape.names());
    findings.error(
        DecodeCode.UNKNOWN_VALUE,
        text.at(),
        path,
        Hints.last(path)
            + " is one of "
            + all
            + (near == null ? "" : "; did you mean " + near + "?"),
        text.describe(),
        near == null ? all : near);
    return null;
  }

  /** Protobuf's JSON also takes an enum's number; the published schemas do not. */
  private static @Nullable String nearWord(Tree.Text text, Shape.Word shape) {
    if (Plain.of(text.value()) == Plain.INTEGER) {
      BigInteger number = Plain.integer(text.value());
      boolean known =
          number.signum() >= 0
              && number.bitLength() < 31
              && number.intValueExact() < shape.constants().size();
      return known ? shape.names().get(number.intValueExact()) : null;
    }
    return Similar.nearest(text.value(), shape.names());
  }

  private static boolean isString(Tree.Text text) {
    return !text.plain() || Plain.of(text.value()) == Plain.STRING;
  }

  private static String reading(Tree.Text text) {
    return Plain.of(text.value()) == Plain.BOOLEAN ? "boolean" : "number";
  }

  private static boolean isBase64(String text) {
    try {
      Base64.getDecoder().decode(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  private static String quoted(String text) {
    return "\"" + text + "\"";
  }

  private void wrongType(Tree.Text text, String path, String message, String expected) {
    findings.error(DecodeCode.WRONG_TYPE, text.at(), path, message, text.describe(), expected);
  }
}
