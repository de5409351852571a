package dev.layar.analysis;

import dev.layar.model.Paths;
import dev.layar.model.Resource;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.ServiceEntry.Location;
import dev.layar.model.istio.ServiceEntry.Resolution;
import dev.layar.model.istio.ServiceEntry.ServicePort;
import dev.layar.model.istio.WorkloadEntry;
import java.util.HashSet;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Collectors;

/** A ServiceEntry. */
final class ServiceEntryRules {
  private static final Set<String> WITH_HOST_NAME =
      Set.of("http", "http2", "grpc", "grpc-web", "http_proxy", "https", "tls");
  private static final Set<String> DYNAMIC_PROTOCOLS = Set.of("http", "tls", "grpc", "http2");
  private static final Set<Resolution> CIDR_ALLOWED = Set.of(Resolution.NONE, Resolution.STATIC);
  private static final String UNIX = "unix://";
  private static final String AUTO_ALLOCATE = "networking.istio.io/enable-autoallocate-ip";

  private final Report report;
  private final Checks checks;

  ServiceEntryRules(Report report, Checks checks) {
    this.report = report;
    this.checks = checks;
  }

  void check(Resource<?> resource, ServiceEntry spec) {
    if (spec.workloadSelector() != null) {
      checks.selector("spec.workloadSelector.labels", spec.workloadSelector().labels(), true);
      if (!spec.endpoints().isEmpty()) {
        report.add(
            Rule.SELECTOR_AND_ENDPOINTS,
            "spec.endpoints",
            "`workloadSelector` and `endpoints` exclude each other");
      }
    }
    hosts(spec);
    addresses(spec);
    ports(resource, spec);
    resolution(resource, spec);
    for (int i = 0; i < spec.endpoints().size(); i++) {
      endpoint(Paths.item("spec.endpoints", i), spec, spec.endpoints().get(i));
    }
    names(spec);
    checks.exportTo("spec.exportTo", spec.exportTo(), true);
  }

  private void hosts(ServiceEntry spec) {
    if (spec.hosts().isEmpty()) {
      report.add(Rule.NO_HOSTS, "spec.hosts", "the ServiceEntry has no hosts");
    }
    for (int i = 0; i < spec.hosts().size(); i++) {
      String host = spec.hosts().get(i);
      String path = Paths.item("spec.hosts", i);
      if (host.equals("*")) {
        report.add(
            Rule.HOST_STAR,
            path,
            "* alone stands for every host and is not allowed",
            host,
            "*.example.com");
      } else {
        checks.host(path, host);
      }
      boolean partial = host.startsWith("*") && host.length() > 1 && !host.startsWith("*.");
      if (partial && spec.resolution() != Resolution.DYNAMIC_DNS) {
        report.add(
            Rule.HOST_PARTIAL,
            path,
            "a wildcard stands for whole labels; proxies may not match this",
            host,
            "*.example.com");
      }
    }
  }

  private void addresses(ServiceEntry spec) {
    for (int i = 0; i < spec.addresses().size(); i++) {
      String address = spec.addresses().get(i);
      String path = Paths.item("spec.addresses", i);
      checks.subnet(path, address);
      if (address.contains("/") && !CIDR_ALLOWED.contains(spec.resolution())) {
        report.add(
            Rule.CIDR_RESOLUTION,
            path,
            "a CIDR needs resolution NONE or STATIC",
            address,
            "a single address");
      }
    }
  }

  private void ports(Resource<?> resource, ServiceEntry spec) {
    Set<String> names = new HashSet<>();
    Set<Integer> numbers = new HashSet<>();
    boolean autoOff =
        "false".equalsIgnoreCase(resource.metadata().labels().get(AUTO_ALLOCATE))
            && spec.addresses().isEmpty();
    for (int i = 0; i < spec.ports().size(); i++) {
      ServicePort port = spec.ports().get(i);
      String path = Paths.item("spec.ports", i);
      checks.port(path + ".number", port.number());
      checks.optionalPort(path + ".targetPort", port.targetPort());
      checks.portName(path + ".name", port.name());
      checks.protocol(path + ".protocol", port.protocol());
      if (!names.add(port.name())) {
        report.add(
            Rule.PORT_NAME_TWICE, path + ".name", "another port has this name", port.name(), "");
      }
      if (!numbers.add(port.number())) {
        report.add(
            Rule.PORT_TWICE,
            path + ".number",
            "another port has this number",
            Integer.toString(port.number()),
            "");
      }
      if (autoOff && isTcp(port)) {
        report.add(
            Rule.TCP_WITHOUT_ADDRESS,
            path,
            "without addresses, everything on port " + port.number() + " goes to this service");
      }
    }
  }

  private void resolution(Resource<?> resource, ServiceEntry spec) {
    switch (spec.resolution()) {
      case NONE -> none(spec);
      case STATIC -> {}
      case DNS, DNS_ROUND_ROBIN -> dns(spec);
      case DYNAMIC_DNS -> dynamic(resource, spec);
    }
  }

  private void none(ServiceEntry spec) {
    if (!spec.endpoints().isEmpty()) {
      report.add(
          Rule.NONE_ENDPOINTS,
          "spec.endpoints",
          "with resolution NONE, connections go to the address that was asked for",
          "",
          "resolution: STATIC");
    }
    if (spec.workloadSelector() != null) {
      report.add(
          Rule.NONE_SELECTOR,
          "spec.workloadSelector",
          "with resolution NONE the selector has no effect",
          "",
          "resolution: STATIC");
    }
  }

