package dev.layar.proxy.filter.path;

import org.jspecify.annotations.Nullable;

/** Spellings of a path without its query (RFC 3986 §6.2.2). Stateless; the slow path. */
final class Paths {
  private Paths() {}

  /** Whether {@code %2F} or {@code %5C} occurs. */
  static boolean hasEscapedSlash(String path) {
    for (int at = path.indexOf('%'); at >= 0; at = path.indexOf('%', at + 1)) {
      int code = escaped(path, at);
      if (code == '/' || code == '\\') {
        return true;
      }
    }
    return false;
  }

  static String unescapeSlashes(String path) {
    StringBuilder out = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      int code = escaped(path, i);
      if (code == '/' || code == '\\') {
        out.append('/');
        i += 2;
      } else {
        out.append(path.charAt(i));
      }
    }
    return out.toString();
  }

  static String mergeSlashes(String path) {
    StringBuilder out = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      if (c != '/' || i == 0 || path.charAt(i - 1) != '/') {
        out.append(c);
      }
    }
    return out.toString();
  }

  /**
   * Escapes of unreserved characters decoded, backslashes turned, dot segments removed (RFC 3986
   * §5.2.4); {@code //} and {@code %2F} stay. Null when an escape hides a NUL.
   */
  static @Nullable String normalise(String path) {
    String decoded = decodeUnreserved(path);
    return decoded == null ? null : removeDots(decoded);
  }

  private static @Nullable String decodeUnreserved(String path) {
    StringBuilder out = new StringBuilder(path.length());
    for (int i = 0; i < path.length(); i++) {
      char c = path.charAt(i);
      int code = escaped(path, i);
      if (code == 0) {
        return null;
      }
      if (code > 0 && unreserved((char) code)) {
        out.append((char) code);
        i += 2;
      } else {
        out.append(c == '\\' ? '/' : c);
      }
    }
    return out.toString();
  }

  private static String removeDots(String path) {
    StringBuilder out = new StringBuilder(path.length());
    int at = 0;
    while (at < path.length()) {
      int next = path.indexOf('/', at + 1);
      int end = next < 0 ? path.length() : next;
      String segment = path.substring(at, end);
      boolean last = next < 0;
      switch (segment) {
        case "/." -> out.append(last ? "/" : "");
        case "/.." -> {
          out.setLength(Math.max(0, out.lastIndexOf("/")));
          out.append(last ? "/" : "");
        }
        default -> out.append(segment);
      }
      at = end;
    }
    return out.isEmpty() ? "/" : out.toString();
  }

  /** The code of the escape at this place, -1 when there is none. */
  private static int escaped(String path, int at) {
    if (path.charAt(at) != '%' || at + 2 >= path.length()) {
      return -1;
    }
    int high = Character.digit(path.charAt(at + 1), 16);
    int low = Character.digit(path.charAt(at + 2), 16);
    return high < 0 || low < 0 ? -1 : high << 4 | low;
  }

  private static boolean unreserved(char c) {
    return c < 128 && (Character.isLetterOrDigit(c) || "-._~".indexOf(c) >= 0);
  }
}
