package dev.layar.proxy.route;

import dev.layar.proxy.http.Head;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * A route configuration, ready for lookups ({@code Envoy RouteConfiguration}). Immutable, shared by
 * all event loops; a lookup allocates nothing unless a regex is met.
 *
 * <p>Exactly one virtual host is consulted: by exact domain, else by the longest {@code *.suffix},
 * else by the longest {@code prefix.*}, else {@code *}. Its routes are tried in order; the first
 * whose conditions hold decides.
 */
public final class RouteTable {
  private final String name;
  private final List<VirtualHost> hosts;
  private final boolean ignorePort;
  private final DomainMap<VirtualHost> exact;
  private final DomainMap<VirtualHost> suffixes;
  private final int[] suffixLengths;
  private final DomainMap<VirtualHost> prefixes;
  private final int[] prefixLengths;
  private final @Nullable VirtualHost fallback;
  private final boolean onlyFallback;

  /**
   * @param hosts domains in lower case and unique, at most one {@code *}
   * @param ignorePort {@code ignore_port_in_host_matching}
   */
  public RouteTable(String name, List<VirtualHost> hosts, boolean ignorePort) {
    this.name = name;
    this.hosts = List.copyOf(hosts);
    this.ignorePort = ignorePort;
    Map<String, VirtualHost> exactNames = new HashMap<>();
    Map<String, VirtualHost> suffixNames = new HashMap<>();
    Map<String, VirtualHost> prefixNames = new HashMap<>();
    VirtualHost any = null;
    for (VirtualHost host : hosts) {
      for (String domain : host.domains()) {
        if (domain.equals("*")) {
          any = host;
        } else if (domain.startsWith("*")) {
          suffixNames.put(domain.substring(1), host);
        } else if (domain.endsWith("*")) {
          prefixNames.put(domain.substring(0, domain.length() - 1), host);
        } else {
          exactNames.put(domain, host);
        }
      }
    }
    this.exact = new DomainMap<>(exactNames);
    this.suffixes = new DomainMap<>(suffixNames);
    this.suffixLengths = lengths(suffixNames);
    this.prefixes = new DomainMap<>(prefixNames);
    this.prefixLengths = lengths(prefixNames);
    this.fallback = any;
    this.onlyFallback =
        any != null && exactNames.isEmpty() && suffixNames.isEmpty() && prefixNames.isEmpty();
  }

  public String name() {
    return name;
  }

  public List<VirtualHost> hosts() {
    return hosts;
  }

  /**
   * Looks a request up.
   *
   * @param tls whether the request came by https, by its {@code x-forwarded-proto}
   * @param random the stream's random value
   */
  public RouteResult match(Head head, boolean tls, long random) {
    VirtualHost host = host(head);
    if (host == null) {
      return RouteMiss.NO_VIRTUAL_HOST;
    }
    if (!tls && host.httpsRedirect() != null) {
      return host.httpsRedirect();
    }
    List<RouteEntry> routes = host.routes();
    for (int i = 0; i < routes.size(); i++) {
      RouteEntry route = routes.get(i);
      if (route.matches(head, random)) {
        return route;
      }
    }
    return RouteMiss.NO_ROUTE;
  }

  /** The virtual host that is consulted for this request; null when there is none. */
  public @Nullable VirtualHost host(Head head) {
    if (onlyFallback) {
      return fallback;
    }
    byte[] bytes = head.bytes();
    int start = head.authorityStart();
    int length = head.authorityLength();
    if (length == 0) {
      return null;
    }
    if (ignorePort) {
      length = AuthorityText.withoutPort(bytes, start, length);
    }
    VirtualHost found = exact.get(bytes, start, length);
    if (found == null) {
      found = bySuffix(bytes, start, length);
    }
    if (found == null) {
      found = byPrefix(bytes, start, length);
    }
    return found == null ? fallback : found;
  }

  private @Nullable VirtualHost bySuffix(byte[] bytes, int start, int length) {
    for (int size : suffixLengths) {
      if (size < length) {
        VirtualHost found = suffixes.get(bytes, start + length - size, size);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  private @Nullable VirtualHost byPrefix(byte[] bytes, int start, int length) {
    for (int size : prefixLengths) {
      if (size < length) {
        VirtualHost found = prefixes.get(bytes, start, size);
        if (found != null) {
          return found;
        }
      }
    }
    return null;
  }

  /** The distinct lengths of the names, longest first. */
  private static int[] lengths(Map<String, ?> names) {
    return names.keySet().stream()
        .map(String::length)
        .distinct()
        .sorted((a, b) -> Integer.compare(b, a))
        .mapToInt(Integer::intValue)
        .toArray();
  }
}
