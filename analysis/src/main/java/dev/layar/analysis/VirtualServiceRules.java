package dev.layar.analysis;

import dev.layar.model.Paths;
import dev.layar.model.istio.Destination;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.HttpRoute;
import dev.layar.model.istio.VirtualService.L4Match;
import dev.layar.model.istio.VirtualService.RouteDestination;
import dev.layar.model.istio.VirtualService.TcpRoute;
import dev.layar.model.istio.VirtualService.TlsMatch;
import dev.layar.model.istio.VirtualService.TlsRoute;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** A VirtualService as a whole, with its tls and tcp rules; http is {@link HttpRouteRules}. */
final class VirtualServiceRules {
  private static final Pattern SUBSET_SNI = Pattern.compile("outbound_\\.\\d+_\\.[^_]*_\\..+");

  private final Report report;
  private final Checks checks;

  VirtualServiceRules(Report report, Checks checks) {
    this.report = report;
    this.checks = checks;
  }

  void check(VirtualService spec) {
    if (spec.isDelegate()) {
      delegate(spec);
    } else {
      gateways("spec.gateways", spec.gateways());
      hosts(spec);
    }
    if (spec.http().isEmpty() && spec.tls().isEmpty() && spec.tcp().isEmpty()) {
      report.add(Rule.NO_ROUTES, "spec", "there is no http, tls or tcp rule", "", "http: [...]");
    }
    http(spec);
    for (int i = 0; i < spec.tls().size(); i++) {
      tls(spec, Paths.item("spec.tls", i), spec.tls().get(i));
    }
    for (int i = 0; i < spec.tcp().size(); i++) {
      tcp(Paths.item("spec.tcp", i), spec.tcp().get(i));
    }
    new Reachability(report).check(spec);
    checks.exportTo("spec.exportTo", spec.exportTo(), false);
  }

  private void delegate(VirtualService spec) {
    only(spec.gateways().isEmpty(), "gateways");
    only(spec.tls().isEmpty(), "tls");
    only(spec.tcp().isEmpty(), "tcp");
  }

  private void only(boolean empty, String field) {
    if (!empty) {
      report.add(
          Rule.DELEGATE_SCOPE,
          "spec." + field,
          "without hosts this is a delegate, which has no " + field + "; add hosts or remove it");
    }
  }

  /** Names of gateways, here or in a match. */
  void gateways(String path, List<String> gateways) {
    for (int i = 0; i < gateways.size(); i++) {
      gateway(Paths.item(path, i), gateways.get(i));
    }
  }

  private void gateway(String path, String name) {
    int slash = name.indexOf('/');
    boolean good =
        slash < 0
            ? Hosts.isName(name)
            : (name.startsWith("./") || Hosts.isLabel(name.substring(0, slash)))
                && Hosts.isLabel(name.substring(slash + 1));
    if (!good) {
      report.add(
          Rule.GATEWAY_NAME,
          path,
          "this is not the name of a Gateway",
          name,
          "name, namespace/name or mesh");
    } else if (slash < 0 && name.contains(".")) {
      String[] parts = name.split("\\.", 3);
      report.add(
          Rule.GATEWAY_LEGACY,
          path,
          "a Gateway is better named as namespace/name",
          name,
          parts[1] + "/" + parts[0]);
    }
  }

  private void hosts(VirtualService spec) {
    boolean sni =
        !spec.appliesToMesh()
            && spec.tls().stream()
                .anyMatch(t -> t.match().stream().anyMatch(m -> !m.sniHosts().isEmpty()));
    boolean allGood = true;
    for (int i = 0; i < spec.hosts().size(); i++) {
      allGood &= host(spec, Paths.item("spec.hosts", i), spec.hosts().get(i), sni);
    }
    if (allGood) {
      duplicates(spec.hosts());
    }
  }

  private boolean host(VirtualService spec, String path, String host, boolean sni) {
    boolean good =
        Hosts.isWildcardName(host) || Hosts.isIp(host) || sni && SUBSET_SNI.matcher(host).matches();
    if (!good) {
      checks.host(path, host);
      return false;
    }
    if (host.equals("*") && spec.appliesToMesh()) {
      report.add(
          Rule.HOST_STAR_ON_MESH,
          path,
          "sidecars do not take the host *; name the services, or bind the rules to a gateway",
          host,
          "");
      return false;
    }
    return true;
  }

  /** Names are compared with wildcards one by one, and with each other by a set. */
  private void duplicates(List<String> hosts) {
    Set<String> names = new LinkedHashSet<>();
    List<String> wildcards = new ArrayList<>();
    for (int i = 0; i < hosts.size(); i++) {
      String host = hosts.get(i);
      boolean wildcard = host.startsWith("*");
      String other = names.contains(host) ? host : overlapping(host, wildcards);
      if (other == null && wildcard) {
        other = overlapping(host, names);
      }
      if (other != null) {
        report.add(
            Rule.HOST_TWICE,
            Paths.item("spec.hosts", i),
            "the host overlaps " + other + " in the same list",
            host,
            "");
      }
      (wildcard ? wildcards : names).add(host);
    }
  }

