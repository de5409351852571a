package dev.layar.apiserver.patch;

import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.schema.FieldType;
import dev.layar.apiserver.schema.FieldType.Merge;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Strategic merge patch ({@code k8s.io/apimachinery/pkg/util/strategicpatch}): a merge patch that
 * merges lists by the keys of their elements, with directives. Pure.
 */
public final class StrategicPatch {
  private static final String DIRECTIVE = "$patch";
  private static final String RETAIN = "$retainKeys";
  private static final String ORDER = "$setElementOrder/";
  private static final String DELETE = "$deleteFromPrimitiveList/";

  /** Merging compares every element with every other: lists of a body's size would take hours. */
  private static final int LONGEST = 5_000;

  private StrategicPatch() {}

  /**
   * The patched object; what is not touched is shared with the target.
   *
   * @throws PatchException when the patch does not fit
   */
  public static ObjectNode apply(ObjectNode target, ObjectNode patch, FieldType type) {
    switch (Json.text(patch, DIRECTIVE)) {
      case "", "merge" -> {}
      case "replace" -> {
        ObjectNode out = Json.shallow(patch);
        out.remove(DIRECTIVE);
        return out;
      }
      case "delete" -> {
        return Json.object();
      }
      default -> throw PatchException.malformed("Unknown patch type: " + patch.get(DIRECTIVE));
    }
    ObjectNode out = Json.shallow(target);
    retain(out, patch);
    deletePrimitives(out, patch);
    for (Map.Entry<String, JsonNode> member : patch.properties()) {
      if (!member.getKey().startsWith("$")) {
        merge(out, member.getKey(), member.getValue(), patch, type);
      }
    }
    orderUntouched(out, patch, type);
    return out;
  }

  private static void merge(
      ObjectNode out, String name, JsonNode value, ObjectNode patch, FieldType type) {
    FieldType known = type.member(name);
    FieldType member = known == null ? FieldType.OPEN : known;
    switch (value) {
      case ObjectNode object -> {
        ObjectNode before = Json.child(out, name);
        out.set(name, apply(before == null ? Json.object() : before, object, member));
      }
      case ArrayNode array -> out.set(name, list(Json.list(out, name), array, patch, name, member));
      default -> {
        if (value.isNull()) {
          out.remove(name);
        } else {
          out.set(name, value);
        }
      }
    }
  }

  private static void retain(ObjectNode out, ObjectNode patch) {
    if (patch.get(RETAIN) instanceof ArrayNode keys) {
      Set<String> kept = new HashSet<>();
      keys.forEach(key -> kept.add(key.asString("")));
      List<String> gone = new ArrayList<>(out.propertyNames());
      gone.removeAll(kept);
      out.remove(gone);
    }
  }

  private static void deletePrimitives(ObjectNode out, ObjectNode patch) {
    for (Map.Entry<String, JsonNode> member : patch.properties()) {
      String name = after(DELETE, member.getKey());
      if (name == null || !(out.get(name) instanceof ArrayNode before)) {
        continue;
      }
      Set<JsonNode> gone = new HashSet<>();
      member.getValue().forEach(gone::add);
      ArrayNode left = Json.array();
      before.forEach(
          value -> {
            if (!gone.contains(value)) {
              left.add(value);
            }
          });
      out.set(name, left);
    }
  }

  private static @Nullable String after(String prefix, String name) {
    return name.startsWith(prefix) ? name.substring(prefix.length()) : null;
  }

  private static ArrayNode list(
      ArrayNode before, ArrayNode patch, ObjectNode around, String name, FieldType type) {
    if (type.merge() != Merge.ATOMIC && before.size() + patch.size() > LONGEST) {
      throw PatchException.malformed("lists of more than " + LONGEST + " elements do not merge");
    }
    ArrayNode merged =
        switch (type.merge()) {
          case ATOMIC -> withoutDirectives(patch);
          case SET -> union(before, patch);
          case BY_KEY -> byKey(before, patch, type.keys().getFirst(), type.element());
        };
    return around.get(ORDER + name) instanceof ArrayNode order && type.merge() != Merge.ATOMIC
        ? ordered(merged, order, before, key(type))
        : merged;
  }

