package dev.layar.compiler.registry;

import dev.layar.model.ObjectKey;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Something that can be called: one host of a Kubernetes Service or ServiceEntry. Immutable.
 *
 * @param host full name, lower case; may be a leading wildcard
 * @param source the object it comes from
 * @param age where it stands among others: see {@link Age}
 * @param ports its ports, as declared, UDP left out
 * @param addresses virtual addresses, as IP or CIDR; empty when it has none
 * @param resolution how its endpoints are found
 * @param external whether it lies outside the mesh
 * @param headless whether callers connect to the endpoints themselves
 * @param exportTo who may see it
 * @param aliasOf the host this one is another name for, empty for a service of its own
 * @param shortName the name inside its namespace, empty unless Kubernetes knows it
 * @param subjectAltNames names of which the server's certificate must have one
 * @param nearness whether endpoints near the caller are preferred without any rule
 */
public record MeshService(
    String host,
    ObjectKey source,
    Age age,
    List<Port> ports,
    List<String> addresses,
    Resolution resolution,
    boolean external,
    boolean headless,
    Audience exportTo,
    String aliasOf,
    String shortName,
    List<String> subjectAltNames,
    Nearness nearness) {

  /** Istio's annotation on Services and ServiceEntries for {@code spec.trafficDistribution}. */
  public static final String DISTRIBUTION = "networking.istio.io/traffic-distribution";

  /** Kubernetes' {@code trafficDistribution}. */
  public enum Nearness {
    ANY,
    /** PreferClose and PreferSameZone. */
    ZONE,
    /** PreferSameNode. */
    NODE
  }

  /** A port. */
  public record Port(int number, String name, Protocol protocol) {}

  /** How endpoints are found. */
  public enum Resolution {
    /** The control plane knows and sends them. */
    EDS,
    /** The proxy asks DNS; every address is an endpoint. */
    DNS,
    /** The proxy asks DNS; the first address of an answer is the endpoint. */
    DNS_ROUND_ROBIN,
    /** The address that the caller dialled. */
    ORIGINAL
  }

  public MeshService {
    ports = List.copyOf(ports);
    addresses = List.copyOf(addresses);
    subjectAltNames = List.copyOf(subjectAltNames);
  }

  public String namespace() {
    return source.namespace();
  }

  /** Whether Kubernetes' own registry has it, as opposed to a ServiceEntry. */
  public boolean isKubernetes() {
    return !shortName.isEmpty();
  }

  /** Whether callers connect to addresses that are not its own, so that only ports tell. */
  public boolean isHomeless() {
    return !headless && (addresses.isEmpty() || !ranges().isEmpty());
  }

  /** Those of the addresses that are ranges. */
  public List<String> ranges() {
    return addresses.stream().filter(address -> address.contains("/")).toList();
  }

  /** The port with this number, or null. */
  public @Nullable Port port(int number) {
    for (Port port : ports) {
      if (port.number() == number) {
        return port;
      }
    }
    return null;
  }

  /** Istio's name for the cluster of a port and subset. */
  public String clusterName(int port, String subset) {
    return clusterName(port, subset, host);
  }

  /** {@code outbound|PORT|SUBSET|HOST}. */
  public static String clusterName(int port, String subset, String host) {
    return "outbound|" + port + "|" + subset + "|" + host;
  }

  /**
   * An endpoint as the registry knows it.
   *
   * @param address IP address, or host name with DNS resolution
   * @param ports the endpoint's port by the service port's name
   * @param labels of the workload behind it
   * @param weight relative to the others, at least 1
   * @param workload Istio's {@code NAME;NAMESPACE;CANONICAL-NAME;CANONICAL-REVISION;CLUSTER}
   * @param serviceAccount {@code NAMESPACE/NAME} of its identity, empty when it has none
   * @param mutual whether a proxy before it accepts the mesh's mutual TLS
   * @param hostname its own name below a headless service, empty when it has none
   */
  public record Endpoint(
      String address,
      Map<String, Integer> ports,
      Map<String, String> labels,
      Locality locality,
      int weight,
      String workload,
      String serviceAccount,
      boolean mutual,
      String hostname) {}

  /** A region, zone and sub-zone; empty where unknown. */
  public record Locality(String region, String zone, String subZone)
      implements Comparable<Locality> {
    public static final Locality UNKNOWN = new Locality("", "", "");

    /** Parses {@code region/zone/subzone}; missing parts are empty. */
    public static Locality parse(String text) {
      String[] parts = text.split("/", 3);
      return new Locality(
          parts[0], parts.length > 1 ? parts[1] : "", parts.length > 2 ? parts[2] : "");
    }

    @Override
    public int compareTo(Locality other) {
      int byRegion = region.compareTo(other.region);
      int byZone = byRegion != 0 ? byRegion : zone.compareTo(other.zone);
      return byZone != 0 ? byZone : subZone.compareTo(other.subZone);
    }
  }
}
