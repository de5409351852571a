package dev.layar.model;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The definitions are such as a Kubernetes API server accepts. */
class CrdsTest {
  /**
   * Kubernetes "Specifying a structural schema": what may not stand inside allOf, oneOf and not.
   */
  private static final Set<String> OUTSIDE_JUNCTORS =
      Set.of("description", "type", "default", "additionalProperties", "nullable", "format");

  static List<Kind> kinds() {
    return Crds.kinds();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void schemasAreStructural(Kind kind) {
    List<String> problems = new ArrayList<>();
    structural(Schema.of(kind), "", problems);
    assertThat(problems).isEmpty();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void oneVersionIsStored(Kind kind) {
    List<Map<?, ?>> versions = maps(map(Crds.of(kind), "spec").get("versions"));
    assertThat(versions).filteredOn(v -> Boolean.TRUE.equals(v.get("storage"))).hasSize(1);
    assertThat(versions).allMatch(v -> map(v, "subresources").containsKey("status"));
    assertThat(versions.stream().map(v -> v.get("name")).toList()).isEqualTo(kind.versions());
  }

  @Test
  void aDefinitionReadsAsIstiosOwn() {
    String yaml = Crds.yaml(Kinds.PEER_AUTHENTICATION);
    String head =
        """
        apiVersion: apiextensions.k8s.io/v1
        kind: CustomResourceDefinition
        metadata:
          labels:
            app.kubernetes.io/part-of: layar
          name: peerauthentications.security.istio.io
        spec:
          group: security.istio.io
          names:
            categories:
            - istio-io
            - security-istio-io
            kind: PeerAuthentication
            listKind: PeerAuthenticationList
            plural: peerauthentications
            shortNames:
            - pa
            singular: peerauthentication
          scope: Namespaced
          versions:
          - additionalPrinterColumns:
            - description: "Mode of the object."
              jsonPath: ".spec.mtls.mode"
              name: Mode
              type: string
            - description: "When the object was created."
              jsonPath: ".metadata.creationTimestamp"
              name: Age
              type: date
            name: v1
            schema:
              openAPIV3Schema:
                type: object
        """;
    assertThat(yaml).startsWith(head);
    assertThat(yaml.replaceAll("\n *- ", " ")).contains("enum: UNSET DISABLE PERMISSIVE STRICT\n");
  }

  @Test
  void columnsAreThoseThatKubectlShowsForIstio() {
    assertThat(Crds.columns(Kinds.VIRTUAL_SERVICE))
        .extracting(Crds.Column::name)
        .containsExactly("Gateways", "Hosts", "Age");
    assertThat(Crds.columns(Kinds.WORKLOAD_ENTRY))
        .extracting(Crds.Column::name)
        .containsExactly("Age", "Address");
    assertThat(Crds.columns(Kinds.SIDECAR)).isEmpty();
  }

  /** Every column leads to a field that the schema has. */
  @ParameterizedTest
  @MethodSource("kinds")
  void columnsLeadToFields(Kind kind) {
    for (Crds.Column column : Crds.columns(kind)) {
      if (column.jsonPath().startsWith(".spec.")) {
        assertThat(Explain.of(kind, column.jsonPath().substring(1))).as(column.name()).isNotNull();
      }
    }
  }

  @Test
  void allOfThemAreOneStreamOfDocuments() {
    assertThat(Crds.yaml().split("(?m)^---$")).hasSize(Crds.kinds().size());
    assertThat(Crds.kinds()).contains(Kinds.WASM_PLUGIN, Kinds.HTTP_ROUTE);
    assertThat(Crds.kinds()).doesNotContain(Kinds.SERVICE, Kinds.INGRESS);
  }

  private static void structural(Map<?, ?> schema, String path, List<String> problems) {
    boolean open = schema.containsKey("x-kubernetes-int-or-string");
    if (!open && !(schema.get("type") instanceof String)) {
      problems.add(path + ": no type");
    }
    if (schema.containsKey("properties") && schema.containsKey("additionalProperties")) {
      problems.add(path + ": properties with additionalProperties");
    }
    if ("array".equals(schema.get("type")) && !schema.containsKey("items")) {
      problems.add(path + ": array without items");
    }
    Map<?, ?> properties = map(schema, "properties");
    properties.forEach((name, inner) -> structural((Map<?, ?>) inner, path + "." + name, problems));
    if (schema.get("items") instanceof Map<?, ?> items) {
      structural(items, path + "[]", problems);
    }
    if (schema.get("additionalProperties") instanceof Map<?, ?> values) {
      structural(values, path + "{}", problems);
    }
    if (schema.get("required") instanceof List<?> required
        && !properties.keySet().containsAll(required)) {
      problems.add(path + ": requires what it does not have: " + required);
    }
    for (String junctor : List.of("allOf", "anyOf", "oneOf", "not")) {
      junctor(schema.get(junctor), properties.keySet(), path + "/" + junctor, problems);
    }
  }

  private static void junctor(
      @Nullable Object part, Set<?> properties, String path, List<String> problems) {
    if (part instanceof List<?> list) {
      list.forEach(p -> junctor(p, properties, path, problems));
    } else if (part instanceof Map<?, ?> map) {
      for (var entry : new LinkedHashMap<>(map).entrySet()) {
        if (OUTSIDE_JUNCTORS.contains(entry.getKey())) {
          problems.add(path + ": has " + entry.getKey());
        } else if (entry.getKey().equals("required")) {
          if (!properties.containsAll((List<?>) Objects.requireNonNull(entry.getValue()))) {
            problems.add(path + ": names what is not there: " + entry.getValue());
          }
        } else {
          junctor(entry.getValue(), properties, path, problems);
        }
      }
    }
  }

  private static Map<?, ?> map(Map<?, ?> parent, String name) {
    return parent.get(name) instanceof Map<?, ?> map ? map : Map.of();
  }

  private static List<Map<?, ?>> maps(@Nullable Object list) {
    List<Map<?, ?>> out = new ArrayList<>();
    ((List<?>) Objects.requireNonNull(list)).forEach(item -> out.add((Map<?, ?>) item));
    return out;
  }
}
