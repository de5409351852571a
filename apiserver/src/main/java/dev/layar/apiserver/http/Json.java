package dev.layar.apiserver.http;

import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reading and writing JSON trees. Stateless; thread-safe. */
final class Json {
  private static final StreamReadConstraints BOUNDS =
      StreamReadConstraints.builder()
          .maxNestingDepth(dev.layar.apiserver.json.Json.DEPTH)
          .maxNumberLength(100)
          .build();
  private static final JsonMapper MAPPER =
      JsonMapper.builder(JsonFactory.builder().streamReadConstraints(BOUNDS).build()).build();
  private static final JsonMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder()
                  .streamReadConstraints(BOUNDS)
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .build())
          .build();

  private Json() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static byte[] bytes(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  /** Parses; throws a refusal with the place of the mistake. */
  static JsonNode parse(byte[] bytes) {
    try {
      JsonNode node = MAPPER.readTree(bytes);
      if (node == null || node.isMissingNode()) {
        throw Statuses.badRequest("the body is empty");
      }
      return node;
    } catch (JacksonException e) {
      throw Statuses.badRequest("the body is not JSON: " + said(e));
    }
  }

  /** Parses; a missing node for what is not JSON. */
  static JsonNode tryParse(byte[] bytes) {
    try {
      return MAPPER.readTree(bytes);
    } catch (JacksonException e) {
      return MAPPER.missingNode();
    }
  }

  /** What is wrong about a body that {@link #parse} takes: a field written twice; else empty. */
  static String duplicates(byte[] bytes) {
    try {
      STRICT.readTree(bytes);
      return "";
    } catch (JacksonException e) {
      return said(e);
    }
  }

  private static String said(JacksonException e) {
    return e.getOriginalMessage()
        + " at line "
        + e.getLocation().getLineNr()
        + ", column "
        + e.getLocation().getColumnNr();
  }
}
