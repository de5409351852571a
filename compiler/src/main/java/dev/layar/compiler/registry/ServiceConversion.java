package dev.layar.compiler.registry;

import dev.layar.compiler.registry.MeshService.Endpoint;
import dev.layar.compiler.registry.MeshService.Locality;
import dev.layar.compiler.registry.MeshService.Nearness;
import dev.layar.compiler.registry.MeshService.Port;
import dev.layar.compiler.registry.MeshService.Resolution;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Resource;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.WorkloadEntry;
import dev.layar.model.k8s.Service;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** From API objects to services and endpoints of the registry; pure functions of one object. */
final class ServiceConversion {
  /** Istio's annotation on Kubernetes Services, a comma-separated list. */
  private static final String EXPORT_TO = "networking.istio.io/exportTo";

  /** Istio's label that says whether a proxy accepts mutual TLS. */
  private static final String TLS_MODE = "security.istio.io/tlsMode";

  private ServiceConversion() {}

  static MeshService ofService(Resource<Service> object, String domain, List<String> exportTo) {
    ObjectMeta metadata = object.metadata();
    Service.ServiceSpec spec = object.spec().spec();
    List<Port> ports = new ArrayList<>();
    for (Service.ServicePort port : spec.ports()) {
      Protocol protocol =
          Protocol.ofServicePort(port.port(), port.name(), port.protocol(), port.appProtocol());
      if (protocol != Protocol.UDP) {
        ports.add(new Port(port.port(), port.name(), protocol));
      }
    }
    boolean alias = spec.type().equals("ExternalName");
    return new MeshService(
        HostNames.service(metadata.name(), metadata.namespace(), domain),
        object.key(),
        Age.of(metadata),
        ports,
        clusterAddresses(spec),
        Resolution.EDS,
        false,
        spec.isHeadless(),
        Audience.of(exportTo(metadata), exportTo, metadata.namespace()),
        alias ? spec.externalName().toLowerCase(Locale.ROOT) : "",
        metadata.name(),
        List.of(),
        nearness(metadata, spec.trafficDistribution()));
  }

  /** Whether the labels say that a proxy there accepts the mesh's mutual TLS. */
  static boolean isMutual(Map<String, String> labels) {
    return labels.getOrDefault(TLS_MODE, "").equals("istio");
  }

  /** Istio's annotation goes before the field. */
  private static Nearness nearness(ObjectMeta metadata, String field) {
    return switch (metadata.annotations().getOrDefault(MeshService.DISTRIBUTION, field)) {
      case "PreferClose", "PreferSameZone" -> Nearness.ZONE;
      case "PreferSameNode" -> Nearness.NODE;
      default -> Nearness.ANY;
    };
  }

  private static List<String> clusterAddresses(Service.ServiceSpec spec) {
    Set<String> addresses = new LinkedHashSet<>();
    addresses.add(spec.clusterIP());
    addresses.addAll(spec.clusterIPs());
    addresses.removeAll(Set.of("", "None"));
    return List.copyOf(addresses);
  }

  private static List<String> exportTo(ObjectMeta metadata) {
    String written = metadata.annotations().getOrDefault(EXPORT_TO, "");
    return Arrays.stream(written.split(","))
        .map(String::strip)
        .filter(entry -> !entry.isEmpty())
        .toList();
  }

  static List<MeshService> ofServiceEntry(Resource<ServiceEntry> object, List<String> exportTo) {
    ServiceEntry spec = object.spec();
    List<Port> ports =
        spec.ports().stream()
            .map(p -> new Port(p.number(), p.name(), Protocol.ofDeclared(p.number(), p.protocol())))
            .toList();
    List<MeshService> services = new ArrayList<>();
    for (String host : spec.hosts()) {
      services.add(
          new MeshService(
              host.toLowerCase(Locale.ROOT),
              object.key(),
              Age.of(object.metadata()),
              ports,
              addressesOf(spec, host),
              resolutionOf(spec.resolution()),
              spec.location() == ServiceEntry.Location.MESH_EXTERNAL,
              false,
              Audience.of(spec.exportTo(), exportTo, object.metadata().namespace()),
              "",
              "",
              spec.subjectAltNames(),
              nearness(object.metadata(), "")));
    }
    return List.copyOf(services);
  }

  private static List<String> addressesOf(ServiceEntry spec, String host) {
    if (!spec.addresses().isEmpty()) {
      return spec.addresses();
    }
    return spec.allocatedAddresses().stream()
        .filter(address -> address.host().isEmpty() || address.host().equals(host))
        .map(ServiceEntry.AllocatedAddress::value)
        .toList();
  }

  private static Resolution resolutionOf(ServiceEntry.Resolution resolution) {
    return switch (resolution) {
      case NONE -> Resolution.ORIGINAL;
      case STATIC -> Resolution.EDS;
      case DNS -> Resolution.DNS;
      case DNS_ROUND_ROBIN -> Resolution.DNS_ROUND_ROBIN;
      // DEVIATION: Istio gives DYNAMIC_DNS a dynamic forward proxy; here the caller's own address
      // is used, and a finding says so.
      case DYNAMIC_DNS -> Resolution.ORIGINAL;
    };
  }

  /** The endpoints that a ServiceEntry writes out; with DNS and none, the host itself. */
  static List<Endpoint> endpointsOf(Resource<ServiceEntry> object, String host) {
    ServiceEntry spec = object.spec();
    boolean dns =
        spec.resolution() == ServiceEntry.Resolution.DNS
            || spec.resolution() == ServiceEntry.Resolution.DNS_ROUND_ROBIN;
    if (spec.endpoints().isEmpty() && dns && !HostNames.isWildcard(host)) {
      return List.of(
          new Endpoint(
              host, portsOf(spec, Map.of()), Map.of(), Locality.UNKNOWN, 1, "", "", false, ""));
    }
    List<Endpoint> endpoints = new ArrayList<>();
    for (WorkloadEntry entry : spec.endpoints()) {
      endpoints.add(
          ofWorkload(
              entry, entry.labels(), object.metadata().namespace(), portsOf(spec, entry.ports())));
    }
    return List.copyOf(endpoints);
  }

  /**
   * One endpoint that is written out. A service account means a proxy, unless the label says
   * otherwise (Istio {@code serviceentry/conversion.go}).
   */
  static Endpoint ofWorkload(
      WorkloadEntry entry,
      Map<String, String> labels,
      String namespace,
      Map<String, Integer> ports) {
    Locality where = Locality.parse(entry.locality());
    boolean identified = !entry.serviceAccount().isEmpty();
    return new Endpoint(
        entry.address(),
        ports,
        Topology.augmented(labels, where, "", entry.network()),
        where,
        (int) Math.clamp(entry.weight(), 1L, Integer.MAX_VALUE),
        "",
        identified ? namespace + "/" + entry.serviceAccount() : "",
        labels.containsKey(TLS_MODE) ? isMutual(labels) : identified,
        "");
  }

  /** An endpoint's own port by name wins, then targetPort, then the number. */
  static Map<String, Integer> portsOf(ServiceEntry spec, Map<String, Integer> own) {
    Map<String, Integer> ports = new TreeMap<>();
    for (ServiceEntry.ServicePort port : spec.ports()) {
      int target = port.targetPort() == 0 ? port.number() : port.targetPort();
      ports.put(port.name(), own.getOrDefault(port.name(), target));
    }
    return ports;
  }
}
