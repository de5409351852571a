package dev.layar.apiserver.table;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;

/**
 * The part of kubectl's JSONPath that printer columns of published CRDs use: {@code .a.b}, {@code
 * ['a.b']}, {@code [0]}, {@code [*]}, {@code [?(@.type=="Ready")]}. Pure.
 */
final class JsonPath {
  private static final Pattern STEP =
      Pattern.compile(
          "\\.([A-Za-z0-9_\\\\./-]+?)(?=[.\\[]|$)"
              + "|\\[['\"]([^'\"]+)['\"]\\]"
              + "|\\[(\\d{1,6}|\\*)\\]"
              + "|\\[\\?\\(\\s*@\\.([A-Za-z0-9_.-]+)\\s*==\\s*['\"]([^'\"]*)['\"]\\s*\\)\\]");

  private JsonPath() {}

  /** A cell with what the path finds; nothing when it finds nothing. */
  static Column.Cell cell(String path) {
    return (object, _) -> {
      List<JsonNode> found = find(object, path);
      if (found.isEmpty()) {
        return JsonNodeFactory.instance.nullNode();
      }
      JsonNode first = found.getFirst();
      return first.isContainer() ? JsonNodeFactory.instance.stringNode(first.toString()) : first;
    };
  }

  static List<JsonNode> find(JsonNode root, String path) {
    List<JsonNode> nodes = List.of(root);
    Matcher step = STEP.matcher(path);
    int at = 0;
    while (at < path.length() && step.find(at) && step.start() == at) {
      List<JsonNode> next = new ArrayList<>();
      for (JsonNode node : nodes) {
        take(node, step, next);
      }
      nodes = next;
      at = step.end();
    }
    return at == path.length() ? nodes : List.of();
  }

  private static void take(JsonNode node, Matcher step, List<JsonNode> out) {
    String field = step.group(1) != null ? step.group(1) : step.group(2);
    String index = step.group(3);
    if (field != null) {
      add(node.path(field), out);
    } else if (index != null) {
      if (index.equals("*")) {
        node.forEach(out::add);
      } else {
        add(node.path(Integer.parseInt(index)), out);
      }
    } else {
      for (JsonNode each : node) {
        if (Cells.at(each, step.group(4)).asString("").equals(step.group(5))) {
          out.add(each);
        }
      }
    }
  }

  private static void add(JsonNode node, List<JsonNode> out) {
    if (!node.isMissingNode() && !node.isNull()) {
      out.add(node);
    }
  }
}
