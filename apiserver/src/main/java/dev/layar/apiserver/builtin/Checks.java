package dev.layar.apiserver.builtin;

import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException.Cause;
import dev.layar.apiserver.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What is wrong with an object of a built-in kind, in upstream's words ({@code
 * pkg/apis/<group>/validation}): what people get wrong in manifests, and what controllers rely on.
 * Pure.
 */
public final class Checks {
  private static final List<String> PROTOCOLS = List.of("SCTP", "TCP", "UDP");

  private final @Nullable ObjectNode before;
  private final ObjectNode after;
  private final List<Cause> causes = new ArrayList<>();

  private Checks(@Nullable ObjectNode before, ObjectNode after) {
    this.before = before;
    this.after = after;
  }

  /**
   * Every fault of a write.
   *
   * @param before what is stored; null at creation
   */
  public static List<Cause> run(ResourceType type, @Nullable ObjectNode before, ObjectNode after) {
    Checks checks = new Checks(before, after);
    checks.run(type.qualified());
    return checks.causes;
  }

  private void run(String qualified) {
    switch (qualified) {
      case "pods" -> pod();
      case "services" -> service();
      case "deployments.apps", "replicasets.apps", "statefulsets.apps", "daemonsets.apps" ->
          workload(qualified);
      case "jobs.batch" -> job();
      case "cronjobs.batch" -> cronJob();
      case "configmaps" -> configMap();
      case "secrets" -> secret();
      case "rolebindings.rbac.authorization.k8s.io",
          "clusterrolebindings.rbac.authorization.k8s.io" ->
          binding();
      case "leases.coordination.k8s.io" -> lease();
      case "endpointslices.discovery.k8s.io" -> endpointSlice();
      default -> {}
    }
  }

  private void add(Cause cause) {
    causes.add(cause);
  }

  private void require(JsonNode parent, String name, String field) {
    if (parent.path(name).isMissingNode() || Json.text(parent, name).isEmpty()) {
      add(Names.required(field + "." + name, ""));
    }
  }

  private void positive(JsonNode value, String field) {
    if (value.isNumber() && value.asLong(0) < 0) {
      add(Names.invalidValue(field, value.asString(), "must be greater than or equal to 0"));
    }
  }

  private void immutable(String name) {
    if (before != null) {
      JsonNode old = before.path("spec").path(name);
      JsonNode now = after.path("spec").path(name);
      if (!old.equals(now)) {
        add(Names.invalidValue("spec." + name, shown(now), "field is immutable"));
      }
    }
  }

  private static String shown(JsonNode node) {
    return node.isMissingNode() ? "null" : node.toString();
  }

  private void pod() {
    JsonNode spec = after.path("spec");
    podSpec(spec, "spec", List.of("Always", "OnFailure", "Never"));
    if (before != null && !samePod(before.path("spec"), spec)) {
      add(
          Names.forbidden(
              "spec",
              "pod updates may not change fields other than `spec.containers[*].image`,"
                  + "`spec.initContainers[*].image`,`spec.activeDeadlineSeconds`,"
                  + "`spec.tolerations` (only additions to existing tolerations),"
                  + "`spec.terminationGracePeriodSeconds` (allow it to be set to 1 if it was"
                  + " previously negative)"));
    }
  }

  private static boolean samePod(JsonNode before, JsonNode after) {
    return frozen(before, after).equals(frozen(after, after));
  }

  /** The part of a pod's spec that cannot change; scheduling may name the node once. */
  private static JsonNode frozen(JsonNode spec, JsonNode after) {
    JsonNode copy = Json.copy(spec);
    if (copy instanceof ObjectNode object) {
      for (String list : List.of("containers", "initContainers")) {
        Json.list(object, list).forEach(c -> ((ObjectNode) c).remove("image"));
      }
      object.remove(
          List.of("activeDeadlineSeconds", "tolerations", "terminationGracePeriodSeconds"));
      object.remove("ephemeralContainers");
      if (!object.has("nodeName") && after.has("nodeName")) {
        object.set("nodeName", after.path("nodeName"));
      }
    }
    return copy;
  }

