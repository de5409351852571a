package dev.layar.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;

/**
 * CustomResourceDefinitions of the kinds that Kubernetes does not have itself, derived from the
 * records. Stateless; may be called from any thread.
 */
public final class Crds {
  /**
   * A column of {@code kubectl get}.
   *
   * @param type string, integer, number, boolean or date
   * @param jsonPath where its value is, from the object's root
   */
  public record Column(String name, String type, String jsonPath, String description) {}

  private static final Column AGE =
      new Column("Age", "date", ".metadata.creationTimestamp", "When the object was created.");

  /** The columns of Istio's own definitions, which existing eyes and scripts know. */
  private static final Map<Kind, List<Column>> COLUMNS =
      Map.ofEntries(
          Map.entry(
              Kinds.VIRTUAL_SERVICE,
              List.of(spec("Gateways", "gateways"), spec("Hosts", "hosts"), AGE)),
          Map.entry(Kinds.DESTINATION_RULE, List.of(spec("Host", "host"), AGE)),
          Map.entry(
              Kinds.SERVICE_ENTRY,
              List.of(
                  spec("Hosts", "hosts"),
                  spec("Location", "location"),
                  spec("Resolution", "resolution"),
                  AGE)),
          Map.entry(Kinds.WORKLOAD_ENTRY, List.of(AGE, spec("Address", "address"))),
          Map.entry(Kinds.WORKLOAD_GROUP, List.of(AGE)),
          Map.entry(Kinds.AUTHORIZATION_POLICY, List.of(spec("Action", "action"), AGE)),
          Map.entry(Kinds.PEER_AUTHENTICATION, List.of(spec("Mode", "mtls.mode"), AGE)),
          Map.entry(Kinds.TELEMETRY, List.of(AGE)),
          Map.entry(Kinds.WASM_PLUGIN, List.of(AGE)),
          Map.entry(
              Kinds.GATEWAY_CLASS,
              List.of(
                  spec("Controller", "controllerName"),
                  condition("Accepted"),
                  AGE,
                  spec("Description", "description"))),
          Map.entry(
              Kinds.KUBE_GATEWAY,
              List.of(
                  spec("Class", "gatewayClassName"),
                  new Column(
                      "Address", "string", ".status.addresses[*].value", "Where it is reachable."),
                  condition("Programmed"),
                  AGE)),
          Map.entry(Kinds.HTTP_ROUTE, List.of(spec("Hostnames", "hostnames"), AGE)),
          Map.entry(Kinds.GRPC_ROUTE, List.of(spec("Hostnames", "hostnames"), AGE)));

  private Crds() {}

  /** The kinds that need a definition. */
  public static List<Kind> kinds() {
    return Kinds.all().stream().filter(Crds::isCustom).toList();
  }

  /** Whether Kubernetes does not have the kind itself. */
  public static boolean isCustom(Kind kind) {
    return kind.group().endsWith("istio.io") || kind.group().startsWith("gateway.");
  }

  /** The columns of {@code kubectl get} after the name; none declared means the age. */
  public static List<Column> columns(Kind kind) {
    return COLUMNS.getOrDefault(kind, List.of());
  }

  /** The groups of kinds that {@code kubectl get} knows by one word. */
  public static List<String> categories(Kind kind) {
    if (!kind.group().endsWith("istio.io")) {
      return List.of("gateway-api");
    }
    String area = kind.group().substring(0, kind.group().indexOf('.'));
    return List.of("istio-io", area + "-istio-io");
  }

  /** The definition of a kind as maps and lists. */
  public static Map<String, Object> of(Kind kind) {
    Map<String, Object> names = new LinkedHashMap<>();
    names.put("categories", categories(kind));
    names.put("kind", kind.kind());
    names.put("listKind", kind.kind() + "List");
    names.put("plural", kind.plural());
    if (!kind.shortNames().isEmpty()) {
      names.put("shortNames", kind.shortNames());
    }
    names.put("singular", kind.kind().toLowerCase(Locale.ROOT));

    Map<String, Object> spec = new LinkedHashMap<>();
    spec.put("group", kind.group());
    spec.put("names", names);
    spec.put("scope", kind.namespaced() ? "Namespaced" : "Cluster");
    spec.put("versions", versions(kind));

    Map<String, Object> crd = new LinkedHashMap<>();
    crd.put("apiVersion", "apiextensions.k8s.io/v1");
    crd.put("kind", "CustomResourceDefinition");
    crd.put("metadata", metadata(kind));
    crd.put("spec", spec);
    return crd;
  }

  /** The definition of a kind as a YAML document. */
  public static String yaml(Kind kind) {
    return YamlWriter.write(of(kind));
  }

  /** All definitions as YAML documents, separated by {@code ---}. */
  public static String yaml() {
    return String.join("---\n", kinds().stream().map(Crds::yaml).toList());
  }

  private static Map<String, Object> metadata(Kind kind) {
    Map<String, Object> metadata = new LinkedHashMap<>();
    if (kind.group().startsWith("gateway.")) {
      // The API server protects *.k8s.io; this says that the definition is known to be unofficial.
      metadata.put("annotations", Map.of("api-approved.kubernetes.io", "unapproved, by Layar"));
    }
    metadata.put("labels", Map.of("app.kubernetes.io/part-of", "layar"));
    metadata.put("name", kind.plural() + "." + kind.group());
    return metadata;
  }

  private static List<Object> versions(Kind kind) {
    List<Object> versions = new ArrayList<>();
    for (String name : kind.versions()) {
      Map<String, Object> version = new LinkedHashMap<>();
      if (!columns(kind).isEmpty()) {
        version.put("additionalPrinterColumns", columns(kind).stream().map(Crds::column).toList());
      }
      version.put("name", name);
      version.put("schema", Map.of("openAPIV3Schema", Schema.of(kind)));
      version.put("served", true);
      version.put("storage", name.equals(kind.versions().getFirst()));
      version.put("subresources", Map.of("status", Map.of()));
      versions.add(version);
    }
    return versions;
  }

  private static Map<String, Object> column(Column column) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("description", column.description());
    out.put("jsonPath", column.jsonPath());
    out.put("name", column.name());
    out.put("type", column.type());
    return out;
  }

  private static Column spec(String name, String path) {
    return new Column(name, "string", ".spec." + path, name + " of the object.");
  }

  private static Column condition(String type) {
    return new Column(
        type,
        "string",
        ".status.conditions[?(@.type==\"" + type + "\")].status",
        "Whether the object is " + type.toLowerCase(Locale.ROOT) + ".");
  }
}
