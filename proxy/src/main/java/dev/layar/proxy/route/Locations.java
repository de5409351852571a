package dev.layar.proxy.route;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.ByteSink;

/** Builds the {@code location} of a redirect, always absolute ({@code Envoy RedirectAction}). */
final class Locations {
  private Locations() {}

  static void append(RouteAction.Redirect redirect, Head head, ByteSink out) {
    String oldScheme = head.https() ? "https" : "http";
    String scheme = redirect.scheme() == null ? oldScheme : redirect.scheme();
    out.put(scheme).put("://");
    host(redirect, head, oldScheme, scheme, out);
    path(redirect, head, out);
  }

  private static void host(
      RouteAction.Redirect redirect, Head head, String oldScheme, String scheme, ByteSink out) {
    byte[] wanted = redirect.host();
    byte[] bytes = wanted == null ? head.bytes() : wanted;
    int start = wanted == null ? head.authorityStart() : 0;
    int length = wanted == null ? head.authorityLength() : wanted.length;
    int bare = AuthorityText.withoutPort(bytes, start, length);
    boolean dropped =
        redirect.port() != 0
            || !scheme.equals(oldScheme) && defaultPort(bytes, start, bare, length, oldScheme);
    out.put(bytes, start, dropped ? bare : length);
    if (redirect.port() != 0) {
      out.put((byte) ':').putDecimal(redirect.port());
    }
  }

  /** Whether the port is the one that the old scheme implies. */
  private static boolean defaultPort(
      byte[] bytes, int start, int bare, int length, String oldScheme) {
    long port = Ascii.parseLong(bytes, start + bare + 1, Math.max(0, length - bare - 1));
    return port == (oldScheme.equals("https") ? 443 : 80);
  }

  private static void path(RouteAction.Redirect redirect, Head head, ByteSink out) {
    int at = out.length();
    byte[] fixed = redirect.path();
    if (fixed != null) {
      out.put(fixed);
      if (!has(fixed, '?')) {
        int only = head.pathOnlyLength();
        out.put(head.bytes(), head.pathStart() + only, head.pathLength() - only);
      }
    } else if (redirect.pathRewrite() == null || !redirect.pathRewrite().apply(head, out)) {
      out.truncate(at);
      out.put(head.bytes(), head.pathStart(), head.pathLength());
    }
    if (redirect.stripQuery()) {
      cutQuery(out, at);
    }
  }

  private static void cutQuery(ByteSink out, int from) {
    for (int i = from; i < out.length(); i++) {
      if (out.bytes()[i] == '?') {
        out.truncate(i);
        return;
      }
    }
  }

  private static boolean has(byte[] bytes, char wanted) {
    for (byte value : bytes) {
      if (value == wanted) {
        return true;
      }
    }
    return false;
  }
}
