package dev.layar.base;

import java.util.Locale;

/** JSON string literals (RFC 8259 §7). Pure. */
public final class JsonStrings {
  private JsonStrings() {}

  /**
   * Appends {@code text} as a literal, quotes included. Only what JSON demands is escaped: quotes,
   * backslashes and control characters.
   */
  public static void append(StringBuilder out, String text) {
    out.append('"');
    for (int i = 0; i < text.length(); i++) {
      char c = text.charAt(i);
      if (c == '"' || c == '\\') {
        out.append('\\').append(c);
      } else if (c < 0x20) {
        out.append(String.format(Locale.ROOT, "\\u%04x", (int) c));
      } else {
        out.append(c);
      }
    }
    out.append('"');
  }
}
