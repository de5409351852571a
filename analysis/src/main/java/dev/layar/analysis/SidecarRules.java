package dev.layar.analysis;

import dev.layar.model.Paths;
import dev.layar.model.istio.Gateway.ServerTls;
import dev.layar.model.istio.Gateway.TlsMode;
import dev.layar.model.istio.Sidecar;
import dev.layar.model.istio.Sidecar.Egress;
import dev.layar.model.istio.Sidecar.Ingress;
import dev.layar.model.istio.Sidecar.OutboundMode;
import dev.layar.model.istio.Sidecar.OutboundTrafficPolicy;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A Sidecar. */
final class SidecarRules {
  private static final String UNIX = "unix://";
  private static final Pattern ENDPOINT =
      Pattern.compile("(?:127\\.0\\.0\\.1|0\\.0\\.0\\.0|\\[::1]|\\[::]|):([0-9]{1,5})");
  private static final Set<String> TLS = Set.of("https", "tls");
  private static final Set<TlsMode> OF_THE_MESH =
      Set.of(TlsMode.ISTIO_MUTUAL, TlsMode.AUTO_PASSTHROUGH);

  private final Report report;
  private final Checks checks;

  SidecarRules(Report report, Checks checks) {
    this.report = report;
    this.checks = checks;
  }

  void check(Sidecar spec) {
    if (spec.workloadSelector() != null) {
      checks.selector("spec.workloadSelector.labels", spec.workloadSelector().labels(), true);
    }
    if (spec.ingress().isEmpty()
        && spec.egress().isEmpty()
        && spec.inboundConnectionPool() == null
        && spec.outboundTrafficPolicy() == null) {
      report.add(
          Rule.SIDECAR_EMPTY, "spec", "the Sidecar says nothing", "", "egress, ingress or both");
    }
    Set<Object> taken = new HashSet<>();
    for (int i = 0; i < spec.ingress().size(); i++) {
      ingress(Paths.item("spec.ingress", i), spec.ingress().get(i), taken);
    }
    egress(spec.egress());
    outbound(spec.outboundTrafficPolicy());
  }

  private void ingress(String path, Ingress ingress, Set<Object> taken) {
    checks.port(path + ".port.number", ingress.port().number());
    checks.protocol(path + ".port.protocol", ingress.port().protocol());
    bind(path + ".bind", ingress.bind());
    once(path + ".port.number", ingress.port().number(), taken);
    String endpoint = ingress.defaultEndpoint();
    if (endpoint.startsWith(UNIX)) {
      if (!Hosts.isUnixPath(endpoint.substring(UNIX.length()))) {
        report.add(
            Rule.UNIX_PATH, path + ".defaultEndpoint", "this is not a unix path", endpoint, "");
      }
    } else if (!endpoint.isEmpty() && !isLocal(endpoint)) {
      report.add(
          Rule.DEFAULT_ENDPOINT,
          path + ".defaultEndpoint",
          "the endpoint is not on the workload itself",
          endpoint,
          "127.0.0.1:PORT, 0.0.0.0:PORT, [::1]:PORT, [::]:PORT or unix:///PATH");
    }
    if (ingress.tls() != null) {
      tls(path + ".tls", ingress.port().protocol(), ingress.tls());
    }
  }

  private static boolean isLocal(String endpoint) {
    var matcher = ENDPOINT.matcher(endpoint);
    return matcher.matches()
        && Integer.parseInt(matcher.group(1)) >= 1
        && Integer.parseInt(matcher.group(1)) <= 65535;
  }

  private void tls(String path, String protocol, ServerTls tls) {
    boolean foreign =
        tls.httpsRedirect()
            || !tls.subjectAltNames().isEmpty()
            || !tls.credentialName().isEmpty()
            || !tls.credentialNames().isEmpty()
            || !tls.tlsCertificates().isEmpty()
            || OF_THE_MESH.contains(tls.mode());
    if (foreign) {
      report.add(
          Rule.INGRESS_TLS,
          path,
          "a sidecar takes certificates from files, and has neither redirects nor subjectAltNames");
    }
    if (!TLS.contains(protocol.toLowerCase(Locale.ROOT))) {
      report.add(
          Rule.INGRESS_TLS, path, "only an HTTPS or TLS port has tls", protocol, "HTTPS or TLS");
    }
  }

