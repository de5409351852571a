package dev.layar.apiserver.store;

import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException.Cause;
import dev.layar.apiserver.builtin.Names;
import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.schema.Schemas;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * CustomResourceDefinitions: what they make served, and what is asked of them. Told of changes on
 * the store's thread, before a writer is answered; so a kind is served when its definition is.
 */
final class Definitions {
  static final String TYPE = "customresourcedefinitions.apiextensions.k8s.io";

  /** Holds a definition until its objects are gone. */
  static final String CLEANUP = "customresourcecleanup.apiextensions.k8s.io";

  /** Kubernetes ranks versions: stable ones first, then beta and alpha, each the newest first. */
  private static final Pattern VERSION =
      Pattern.compile("v([0-9]{1,6})(?:(alpha|beta)([0-9]{1,6}))?");

  private final Store store;
  private final Served served;
  private final Schemas schemas;

  Definitions(Store store, Served served, Schemas schemas) {
    this.store = store;
    this.served = served;
    this.schemas = schemas;
  }

  void changed(List<Change> changes) {
    if (changes.stream().anyMatch(change -> change.key().type().equals(TYPE))) {
      refresh();
    }
  }

  void refresh() {
    List<ResourceType> types = new ArrayList<>();
    Map<String, JsonNode> byVersion = new HashMap<>();
    for (Stored definition : store.list(TYPE, "").items()) {
      ResourceType type = type(definition.object());
      if (!served.isFixed(type.qualified()) && !type.versions().isEmpty()) {
        types.add(type);
        collect(type, definition.object(), byVersion);
      }
    }
    schemas.users(byVersion);
    served.extend(types);
  }

  private static void collect(
      ResourceType type, ObjectNode definition, Map<String, JsonNode> byVersion) {
    for (JsonNode version : Json.list(definition.path("spec"), "versions")) {
      JsonNode schema = version.path("schema").path("openAPIV3Schema");
      if (schema.isObject()) {
        byVersion.put(type.qualified() + "/" + Json.text(version, "name"), schema);
      }
    }
  }

  private static ResourceType type(ObjectNode definition) {
    JsonNode spec = definition.path("spec");
    JsonNode names = spec.path("names");
    List<String> versions = new ArrayList<>();
    Set<String> subresources = new HashSet<>();
    String storage = "";
    for (JsonNode version : Json.list(spec, "versions")) {
      String name = Json.text(version, "name");
      if (version.path("served").asBoolean(false)) {
        versions.add(name);
      }
      if (version.path("storage").asBoolean(false)) {
        storage = name;
      }
      subresources.addAll(version.path("subresources").propertyNames());
    }
    versions.sort(Definitions::rank);
    String kind = Json.text(names, "kind");
    String singular = Json.text(names, "singular");
    return new ResourceType(
        Json.text(spec, "group"),
        versions,
        storage,
        Json.text(names, "plural"),
        singular.isEmpty() ? kind.toLowerCase(Locale.ROOT) : singular,
        kind,
        texts(names, "shortNames"),
        texts(names, "categories"),
        Json.text(spec, "scope").equals("Namespaced"),
        subresources,
        true);
  }

  private static List<String> texts(JsonNode parent, String name) {
    return Json.list(parent, name).valueStream().map(t -> t.asString("")).toList();
  }

  private static int rank(String left, String right) {
    int[] a = parts(left);
    int[] b = parts(right);
    for (int i = 0; i < a.length; i++) {
      if (a[i] != b[i]) {
        return Integer.compare(b[i], a[i]);
      }
    }
    return left.compareTo(right);
  }

  private static int[] parts(String version) {
    var matcher = VERSION.matcher(version);
    if (!matcher.matches()) {
      return new int[] {-1, 0, 0};
    }
    String stage = matcher.group(2);
    int maturity = stage == null ? 2 : stage.equals("beta") ? 1 : 0;
    int minor = stage == null ? 0 : Integer.parseInt(matcher.group(3));
    return new int[] {maturity, Integer.parseInt(matcher.group(1)), minor};
  }