  private void podSpec(JsonNode spec, String field, List<String> restartPolicies) {
    String restart = Json.text(spec, "restartPolicy");
    if (!restartPolicies.contains(restart)) {
      add(Names.notSupported(field + ".restartPolicy", restart, restartPolicies));
    }
    positive(spec.path("terminationGracePeriodSeconds"), field + ".terminationGracePeriodSeconds");
    Set<String> volumes = volumes(spec, field);
    if (Json.list(spec, "containers").isEmpty()) {
      add(Names.required(field + ".containers", ""));
    }
    Set<String> names = new HashSet<>();
    containers(Json.list(spec, "initContainers"), field + ".initContainers", names, volumes);
    containers(Json.list(spec, "containers"), field + ".containers", names, volumes);
  }

  private Set<String> volumes(JsonNode spec, String field) {
    Set<String> out = new HashSet<>();
    ArrayNode volumes = Json.list(spec, "volumes");
    for (int i = 0; i < volumes.size(); i++) {
      String at = field + ".volumes[" + i + "].name";
      name(Json.text(volumes.get(i), "name"), at, out);
    }
    return out;
  }

  /** A name that has to be a DNS label and unique among its kind. */
  private void name(String name, String field, Set<String> taken) {
    if (name.isEmpty()) {
      add(Names.required(field, ""));
      return;
    }
    Names.label1123(name).forEach(p -> add(Names.invalid(field, name, p)));
    if (!taken.add(name)) {
      add(Names.duplicate(field, name));
    }
  }

  private void containers(ArrayNode all, String field, Set<String> names, Set<String> volumes) {
    for (int i = 0; i < all.size(); i++) {
      JsonNode container = all.get(i);
      String at = field + "[" + i + "]";
      name(Json.text(container, "name"), at + ".name", names);
      if (Json.text(container, "image").isBlank()) {
        add(Names.required(at + ".image", ""));
      }
      containerPorts(Json.list(container, "ports"), at + ".ports");
      env(Json.list(container, "env"), at + ".env");
      mounts(Json.list(container, "volumeMounts"), at + ".volumeMounts", volumes);
    }
  }

