package dev.layar.apiserver.schema;

import dev.layar.apiserver.json.Json;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Fills in the {@code default}s of a structural schema. Stateless; changes the tree given. */
public final class SchemaDefaults {
  private SchemaDefaults() {}

  /** Completes a value by its schema. */
  public static void apply(JsonNode value, JsonNode schema) {
    if (value instanceof ObjectNode object) {
      object(object, schema);
    } else if (value instanceof ArrayNode array && schema.path("items").isObject()) {
      array.forEach(item -> apply(item, schema.path("items")));
    }
  }

  private static void object(ObjectNode object, JsonNode schema) {
    for (Map.Entry<String, JsonNode> property : schema.path("properties").properties()) {
      JsonNode given = property.getValue().get("default");
      if (given != null && !object.has(property.getKey())) {
        object.set(property.getKey(), Json.copy(given));
      }
      JsonNode value = object.get(property.getKey());
      if (value != null) {
        apply(value, property.getValue());
      }
    }
    JsonNode values = schema.path("additionalProperties");
    if (values.isObject()) {
      object.forEach(value -> apply(value, values));
    }
  }
}
