package dev.layar.proxy.config;

import com.google.protobuf.Struct;
import dev.layar.proxy.cluster.Assignment;
import dev.layar.proxy.cluster.Health;
import dev.layar.proxy.cluster.Locality;
import io.envoyproxy.envoy.config.core.v3.Address;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code ClusterLoadAssignment} → {@link Assignment}. */
final class EndpointReader {
  private static final int MAX_PRIORITY = 128;

  private final Problems problems;
  private final boolean names;
  private final boolean hashHostnames;

  private EndpointReader(Problems problems, boolean names, boolean hashHostnames) {
    this.problems = problems;
    this.names = names;
    this.hashHostnames = hashHostnames;
  }

  /**
   * @param names whether host names are welcome: DNS clusters
   * @param hashHostnames {@code use_hostname_for_hashing}
   */
  static Assignment read(
      ClusterLoadAssignment proto,
      String path,
      boolean names,
      boolean hashHostnames,
      Problems problems) {
    EndpointReader reader = new EndpointReader(problems, names, hashHostnames);
    List<Assignment.Target> targets = new ArrayList<>();
    for (int i = 0; i < proto.getEndpointsCount(); i++) {
      reader.group(proto.getEndpoints(i), path + "endpoints[" + i + "]", targets);
    }
    int factor =
        proto.getPolicy().hasOverprovisioningFactor()
            ? proto.getPolicy().getOverprovisioningFactor().getValue()
            : 140;
    return new Assignment(targets, Math.max(100, factor));
  }

  private void group(LocalityLbEndpoints group, String path, List<Assignment.Target> targets) {
    if (group.getPriority() < 0 || group.getPriority() > MAX_PRIORITY) {
      problems.invalid(path + ".priority", "out of range", group.getPriority(), "0 to 128");
    }
    Locality locality =
        new Locality(
            group.getLocality().getRegion(),
            group.getLocality().getZone(),
            group.getLocality().getSubZone());
    for (int i = 0; i < group.getLbEndpointsCount(); i++) {
      String where = path + ".lb_endpoints[" + i + "]";
      Assignment.Target target = target(group.getLbEndpoints(i), group, locality, where);
      if (target != null) {
        targets.add(target);
      }
    }
  }

  private Assignment.@Nullable Target target(
      LbEndpoint proto, LocalityLbEndpoints group, Locality locality, String path) {
    Address address = proto.getEndpoint().getAddress();
    String where = path + ".endpoint.address";
    if (!address.hasSocketAddress()) {
      problems.error(
          Problems.UNSUPPORTED,
          where,
          "only socket addresses are supported",
          address.getAddressCase().name(),
          "socket_address");
      return null;
    }
    SocketAddress socket = address.getSocketAddress();
    int port = port(socket, where, problems);
    if (!names && ip(socket.getAddress()) == null) {
      problems.invalid(
          where + ".socket_address.address",
          "not an IP address",
          socket.getAddress(),
          "an IP address; names need type STRICT_DNS or LOGICAL_DNS");
    }
    int weight = proto.hasLoadBalancingWeight() ? proto.getLoadBalancingWeight().getValue() : 1;
    if (weight < 1) {
      problems.invalid(
          path + ".load_balancing_weight",
          "out of range",
          Integer.toUnsignedString(weight),
          "1 to 2147483647");
      weight = 1;
    }
    String hostname = proto.getEndpoint().getHostname();
    return new Assignment.Target(
        socket.getAddress(),
        port,
        hostname,
        weight,
        group.getPriority(),
        health(proto),
        locality,
        group.getLoadBalancingWeight().getValue(),
        hashKey(proto.getMetadata(), hostname),
        workload(proto.getMetadata()),
        transport(proto.getMetadata(), group.getMetadata()),
        Metadatas.labels(proto.getMetadata()));
  }

  private static Health health(LbEndpoint proto) {
    return switch (proto.getHealthStatus()) {
      case UNKNOWN, HEALTHY, UNRECOGNIZED -> Health.HEALTHY;
      case UNHEALTHY, TIMEOUT -> Health.UNHEALTHY;
      case DRAINING -> Health.DRAINING;
      case DEGRADED -> Health.DEGRADED;
    };
  }

  private String hashKey(Metadata metadata, String hostname) {
    String key =
        Metadatas.text(
            metadata.getFilterMetadataOrDefault("envoy.lb", Struct.getDefaultInstance()),
            "hash_key");
    return key.isEmpty() && hashHostnames ? hostname : key;
  }

  /** An endpoint's own metadata wins over its locality's (Envoy transport_socket_matcher). */
  private static Map<String, String> transport(Metadata own, Metadata locality) {
    String key = "envoy.transport_socket_match";
    Metadata from = own.containsFilterMetadata(key) ? own : locality;
    return Metadatas.texts(from.getFilterMetadataOrDefault(key, Struct.getDefaultInstance()));
  }

  private static String workload(Metadata metadata) {
    return Metadatas.text(
        metadata.getFilterMetadataOrDefault("istio", Struct.getDefaultInstance()), "workload");
  }

  static int port(SocketAddress socket, String path, Problems problems) {
    if (socket.getPortSpecifierCase() == SocketAddress.PortSpecifierCase.NAMED_PORT) {
      problems.error(
          Problems.UNSUPPORTED,
          path + ".socket_address.named_port",
          "named ports are not supported",
          socket.getNamedPort(),
          "port_value");
      return 0;
    }
    int port = socket.getPortValue();
    if (port < 0 || port > 65535) {
      problems.invalid(path + ".socket_address.port_value", "not a port", port, "0 to 65535");
      return 0;
    }
    return port;
  }

  static @Nullable InetAddress ip(String text) {
    if (text.indexOf(':') < 0 && !text.matches("[0-9.]+")) {
      return null;
    }
    try {
      return InetAddress.ofLiteral(text);
    } catch (IllegalArgumentException notAnAddress) {
      return null;
    }
  }
}
