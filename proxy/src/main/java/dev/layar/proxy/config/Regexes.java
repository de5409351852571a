package dev.layar.proxy.config;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import org.jspecify.annotations.Nullable;

/** RE2 expressions of configuration. */
final class Regexes {
  /** Istio's {@code re2.max_program_size.error_level}. */
  private static final int MAX_PROGRAM_SIZE = 32_768;

  private Regexes() {}

  /** The compiled expression; null, with a problem, when it is none. */
  static @Nullable Pattern compile(String regex, String path, Problems problems) {
    try {
      Pattern pattern = Pattern.compile(regex);
      if (pattern.programSize() > MAX_PROGRAM_SIZE) {
        problems.invalid(
            path, "the regular expression is too large", regex, "a program of at most 32768 steps");
        return null;
      }
      return pattern;
    } catch (PatternSyntaxException e) {
      problems.invalid(path, "not a regular expression: " + e.getMessage(), regex, "RE2 syntax");
      return null;
    }
  }

  /** RE2's {@code \1} as RE2/J's {@code $1}. */
  static String substitution(String re2) {
    StringBuilder out = new StringBuilder(re2.length() + 8);
    for (int i = 0; i < re2.length(); i++) {
      char c = re2.charAt(i);
      boolean escape = c == '\\' && i + 1 < re2.length();
      if (escape && Character.isDigit(re2.charAt(i + 1))) {
        out.append('$').append(re2.charAt(++i));
      } else if (escape && re2.charAt(i + 1) == '\\') {
        out.append("\\\\");
        i++;
      } else if (c == '$' || c == '\\') {
        out.append('\\').append(c);
      } else {
        out.append(c);
      }
    }
    return out.toString();
  }
}