  private void dns(ServiceEntry spec) {
    if (spec.endpoints().isEmpty() && spec.workloadSelector() == null) {
      for (int i = 0; i < spec.hosts().size(); i++) {
        if (!Hosts.isName(spec.hosts().get(i))) {
          report.add(
              Rule.DNS_WILDCARD,
              Paths.item("spec.hosts", i),
              "DNS has no answer for a wildcard; name the host, give endpoints or use resolution"
                  + " NONE",
              spec.hosts().get(i),
              "");
        }
      }
    }
    if (spec.resolution() == Resolution.DNS_ROUND_ROBIN && spec.endpoints().size() > 1) {
      report.add(
          Rule.ROUND_ROBIN_ENDPOINTS,
          "spec.endpoints",
          "DNS_ROUND_ROBIN resolves one endpoint",
          Integer.toString(spec.endpoints().size()),
          "resolution: DNS");
    }
    boolean shared = !spec.addresses().isEmpty() && spec.hosts().size() > 1;
    if (shared && spec.ports().stream().anyMatch(ServiceEntryRules::isTcp)) {
      report.add(
          Rule.DNS_ADDRESSES,
          "spec.addresses",
          "the hosts share these addresses, so a TCP port cannot tell them apart");
    }
  }

  private void dynamic(Resource<?> resource, ServiceEntry spec) {
    dynamic("spec.addresses", !spec.addresses().isEmpty(), "has no addresses");
    dynamic("spec.endpoints", !spec.endpoints().isEmpty(), "has no endpoints");
    dynamic(
        "spec.hosts",
        !spec.hosts().stream().allMatch(h -> h.startsWith("*")),
        "is for wildcard hosts alone");
    dynamic(
        "spec.ports",
        !spec.ports().stream().allMatch(p -> DYNAMIC_PROTOCOLS.contains(protocol(p))),
        "is for the protocols HTTP, HTTP2, GRPC and TLS");
    dynamic(
        "spec.location",
        spec.location() == Location.MESH_INTERNAL
            && resource.metadata().labels().containsKey("istio.io/use-waypoint"),
        "through a waypoint is for MESH_EXTERNAL");
  }

  private void dynamic(String path, boolean violated, String rule) {
    if (violated) {
      report.add(Rule.DYNAMIC, path, "resolution DYNAMIC_DNS " + rule);
    }
  }

  private void endpoint(String path, ServiceEntry spec, WorkloadEntry endpoint) {
    String address = endpoint.address();
    if (address.startsWith(UNIX)) {
      unix(path, spec, address, endpoint);
    } else if (address.isEmpty()) {
      if (endpoint.network().isEmpty()) {
        report.add(Rule.STATIC_ADDRESS, path + ".address", "the endpoint has no address");
      }
    } else if (!Hosts.isIp(address) && (isStatic(spec) || !Hosts.isName(address))) {
      report.add(
          Rule.STATIC_ADDRESS,
          path + ".address",
          isStatic(spec)
              ? "resolution STATIC needs an IP address"
              : "this is neither a host name nor an IP address",
          address,
          isStatic(spec) ? "an IP, or resolution: DNS" : "");
    }
    endpointPorts(path, spec, endpoint);
    checks.labels(path + ".labels", endpoint.labels());
  }

  private void unix(String path, ServiceEntry spec, String address, WorkloadEntry endpoint) {
    String file = address.substring(UNIX.length());
    if (!Hosts.isUnixPath(file)) {
      report.add(
          Rule.UNIX_PATH, path + ".address", "this is not a unix path", file, "unix:///run/file");
    }
    if (!isStatic(spec)) {
      report.add(Rule.STATIC_ADDRESS, path + ".address", "a unix:// path needs resolution STATIC");
    }
    if (!endpoint.ports().isEmpty()) {
      report.add(Rule.UNIX_PORTS, path + ".ports", "a unix:// endpoint has no ports");
    }
  }

  private void endpointPorts(String path, ServiceEntry spec, WorkloadEntry endpoint) {
    Set<String> names = spec.ports().stream().map(ServicePort::name).collect(Collectors.toSet());
    endpoint
        .ports()
        .forEach(
            (name, number) -> {
              String at = Paths.field(path + ".ports", name);
              checks.port(at, number);
              if (!names.contains(name)) {
                report.add(
                    Rule.ENDPOINT_PORT,
                    at,
                    "the service has no port of this name",
                    name,
                    String.join(", ", names));
              }
            });
  }

  /** Only a host name inside the protocol can tell several hosts on one port apart. */
  private void names(ServiceEntry spec) {
    if (spec.resolution() == Resolution.NONE || spec.hosts().size() < 2) {
      return;
    }
    for (int i = 0; i < spec.ports().size(); i++) {
      ServicePort port = spec.ports().get(i);
      if (!WITH_HOST_NAME.contains(protocol(port))) {
        report.add(
            Rule.HOSTS_NEED_NAMES,
            Paths.item("spec.ports", i),
            "several hosts cannot share a port whose protocol carries no host name",
            port.protocol().isEmpty() ? "no protocol" : port.protocol(),
            "HTTP, TLS, or a ServiceEntry for each host");
      }
    }
  }

  private static boolean isStatic(ServiceEntry spec) {
    return spec.resolution() == Resolution.STATIC;
  }

  private static boolean isTcp(ServicePort port) {
    return Set.of("", "tcp").contains(protocol(port));
  }

  private static String protocol(ServicePort port) {
    return port.protocol().toLowerCase(Locale.ROOT);
  }
}
