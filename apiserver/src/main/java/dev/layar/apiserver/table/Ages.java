package dev.layar.apiserver.table;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;

/** Durations as kubectl shows them (k8s.io/apimachinery, util/duration HumanDuration). Pure. */
final class Ages {
  private Ages() {}

  /** From a time to now. */
  static String since(String time, Instant now) {
    if (time.isEmpty()) {
      return "<unknown>";
    }
    try {
      return human(Duration.between(Instant.parse(time), now));
    } catch (DateTimeException malformed) {
      return "<invalid>";
    }
  }

  static String human(Duration duration) {
    long seconds = duration.toSeconds();
    if (seconds < -1) {
      return "<invalid>";
    }
    long minutes = seconds / 60;
    long hours = minutes / 60;
    long days = hours / 24;
    long years = days / 365;
    if (seconds < 120) {
      return Math.max(0, seconds) + "s";
    }
    if (minutes < 10) {
      return two(minutes, "m", seconds % 60, "s");
    }
    if (hours < 3) {
      return minutes + "m";
    }
    if (hours < 8) {
      return two(hours, "h", minutes % 60, "m");
    }
    if (hours < 48) {
      return hours + "h";
    }
    if (days < 8) {
      return two(days, "d", hours % 24, "h");
    }
    if (years < 2) {
      return days + "d";
    }
    return years < 8 ? two(years, "y", days % 365, "d") : years + "y";
  }

  private static String two(long big, String bigUnit, long small, String smallUnit) {
    return small == 0 ? big + bigUnit : big + bigUnit + small + smallUnit;
  }
}
