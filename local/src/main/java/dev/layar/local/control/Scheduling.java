package dev.layar.local.control;

import dev.layar.local.kube.Selectors;
import dev.layar.local.kube.Trees;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Which node a pod goes to: a pure function. DEVIATION: nodeSelector and node affinity decide, then
 * the fewest pods; resources, taints, pod affinity and topology spread constraints are not looked
 * at.
 */
public final class Scheduling {
  private Scheduling() {}

  /** Whether a pod, or a pod template, may run on a node. */
  public static boolean allows(JsonNode pod, JsonNode node) {
    Map<String, String> labels = Trees.labels(node);
    JsonNode spec = pod.path("spec");
    return Selectors.has(Trees.texts(spec, "nodeSelector"), labels)
        && affine(
            Trees.at(
                spec, "affinity", "nodeAffinity", "requiredDuringSchedulingIgnoredDuringExecution"),
            node);
  }

  /** Terms are alternatives; an affinity without any is none. */
  private static boolean affine(JsonNode required, JsonNode node) {
    List<JsonNode> terms = Trees.items(required, "nodeSelectorTerms");
    return terms.isEmpty() || terms.stream().anyMatch(term -> matches(term, node));
  }

  private static boolean matches(JsonNode term, JsonNode node) {
    return Selectors.matchesAll(Trees.items(term, "matchExpressions"), Trees.labels(node))
        && Selectors.matchesAll(
            Trees.items(term, "matchFields"), Map.of("metadata.name", Trees.name(node)));
  }

  /**
   * The node to bind to.
   *
   * @param load how many pods each node has
   * @return empty when no node is allowed
   */
  public static Optional<String> place(
      JsonNode pod, List<ObjectNode> nodes, Map<String, Long> load) {
    return nodes.stream()
        .filter(node -> !Trees.flag(node, "spec", "unschedulable"))
        .filter(node -> allows(pod, node))
        .min(
            Comparator.comparingInt((ObjectNode node) -> -preference(pod, node))
                .thenComparing(node -> load.getOrDefault(Trees.name(node), 0L))
                .thenComparing(Trees::name))
        .map(Trees::name);
  }

  private static int preference(JsonNode pod, JsonNode node) {
    return Trees.items(
            pod,
            "spec",
            "affinity",
            "nodeAffinity",
            "preferredDuringSchedulingIgnoredDuringExecution")
        .stream()
        .filter(preferred -> matches(preferred.path("preference"), node))
        .mapToInt(preferred -> Trees.number(0, preferred, "weight"))
        .sum();
  }
}
