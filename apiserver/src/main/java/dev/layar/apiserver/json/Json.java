package dev.layar.apiserver.json;

import java.math.BigInteger;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.core.StreamReadConstraints;
import tools.jackson.core.StreamReadFeature;
import tools.jackson.core.json.JsonFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.json.JsonMapper;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** JSON trees: reading, canonical copies and access by name. Stateless; thread-safe. */
public final class Json {
  /** How deep a document may nest; client-go and the API server have bounds of the same order. */
  public static final int DEPTH = 200;

  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final JsonMapper MAPPER =
      JsonMapper.builder(
              JsonFactory.builder()
                  .enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION)
                  .streamReadConstraints(
                      StreamReadConstraints.builder()
                          .maxNestingDepth(DEPTH)
                          .maxNumberLength(100)
                          .build())
                  .build())
          .build();

  private Json() {}

  /** A new empty object. */
  public static ObjectNode object() {
    return NODES.objectNode();
  }

  /** A new empty list. */
  public static ArrayNode array() {
    return NODES.arrayNode();
  }

  /**
   * Reads JSON bytes.
   *
   * @throws JacksonException when they are not one JSON value, nest too deeply or repeat a name
   */
  public static JsonNode read(byte[] bytes) {
    return MAPPER.readTree(bytes);
  }

  /** Maps, lists and values as a tree. */
  public static JsonNode tree(Object plain) {
    return MAPPER.valueToTree(plain);
  }

  /** Compact JSON in UTF-8. */
  public static byte[] write(JsonNode node) {
    return MAPPER.writeValueAsBytes(node);
  }

  /**
   * A deep copy in canonical form: whole numbers in the smallest node type, so that equal values
   * are equal nodes, and no null members, which mean "not set" everywhere in the API.
   */
  public static JsonNode copy(JsonNode node) {
    if (node instanceof ObjectNode object) {
      return copy(object);
    }
    if (node instanceof ArrayNode array) {
      ArrayNode out = NODES.arrayNode(array.size());
      array.forEach(element -> out.add(copy(element)));
      return out;
    }
    return node.isIntegralNumber() ? integer(node) : node;
  }

  /** As {@link #copy(JsonNode)}. */
  public static ObjectNode copy(ObjectNode object) {
    ObjectNode out = NODES.objectNode();
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      if (!member.getValue().isNull()) {
        out.set(member.getKey(), copy(member.getValue()));
      }
    }
    return out;
  }

  /** A copy of the object alone: its members are shared. */
  public static ObjectNode shallow(ObjectNode object) {
    ObjectNode out = NODES.objectNode();
    object.properties().forEach(member -> out.set(member.getKey(), member.getValue()));
    return out;
  }

  /** The object member of this name; null when it is missing or something else. */
  public static @Nullable ObjectNode child(JsonNode parent, String name) {
    return parent.get(name) instanceof ObjectNode object ? object : null;
  }

  /** The list member of this name; empty when it is missing or something else. */
  public static ArrayNode list(JsonNode parent, String name) {
    return parent.get(name) instanceof ArrayNode array ? array : NODES.arrayNode();
  }

  /** The object member of this name, made where it is missing or something else. */
  public static ObjectNode make(ObjectNode parent, String name) {
    return parent.get(name) instanceof ObjectNode object ? object : parent.putObject(name);
  }

  /** The text at a path of members; empty when there is none. Numbers and booleans as text. */
  public static String text(JsonNode node, String... path) {
    JsonNode at = node;
    for (String name : path) {
      at = at.path(name);
    }
    return at.isValueNode() && !at.isNull() ? at.asString() : "";
  }

  private static JsonNode integer(JsonNode node) {
    if (node.canConvertToInt()) {
      return NODES.numberNode(node.intValue());
    }
    if (node.canConvertToLong()) {
      return NODES.numberNode(node.longValue());
    }
    BigInteger value = node.bigIntegerValue();
    return NODES.numberNode(value);
  }
}
