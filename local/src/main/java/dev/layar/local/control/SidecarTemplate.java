package dev.layar.local.control;

import dev.layar.local.kube.Trees;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * What injection adds to a pod: as Istio since its native sidecars, an init container {@code
 * istio-init} and a restartable one {@code istio-proxy}, which is ready before and ends after the
 * application. Pure.
 *
 * <p>DEVIATION: volumes, probes and the environment of Istio's template are left out, because the
 * node's proxy carries the sidecar's listeners itself; {@code istio-init} has nothing to redirect.
 */
public final class SidecarTemplate {
  public static final String PROXY = "istio-proxy";
  public static final String INIT = "istio-init";
  public static final String PROXY_IMAGE = "layar/proxy";
  public static final String INIT_IMAGE = "layar/init";

  private static final String STATUS = "sidecar.istio.io/status";
  private static final String TEMPLATES = "inject.istio.io/templates";
  private static final String DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";
  private static final String DEFAULT_LOGS = "kubectl.kubernetes.io/default-logs-container";
  private static final String TLS_MODE = "security.istio.io/tlsMode";
  private static final String CANONICAL_NAME = "service.istio.io/canonical-name";
  private static final String CANONICAL_REVISION = "service.istio.io/canonical-revision";

  private SidecarTemplate() {}

  /** Whether the pod has been through injection. */
  public static boolean isInjected(JsonNode pod) {
    return Trees.annotations(pod).containsKey(STATUS);
  }

  /** Whether its sidecar takes what callers send it, and speaks mutual TLS with them. */
  public static boolean isMutual(JsonNode pod) {
    return isInjected(pod) && Trees.labels(pod).getOrDefault(TLS_MODE, "").equals("istio");
  }

  /**
   * Changes a pod that is being created.
   *
   * @param fronted whether sidecars stand before their pods here, which needs an address more
   */
  public static void inject(ObjectNode pod, boolean fronted) {
    if (isInjected(pod)) {
      return;
    }
    if (isGateway(pod)) {
      gateway(pod);
    } else {
      sidecar(pod);
      if (fronted) {
        putIfAbsent(Trees.child(Trees.child(pod, "metadata"), "labels"), TLS_MODE, "istio");
      }
    }
  }

  private static boolean isGateway(JsonNode pod) {
    return Trees.annotations(pod).getOrDefault(TEMPLATES, "").equals("gateway")
        || Trees.items(pod, "spec", "containers").stream()
            .anyMatch(container -> Trees.text(container, "image").equals("auto"));
  }

  private static void gateway(ObjectNode pod) {
    for (JsonNode container : Trees.items(pod, "spec", "containers")) {
      if (container instanceof ObjectNode own && Trees.text(own, "name").equals(PROXY)) {
        own.put("image", "istio/proxyv2");
      }
    }
    mark(pod, List.of(), List.of(PROXY));
  }

  private static void sidecar(ObjectNode pod) {
    ObjectNode spec = Trees.child(pod, "spec");
    List<JsonNode> own = Trees.items(spec, "initContainers");
    ArrayNode all = JsonNodeFactory.instance.arrayNode();
    all.add(Trees.object("name", INIT, "image", INIT_IMAGE, "args", Trees.list("istio-iptables")));
    all.add(
        Trees.object(
            "name",
            PROXY,
            "image",
            PROXY_IMAGE,
            "args",
            Trees.list("proxy", "sidecar"),
            "restartPolicy",
            "Always"));
    own.stream()
        .filter(container -> !List.of(INIT, PROXY).contains(Trees.text(container, "name")))
        .forEach(all::add);
    spec.set("initContainers", all);
    mark(pod, List.of(INIT, PROXY), List.of());
    List<JsonNode> containers = Trees.items(spec, "containers");
    if (!containers.isEmpty()) {
      ObjectNode annotations = annotations(pod);
      String first = Trees.text(containers.getFirst(), "name");
      putIfAbsent(annotations, DEFAULT_CONTAINER, first);
      putIfAbsent(annotations, DEFAULT_LOGS, first);
    }
  }

  private static void mark(ObjectNode pod, List<String> init, List<String> containers) {
    ObjectNode annotations = annotations(pod);
    annotations.put(
        STATUS,
        Trees.object(
                "initContainers",
                init.isEmpty() ? Trees.nothing() : init,
                "containers",
                containers.isEmpty() ? Trees.nothing() : containers,
                "revision",
                "default")
            .toString());
    putIfAbsent(annotations, "istio.io/rev", "default");
    Map<String, String> labels = Trees.labels(pod);
    ObjectNode marked = Trees.child(Trees.child(pod, "metadata"), "labels");
    putIfAbsent(marked, CANONICAL_NAME, canonicalName(pod, labels));
    putIfAbsent(
        marked,
        CANONICAL_REVISION,
        labels.getOrDefault("app.kubernetes.io/version", labels.getOrDefault("version", "latest")));
  }

  /** Istio's {@code GetDeployMetaFromPod}: the name label, else {@code app}, else the workload. */
  private static String canonicalName(JsonNode pod, Map<String, String> labels) {
    List<String> candidates = new ArrayList<>();
    candidates.add(labels.getOrDefault("app.kubernetes.io/name", ""));
    candidates.add(labels.getOrDefault("app", ""));
    candidates.add(Trees.name(pod));
    String generated = Trees.text(pod, "metadata", "generateName");
    candidates.add(generated.isEmpty() ? "" : generated.substring(0, generated.length() - 1));
    return candidates.stream().filter(text -> !text.isEmpty()).findFirst().orElse("unknown");
  }

  private static ObjectNode annotations(ObjectNode pod) {
    return Trees.child(Trees.child(pod, "metadata"), "annotations");
  }

  private static void putIfAbsent(ObjectNode object, String field, String value) {
    if (!object.has(field)) {
      object.put(field, value);
    }
  }
}