  private void containerPorts(ArrayNode ports, String field) {
    Set<String> names = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      JsonNode port = ports.get(i);
      String at = field + "[" + i + "]";
      portNumber(port.path("containerPort"), at + ".containerPort");
      protocol(port, at);
      String name = Json.text(port, "name");
      if (!name.isEmpty() && !names.add(name)) {
        add(Names.duplicate(at + ".name", name));
      }
    }
  }

  private void protocol(JsonNode port, String at) {
    String protocol = Json.text(port, "protocol");
    if (!protocol.isEmpty() && !PROTOCOLS.contains(protocol)) {
      add(Names.notSupported(at + ".protocol", protocol, PROTOCOLS));
    }
  }

  private void portNumber(JsonNode value, String field) {
    if (value.isMissingNode()) {
      add(Names.required(field, ""));
    } else if (value.isNumber() && (value.asLong(0) < 1 || value.asLong(0) > 65535)) {
      add(Names.invalidValue(field, value.asString(), "must be between 1 and 65535, inclusive"));
    }
  }

  private void env(ArrayNode env, String field) {
    for (int i = 0; i < env.size(); i++) {
      String at = field + "[" + i + "]";
      if (Json.text(env.get(i), "name").isEmpty()) {
        add(Names.required(at + ".name", ""));
      }
      if (!Json.text(env.get(i), "value").isEmpty() && env.get(i).has("valueFrom")) {
        add(Names.invalid(at + ".valueFrom", "", "may not be specified when `value` is not empty"));
      }
    }
  }

  private void mounts(ArrayNode mounts, String field, Set<String> volumes) {
    Set<String> paths = new HashSet<>();
    for (int i = 0; i < mounts.size(); i++) {
      String at = field + "[" + i + "]";
      String name = Json.text(mounts.get(i), "name");
      String path = Json.text(mounts.get(i), "mountPath");
      if (name.isEmpty()) {
        add(Names.required(at + ".name", ""));
      } else if (!volumes.contains(name)) {
        add(new Cause("FieldValueNotFound", "Not found: \"" + name + "\"", at + ".name"));
      }
      if (path.isEmpty()) {
        add(Names.required(at + ".mountPath", ""));
      } else if (!paths.add(path)) {
        add(Names.invalid(at + ".mountPath", path, "must be unique"));
      }
    }
  }

  private void service() {
    JsonNode spec = after.path("spec");
    String type = Json.text(spec, "type");
    List<String> types = List.of("ClusterIP", "ExternalName", "LoadBalancer", "NodePort");
    if (!types.contains(type)) {
      add(Names.notSupported("spec.type", type, types));
    }
    boolean headless = Json.text(spec, "clusterIP").equals("None");
    ArrayNode ports = Json.list(spec, "ports");
    if (ports.isEmpty() && !headless && !type.equals("ExternalName")) {
      add(Names.required("spec.ports", ""));
    }
    if (type.equals("ExternalName") && Json.text(spec, "externalName").isEmpty()) {
      add(Names.required("spec.externalName", ""));
    }
    if (headless && (type.equals("NodePort") || type.equals("LoadBalancer"))) {
      add(
          Names.invalid(
              "spec.clusterIPs[0]", "None", "may not be set to 'None' for LoadBalancer services"));
    }
    servicePorts(ports);
    clusterIpIsKept(type);
  }

  private void clusterIpIsKept(String type) {
    if (before == null || type.equals("ExternalName")) {
      return;
    }
    String old = Json.text(before, "spec", "clusterIP");
    String now = Json.text(after, "spec", "clusterIP");
    if (!old.isEmpty() && !old.equals(now)) {
      add(
          new Cause(
              "FieldValueInvalid",
              "Invalid value: [\"" + now + "\"]: may not change once set",
              "spec.clusterIPs[0]"));
    }
  }

  private void servicePorts(ArrayNode ports) {
    Set<String> names = new HashSet<>();
    Set<String> numbers = new HashSet<>();
    for (int i = 0; i < ports.size(); i++) {
      JsonNode port = ports.get(i);
      String at = "spec.ports[" + i + "]";
      portNumber(port.path("port"), at + ".port");
      protocol(port, at);
      if (port.path("targetPort").isNumber()) {
        portNumber(port.path("targetPort"), at + ".targetPort");
      }
      String name = Json.text(port, "name");
      if (name.isEmpty() && ports.size() > 1) {
        add(Names.required(at + ".name", ""));
      } else if (!name.isEmpty()) {
        name(name, at + ".name", names);
      }
      String number = Json.text(port, "protocol") + "/" + Json.text(port, "port");
      if (!numbers.add(number)) {
        add(new Cause("FieldValueDuplicate", "Duplicate value: " + port, at));
      }
    }
  }

  private void workload(String qualified) {
    JsonNode spec = after.path("spec");
    positive(spec.path("replicas"), "spec.replicas");
    selector(spec);
    podSpec(spec.path("template").path("spec"), "spec.template.spec", List.of("Always"));
    JsonNode strategy = spec.path("strategy");
    if (Json.text(strategy, "type").equals("Recreate") && strategy.has("rollingUpdate")) {
      add(
          Names.forbidden(
              "spec.strategy.rollingUpdate",
              "may not be specified when strategy `type` is 'Recreate'"));
    }
    immutable("selector");
    if (qualified.equals("statefulsets.apps")) {
      immutable("serviceName");
      immutable("podManagementPolicy");
    }
  }

  private void selector(JsonNode spec) {
    JsonNode selector = spec.path("selector");
    if (!selector.isObject()) {
      add(Names.required("spec.selector", ""));
      return;
    }
    if (selector.path("matchLabels").isEmpty() && selector.path("matchExpressions").isEmpty()) {
      add(Names.invalidValue("spec.selector", "{}", "empty selector is invalid for deployment"));
      return;
    }
    JsonNode labels = spec.path("template").path("metadata").path("labels");
    if (!matches(selector, labels)) {
      add(
          Names.invalidValue(
              "spec.template.metadata.labels",
              goMap(labels),
              "`selector` does not match template `labels`"));
    }
  }

  /** A map of labels as Go prints it, sorted. */
  private static String goMap(JsonNode labels) {
    List<String> parts = new ArrayList<>();
    labels.properties().forEach(l -> parts.add("\"" + l.getKey() + "\":" + l.getValue()));
    parts.sort(null);
    return "map[string]string{" + String.join(", ", parts) + "}";
  }

  private static boolean matches(JsonNode selector, JsonNode labels) {
    for (Map.Entry<String, JsonNode> label : selector.path("matchLabels").properties()) {
      if (!label.getValue().equals(labels.path(label.getKey()))) {
        return false;
      }
    }
    for (JsonNode rule : Json.list(selector, "matchExpressions")) {
      if (!matchesRule(rule, labels.path(Json.text(rule, "key")))) {
        return false;
      }
    }
    return true;
  }

  private static boolean matchesRule(JsonNode rule, JsonNode value) {
    boolean listed = false;
    for (JsonNode option : Json.list(rule, "values")) {
      listed |= option.equals(value);
    }
    return switch (Json.text(rule, "operator")) {
      case "In" -> listed;
      case "NotIn" -> !listed;
      case "Exists" -> !value.isMissingNode();
      case "DoesNotExist" -> value.isMissingNode();
      default -> false;
    };
  }

  private void job() {
    JsonNode spec = after.path("spec");
    positive(spec.path("parallelism"), "spec.parallelism");
    positive(spec.path("completions"), "spec.completions");
    positive(spec.path("backoffLimit"), "spec.backoffLimit");
    podSpec(
        spec.path("template").path("spec"), "spec.template.spec", List.of("OnFailure", "Never"));
    immutable("completionMode");
    immutable("selector");
    immutable("template");
  }

  private void cronJob() {
    JsonNode spec = after.path("spec");
    require(spec, "schedule", "spec");
    podSpec(
        spec.path("jobTemplate").path("spec").path("template").path("spec"),
        "spec.jobTemplate.spec.template.spec",
        List.of("OnFailure", "Never"));
  }

  private void configMap() {
    for (String part : List.of("data", "binaryData")) {
      keys(after.path(part), part);
    }
    for (String key : after.path("binaryData").propertyNames()) {
      if (after.path("data").has(key)) {
        add(Names.invalid("data[" + key + "]", key, "duplicate of key present in binaryData"));
      }
    }
    if (frozen()) {
      for (String part : List.of("data", "binaryData", "immutable")) {
        unchanged(part);
      }
    }
  }

  private void secret() {
    keys(after.path("data"), "data");
    if (before != null && !Json.text(before, "type").equals(Json.text(after, "type"))) {
      add(Names.invalid("type", Json.text(after, "type"), "field is immutable"));
    }
    if (frozen()) {
      unchanged("data");
      unchanged("immutable");
    }
  }

  private boolean frozen() {
    return before != null && before.path("immutable").asBoolean(false);
  }

  private void unchanged(String part) {
    if (before != null && !before.path(part).equals(after.path(part))) {
      add(Names.forbidden(part, "field is immutable when `immutable` is set"));
    }
  }

  private void keys(JsonNode map, String field) {
    for (String key : map.propertyNames()) {
      if (!key.matches("[-._a-zA-Z0-9]{1,253}")) {
        add(
            Names.invalid(
                field + "[" + key + "]",
                key,
                "a valid config key must consist of alphanumeric characters, '-', '_' or '.' (e.g."
                    + " 'key.name',  or 'KEY_NAME',  or 'key-name', regex used for validation is"
                    + " '[-._a-zA-Z0-9]+')"));
      }
    }
  }

  private void binding() {
    JsonNode role = after.path("roleRef");
    require(role, "name", "roleRef");
    List<String> kinds = List.of("Role", "ClusterRole");
    if (!kinds.contains(Json.text(role, "kind"))) {
      add(Names.notSupported("roleRef.kind", Json.text(role, "kind"), kinds));
    }
    if (before != null && !before.path("roleRef").equals(role)) {
      add(Names.invalidValue("roleRef", role.toString(), "cannot change roleRef"));
    }
  }

  private void lease() {
    JsonNode seconds = after.path("spec").path("leaseDurationSeconds");
    if (seconds.isNumber() && seconds.asLong(0) <= 0) {
      add(
          Names.invalidValue(
              "spec.leaseDurationSeconds", seconds.asString(), "must be greater than 0"));
    }
  }

  private void endpointSlice() {
    List<String> types = List.of("FQDN", "IPv4", "IPv6");
    String type = Json.text(after, "addressType");
    if (type.isEmpty()) {
      add(Names.required("addressType", ""));
    } else if (!types.contains(type)) {
      add(Names.notSupported("addressType", type, types));
    }
    if (before != null && !Json.text(before, "addressType").equals(type)) {
      add(Names.invalid("addressType", type, "field is immutable"));
    }
  }
}
