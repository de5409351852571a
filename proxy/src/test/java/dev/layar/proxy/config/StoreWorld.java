package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Message;
import com.google.protobuf.util.JsonFormat;
import dev.layar.base.SplitMix64;
import dev.layar.proxy.cluster.ClusterSet;
import dev.layar.telemetry.Label;
import dev.layar.telemetry.MetricRegistry;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.client.Rejection;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CompletableFuture;

/** A store with a held clock, names that mean what a test says, and resources written as YAML. */
final class StoreWorld {
  long now = 1_000_000_000L;
  final MetricRegistry metrics = new MetricRegistry();
  final List<Snapshot> published = new ArrayList<>();
  final Map<String, List<String>> dns = new HashMap<>();
  final ConfigStore store =
      new ConfigStore(
          new ClusterSet.World(
              2, () -> now, new SplitMix64(7), this::resolve, metrics, List.<Label>of()),
          published::add);

  private CompletableFuture<List<InetAddress>> resolve(String host) {
    List<String> addresses = dns.get(host);
    return addresses == null
        ? CompletableFuture.failedFuture(new IllegalStateException("no such name: " + host))
        : CompletableFuture.completedFuture(
            addresses.stream().map(InetAddress::ofLiteral).toList());
  }

  /** Sends resources of one type, each in YAML; returns what was refused. */
  List<Rejection> push(ResourceType type, String... yamls) {
    List<XdsResource> resources = new ArrayList<>();
    for (String yaml : yamls) {
      resources.add(resource(type, yaml));
    }
    return store.update(type, resources, Set.of());
  }

  static XdsResource resource(ResourceType type, String yaml) {
    Message message = parse(builder(type), yaml);
    String nameField = type == ResourceType.ENDPOINT ? "cluster_name" : "name";
    String name =
        (String) message.getField(message.getDescriptorForType().findFieldByName(nameField));
    return new XdsResource(type, name, Integer.toHexString(message.hashCode()), Any.pack(message));
  }

  private static Message.Builder builder(ResourceType type) {
    return switch (type) {
      case CLUSTER -> Cluster.newBuilder();
      case ENDPOINT -> ClusterLoadAssignment.newBuilder();
      case LISTENER -> Listener.newBuilder();
      case ROUTE -> RouteConfiguration.newBuilder();
      case SECRET -> throw new IllegalArgumentException("no secrets");
    };
  }

  static Message parse(Message.Builder builder, String yaml) {
    BootstrapText text = BootstrapText.parse(yaml, "test");
    try {
      String json = text.json();
      if (json == null) {
        throw new IllegalArgumentException(text.findings().toString());
      }
      JsonFormat.parser().usingTypeRegistry(Extensions.types()).merge(json, builder);
      return builder.build();
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalArgumentException(e);
    }
  }

  static String edsCluster(String name) {
    return "{name: '" + name + "', type: EDS, eds_cluster_config: {eds_config: {ads: {}}}}";
  }

  static String assignment(String cluster, String... addresses) {
    StringBuilder out =
        new StringBuilder("{cluster_name: '" + cluster + "', endpoints: [{lb_endpoints: [");
    for (String address : addresses) {
      int colon = address.lastIndexOf(':');
      out.append("{endpoint: {address: {socket_address: {address: '")
          .append(address, 0, colon)
          .append("', port_value: ")
          .append(address.substring(colon + 1))
          .append("}}}},");
    }
    return out.append("]}]}").toString();
  }

  static String listener(String name, String routeName) {
    return """
    name: %s
    address: {socket_address: {address: 127.0.0.1, port_value: 0}}
    filter_chains:
    - filters:
      - name: http
        typed_config:
          "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: out
          rds: {route_config_name: '%s', config_source: {ads: {}}}
          http_filters:
          - name: fault
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault}
          - name: router
            typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
    """
        .formatted(name, routeName);
  }

  static String routes(String name, String cluster) {
    return """
    name: '%s'
    virtual_hosts:
    - name: all
      domains: ['*']
      routes:
      - match: {prefix: /}
        route: {cluster: '%s'}
    """
        .formatted(name, cluster);
  }
}
