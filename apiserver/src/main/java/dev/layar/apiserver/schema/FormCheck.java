package dev.layar.apiserver.schema;

import dev.layar.apiserver.schema.FieldType.Leaf;
import dev.layar.apiserver.schema.FieldType.ListOf;
import dev.layar.apiserver.schema.FieldType.MapOf;
import dev.layar.apiserver.schema.FieldType.Open;
import dev.layar.apiserver.schema.FieldType.Scalar;
import dev.layar.apiserver.schema.FieldType.Struct;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds a tree against its type: fields that the kind does not have are found and taken out, as the
 * API server prunes; values of another JSON type are found. One run; pure but for the pruning.
 */
public final class FormCheck {
  /** As many as a client is told about. */
  private static final int MOST = 50;

  private final List<String> unknown = new ArrayList<>();
  private final List<String> mismatches = new ArrayList<>();

  private FormCheck() {}

  /**
   * What was found.
   *
   * @param unknown paths such as {@code spec.http[0].rout}
   * @param mismatches in the words of Go's JSON decoder
   */
  public record Result(List<String> unknown, List<String> mismatches) {}

  /** Checks and prunes. */
  public static Result run(ObjectNode object, FieldType type) {
    FormCheck run = new FormCheck();
    run.walk(object, type, "", "");
    return new Result(List.copyOf(run.unknown), List.copyOf(run.mismatches));
  }

  private void walk(JsonNode node, FieldType type, String owner, String path) {
    switch (type) {
      case Open _ -> {}
      case Leaf leaf -> expect(matches(node, leaf.scalar()), node, owner, path, go(leaf));
      case Struct struct -> {
        expect(node.isObject(), node, owner, path, struct.name());
        struct(node, struct, path);
      }
      case MapOf map -> {
        expect(node.isObject(), node, owner, path, "map[string]" + go(map.value()));
        node.properties()
            .forEach(m -> walk(m.getValue(), map.value(), owner, path(path, m.getKey())));
      }
      case ListOf list -> {
        expect(node.isArray(), node, owner, path, "[]" + go(list.element()));
        if (node instanceof ArrayNode array) {
          for (int i = 0; i < array.size(); i++) {
            walk(array.get(i), list.element(), owner, path + "[" + i + "]");
          }
        }
      }
    }
  }

  private static boolean matches(JsonNode node, Scalar scalar) {
    return switch (scalar) {
      case ANY -> true;
      case STRING -> node.isString();
      case INTEGER -> node.isIntegralNumber();
      case NUMBER -> node.isNumber();
      case BOOLEAN -> node.isBoolean();
    };
  }

  private void expect(boolean fine, JsonNode node, String owner, String path, String wanted) {
    if (!fine && mismatches.size() < MOST) {
      mismatches.add(
          "json: cannot unmarshal "
              + found(node)
              + " into Go struct field "
              + (owner.isEmpty() ? "" : owner + ".")
              + path
              + " of type "
              + wanted);
    }
  }

  private static String found(JsonNode node) {
    return switch (node.getNodeType()) {
      case STRING -> "string";
      case NUMBER -> "number";
      case BOOLEAN -> "bool";
      case ARRAY -> "array";
      case OBJECT -> "object";
      case NULL, MISSING, BINARY, POJO -> "null";
    };
  }

  private static String go(FieldType type) {
    return switch (type) {
      case Open _ -> "interface {}";
      case Struct struct -> struct.name();
      case MapOf map -> "map[string]" + go(map.value());
      case ListOf list -> "[]" + go(list.element());
      case Leaf leaf ->
          switch (leaf.scalar()) {
            case ANY -> "interface {}";
            case STRING -> "string";
            case INTEGER -> "int64";
            case NUMBER -> "float64";
            case BOOLEAN -> "bool";
          };
    };
  }

  private void struct(JsonNode node, Struct struct, String path) {
    if (!(node instanceof ObjectNode object)) {
      return;
    }
    List<String> gone = new ArrayList<>();
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      FieldType type = struct.fields().apply(member.getKey());
      String at = path(path, member.getKey());
      if (type == null) {
        gone.add(member.getKey());
        if (unknown.size() < MOST) {
          unknown.add(at);
        }
      } else {
        walk(member.getValue(), type, struct.name(), at);
      }
    }
    object.remove(gone);
  }

  private static String path(String parent, String name) {
    return parent.isEmpty() ? name : parent + "." + name;
  }
}
