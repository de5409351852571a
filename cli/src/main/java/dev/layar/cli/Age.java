package dev.layar.cli;

import java.time.Duration;

/** How old something is, in the one or two units that kubectl's AGE column has. */
final class Age {
  private Age() {}

  /**
   * {@code 45s}, {@code 3m10s}, {@code 25m}, {@code 4h5m}, {@code 30h}, {@code 3d2h}, {@code 90d}.
   */
  static String of(Duration age) {
    long seconds = Math.max(0, age.toSeconds());
    long minutes = seconds / 60;
    long hours = minutes / 60;
    long days = hours / 24;
    if (seconds < 120) {
      return seconds + "s";
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
    return days < 8 ? two(days, "d", hours % 24, "h") : days + "d";
  }

  private static String two(long large, String largeUnit, long small, String smallUnit) {
    return large + largeUnit + (small == 0 ? "" : small + smallUnit);
  }
}
