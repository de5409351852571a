package dev.layar.apiserver.schema;

import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.schema.FieldType.Struct;
import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import dev.layar.model.Schema;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * What each kind looks like: built-in ones by their descriptors, Istio's by the records of our
 * model, users' ones by the schema that they gave. Thread-safe.
 */
public final class Schemas {
  private final Map<String, JsonNode> modelSchemas = new ConcurrentHashMap<>();
  private final Map<String, FieldType> types = new ConcurrentHashMap<>();
  private volatile Map<String, JsonNode> userSchemas = Map.of();

  /**
   * Replaces the schemas that users gave.
   *
   * @param byVersion by {@code plural.group/version}
   */
  public void users(Map<String, JsonNode> byVersion) {
    userSchemas = Map.copyOf(byVersion);
  }

  /** The OpenAPI schema of a custom kind; null when there is none. */
  public @Nullable JsonNode openApi(ResourceType type, String version) {
    JsonNode users = userSchemas.get(type.qualified() + "/" + version);
    if (users != null) {
      return users;
    }
    Kind kind = type.custom() ? Kinds.find(type.group(), type.kind()) : null;
    return kind == null ? null : modelSchemas.computeIfAbsent(type.qualified(), _ -> read(kind));
  }

  private static JsonNode read(Kind kind) {
    return Json.read(Schema.json(kind).getBytes(StandardCharsets.UTF_8));
  }

  /** Whether a user gave the schema, so that objects are held to all of it. */
  public boolean isUsers(ResourceType type, String version) {
    return userSchemas.containsKey(type.qualified() + "/" + version);
  }

  /** The type of the kind's objects. */
  public FieldType type(ResourceType type, String version) {
    if (isUsers(type, version)) {
      return build(type, version);
    }
    return types.computeIfAbsent(type.qualified(), _ -> build(type, version));
  }

  private FieldType build(ResourceType type, String version) {
    FieldType body = body(type, version);
    return new Struct(type.kind(), name -> top(body, name), false);
  }

  private static @Nullable FieldType top(FieldType body, String name) {
    return switch (name) {
      case "apiVersion", "kind" -> FieldType.LEAF;
      case "metadata" -> ProtoTypes.METADATA;
      default -> body.member(name);
    };
  }

  private FieldType body(ResourceType type, String version) {
    JsonNode schema = openApi(type, version);
    if (schema != null) {
      return OpenApiTypes.of(schema);
    }
    FieldType known = type.custom() ? null : ProtoTypes.find(type.group(), type.kind());
    return known == null ? FieldType.OPEN : known;
  }
}
