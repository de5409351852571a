package dev.layar.proxy.cluster;

/**
 * Where a proxy itself is, for zone-aware routing.
 *
 * @param cluster the cluster of the proxies that send as this one does ({@code Envoy
 *     cluster_manager.local_cluster_name}); empty switches zone-aware routing off
 * @param locality {@code node.locality}
 */
public record LocalZone(String cluster, Locality locality) {
  public static final LocalZone NONE = new LocalZone("", Locality.NONE);
}
