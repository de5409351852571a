package dev.layar.local.control;

import dev.layar.local.kube.Trees;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/** Whether a new pod gets a sidecar, decided as Istio's injection webhook does. Pure. */
public final class Injection {
  private static final String NAMESPACE_LABEL = "istio-injection";
  private static final String REVISION_LABEL = "istio.io/rev";
  private static final String POD_KEY = "sidecar.istio.io/inject";

  /** Istio's {@code inject.IgnoredNamespaces}. */
  private static final Set<String> NEVER =
      Set.of("kube-system", "kube-public", "kube-node-lease", "local-path-storage");

  private Injection() {}

  /** As {@link #wanted(Map, Map, Map)}, for a pod as it is created in a namespace. */
  public static boolean wanted(
      String namespace, Map<String, String> namespaceLabels, JsonNode pod) {
    return !NEVER.contains(namespace)
        && !Trees.flag(pod, "spec", "hostNetwork")
        && wanted(namespaceLabels, Trees.labels(pod), Trees.annotations(pod));
  }

  /**
   * The webhook is asked for pods of a namespace labelled {@code istio-injection=enabled} or {@code
   * istio.io/rev}, and for pods that carry the label {@code sidecar.istio.io/inject} or {@code
   * istio.io/rev} in namespaces that do not forbid it. The pod's label wins over its annotation.
   * Here every revision is the one control plane.
   */
  public static boolean wanted(
      Map<String, String> namespaceLabels,
      Map<String, String> podLabels,
      Map<String, String> podAnnotations) {
    String namespace = namespaceLabels.getOrDefault(NAMESPACE_LABEL, "");
    if (namespace.equals("disabled")) {
      return false;
    }
    boolean everyPod =
        namespace.equals("enabled")
            || namespaceLabels.containsKey(REVISION_LABEL)
            || podLabels.containsKey(REVISION_LABEL);
    String label = podLabels.get(POD_KEY);
    if (label != null) {
      return truth(label, everyPod);
    }
    return everyPod && truth(podAnnotations.get(POD_KEY), true);
  }

  /** Istio reads y, yes, true, on and their opposites; anything else counts as unset. */
  private static boolean truth(@Nullable String text, boolean otherwise) {
    if (text == null) {
      return otherwise;
    }
    return switch (text.toLowerCase(Locale.ROOT)) {
      case "y", "yes", "true", "on" -> true;
      case "n", "no", "false", "off" -> false;
      default -> otherwise;
    };
  }
}