  private void bind(String path, String bind) {
    if (!bind.isEmpty() && !Hosts.isIp(bind)) {
      report.add(Rule.BIND, path, "this is not an IP address", bind, "for example 127.0.0.1");
    }
  }

  private void once(String path, Object listener, Set<Object> taken) {
    if (!taken.add(listener)) {
      report.add(
          Rule.LISTENER_TWICE, path, "another listener has this port", listener.toString(), "");
    }
  }

  private void egress(List<Egress> listeners) {
    Set<Object> taken = new HashSet<>();
    for (int i = 0; i < listeners.size(); i++) {
      Egress egress = listeners.get(i);
      String path = Paths.item("spec.egress", i);
      if (egress.port() != null) {
        listener(path, egress, egress.port(), taken);
      } else if (i < listeners.size() - 1) {
        report.add(
            Rule.EGRESS_CATCH_ALL,
            path,
            "a listener without a port takes all traffic: it comes once, and last");
      }
      hosts(path + ".hosts", egress.hosts());
    }
  }

  private void listener(String path, Egress egress, Sidecar.Port port, Set<Object> taken) {
    if (egress.bind().startsWith(UNIX)) {
      if (!Hosts.isUnixPath(egress.bind().substring(UNIX.length())) || port.number() != 0) {
        report.add(
            Rule.BIND, path + ".bind", "a unix:// bind has a path, and port 0", egress.bind(), "");
      }
      once(path + ".bind", egress.bind(), taken);
      return;
    }
    checks.port(path + ".port.number", port.number());
    checks.protocol(path + ".port.protocol", port.protocol());
    bind(path + ".bind", egress.bind());
    once(path + ".port.number", port.number(), taken);
  }

  private void hosts(String path, List<String> hosts) {
    if (hosts.isEmpty()) {
      report.add(Rule.NO_HOSTS, path, "the listener imports nothing", "", "hosts: [\"./*\"]");
    }
    Set<String> seen = new HashSet<>();
    for (int i = 0; i < hosts.size(); i++) {
      String host = hosts.get(i);
      String at = Paths.item(path, i);
      if (!isImport(host)) {
        report.add(
            Rule.NAMESPACED_HOST,
            at,
            "this is not namespace/host",
            host,
            "for example ./*, istio-system/* or */api.example.com");
      } else if (!seen.add(host) || covered(host, hosts)) {
        report.add(Rule.EGRESS_TWICE, at, "another entry imports this", host, "");
      }
    }
  }

  private static boolean covered(String host, List<String> hosts) {
    String all = host.substring(0, host.indexOf('/')) + "/*";
    return !host.equals(all) && hosts.contains(all);
  }

  private static boolean isImport(String text) {
    int slash = text.indexOf('/');
    if (slash < 0) {
      return false;
    }
    String namespace = text.substring(0, slash);
    String host = text.substring(slash + 1);
    boolean in =
        Set.of("*", ".").contains(namespace)
            || namespace.startsWith("~")
            || Hosts.isLabel(namespace);
    boolean partial = host.contains("*") && !host.startsWith("*.");
    return in && (host.equals("*") || host.contains(".") && !partial && Hosts.isWildcardName(host));
  }

  private void outbound(@Nullable OutboundTrafficPolicy policy) {
    if (policy == null || policy.egressProxy() == null) {
      return;
    }
    String path = "spec.outboundTrafficPolicy.egressProxy";
    if (policy.mode() != OutboundMode.ALLOW_ANY) {
      report.add(Rule.EGRESS_PROXY, path, "egressProxy needs mode ALLOW_ANY");
    }
    if (!Hosts.isName(policy.egressProxy().host()) || policy.egressProxy().port() == null) {
      report.add(Rule.EGRESS_PROXY, path, "egressProxy needs a full host name and a port", "", "");
    }
  }
}
