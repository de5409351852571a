package dev.layar.local.control;

import tools.jackson.databind.JsonNode;

/** Numbers that may be written as a percentage ({@code util/intstr.IntOrString}). Pure. */
final class Shares {
  private static final int DEFAULT_PERCENT = 25;

  private Shares() {}

  /** Kubernetes rounds {@code maxSurge} up and {@code maxUnavailable} down. */
  enum Rounding {
    UP,
    DOWN
  }

  static int of(JsonNode value, int whole, Rounding rounding) {
    if (value.isNumber()) {
      return value.asInt();
    }
    double share = whole * percentage(value.asString("")) / 100;
    return (int)
        switch (rounding) {
          case UP -> Math.ceil(share);
          case DOWN -> Math.floor(share);
        };
  }

  private static double percentage(String text) {
    try {
      return Double.parseDouble(text.endsWith("%") ? text.substring(0, text.length() - 1) : text);
    } catch (NumberFormatException absentOrWrong) {
      return DEFAULT_PERCENT;
    }
  }
}
