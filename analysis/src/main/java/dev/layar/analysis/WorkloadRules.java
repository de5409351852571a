package dev.layar.analysis;

import dev.layar.model.Paths;
import dev.layar.model.istio.ProxyConfig;
import dev.layar.model.istio.WorkloadEntry;
import dev.layar.model.istio.WorkloadGroup;
import dev.layar.model.istio.WorkloadGroup.Check;
import dev.layar.model.istio.WorkloadGroup.ReadinessProbe;

/** A WorkloadEntry, a WorkloadGroup or a ProxyConfig. */
final class WorkloadRules {
  private static final String UNIX = "unix://";

  private final Report report;
  private final Checks checks;

  WorkloadRules(Report report, Checks checks) {
    this.report = report;
    this.checks = checks;
  }

  void check(WorkloadEntry spec) {
    String address = spec.address();
    if (address.isEmpty()) {
      if (spec.network().isEmpty()) {
        report.add(
            Rule.ENDPOINT_ADDRESS, "spec.address", "there is no address and no network", "", "");
      } else {
        report.add(
            Rule.NETWORK_ONLY, "spec.address", "without an address only the network is known");
      }
    } else if (address.startsWith(UNIX)) {
      unix(spec, address.substring(UNIX.length()));
    } else if (!Hosts.isIp(address) && !Hosts.isName(address)) {
      report.add(
          Rule.ENDPOINT_ADDRESS,
          "spec.address",
          "this is neither an IP address nor a host name",
          address,
          "");
    }
    ports("spec.ports", spec);
    checks.labels("spec.labels", spec.labels());
  }

  private void unix(WorkloadEntry spec, String path) {
    if (!Hosts.isUnixPath(path)) {
      report.add(Rule.UNIX_PATH, "spec.address", "this is not a unix path", path, "");
    }
    if (!spec.ports().isEmpty()) {
      report.add(Rule.UNIX_PORTS, "spec.ports", "a unix:// endpoint has no ports");
    }
  }

  private void ports(String path, WorkloadEntry entry) {
    entry
        .ports()
        .forEach(
            (name, number) -> {
              checks.portName(Paths.field(path, name), name);
              checks.port(Paths.field(path, name), number);
            });
  }

  void check(WorkloadGroup spec) {
    if (spec.metadata() != null) {
      checks.labels("spec.metadata.labels", spec.metadata().labels());
    }
    ports("spec.template.ports", spec.template());
    checks.labels("spec.template.labels", spec.template().labels());
    if (spec.probe() != null) {
      probe("spec.probe", spec.probe());
    }
  }

  private void probe(String path, ReadinessProbe probe) {
    switch (probe.check()) {
      case Check.Http http -> {
        checks.port(path + ".httpGet.port", http.httpGet().port());
        String scheme = http.httpGet().scheme();
        if (!scheme.isEmpty() && !scheme.equals("HTTP") && !scheme.equals("HTTPS")) {
          report.add(
              Rule.SCHEME, path + ".httpGet.scheme", "unknown scheme", scheme, "HTTP or HTTPS");
        }
      }
      case Check.Tcp tcp -> checks.port(path + ".tcpSocket.port", tcp.tcpSocket().port());
      case Check.Command command when command.exec().command().isEmpty() ->
          report.add(Rule.PROBE, path + ".exec.command", "there is no command to run");
      case Check.Command _ -> {}
      case Check.Grpc grpc -> checks.port(path + ".grpc.port", grpc.grpc().port());
      case null ->
          report.add(
              Rule.PROBE, path, "the probe checks nothing", "", "httpGet, tcpSocket, exec or grpc");
    }
  }

  void check(ProxyConfig spec) {
    if (spec.selector() != null) {
      checks.selector("spec.selector.matchLabels", spec.selector().matchLabels(), true);
    }
  }
}
