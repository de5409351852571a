package dev.layar.apiserver.http;

import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.StatusException.Details;
import java.net.URI;
import java.util.Collection;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Keeps pages in a browser out: the {@code Host} must be one of ours (against DNS rebinding), and
 * an {@code Origin} (RFC 6454 §7) must be the server itself. Immutable; thread-safe.
 */
final class BrowserGuard {
  private static final Set<String> FOREIGN = Set.of("cross-site", "same-site");
  private final Set<String> hosts;

  BrowserGuard(Collection<String> hosts) {
    this.hosts =
        hosts.stream().map(host -> host.toLowerCase(Locale.ROOT)).collect(Collectors.toSet());
  }

  void check(Exchange exchange) {
    String host = exchange.header("Host");
    if (!hosts.contains(withoutPort(host).toLowerCase(Locale.ROOT))) {
      throw refused("the Host \"" + host + "\" is none of this server's names");
    }
    String origin = exchange.header("Origin");
    if (!origin.isEmpty() && !host.equalsIgnoreCase(authority(origin))) {
      throw refused("requests of pages from \"" + origin + "\" are not taken");
    }
    if (FOREIGN.contains(exchange.header("Sec-Fetch-Site"))) {
      throw refused("requests of other sites' pages are not taken");
    }
  }

  private static String authority(String origin) {
    try {
      String authority = URI.create(origin).getRawAuthority();
      return authority == null ? "" : authority;
    } catch (IllegalArgumentException malformed) {
      return "";
    }
  }

  /** Without port and without the brackets of an IPv6 address. */
  private static String withoutPort(String host) {
    if (host.startsWith("[")) {
      int end = host.indexOf(']');
      return end < 0 ? host : host.substring(1, end);
    }
    int colon = host.indexOf(':');
    return colon < 0 ? host : host.substring(0, colon);
  }

  private static StatusException refused(String why) {
    return new StatusException(403, "Forbidden", why, Details.NONE);
  }
}