  /** What a definition says of itself once it is accepted. */
  static void complete(@Nullable ObjectNode before, ObjectNode definition) {
    ObjectNode spec = Json.make(definition, "spec");
    ObjectNode names = Json.make(spec, "names");
    String kind = Json.text(names, "kind");
    if (!names.has("singular")) {
      names.put("singular", kind.toLowerCase(Locale.ROOT));
    }
    if (!names.has("listKind")) {
      names.put("listKind", kind + "List");
    }
    if (!spec.has("conversion")) {
      spec.putObject("conversion").put("strategy", "None");
    }
    if (before == null) {
      Meta.addFinalizer(definition, CLEANUP);
    }
    status(definition, names);
  }

  private static void status(ObjectNode definition, ObjectNode names) {
    ObjectNode status = Json.make(definition, "status");
    status.set("acceptedNames", Json.copy(names));
    String since = Json.text(definition, "metadata", "creationTimestamp");
    if (!status.has("conditions")) {
      ArrayNode conditions = status.putArray("conditions");
      condition(conditions, "NamesAccepted", "NoConflicts", "no conflicts found", since);
      condition(
          conditions,
          "Established",
          "InitialNamesAccepted",
          "the initial names have been accepted",
          since);
    }
    List<String> stored = new ArrayList<>(texts(status, "storedVersions"));
    for (JsonNode version : Json.list(definition.path("spec"), "versions")) {
      String name = Json.text(version, "name");
      if (version.path("storage").asBoolean(false) && !stored.contains(name)) {
        stored.add(name);
      }
    }
    ArrayNode list = status.putArray("storedVersions");
    stored.forEach(list::add);
  }

  private static void condition(
      ArrayNode conditions, String type, String reason, String message, String since) {
    conditions
        .addObject()
        .put("type", type)
        .put("status", "True")
        .put("reason", reason)
        .put("message", message)
        .put("lastTransitionTime", since);
  }

  /** What is wrong with a definition. */
  static List<Cause> check(ObjectNode definition) {
    List<Cause> out = new ArrayList<>();
    JsonNode spec = definition.path("spec");
    for (String name : List.of("group", "scope")) {
      if (Json.text(spec, name).isEmpty()) {
        out.add(Names.required("spec." + name, ""));
      }
    }
    for (String name : List.of("plural", "kind")) {
      if (Json.text(spec, "names", name).isEmpty()) {
        out.add(Names.required("spec.names." + name, ""));
      }
    }
    String wanted = Json.text(spec, "names", "plural") + "." + Json.text(spec, "group");
    String called = Json.text(definition, "metadata", "name");
    if (!called.equals(wanted)) {
      out.add(Names.invalid("metadata.name", called, "must be spec.names.plural+\".\"+spec.group"));
    }
    List<String> scopes = List.of("Cluster", "Namespaced");
    String scope = Json.text(spec, "scope");
    if (!scope.isEmpty() && !scopes.contains(scope)) {
      out.add(Names.notSupported("spec.scope", scope, scopes));
    }
    versions(Json.list(spec, "versions"), out);
    return out;
  }

  private static void versions(ArrayNode versions, List<Cause> out) {
    int storage = 0;
    for (int i = 0; i < versions.size(); i++) {
      JsonNode version = versions.get(i);
      storage += version.path("storage").asBoolean(false) ? 1 : 0;
      String at = "spec.versions[" + i + "]";
      if (Json.text(version, "name").isEmpty()) {
        out.add(Names.required(at + ".name", ""));
      }
      if (!version.path("schema").path("openAPIV3Schema").isObject()) {
        out.add(Names.required(at + ".schema.openAPIV3Schema", "schemas are required"));
      }
    }
    if (storage != 1) {
      out.add(
          Names.invalidValue(
              "spec.versions",
              versions.isEmpty() ? "null" : "\"\"",
              "must have exactly one version marked as storage version"));
    }
  }
}