  private static @Nullable String overlapping(String host, Collection<String> others) {
    for (String other : others) {
      if (Hosts.overlap(host, other)) {
        return other;
      }
    }
    return null;
  }

  private void http(VirtualService spec) {
    HttpRouteRules rules = new HttpRouteRules(report, checks, this);
    boolean gatewayOnly = !spec.isDelegate() && !spec.appliesToMesh();
    for (int i = 0; i < spec.http().size(); i++) {
      HttpRoute route = spec.http().get(i);
      rules.check(Paths.item("spec.http", i), route, spec.isDelegate(), gatewayOnly);
    }
  }

  private void tls(VirtualService spec, String path, TlsRoute route) {
    if (route.match().isEmpty()) {
      report.add(Rule.TLS_MATCH, path + ".match", "a tls rule needs a match with sniHosts");
    }
    for (int i = 0; i < route.match().size(); i++) {
      tlsMatch(spec, Paths.item(path + ".match", i), route.match().get(i));
    }
    destinations(path, route.route());
  }

  private void tlsMatch(VirtualService spec, String path, TlsMatch match) {
    if (match.sniHosts().isEmpty()) {
      report.add(Rule.TLS_MATCH, path + ".sniHosts", "a tls match needs sniHosts");
    }
    for (int i = 0; i < match.sniHosts().size(); i++) {
      sniHost(spec, Paths.item(path + ".sniHosts", i), match.sniHosts().get(i));
    }
    subnets(path, match.destinationSubnets());
    checks.optionalPort(path + ".port", match.port());
    checks.labels(path + ".sourceLabels", match.sourceLabels());
    gateways(path + ".gateways", match.gateways());
    if (!match.sourceNamespace().isEmpty()) {
      checks.dnsLabel(path + ".sourceNamespace", match.sourceNamespace());
    }
  }

  private void sniHost(VirtualService spec, String path, String sni) {
    if (Hosts.isIp(sni)) {
      report.add(Rule.SNI_IP, path, "TLS clients send no server name for an IP address", sni, "");
    } else {
      checks.host(path, sni);
    }
    if (!spec.isDelegate() && spec.hosts().stream().noneMatch(h -> Hosts.within(sni, h))) {
      report.add(
          Rule.SNI_HOST,
          path,
          "the server name is not within the hosts of the VirtualService",
          sni,
          String.join(", ", spec.hosts()));
    }
  }

  private void tcp(String path, TcpRoute route) {
    for (int i = 0; i < route.match().size(); i++) {
      L4Match match = route.match().get(i);
      String at = Paths.item(path + ".match", i);
      subnets(at, match.destinationSubnets());
      checks.optionalPort(at + ".port", match.port());
      checks.labels(at + ".sourceLabels", match.sourceLabels());
      gateways(at + ".gateways", match.gateways());
    }
    destinations(path, route.route());
  }

  private void subnets(String path, List<String> subnets) {
    for (int i = 0; i < subnets.size(); i++) {
      checks.subnet(Paths.item(path + ".destinationSubnets", i), subnets.get(i));
    }
  }

  private void destinations(String path, List<RouteDestination> route) {
    if (route.isEmpty()) {
      report.add(Rule.NO_DESTINATION, path + ".route", "the rule has no route", "", "route: [...]");
    }
    for (int i = 0; i < route.size(); i++) {
      destination(Paths.item(path + ".route", i) + ".destination", route.get(i).destination());
    }
    weights(path, route.stream().map(RouteDestination::weight).toList());
  }

  /** Host, subset and port of a destination. */
  void destination(String path, Destination destination) {
    if (destination.host().equals("*")) {
      report.add(
          Rule.DESTINATION_STAR,
          path + ".host",
          "traffic is sent to one service, not to *",
          "*",
          "");
    } else {
      checks.host(path + ".host", destination.host());
    }
    if (!destination.subset().isEmpty()) {
      checks.dnsLabel(path + ".subset", destination.subset());
    }
    if (destination.port() != null) {
      checks.port(path + ".port.number", destination.port().number());
    }
  }

  /** Weights are shares of their sum, which need not be 100 but may not be 0. */
  void weights(String path, List<Integer> weights) {
    for (int i = 0; i < weights.size(); i++) {
      checks.notNegative(Paths.item(path + ".route", i) + ".weight", weights.get(i));
    }
    long sum = weights.stream().mapToLong(Integer::longValue).sum();
    if (weights.size() > 1 && sum == 0) {
      report.add(
          Rule.WEIGHTS,
          path + ".route",
          "with several destinations, at least one needs a weight above 0",
          "",
          "weight: 100");
    }
  }
}
