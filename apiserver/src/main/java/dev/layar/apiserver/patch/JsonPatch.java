package dev.layar.apiserver.patch;

import dev.layar.apiserver.json.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** JSON patch (RFC 6902) with the API server's bound on the number of operations. Pure. */
public final class JsonPatch {
  /** The bound that Kubernetes has ({@code maxJSONPatchOperations}). */
  private static final int MAX_OPERATIONS = 10_000;

  /** What all copies of one patch may add, in bytes of JSON: the size of the largest body. */
  private static final int MAX_COPIED = 3 << 20;

  private int copied;

  private JsonPatch() {}

  /**
   * The patched tree; the target stays as it is.
   *
   * @throws PatchException when the patch is malformed or does not fit
   */
  public static JsonNode apply(JsonNode target, JsonNode patch) {
    if (!(patch instanceof ArrayNode operations)) {
      throw PatchException.malformed("a JSON patch is a list of operations");
    }
    if (operations.size() > MAX_OPERATIONS) {
      throw PatchException.malformed(
          "The allowed maximum operations in a JSON patch is "
              + MAX_OPERATIONS
              + ", got "
              + operations.size());
    }
    JsonNode out = Json.copy(target);
    JsonPatch run = new JsonPatch();
    for (JsonNode operation : operations) {
      out = run.operate(out, operation);
    }
    return out;
  }

  private JsonNode operate(JsonNode root, JsonNode operation) {
    List<String> path = pointer(operation, "path");
    return switch (Json.text(operation, "op")) {
      case "add" -> add(root, path, value(operation));
      case "remove" -> remove(root, path);
      case "replace" -> replace(root, path, value(operation));
      case "move" -> move(root, pointer(operation, "from"), path);
      case "copy" -> add(root, path, copied(find(root, pointer(operation, "from"))));
      case "test" -> test(root, path, operation);
      default -> throw PatchException.malformed("Unexpected kind: " + operation.path("op"));
    };
  }

  /** Copies double what they copy from: without a bound a short patch fills the memory. */
  private JsonNode copied(JsonNode value) {
    copied += Json.write(value).length;
    if (copied > MAX_COPIED) {
      throw PatchException.malformed(
          "Unable to complete the copy, the accumulated size increase of copy is "
              + copied
              + ", exceeding the limit "
              + MAX_COPIED);
    }
    return Json.copy(value);
  }

  private static JsonNode value(JsonNode operation) {
    JsonNode value = operation.get("value");
    if (value == null) {
      throw PatchException.malformed("an operation lacks its value");
    }
    return value.isNull() ? value : Json.copy(value);
  }

  private static List<String> pointer(JsonNode operation, String name) {
    JsonNode text = operation.get(name);
    if (text == null || !text.isString()) {
      throw PatchException.malformed("an operation lacks its " + name);
    }
    String pointer = text.asString();
    if (pointer.isEmpty()) {
      return List.of();
    }
    if (pointer.charAt(0) != '/') {
      throw PatchException.malformed("a path begins with a slash: " + pointer);
    }
    List<String> out = new ArrayList<>();
    for (String part : pointer.substring(1).split("/", -1)) {
      out.add(part.replace("~1", "/").replace("~0", "~"));
    }
    return out;
  }

  private static JsonNode add(JsonNode root, List<String> path, JsonNode value) {
    if (path.isEmpty()) {
      return value;
    }
    JsonNode parent = find(root, path.subList(0, path.size() - 1));
    String last = path.getLast();
    switch (parent) {
      case ObjectNode object -> object.set(last, value);
      case ArrayNode array -> {
        int index = last.equals("-") ? array.size() : index(last, array.size() + 1, path);
        array.insert(index, value);
      }
      default -> throw missing(path);
    }
    return root;
  }

  private static JsonNode remove(JsonNode root, List<String> path) {
    if (path.isEmpty()) {
      throw PatchException.unfit("the whole object cannot be removed");
    }
    find(root, path);
    JsonNode parent = find(root, path.subList(0, path.size() - 1));
    switch (parent) {
      case ObjectNode object -> object.remove(path.getLast());
      case ArrayNode array -> array.remove(index(path.getLast(), array.size(), path));
      default -> throw missing(path);
    }
    return root;
  }

  private static JsonNode replace(JsonNode root, List<String> path, JsonNode value) {
    if (path.isEmpty()) {
      return value;
    }
    find(root, path);
    JsonNode parent = find(root, path.subList(0, path.size() - 1));
    switch (parent) {
      case ObjectNode object -> object.set(path.getLast(), value);
      case ArrayNode array -> array.set(index(path.getLast(), array.size(), path), value);
      default -> throw missing(path);
    }
    return root;
  }

  private static JsonNode move(JsonNode root, List<String> from, List<String> to) {
    if (to.size() > from.size() && to.subList(0, from.size()).equals(from)) {
      throw PatchException.unfit("a value cannot be moved into itself");
    }
    JsonNode value = find(root, from);
    return from.equals(to) ? root : add(remove(root, from), to, value);
  }

  private static JsonNode test(JsonNode root, List<String> path, JsonNode operation) {
    JsonNode expected = operation.path("value");
    JsonNode found = lookup(root, path);
    boolean same =
        (found.isMissingNode() || found.isNull())
            ? expected.isNull() || expected.isMissingNode()
            : found.equals(Json.copy(expected));
    if (!same) {
      throw PatchException.unfit(
          "testing value /" + String.join("/", path) + " failed: test failed");
    }
    return root;
  }

  private static JsonNode find(JsonNode root, List<String> path) {
    JsonNode found = lookup(root, path);
    if (found.isMissingNode()) {
      throw missing(path);
    }
    return found;
  }

  private static JsonNode lookup(JsonNode root, List<String> path) {
    JsonNode at = root;
    for (String part : path) {
      at = at instanceof ArrayNode array ? array.path(indexOr(part, array.size())) : at.path(part);
    }
    return at;
  }

  private static int indexOr(String part, int size) {
    return part.matches("0|[1-9][0-9]{0,8}") ? Integer.parseInt(part) : size;
  }

  private static int index(String part, int bound, List<String> path) {
    int index = indexOr(part, bound);
    if (index >= bound) {
      throw missing(path);
    }
    return index;
  }

  private static PatchException missing(List<String> path) {
    return PatchException.unfit(
        "the path /" + String.join("/", path) + " is not in the object: missing value");
  }
}
