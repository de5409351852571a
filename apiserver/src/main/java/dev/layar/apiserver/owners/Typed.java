package dev.layar.apiserver.owners;

import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.schema.FieldType;
import dev.layar.apiserver.schema.FieldType.Leaf;
import dev.layar.apiserver.schema.FieldType.ListOf;
import dev.layar.apiserver.schema.FieldType.MapOf;
import dev.layar.apiserver.schema.FieldType.Merge;
import dev.layar.apiserver.schema.FieldType.Open;
import dev.layar.apiserver.schema.FieldType.Struct;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Trees by their type: which fields they set, how two differ, how one is merged into another. Pure.
 */
final class Typed {
  private Typed() {}

  /** Whether a value of this type is owned as a whole. */
  private static boolean atomic(FieldType type, JsonNode value) {
    return switch (type) {
      case Leaf _ -> true;
      case Open _ -> !value.isObject();
      case Struct struct -> struct.atomic() || !value.isObject();
      case MapOf map -> map.atomic() || !value.isObject();
      case ListOf list -> list.merge() == Merge.ATOMIC || !value.isArray();
    };
  }

  private static FieldType member(FieldType type, String name) {
    FieldType member = type.member(name);
    return member == null ? FieldType.OPEN : member;
  }

  /** The parts of a value by path element; for lists in their order. */
  private static Map<String, JsonNode> parts(FieldType type, JsonNode value) {
    Map<String, JsonNode> out = new LinkedHashMap<>();
    if (value instanceof ObjectNode object) {
      object.properties().forEach(m -> out.put("f:" + m.getKey(), m.getValue()));
    } else if (value instanceof ArrayNode array) {
      array.forEach(item -> out.put(element(type, item), item));
    }
    return out;
  }

  /** How an element of an associative list is named. */
  private static String element(FieldType list, JsonNode item) {
    if (list.merge() == Merge.SET) {
      return "v:" + item;
    }
    TreeMap<String, JsonNode> keys = new TreeMap<>();
    for (String key : list.keys()) {
      JsonNode value = item.get(key);
      if (value != null) {
        keys.put(key, value);
      } else if (key.equals("protocol")) {
        keys.put(key, Json.object().put("p", "TCP").path("p")); // the schema's default
      }
    }
    ObjectNode node = Json.object();
    keys.forEach(node::set);
    return "k:" + node;
  }

  private static FieldType partType(FieldType type, String element) {
    return element.charAt(0) == 'f' ? member(type, element.substring(2)) : type.element();
  }

  /** The fields that a value sets. */
  static FieldSet fields(JsonNode value, FieldType type) {
    FieldSet out = new FieldSet();
    if (atomic(type, value) || value.isEmpty()) {
      return out.add();
    }
    parts(type, value)
        .forEach(
            (element, part) -> {
              FieldSet below = fields(part, partType(type, element));
              out.put(element, element.charAt(0) == 'f' ? below : below.add());
            });
    return out;
  }

  /** How two values differ. */
  record Difference(FieldSet changed, FieldSet removed) {}

  static Difference compare(JsonNode before, JsonNode after, FieldType type) {
    FieldSet changed = new FieldSet();
    FieldSet removed = new FieldSet();
    compare(before, after, type, changed, removed);
    return new Difference(changed, removed);
  }

  private static void compare(
      JsonNode before, JsonNode after, FieldType type, FieldSet changed, FieldSet removed) {
    if (atomic(type, before) || atomic(type, after)) {
      if (!before.equals(after)) {
        changed.add();
      }
      return;
    }
    Map<String, JsonNode> old = parts(type, before);
    Map<String, JsonNode> now = parts(type, after);
    now.forEach(
        (element, part) -> {
          JsonNode was = old.get(element);
          FieldType partType = partType(type, element);
          if (was == null) {
            changed.put(element, all(part, partType, element));
          } else {
            FieldSet changedBelow = new FieldSet();
            FieldSet removedBelow = new FieldSet();
            compare(was, part, partType, changedBelow, removedBelow);
            changed.put(element, changedBelow);
            removed.put(element, removedBelow);
          }
        });
    old.forEach(
        (element, _) -> {
          if (!now.containsKey(element)) {
            removed.put(element, new FieldSet().add());
          }
        });
  }

  /** All of what is new: maps, lists and elements of lists count themselves. */
  private static FieldSet all(JsonNode value, FieldType type, String element) {
    FieldSet out = new FieldSet();
    if (atomic(type, value) || value.isEmpty()) {
      return out.add();
    }
    parts(type, value)
        .forEach((name, part) -> out.put(name, all(part, partType(type, name), name)));
    boolean counts = type instanceof MapOf || type instanceof ListOf || element.charAt(0) != 'f';
    return counts ? out.add() : out;
  }

  /** The live value with everything that the applied one sets. */
  static JsonNode merge(@Nullable JsonNode live, JsonNode applied, FieldType type) {
    if (live == null || atomic(type, applied) || atomic(type, live)) {
      return applied;
    }
    Map<String, JsonNode> merged = parts(type, live);
    parts(type, applied)
        .forEach(
            (element, part) ->
                merged.put(element, merge(merged.get(element), part, partType(type, element))));
    return assemble(applied, merged);
  }

  private static JsonNode assemble(JsonNode like, Map<String, JsonNode> parts) {
    if (like.isArray()) {
      ArrayNode array = Json.array();
      parts.values().forEach(array::add);
      return array;
    }
    ObjectNode object = Json.object();
    parts.forEach((element, part) -> object.set(element.substring(2), part));
    return object;
  }

  /**
   * The value without some fields.
   *
   * @param gone what is to go
   * @param kept what others own: what contains it stays
   */
  static JsonNode remove(JsonNode value, FieldSet gone, FieldSet kept, FieldType type) {
    if (atomic(type, value) || gone.children().isEmpty()) {
      return value;
    }
    Map<String, JsonNode> parts = parts(type, value);
    gone.children()
        .forEach(
            (element, below) -> {
              JsonNode part = parts.get(element);
              if (part != null) {
                removePart(parts, element, part, below, kept, type);
              }
            });
    return assemble(value, parts);
  }

  private static void removePart(
      Map<String, JsonNode> parts,
      String element,
      JsonNode part,
      FieldSet below,
      FieldSet kept,
      FieldType type) {
    FieldSet keptBelow = kept.child(element);
    if (below.isMember() && (keptBelow == null || keptBelow.isEmpty())) {
      parts.remove(element);
      return;
    }
    JsonNode left =
        remove(
            part, below, keptBelow == null ? new FieldSet() : keptBelow, partType(type, element));
    boolean emptied = left.isEmpty() && !part.isEmpty() && left.isContainer();
    if (emptied && keptBelow == null) {
      parts.remove(element);
    } else {
      parts.put(element, left);
    }
  }

  /** Whether the keys of all associative lists are there and unique; the first fault or empty. */
  static List<String> faults(JsonNode value, FieldType type, String path) {
    List<String> out = new ArrayList<>();
    faults(value, type, path, out);
    return out;
  }

  private static void faults(JsonNode value, FieldType type, String path, List<String> out) {
    if (atomic(type, value)) {
      return;
    }
    if (value instanceof ArrayNode array) {
      Set<String> seen = new HashSet<>();
      for (JsonNode item : array) {
        String element = element(type, item);
        if (!seen.add(element)) {
          out.add(path + ": duplicate entries for key [" + element.substring(2) + "]");
        }
      }
    }
    parts(type, value)
        .forEach(
            (element, part) ->
                faults(part, partType(type, element), path + "." + element.substring(2), out));
  }
}
