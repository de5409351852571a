package dev.layar.apiserver.http;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import dev.layar.model.Schema;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * OpenAPI as far as kubectl reads it: version 3 with a document per group and version, in which
 * each kind can be patched with {@code fieldValidation} and, for {@code explain}, has its schema;
 * and an empty version 2. Thread-safe.
 */
final class OpenApi {
  /** {@code Document{swagger: "2.0", info{title: "layar", version: "v1"}, paths{}}} in protobuf. */
  private static final byte[] EMPTY_V2 = {
    0x0a, 3, '2', '.', '0', 0x12, 0x0b, 0x0a, 5, 'l', 'a', 'y', 'a', 'r', 0x12, 2, 'v', '1', 0x42, 0
  };

  /** With a dot: Go's parser of media types refuses the "@" that it is asked for with. */
  private static final String V2_TYPE =
      "application/com.github.proto-openapi.spec.v2.v1.0+protobuf";

  private static final JsonMapper MAPPER = JsonMapper.builder().build();

  private final Catalog catalog;
  private final Api api;

  OpenApi(Catalog catalog, Api api) {
    this.catalog = catalog;
    this.api = api;
  }

  void answer(Exchange exchange, List<String> path) throws IOException {
    String version = path.size() > 1 ? path.get(1) : "";
    if (version.equals("v2") && path.size() == 2) {
      exchange.respond(200, V2_TYPE, EMPTY_V2);
    } else if (version.equals("v3") && path.size() == 2) {
      Resources.answer(exchange, 200, index());
    } else if (version.equals("v3")) {
      document(exchange, String.join("/", path.subList(2, path.size())));
    } else {
      throw Statuses.noSuchPath();
    }
  }

  /** {@code api/v1} or {@code apis/G/V} → its kinds. */
  private Map<String, List<ResourceType>> documents() {
    Map<String, List<ResourceType>> all = new TreeMap<>();
    for (ResourceType type : catalog.all()) {
      for (String version : type.versions()) {
        String path =
            type.group().isEmpty() ? "api/" + version : "apis/" + type.group() + "/" + version;
        all.computeIfAbsent(path, _ -> new ArrayList<>()).add(type);
      }
    }
    all.values().forEach(types -> types.sort(Comparator.comparing(ResourceType::plural)));
    return all;
  }

  private ObjectNode index() {
    ObjectNode index = Json.object();
    ObjectNode paths = index.putObject("paths");
    documents()
        .forEach(
            (path, types) ->
                paths
                    .putObject(path)
                    .put(
                        "serverRelativeURL", "/openapi/v3/" + path + "?hash=" + hash(path, types)));
    return index;
  }

  /** Changes whenever the document may: its kinds, or the definitions of custom ones. */
  private String hash(String path, List<ResourceType> types) {
    StringBuilder text = new StringBuilder(path);
    for (ResourceType type : types) {
      text.append('\n').append(type.qualified()).append(type.versions()).append(type.kind());
      JsonNode definition = definition(type);
      if (definition != null) {
        text.append(definition.path("metadata").path("resourceVersion").asString(""));
      }
    }
    try {
      return HexFormat.of()
          .withUpperCase()
          .formatHex(
              MessageDigest.getInstance("SHA-256")
                  .digest(text.toString().getBytes(StandardCharsets.UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException(e);
    }
  }

  private void document(Exchange exchange, String path) throws IOException {
    List<ResourceType> types = documents().get(path);
    if (types == null) {
      throw Statuses.noSuchPath();
    }
    String hash = hash(path, types);
    List<String> headers =
        List.of(
            "Etag", "\"" + hash + "\"",
            "Cache-Control", "public, immutable, max-age=31536000",
            "Vary", "Accept");
    if (exchange.header("If-None-Match").equals("\"" + hash + "\"")) {
      exchange.respond(304, "", new byte[0], headers);
      return;
    }
    String version = path.substring(path.lastIndexOf('/') + 1);
    exchange.respond(200, "application/json", Json.bytes(document(types, version)), headers);
  }

  private ObjectNode document(List<ResourceType> types, String version) {
    ObjectNode document = Json.object();
    document.put("openapi", "3.0.0");
    document.putObject("info").put("title", "layar").put("version", "v1");
    ObjectNode paths = document.putObject("paths");
    ObjectNode schemas = document.putObject("components").putObject("schemas");
    for (ResourceType type : types) {
      if (Catalog.verbs(type).contains("patch")) {
        patch(paths.putObject(path(type, version)), type, version);
      }
      ObjectNode schema = schema(type, version);
      if (schema != null) {
        kind(schema.putArray("x-kubernetes-group-version-kind").addObject(), type, version);
        schemas.set(schemaName(type, version), schema);
      }
    }
    return document;
  }

  private static String path(ResourceType type, String version) {
    return (type.group().isEmpty() ? "/api/" : "/apis/" + type.group() + "/")
        + version
        + (type.namespaced() ? "/namespaces/{namespace}/" : "/")
        + type.plural()
        + "/{name}";
  }

  private static void patch(ObjectNode path, ResourceType type, String version) {
    ObjectNode operation = path.putObject("patch");
    ArrayNode parameters = operation.putArray("parameters");
    for (String name : List.of("dryRun", "fieldManager", "fieldValidation", "force")) {
      parameters
          .addObject()
          .put("name", name)
          .put("in", "query")
          .putObject("schema")
          .put("type", name.equals("force") ? "boolean" : "string");
    }
    ObjectNode content = operation.putObject("requestBody").putObject("content");
    List<String> media =
        new ArrayList<>(List.of("apply-patch+yaml", "json-patch+json", "merge-patch+json"));
    if (!type.custom()) {
      media.add("strategic-merge-patch+json");
    }
    for (String each : media) {
      content.putObject("application/" + each).putObject("schema").put("type", "object");
    }
    operation.putObject("responses").putObject("200").put("description", "OK");
    operation.put("x-kubernetes-action", "patch");
    kind(operation.putObject("x-kubernetes-group-version-kind"), type, version);
  }

  private static void kind(ObjectNode node, ResourceType type, String version) {
    node.put("group", type.group()).put("version", version).put("kind", type.kind());
  }

  private static String schemaName(ResourceType type, String version) {
    String group = type.group().isEmpty() ? "core" : type.group();
    List<String> parts = List.of(group.split("\\."));
    return String.join(".", parts.reversed()) + "." + version + "." + type.kind();
  }

  /**
   * Of custom kinds alone: where a built-in kind has none, kubectl computes strategic merge patches
   * with the definitions it was compiled with.
   */
  private @Nullable ObjectNode schema(ResourceType type, String version) {
    Kind kind = Kinds.find(type.group(), type.kind());
    if (kind != null && kind.body() == Kind.Body.SPEC) {
      return MAPPER.valueToTree(Schema.of(kind));
    }
    JsonNode definition = definition(type);
    if (definition == null) {
      return null;
    }
    for (JsonNode each : definition.path("spec").path("versions")) {
      if (each.path("name").asString("").equals(version)
          && each.path("schema").path("openAPIV3Schema") instanceof ObjectNode schema) {
        return schema.deepCopy();
      }
    }
    return null;
  }

  /** The CustomResourceDefinition of a kind; null when it has none. */
  private @Nullable JsonNode definition(ResourceType type) {
    ResourceType definitions = api.type("apiextensions.k8s.io", "customresourcedefinitions");
    if (!type.custom() || definitions == null) {
      return null;
    }
    try {
      return api.get(new ObjectRef(definitions, "", type.qualified()), "v1", Subresource.NONE);
    } catch (StatusException notThere) {
      return null;
    }
  }
}
