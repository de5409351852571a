package dev.layar.local.kube;

import java.math.BigInteger;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/** Reading and building objects as JSON trees. Pure; what is read is never changed. */
public final class Trees {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  private Trees() {}

  /** The node at a path of field names; a missing node where there is none. */
  public static JsonNode at(JsonNode node, String... path) {
    JsonNode here = node;
    for (String field : path) {
      here = here.path(field);
    }
    return here;
  }

  /** The text at a path; empty where there is none. */
  public static String text(JsonNode node, String... path) {
    return at(node, path).asString("");
  }

  /** The number at a path, {@code otherwise} where there is none. */
  public static int number(int otherwise, JsonNode node, String... path) {
    return at(node, path).asInt(otherwise);
  }

  /** Whether the path holds {@code true}. */
  public static boolean flag(JsonNode node, String... path) {
    return at(node, path).asBoolean(false);
  }

  /** The map of texts at a path, in its order. */
  public static Map<String, String> texts(JsonNode node, String... path) {
    Map<String, String> out = new LinkedHashMap<>();
    at(node, path).properties().forEach(e -> out.put(e.getKey(), e.getValue().asString("")));
    return out;
  }

  /** The elements of the list at a path. */
  public static List<JsonNode> items(JsonNode node, String... path) {
    return List.copyOf(at(node, path).values());
  }

  /** The list of texts at a path. */
  public static List<String> words(JsonNode node, String... path) {
    return at(node, path).values().stream().map(value -> value.asString("")).toList();
  }

  public static String name(JsonNode object) {
    return text(object, "metadata", "name");
  }

  public static String namespace(JsonNode object) {
    return text(object, "metadata", "namespace");
  }

  public static String uid(JsonNode object) {
    return text(object, "metadata", "uid");
  }

  public static Map<String, String> labels(JsonNode object) {
    return texts(object, "metadata", "labels");
  }

  public static Map<String, String> annotations(JsonNode object) {
    return texts(object, "metadata", "annotations");
  }

  public static boolean isDeleting(JsonNode object) {
    return !text(object, "metadata", "deletionTimestamp").isEmpty();
  }

  /** The uid of the owner that controls the object; empty when there is none. */
  public static String controller(JsonNode object) {
    for (JsonNode owner : items(object, "metadata", "ownerReferences")) {
      if (flag(owner, "controller")) {
        return text(owner, "uid");
      }
    }
    return "";
  }

  /** The owner reference by which {@code owner} controls another object. */
  public static ObjectNode ownedBy(JsonNode owner, String apiVersion, String kind) {
    return object(
        "apiVersion",
        apiVersion,
        "kind",
        kind,
        "name",
        name(owner),
        "uid",
        uid(owner),
        "controller",
        true,
        "blockOwnerDeletion",
        true);
  }

  /** The condition of a type in {@code status.conditions}; a missing node when there is none. */
  public static JsonNode condition(JsonNode object, String type) {
    for (JsonNode condition : items(object, "status", "conditions")) {
      if (text(condition, "type").equals(type)) {
        return condition;
      }
    }
    return at(object, "no such field");
  }

  /** Whether the condition of that type holds. */
  public static boolean isTrue(JsonNode object, String type) {
    return text(condition(object, type), "status").equals("True");
  }

  /** An object of key, value, key, value …; fields whose value is null are left out. */
  public static ObjectNode object(@Nullable Object... keysAndValues) {
    ObjectNode out = NODES.objectNode();
    for (int i = 0; i < keysAndValues.length; i += 2) {
      Object value = keysAndValues[i + 1];
      if (value != null) {
        out.set(String.valueOf(keysAndValues[i]), node(value));
      }
    }
    return out;
  }

  /** A list of what {@link #node} takes. */
  public static ArrayNode list(Object... values) {
    return (ArrayNode) node(List.of(values));
  }

  /** A tree of trees, texts, numbers, booleans, maps and collections. */
  public static JsonNode node(@Nullable Object value) {
    return switch (value) {
      case null -> NODES.nullNode();
      case JsonNode tree -> tree;
      case String text -> NODES.stringNode(text);
      case Integer number -> NODES.numberNode(number);
      case Long number -> NODES.numberNode(number);
      case BigInteger number -> NODES.numberNode(number);
      case Double number -> NODES.numberNode(number);
      case Boolean flag -> NODES.booleanNode(flag);
      case Map<?, ?> map -> {
        ObjectNode out = NODES.objectNode();
        map.forEach((key, entry) -> out.set(String.valueOf(key), node(entry)));
        yield out;
      }
      case Collection<?> values -> {
        ArrayNode out = NODES.arrayNode();
        values.forEach(element -> out.add(node(element)));
        yield out;
      }
      default -> throw new IllegalArgumentException("not for a tree: " + value.getClass());
    };
  }

  /** {@code null} as JSON, which removes a field in a merge patch. */
  public static JsonNode nothing() {
    return NODES.nullNode();
  }

  /** The object at a field of a tree that is being built, made where it is missing. */
  public static ObjectNode child(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode there ? there : parent.putObject(field);
  }

  /** The list at a field of a tree that is being built, made where it is missing. */
  public static ArrayNode children(ObjectNode parent, String field) {
    return parent.get(field) instanceof ArrayNode there ? there : parent.putArray(field);
  }
}
