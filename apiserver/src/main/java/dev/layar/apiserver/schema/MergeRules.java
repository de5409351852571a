package dev.layar.apiserver.schema;

import dev.layar.apiserver.schema.FieldType.ListOf;
import dev.layar.apiserver.schema.FieldType.Merge;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * How the lists of the built-in kinds are merged: {@code x-kubernetes-list-type} and {@code
 * patchMergeKey} of their Go types, which no descriptor carries. Stateless.
 */
final class MergeRules {
  private static final List<String> NAME = List.of("name");
  private static final List<String> TYPE = List.of("type");

  /** By message and field. */
  private static final Map<String, List<String>> KEYS =
      Map.ofEntries(
          Map.entry("ObjectMeta.ownerReferences", List.of("uid")),
          Map.entry("PodSpec.containers", NAME),
          Map.entry("PodSpec.initContainers", NAME),
          Map.entry("PodSpec.ephemeralContainers", NAME),
          Map.entry("PodSpec.volumes", NAME),
          Map.entry("PodSpec.imagePullSecrets", NAME),
          Map.entry("PodSpec.schedulingGates", NAME),
          Map.entry("PodSpec.resourceClaims", NAME),
          Map.entry("PodSpec.hostAliases", List.of("ip")),
          Map.entry(
              "PodSpec.topologySpreadConstraints", List.of("topologyKey", "whenUnsatisfiable")),
          Map.entry("Container.ports", List.of("containerPort", "protocol")),
          Map.entry("Container.env", NAME),
          Map.entry("Container.volumeMounts", List.of("mountPath")),
          Map.entry("Container.volumeDevices", List.of("devicePath")),
          Map.entry("EphemeralContainerCommon.ports", List.of("containerPort", "protocol")),
          Map.entry("EphemeralContainerCommon.env", NAME),
          Map.entry("EphemeralContainerCommon.volumeMounts", List.of("mountPath")),
          Map.entry("EphemeralContainerCommon.volumeDevices", List.of("devicePath")),
          Map.entry("ResourceRequirements.claims", NAME),
          Map.entry("ServiceSpec.ports", List.of("port", "protocol")),
          Map.entry("ServiceAccount.secrets", NAME),
          Map.entry("PodStatus.podIPs", List.of("ip")),
          Map.entry("NodeStatus.addresses", TYPE),
          Map.entry("MutatingWebhookConfiguration.webhooks", NAME),
          Map.entry("ValidatingWebhookConfiguration.webhooks", NAME),
          Map.entry("MutatingWebhook.matchConditions", NAME),
          Map.entry("ValidatingWebhook.matchConditions", NAME));

  private static final Set<String> SETS = Set.of("ObjectMeta.finalizers", "NodeSpec.podCIDRs");

  /** {@code x-kubernetes-map-type: atomic}: appliers own them as a whole. */
  private static final Set<String> ATOMIC_STRUCTS =
      Set.of(
          "LabelSelector",
          "ObjectReference",
          "LocalObjectReference",
          "TypedLocalObjectReference",
          "OwnerReference",
          "SecretKeySelector",
          "ConfigMapKeySelector",
          "ObjectFieldSelector",
          "ResourceFieldSelector",
          "NodeSelector",
          "NodeSelectorTerm",
          "ScopeSelector",
          "TopologySelectorTerm");

  private static final Set<String> ATOMIC_MAPS =
      Set.of("ServiceSpec.selector", "PodSpec.nodeSelector");

  private MergeRules() {}

  static ListOf list(String message, String field, FieldType element) {
    String at = message + "." + field;
    List<String> keys = KEYS.get(at);
    if (keys != null) {
      return new ListOf(element, Merge.BY_KEY, keys);
    }
    if (field.equals("conditions") && message.endsWith("Status")) {
      return new ListOf(element, Merge.BY_KEY, TYPE);
    }
    return new ListOf(element, SETS.contains(at) ? Merge.SET : Merge.ATOMIC, List.of());
  }

  static boolean atomicMap(String message, String field) {
    return ATOMIC_MAPS.contains(message + "." + field);
  }

  static boolean atomicStruct(String message) {
    return ATOMIC_STRUCTS.contains(message);
  }
}