  private static String key(FieldType type) {
    return type.merge() == Merge.BY_KEY ? type.keys().getFirst() : "";
  }

  private static ArrayNode withoutDirectives(ArrayNode patch) {
    ArrayNode out = Json.array();
    patch.forEach(
        element -> {
          if (!element.has(DIRECTIVE)) {
            out.add(element);
          }
        });
    return out;
  }

  private static ArrayNode union(ArrayNode before, ArrayNode patch) {
    ArrayNode out = before.deepCopy();
    Set<JsonNode> there = new HashSet<>();
    before.forEach(there::add);
    for (JsonNode value : patch) {
      if (there.add(value)) {
        out.add(value);
      }
    }
    return out;
  }

  private static ArrayNode byKey(ArrayNode before, ArrayNode patch, String key, FieldType element) {
    for (JsonNode change : patch) {
      if (Json.text(change, DIRECTIVE).equals("replace")) {
        return withoutDirectives(patch);
      }
    }
    List<JsonNode> out = new ArrayList<>();
    before.forEach(out::add);
    for (JsonNode change : patch) {
      if (!(change instanceof ObjectNode object) || !object.has(key)) {
        throw PatchException.unfit(
            "map: " + change + " does not contain declared merge key: " + key);
      }
      mergeElement(out, object, key, element);
    }
    return Json.array().addAll(out);
  }

  private static void mergeElement(
      List<JsonNode> out, ObjectNode change, String key, FieldType element) {
    JsonNode value = change.path(key);
    if (Json.text(change, DIRECTIVE).equals("delete")) {
      out.removeIf(item -> item.path(key).equals(value));
      return;
    }
    for (int i = 0; i < out.size(); i++) {
      if (out.get(i).path(key).equals(value) && out.get(i) instanceof ObjectNode item) {
        out.set(i, apply(item, change, element));
        return;
      }
    }
    out.add(apply(Json.object(), change, element));
  }

  /** An order can be given for a list of which no element changes. */
  private static void orderUntouched(ObjectNode out, ObjectNode patch, FieldType type) {
    for (Map.Entry<String, JsonNode> member : patch.properties()) {
      String name = after(ORDER, member.getKey());
      FieldType list = name == null ? null : type.member(name);
      if (name != null
          && list != null
          && !patch.has(name)
          && list.merge() != Merge.ATOMIC
          && out.get(name) instanceof ArrayNode now
          && member.getValue() instanceof ArrayNode order
          && now.size() + order.size() <= LONGEST) {
        out.set(name, ordered(now, order, now, key(list)));
      }
    }
  }

  /**
   * The elements that the order names, in that order; others keep their place relative to them.
   *
   * @param key empty for lists of plain values
   */
  private static ArrayNode ordered(ArrayNode items, ArrayNode order, ArrayNode before, String key) {
    List<JsonNode> wanted = identities(order, key);
    List<JsonNode> server = identities(before, key);
    List<JsonNode> named = new ArrayList<>();
    List<JsonNode> others = new ArrayList<>();
    items.forEach(item -> (wanted.contains(identity(item, key)) ? named : others).add(item));
    named.sort(Comparator.comparingInt(item -> wanted.indexOf(identity(item, key))));
    ArrayNode out = Json.array();
    int other = 0;
    for (JsonNode item : named) {
      int place = server.indexOf(identity(item, key));
      while (other < others.size()
          && place >= 0
          && server.indexOf(identity(others.get(other), key)) < place) {
        out.add(others.get(other++));
      }
      out.add(item);
    }
    others.subList(other, others.size()).forEach(out::add);
    return out;
  }

  private static List<JsonNode> identities(ArrayNode items, String key) {
    List<JsonNode> out = new ArrayList<>();
    items.forEach(item -> out.add(identity(item, key)));
    return out;
  }

  private static JsonNode identity(JsonNode item, String key) {
    return key.isEmpty() ? item : item.path(key);
  }
}
