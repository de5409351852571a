package dev.layar.apiserver.schema;

import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.schema.FieldType.ListOf;
import dev.layar.apiserver.schema.FieldType.MapOf;
import dev.layar.apiserver.schema.FieldType.Merge;
import dev.layar.apiserver.schema.FieldType.Struct;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Types from a structural OpenAPI v3 schema, as CustomResourceDefinitions have it. Pure. */
final class OpenApiTypes {
  private OpenApiTypes() {}

  static FieldType of(JsonNode schema) {
    if (schema.path("x-kubernetes-embedded-resource").asBoolean(false)) {
      return FieldType.OPEN;
    }
    return switch (Json.text(schema, "type")) {
      case "object" -> object(schema);
      case "array" -> list(schema);
      case "" ->
          schema.path("x-kubernetes-int-or-string").asBoolean(false)
              ? FieldType.LEAF
              : FieldType.OPEN;
      default -> FieldType.LEAF;
    };
  }

  private static FieldType object(JsonNode schema) {
    boolean atomic = Json.text(schema, "x-kubernetes-map-type").equals("atomic");
    boolean open = schema.path("x-kubernetes-preserve-unknown-fields").asBoolean(false);
    ObjectNode properties = Json.child(schema, "properties");
    if (properties != null) {
      return new Struct("", name -> property(properties, open, name), atomic);
    }
    JsonNode values = schema.path("additionalProperties");
    if (values.isObject()) {
      return new MapOf(of(values), atomic);
    }
    return open || values.asBoolean(false) ? FieldType.OPEN : new Struct("", _ -> null, atomic);
  }

  private static @Nullable FieldType property(ObjectNode properties, boolean open, String name) {
    JsonNode property = properties.get(name);
    if (property == null) {
      return open ? FieldType.OPEN : null;
    }
    return of(property);
  }

  private static FieldType list(JsonNode schema) {
    FieldType element = of(schema.path("items"));
    return switch (Json.text(schema, "x-kubernetes-list-type")) {
      case "set" -> new ListOf(element, Merge.SET, List.of());
      case "map" -> new ListOf(element, Merge.BY_KEY, keys(schema));
      default -> new ListOf(element, Merge.ATOMIC, List.of());
    };
  }

  private static List<String> keys(JsonNode schema) {
    List<String> out = new ArrayList<>();
    Json.list(schema, "x-kubernetes-list-map-keys").forEach(k -> out.add(k.asString("")));
    return List.copyOf(out);
  }
}
