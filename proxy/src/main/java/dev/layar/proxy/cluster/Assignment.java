package dev.layar.proxy.cluster;

import java.util.List;
import java.util.Map;

/**
 * A cluster's endpoints as configuration states them ({@code Envoy ClusterLoadAssignment}).
 *
 * @param overprovisioningFactor in percent, 140 by default
 */
public record Assignment(List<Target> targets, int overprovisioningFactor) {
  public static final Assignment EMPTY = new Assignment(List.of(), 140);

  public Assignment {
    targets = List.copyOf(targets);
  }

  /**
   * One place to send to.
   *
   * @param host an IP address, or a name for DNS clusters
   * @param transport {@code envoy.transport_socket_match} metadata
   * @param labels {@code envoy.lb} metadata, for subsets
   * @param hashKey explicit key for consistent hashing; empty leaves it to the cluster
   */
  public record Target(
      String host,
      int port,
      String hostname,
      int weight,
      int priority,
      Health health,
      Locality locality,
      int localityWeight,
      String hashKey,
      String workload,
      Map<String, String> transport,
      Map<String, List<String>> labels) {
    public Target {
      transport = Map.copyOf(transport);
      labels = Map.copyOf(labels);
    }
  }
}
