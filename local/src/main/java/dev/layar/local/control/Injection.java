package dev.layar.local.control;

import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Whether a new pod gets a sidecar, decided as Istio's injection webhook does. */
public final class Injection {
  private static final String NAMESPACE_LABEL = "istio-injection";
  private static final String REVISION_LABEL = "istio.io/rev";
  private static final String POD_KEY = "sidecar.istio.io/inject";

  private Injection() {}

  /**
   * The webhook is asked for pods of a namespace labelled {@code istio-injection=enabled} or {@code
   * istio.io/rev}, and for pods that carry the label {@code sidecar.istio.io/inject} in namespaces
   * that do not forbid it. The pod's label wins over its annotation.
   */
  public static boolean wanted(
      Map<String, String> namespaceLabels,
      Map<String, String> podLabels,
      Map<String, String> podAnnotations) {
    String namespace = namespaceLabels.getOrDefault(NAMESPACE_LABEL, "");
    if (namespace.equals("disabled")) {
      return false;
    }
    boolean everyPod = namespace.equals("enabled") || namespaceLabels.containsKey(REVISION_LABEL);
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
    return switch (text.toLowerCase(java.util.Locale.ROOT)) {
      case "y", "yes", "true", "on" -> true;
      case "n", "no", "false", "off" -> false;
      default -> otherwise;
    };
  }
}
