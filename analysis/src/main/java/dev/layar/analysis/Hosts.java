package dev.layar.analysis;

import java.net.Inet6Address;
import java.util.List;
import java.util.regex.Pattern;

/** Host names as Istio compares and checks them (istio/api validation, host.Name). */
public final class Hosts {
  private static final Pattern LABEL = Pattern.compile("[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?");
  private static final Pattern WILDCARD_LABEL =
      Pattern.compile("\\*|\\*[a-zA-Z0-9-]*[a-zA-Z0-9]|[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?");
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4]\\d|1?\\d?\\d)\\.){3}(25[0-5]|2[0-4]\\d|1?\\d?\\d)");
  private static final int MAX_LABEL = 63;
  private static final int MAX_NAME = 255;

  private Hosts() {}

  /** Letters of both cases, digits and inner dashes, at most 63; Istio allows upper case here. */
  static boolean isLabel(String text) {
    return text.length() <= MAX_LABEL && LABEL.matcher(text).matches();
  }

  /** A full or short domain name without wildcard; a trailing dot is allowed. */
  static boolean isName(String text) {
    return check(text, false);
  }

  /** A domain name whose first label may start with {@code *}. */
  static boolean isWildcardName(String text) {
    return check(text, true);
  }

  private static boolean check(String text, boolean wildcard) {
    if (text.isEmpty() || text.length() > MAX_NAME) {
      return false;
    }
    List<String> labels = List.of(text.split("\\.", -1));
    int last = labels.size() - 1;
    for (int i = 0; i <= last; i++) {
      String label = labels.get(i);
      boolean root = i == last && i > 0 && label.isEmpty();
      boolean good =
          wildcard && i == 0
              ? label.length() <= MAX_LABEL && WILDCARD_LABEL.matcher(label).matches()
              : isLabel(label);
      if (!root && !good) {
        return false;
      }
    }
    return !isNumber(labels.get(last));
  }

  private static boolean isNumber(String label) {
    return !label.isEmpty() && label.chars().allMatch(c -> c >= '0' && c <= '9');
  }

  /** An IPv4 or IPv6 address. */
  static boolean isIp(String text) {
    if (IPV4.matcher(text).matches()) {
      return true;
    }
    if (!text.contains(":") || text.contains("%") || text.contains("[")) {
      return false;
    }
    try {
      return Inet6Address.ofLiteral(text) != null;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  /** An IP, or an IP with a prefix length. */
  static boolean isSubnet(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return isIp(text);
    }
    String length = text.substring(slash + 1);
    String ip = text.substring(0, slash);
    int max = ip.contains(":") ? 128 : 32;
    return isIp(ip) && isNumber(length) && length.length() <= 3 && Integer.parseInt(length) <= max;
  }

  /** An absolute path that is not a folder, or an abstract name after {@code @}. */
  static boolean isUnixPath(String path) {
    return path.startsWith("@") ? path.length() > 1 : path.startsWith("/") && !path.endsWith("/");
  }

  /** Whether some name is meant by both; either may start with {@code *}. */
  public static boolean overlap(String a, String b) {
    boolean wildA = a.startsWith("*");
    boolean wildB = b.startsWith("*");
    if (wildA && wildB) {
      return a.substring(1).endsWith(b.substring(1)) || b.substring(1).endsWith(a.substring(1));
    }
    if (wildA) {
      return b.endsWith(a.substring(1));
    }
    return wildB ? a.endsWith(b.substring(1)) : a.equals(b);
  }

  /** Whether every name meant by {@code inner} is meant by {@code outer}. */
  public static boolean within(String inner, String outer) {
    if (!outer.startsWith("*")) {
      return inner.equals(outer);
    }
    String suffix = outer.substring(1);
    return (inner.startsWith("*") ? inner.substring(1) : inner).endsWith(suffix);
  }
}
