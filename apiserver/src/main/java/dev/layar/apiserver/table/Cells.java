package dev.layar.apiserver.table;

import java.util.ArrayList;
import java.util.List;
import java.util.StringJoiner;
import java.util.function.Function;
import tools.jackson.databind.JsonNode;

/** The texts of cells, in kubectl's words. Pure. */
final class Cells {
  static final String NONE = "<none>";
  static final String UNSET = "<unset>";

  private Cells() {}

  /** The node at a path such as {@code spec.replicas}; a missing node when it is not there. */
  static JsonNode at(JsonNode object, String path) {
    JsonNode node = object;
    for (String step : path.split("\\.")) {
      node = node.path(step);
    }
    return node;
  }

  static String text(JsonNode object, String path, String absent) {
    JsonNode node = at(object, path);
    String text = node.isValueNode() ? node.asString("") : "";
    return text.isEmpty() ? absent : text;
  }

  static String orNone(String text) {
    return text.isEmpty() ? NONE : text;
  }

  /** {@code a=b,c=d}, as labels and selectors are shown. */
  static String pairs(JsonNode map) {
    StringJoiner out = new StringJoiner(",");
    for (var entry : map.properties()) {
      out.add(entry.getKey() + "=" + entry.getValue().asString(""));
    }
    return orNone(out.toString());
  }

  /** A label selector in the form of the query parameter. */
  static String selector(JsonNode selector) {
    StringJoiner out = new StringJoiner(",");
    for (var entry : selector.path("matchLabels").properties()) {
      out.add(entry.getKey() + "=" + entry.getValue().asString(""));
    }
    for (JsonNode term : selector.path("matchExpressions")) {
      out.add(expression(term));
    }
    return orNone(out.toString());
  }

  private static String expression(JsonNode term) {
    String key = term.path("key").asString("");
    String values = joined(term.path("values"), v -> v.asString(""));
    return switch (term.path("operator").asString("")) {
      case "In" -> key + " in (" + values + ")";
      case "NotIn" -> key + " notin (" + values + ")";
      case "Exists" -> key;
      default -> "!" + key;
    };
  }

  static String joined(JsonNode list, Function<JsonNode, String> each) {
    StringJoiner out = new StringJoiner(",");
    list.forEach(node -> out.add(each.apply(node)));
    return out.toString();
  }

  /** The first three, and how many more there are. */
  static String some(List<String> all) {
    if (all.isEmpty()) {
      return NONE;
    }
    String first = String.join(",", all.subList(0, Math.min(3, all.size())));
    return all.size() > 3 ? first + " + " + (all.size() - 3) + " more..." : first;
  }

  static List<String> strings(JsonNode list, String field) {
    List<String> out = new ArrayList<>();
    list.forEach(node -> out.add(node.path(field).asString("")));
    return out;
  }

  static String containers(JsonNode podSpec) {
    return joined(podSpec.path("containers"), c -> c.path("name").asString(""));
  }

  static String images(JsonNode podSpec) {
    return joined(podSpec.path("containers"), c -> c.path("image").asString(""));
  }

  /** The status of a condition; empty when there is none. */
  static String condition(JsonNode object, String type) {
    for (JsonNode condition : object.path("status").path("conditions")) {
      if (condition.path("type").asString("").equals(type)) {
        return condition.path("status").asString("");
      }
    }
    return "";
  }
}
