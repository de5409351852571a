package dev.layar.compiler.build;

import com.google.protobuf.Struct;
import dev.layar.compiler.build.Localities.Group;
import dev.layar.compiler.build.Localities.Plan;
import dev.layar.compiler.build.Localities.Vantage;
import dev.layar.compiler.registry.MeshService.Endpoint;
import dev.layar.compiler.registry.MeshService.Locality;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.endpoint.v3.LbEndpoint;
import io.envoyproxy.envoy.config.endpoint.v3.LocalityLbEndpoints;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** Load assignments from endpoints (Istio {@code endpoint_builder.go}); pure functions. */
final class Assignments {
  private static final Struct MUTUAL = Xds.struct(Map.of("tlsMode", Xds.text("istio")));

  private Assignments() {}

  /**
   * The endpoints that have a port and some labels, by locality.
   *
   * @param plan how they are ranked, null for not at all
   */
  static ClusterLoadAssignment of(
      String cluster,
      List<Endpoint> endpoints,
      String port,
      Map<String, String> labels,
      @Nullable Plan plan,
      Vantage from) {
    List<Group> groups = groups(endpoints, port, labels);
    if (plan != null) {
      groups = Localities.ranked(groups, plan, from);
    }
    ClusterLoadAssignment.Builder out = ClusterLoadAssignment.newBuilder().setClusterName(cluster);
    groups.stream()
        .sorted(Comparator.comparingInt(Group::priority).thenComparing(Group::locality))
        .forEach(group -> out.addEndpoints(group(group, port)));
    return out.build();
  }

  private static List<Group> groups(
      List<Endpoint> endpoints, String port, Map<String, String> labels) {
    Map<Locality, List<Endpoint>> byLocality = new TreeMap<>();
    for (Endpoint endpoint : endpoints) {
      boolean unix = endpoint.address().startsWith("unix:");
      if (endpoint.ports().containsKey(port)
          && !unix
          && endpoint.labels().entrySet().containsAll(labels.entrySet())) {
        byLocality.computeIfAbsent(endpoint.locality(), l -> new ArrayList<>()).add(endpoint);
      }
    }
    List<Group> groups = new ArrayList<>();
    byLocality.forEach((locality, own) -> groups.add(Group.of(locality, own, 0)));
    return groups;
  }

  private static LocalityLbEndpoints group(Group group, String port) {
    LocalityLbEndpoints.Builder out =
        LocalityLbEndpoints.newBuilder()
            .setLocality(
                io.envoyproxy.envoy.config.core.v3.Locality.newBuilder()
                    .setRegion(group.locality().region())
                    .setZone(group.locality().zone())
                    .setSubZone(group.locality().subZone()))
            .setPriority(group.priority())
            .setLoadBalancingWeight(Xds.uint(group.weight()));
    for (Endpoint endpoint : group.endpoints()) {
      out.addLbEndpoints(endpoint(endpoint, endpoint.ports().getOrDefault(port, 0)));
    }
    return out.build();
  }

  private static LbEndpoint endpoint(Endpoint endpoint, int port) {
    LbEndpoint.Builder out =
        LbEndpoint.newBuilder().setLoadBalancingWeight(Xds.uint(endpoint.weight()));
    out.getEndpointBuilder().setAddress(Xds.socket(endpoint.address(), port));
    Metadata.Builder metadata = Metadata.newBuilder();
    if (endpoint.mutual()) {
      metadata.putFilterMetadata("envoy.transport_socket_match", MUTUAL);
    }
    if (!endpoint.workload().isEmpty()) {
      metadata.putFilterMetadata(
          "istio", Xds.struct(Map.of("workload", Xds.text(endpoint.workload()))));
    }
    if (metadata.getFilterMetadataCount() > 0) {
      out.setMetadata(metadata);
    }
    return out.build();
  }
}
