package dev.layar.compiler.registry;

import dev.layar.compiler.registry.MeshService.Locality;
import dev.layar.model.k8s.Node;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Where things are, as labels say (Istio {@code serviceregistry/util/label}). */
public final class Topology {
  public static final String NETWORK = "topology.istio.io/network";
  public static final String CLUSTER = "topology.istio.io/cluster";
  public static final String HOSTNAME = "kubernetes.io/hostname";

  /** Istio's cluster id of the only cluster. */
  static final String CLUSTER_ID = "Kubernetes";

  private static final String LOCALITY = "topology.istio.io/locality";
  private static final String OLD_LOCALITY = "istio-locality";
  private static final String OLD_REGION = "failure-domain.beta.kubernetes.io/region";
  private static final String OLD_ZONE = "failure-domain.beta.kubernetes.io/zone";

  private Topology() {}

  /** A node's locality by its labels, today's before yesterday's. */
  static Locality ofNode(Map<String, String> labels) {
    return new Locality(
        labels.getOrDefault(Node.REGION_LABEL, labels.getOrDefault(OLD_REGION, "")),
        labels.getOrDefault(Node.ZONE_LABEL, labels.getOrDefault(OLD_ZONE, "")),
        labels.getOrDefault(Node.SUBZONE_LABEL, ""));
  }

  /** A pod's own word on its locality, else what its node says; dots stand for slashes. */
  static Locality ofPod(Map<String, String> labels, Locality node) {
    String own = labels.getOrDefault(LOCALITY, labels.getOrDefault(OLD_LOCALITY, ""));
    return own.isEmpty() ? node : Locality.parse(own.replace('.', '/'));
  }

  /** The labels with those that tell where it is, which a subset or priority may ask for. */
  public static Map<String, String> augmented(
      Map<String, String> labels, Locality where, String node, String network) {
    Map<String, String> all = new TreeMap<>(labels);
    put(all, Node.REGION_LABEL, where.region());
    put(all, Node.ZONE_LABEL, where.zone());
    put(all, Node.SUBZONE_LABEL, where.subZone());
    put(all, HOSTNAME, node);
    put(all, NETWORK, network);
    all.put(CLUSTER, CLUSTER_ID);
    return all;
  }

  /** The keys that {@link #augmented} may add. */
  public static List<String> keys() {
    return List.of(
        Node.REGION_LABEL, Node.ZONE_LABEL, Node.SUBZONE_LABEL, HOSTNAME, NETWORK, CLUSTER);
  }

  private static void put(Map<String, String> labels, String key, String value) {
    if (!value.isEmpty()) {
      labels.put(key, value);
    }
  }
}
