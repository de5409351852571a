package dev.layar.local.control;

import dev.layar.local.NodeSpec;
import dev.layar.local.kube.Trees;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import tools.jackson.databind.node.ObjectNode;

/** The nodes of the local cluster as Node objects. Pure but for what it reads of the machine. */
public final class NodeObjects {
  private static final String REGION = "topology.kubernetes.io/region";
  private static final String ZONE = "topology.kubernetes.io/zone";
  private static final int MAX_PODS = 1000;

  private NodeObjects() {}

  public static List<ObjectNode> of(List<NodeSpec> nodes, Instant now) {
    return nodes.stream().map(node -> of(node, now)).toList();
  }

  private static ObjectNode of(NodeSpec node, Instant now) {
    return Trees.object(
        "metadata",
        Trees.object("name", node.name(), "labels", labels(node)),
        "spec",
        Trees.object("providerID", "layar://" + node.name()),
        "status",
        status(node, now));
  }

  static Map<String, String> labels(NodeSpec node) {
    Map<String, String> labels = new TreeMap<>();
    labels.put("kubernetes.io/hostname", node.name());
    labels.put("kubernetes.io/os", os());
    labels.put("kubernetes.io/arch", arch());
    if (!node.region().isEmpty()) {
      labels.put(REGION, node.region());
    }
    if (!node.zone().isEmpty()) {
      labels.put(ZONE, node.zone());
    }
    return labels;
  }

  /** DEVIATION: a node is always ready, without heartbeats: it is the process that answers. */
  private static ObjectNode status(NodeSpec node, Instant now) {
    Map<String, String> resources =
        Map.of(
            "cpu",
            Integer.toString(Runtime.getRuntime().availableProcessors()),
            "pods",
            Integer.toString(MAX_PODS));
    ObjectNode ready =
        Trees.object(
            "type",
            "Ready",
            "status",
            "True",
            "reason",
            "KubeletReady",
            "message",
            "this machine runs pods as processes",
            "lastHeartbeatTime",
            Conditions.time(now),
            "lastTransitionTime",
            Conditions.time(now));
    return Trees.object(
        "capacity",
        resources,
        "allocatable",
        resources,
        "conditions",
        Trees.list(ready),
        "addresses",
        Trees.list(
            Trees.object("type", "InternalIP", "address", "127.0.0.1"),
            Trees.object("type", "Hostname", "address", node.name())),
        "nodeInfo",
        Trees.object(
            "kubeletVersion",
            "v1.32.4-layar",
            "kubeProxyVersion",
            "",
            "osImage",
            System.getProperty("os.name"),
            "kernelVersion",
            System.getProperty("os.version"),
            "containerRuntimeVersion",
            "layar://processes",
            "operatingSystem",
            os(),
            "architecture",
            arch(),
            "machineID",
            "",
            "systemUUID",
            "",
            "bootID",
            ""));
  }

  private static String os() {
    return System.getProperty("os.name").startsWith("Mac") ? "darwin" : "linux";
  }

  private static String arch() {
    String arch = System.getProperty("os.arch");
    return switch (arch) {
      case "aarch64" -> "arm64";
      case "x86_64" -> "amd64";
      default -> arch;
    };
  }
}
