package dev.layar.analysis;

import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.layar.model.GoDuration;
import dev.layar.model.Paths;
import dev.layar.model.istio.Percent;
import dev.layar.model.istio.StringMatch;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** Rules that several kinds share (Istio's common validation). */
final class Checks {
  private static final int MAX_REGEX = 1024;
  private static final double SMALLEST_FRACTION = 0.0001;
  private static final Set<String> PROTOCOLS =
      Set.of(
          "",
          "tcp",
          "udp",
          "grpc",
          "grpc-web",
          "http",
          "http_proxy",
          "http2",
          "https",
          "tls",
          "mongo",
          "redis",
          "mysql");
  private static final java.util.regex.Pattern QUALIFIED =
      java.util.regex.Pattern.compile("[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?");
  private static final java.util.regex.Pattern PREFIX =
      java.util.regex.Pattern.compile(
          "[a-z0-9]([-a-z0-9]*[a-z0-9])?(\\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*");

  private final Report report;

  Checks(Report report) {
    this.report = report;
  }

  void host(String path, String host) {
    if (!Hosts.isWildcardName(host)) {
      report.add(
          Rule.HOST,
          path,
          "this is not a domain name",
          host,
          "a name such as reviews, reviews.prod.svc.cluster.local or *.example.com");
    }
  }

  void dnsLabel(String path, String name) {
    if (!Hosts.isLabel(name)) {
      report.add(
          Rule.DNS_LABEL,
          path,
          name.isEmpty() ? "the name is empty" : "this is not a valid name",
          name,
          "letters, digits and inner dashes, at most 63");
    }
  }

  void port(String path, int port) {
    if (port < 1 || port > 65535) {
      report.add(Rule.PORT, path, "this is not a port", Integer.toString(port), "1 to 65535");
    }
  }

  /** For fields where 0 stands for unset. */
  void optionalPort(String path, int port) {
    if (port != 0) {
      port(path, port);
    }
  }

  void portName(String path, String name) {
    if (!Hosts.isLabel(name)) {
      report.add(
          Rule.PORT_NAME,
          path,
          name.isEmpty() ? "the port has no name" : "this is not a valid port name",
          name,
          "letters, digits and inner dashes, at most 63");
    }
  }

  void protocol(String path, String protocol) {
    if (!PROTOCOLS.contains(protocol.toLowerCase(Locale.ROOT))) {
      report.add(
          Rule.PROTOCOL,
          path,
          "this protocol is not known",
          protocol,
          "HTTP, HTTPS, GRPC, GRPC-WEB, HTTP2, MONGO, REDIS, MYSQL, TCP or TLS");
    }
  }

  /** At least 1 ms and in whole milliseconds. */
  void duration(String path, @Nullable Duration duration) {
    if (duration == null) {
      return;
    }
    boolean whole = duration.getNano() % 1_000_000 == 0;
    if (!whole || duration.compareTo(Duration.ofMillis(1)) < 0) {
      report.add(
          Rule.DURATION,
          path,
          whole ? "the duration is too short" : "the duration is not in whole milliseconds",
          GoDuration.format(duration),
          "at least 1ms, in whole milliseconds");
    }
  }

  /** As {@link #duration}, but 0 is allowed. */
  void durationOrZero(String path, @Nullable Duration duration) {
    if (duration != null && !duration.isZero()) {
      duration(path, duration);
    }
  }

  void notNegative(String path, int number) {
    if (number < 0) {
      report.add(
          Rule.NEGATIVE, path, "the number is negative", Integer.toString(number), "0 or more");
    }
  }

  void percent(String path, int percent) {
    if (percent < 0 || percent > 100) {
      report.add(
          Rule.PERCENT, path, "this is not a percentage", Integer.toString(percent), "0 to 100");
    }
  }

  void fraction(String path, @Nullable Percent percent) {
    if (percent == null || percent.value() == 0) {
      return;
    }
    if (percent.value() < SMALLEST_FRACTION || percent.value() > 100) {
      report.add(
          Rule.FRACTION,
          path + ".value",
          "this is not a percentage",
          Double.toString(percent.value()),
          "0.0, or 0.0001 to 100.0");
    }
  }

  /** As {@link #fraction}, however fine: what Istio checks of mirrors. */
  void share(String path, @Nullable Percent percent) {
    if (percent != null && (percent.value() < 0 || percent.value() > 100)) {
      report.add(
          Rule.FRACTION,
          path + ".value",
          "this is not a percentage",
          Double.toString(percent.value()),
          "0.0 to 100.0");
    }
  }

  void subnet(String path, String subnet) {
    if (!Hosts.isSubnet(subnet)) {
      report.add(
          Rule.SUBNET,
          path,
          "this is not an IP address or CIDR",
          subnet,
          "for example 10.1.0.0/16");
    }
  }

  void regex(String path, String regex) {
    String problem = regexProblem(regex);
    if (problem != null) {
      report.add(Rule.REGEX, path, problem, regex, "an RE2 expression");
    }
  }

  private static @Nullable String regexProblem(String regex) {
    if (regex.isEmpty()) {
      return "the expression is empty";
    }
    if (regex.length() > MAX_REGEX) {
      return "the expression is longer than " + MAX_REGEX + " characters";
    }
    try {
      Pattern.compile(regex);
      return null;
    } catch (PatternSyntaxException e) {
      return "the expression is not valid RE2: " + e.getDescription();
    }
  }

  /** Prefix not empty and regex valid. */
  void stringMatch(String path, @Nullable StringMatch match) {
    switch (match) {
      case StringMatch.Prefix prefix when prefix.prefix().isEmpty() ->
          report.add(
              Rule.STRING_MATCH, path + ".prefix", "the prefix is empty", "", "some text, or {}");
      case StringMatch.Regex regex -> regex(path + ".regex", regex.regex());
      case StringMatch.Prefix _, StringMatch.Exact _, StringMatch.Present _ -> {}
      case null -> {}
    }
  }

  /** Label names and values, by Kubernetes' grammar. */
  void labels(String path, Map<String, String> labels) {
    labels.forEach(
        (key, value) -> {
          String at = Paths.field(path, key);
          if (!isLabelKey(key)) {
            report.add(
                Rule.LABEL,
                at,
                "this is not a valid label name",
                key,
                "[prefix/]name with letters, digits, dashes, underscores and dots");
          }
          if (!value.isEmpty() && !isQualified(value)) {
            report.add(
                Rule.LABEL,
                at,
                "this is not a valid label value",
                value,
                "letters, digits, dashes, underscores and dots, at most 63");
          }
        });
  }

  /** Labels of a selector: names not empty, no wildcards. */
  void selector(String path, Map<String, String> labels, boolean warnEmpty) {
    if (labels.isEmpty() && warnEmpty) {
      report.add(Rule.EMPTY_SELECTOR, path, "the selector has no labels and selects everything");
    }
    labels.forEach(
        (key, value) -> {
          if (key.isEmpty() || key.contains("*") || value.contains("*")) {
            report.add(
                Rule.SELECTOR,
                Paths.field(path, key),
                key.isEmpty() ? "the label has no name" : "a selector has no wildcards",
                key + ": " + value,
                "");
          }
        });
  }

  /** The list of namespaces an object is visible in. */
  void exportTo(String path, List<String> exportTo, boolean noneAllowed) {
    List<String> seen = new ArrayList<>();
    for (int i = 0; i < exportTo.size(); i++) {
      String entry = exportTo.get(i);
      String at = Paths.item(path, i);
      boolean symbol = entry.equals(".") || entry.equals("*") || noneAllowed && entry.equals("~");
      if (!symbol && !Hosts.isLabel(entry)) {
        report.add(Rule.EXPORT_TO, at, "this is not a namespace", entry, "`.`, `*` or a namespace");
      }
      String namespace = entry.equals(".") ? report.namespace() : entry;
      if (seen.contains(namespace)) {
        report.add(Rule.EXPORT_TO_TWICE, at, "this namespace is already in the list", entry, "");
      }
      seen.add(namespace);
    }
    mixed(path, exportTo, "*", "all namespaces");
    mixed(path, exportTo, "~", "no namespace");
  }

  private void mixed(String path, List<String> exportTo, String symbol, String meaning) {
    if (exportTo.size() > 1 && exportTo.contains(symbol)) {
      report.add(
          Rule.EXPORT_TO_MIXED,
          Paths.item(path, exportTo.indexOf(symbol)),
          "`" + symbol + "` means " + meaning + " and stands alone",
          "",
          "[\"" + symbol + "\"]");
    }
  }

  static boolean isLabelKey(String key) {
    int slash = key.indexOf('/');
    if (slash < 0) {
      return isQualified(key);
    }
    String prefix = key.substring(0, slash);
    return prefix.length() <= 253
        && PREFIX.matcher(prefix).matches()
        && isQualified(key.substring(slash + 1));
  }

  /** Kubernetes' DNS-1123 subdomain: what most objects may be named. */
  static boolean isObjectName(String name) {
    return name.length() <= 253 && PREFIX.matcher(name).matches();
  }

  private static boolean isQualified(String text) {
    return !text.isEmpty() && text.length() <= 63 && QUALIFIED.matcher(text).matches();
  }
}
