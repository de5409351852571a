package dev.layar.compiler.registry;

import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Rules for host names in Istio's objects (Istio {@code pkg/config/host/name.go}). */
public final class HostNames {
  private HostNames() {}

  /**
   * The full, lower-case name of a host as an object in {@code namespace} means it: a name without
   * a dot is a service of that namespace; {@code *}, addresses and anything with a dot stay.
   */
  public static String resolve(String host, String namespace, String domain) {
    String lower = host.toLowerCase(Locale.ROOT);
    if (lower.isEmpty() || lower.contains(".") || lower.contains(":") || lower.equals("*")) {
      return lower;
    }
    return service(lower, namespace, domain);
  }

  /** {@code NAME.NAMESPACE.svc.DOMAIN}. */
  public static String service(String name, String namespace, String domain) {
    return name + "." + namespace + ".svc." + domain;
  }

  public static boolean isWildcard(String host) {
    return host.startsWith("*");
  }

  /** Whether {@code pattern}, a name or leading wildcard, covers the name or pattern. */
  public static boolean covers(String pattern, String host) {
    if (!isWildcard(pattern)) {
      return pattern.equals(host);
    }
    String suffix = pattern.substring(1);
    if (isWildcard(host)) {
      return host.length() >= pattern.length() && host.endsWith(suffix);
    }
    return host.length() > suffix.length() && host.endsWith(suffix);
  }

  /** Whether some name is covered by both. */
  public static boolean overlap(String a, String b) {
    return covers(a, b) || covers(b, a);
  }

  /** The wildcards that cover a host, the longest first, {@code *} last; the host itself not. */
  public static List<String> wildcardsOver(String host) {
    List<String> wildcards = new ArrayList<>();
    int from = isWildcard(host) ? 2 : 0;
    for (int dot = host.indexOf('.', from); dot >= 0; dot = host.indexOf('.', dot + 1)) {
      wildcards.add("*" + host.substring(dot));
    }
    if (!host.equals("*")) {
      wildcards.add("*");
    }
    return wildcards;
  }
}
