package dev.layar.proxy.observe;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * {@code %START_TIME%} and {@code %START_TIME(format)%}: UTC, by the calendar, allocating nothing.
 */
final class Timestamps {
  private static final long DAY_MILLIS = 86_400_000;
  private static final String DEFAULT = "%Y-%m-%dT%H:%M:%S.%3fZ";

  private Timestamps() {}

  /**
   * @param format {@code strftime} with {@code %3f}, {@code %6f} and {@code %9f} for fractions and
   *     {@code %s} for seconds since 1970; null for RFC 3339 with milliseconds
   */
  static TextFormat.Piece of(@Nullable String format, Consumer<String> problems) {
    List<TextFormat.Piece> parts = parts(format == null ? DEFAULT : format, problems);
    TextFormat.Piece[] array = parts.toArray(TextFormat.Piece[]::new);
    return (info, out) -> {
      for (TextFormat.Piece part : array) {
        part.append(info, out);
      }
      return true;
    };
  }

  private static List<TextFormat.Piece> parts(String format, Consumer<String> problems) {
    List<TextFormat.Piece> parts = new ArrayList<>();
    for (int at = 0; at < format.length(); at++) {
      char c = format.charAt(at);
      if (c != '%' || at + 1 == format.length()) {
        parts.add(literal(c));
        continue;
      }
      char kind = format.charAt(++at);
      boolean fraction = at + 1 < format.length() && format.charAt(at + 1) == 'f';
      if (fraction && kind >= '1' && kind <= '9') {
        parts.add(fraction(kind - '0'));
        at++;
      } else {
        parts.add(part(kind, problems));
      }
    }
    return parts;
  }

  private static TextFormat.Piece part(char kind, Consumer<String> problems) {
    return switch (kind) {
      case 'Y' -> (info, out) -> put(out, date(info) >> 16, 4);
      case 'm' -> (info, out) -> put(out, date(info) >> 8 & 255, 2);
      case 'd' -> (info, out) -> put(out, date(info) & 255, 2);
      case 'F' -> (info, out) -> dashed(info, out);
      case 'H' -> (info, out) -> put(out, time(info) / 3_600_000, 2);
      case 'M' -> (info, out) -> put(out, time(info) / 60_000 % 60, 2);
      case 'S' -> (info, out) -> put(out, time(info) / 1000 % 60, 2);
      case 'T' -> (info, out) -> clock(info, out);
      case 's' -> (info, out) -> put(out, Math.floorDiv(info.startEpochMillis, 1000), 1);
      case 'f' -> fraction(9);
      case 'z' -> literal("+0000");
      case 'Z' -> literal("UTC");
      case '%' -> literal('%');
      default -> {
        problems.accept("START_TIME does not know '%" + kind + "'");
        yield literal('-');
      }
    };
  }

  private static boolean dashed(StreamInfo info, ByteSink out) {
    int date = date(info);
    out.putPadded(date >> 16, 4).put((byte) '-');
    out.putPadded(date >> 8 & 255, 2).put((byte) '-').putPadded(date & 255, 2);
    return true;
  }

  private static boolean clock(StreamInfo info, ByteSink out) {
    long time = time(info);
    out.putPadded(time / 3_600_000, 2).put((byte) ':');
    out.putPadded(time / 60_000 % 60, 2).put((byte) ':').putPadded(time / 1000 % 60, 2);
    return true;
  }

  private static TextFormat.Piece fraction(int digits) {
    return (info, out) -> {
      long nanos =
          Math.floorMod(info.startEpochMillis, 1000L) * 1_000_000 + info.startMicros * 1000L;
      for (int i = digits; i < 9; i++) {
        nanos /= 10;
      }
      return put(out, nanos, digits);
    };
  }

  private static TextFormat.Piece literal(char c) {
    return literal(String.valueOf(c));
  }

  private static TextFormat.Piece literal(String text) {
    return (info, out) -> {
      out.put(text);
      return true;
    };
  }

  private static boolean put(ByteSink out, long value, int digits) {
    out.putPadded(value, digits);
    return true;
  }

  private static long time(StreamInfo info) {
    return Math.floorMod(info.startEpochMillis, DAY_MILLIS);
  }

  /**
   * {@code year << 16 | month << 8 | day}: days since 1970 counted in eras of 400 years that begin
   * in March, so that the leap day comes last.
   */
  private static int date(StreamInfo info) {
    long days = Math.floorDiv(info.startEpochMillis, DAY_MILLIS) + 719_468;
    long era = Math.floorDiv(days, 146_097L);
    int dayOfEra = (int) (days - era * 146_097);
    int yearOfEra = (dayOfEra - dayOfEra / 1460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365;
    int dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100);
    int fromMarch = (5 * dayOfYear + 2) / 153;
    int day = dayOfYear - (153 * fromMarch + 2) / 5 + 1;
    int month = fromMarch < 10 ? fromMarch + 3 : fromMarch - 9;
    int year = (int) (yearOfEra + era * 400) + (month <= 2 ? 1 : 0);
    return year << 16 | month << 8 | day;
  }
}
