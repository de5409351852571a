package dev.layar.apiserver.owners;

import dev.layar.apiserver.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A set of fields, as a tree of path elements in the notation of {@code FieldsV1}: {@code f:name},
 * {@code k:{"name":"x"}}, {@code v:"x"}. Immutable once built; building is for one thread.
 *
 * <p>Source: {@code sigs.k8s.io/structured-merge-diff/v4/fieldpath/serialize.go}.
 */
final class FieldSet {
  private static final String SELF = ".";

  /** Deeper than any document: what is deeper was not made by us. */
  private static final int DEPTH = Json.DEPTH + 10;

  private final TreeMap<String, FieldSet> children = new TreeMap<>();
  private boolean member;

  /** Whether the path that leads here is itself in the set. */
  boolean isMember() {
    return member;
  }

  boolean isEmpty() {
    return !member && children.isEmpty();
  }

  Map<String, FieldSet> children() {
    return children;
  }

  @Nullable FieldSet child(String element) {
    return children.get(element);
  }

  /** Puts this path into the set. */
  FieldSet add() {
    member = true;
    return this;
  }

  /** The part below an element, made where it is missing. */
  FieldSet below(String element) {
    return children.computeIfAbsent(element, _ -> new FieldSet());
  }

  /** Adds a part below an element, unless it is empty. */
  void put(String element, FieldSet part) {
    if (!part.isEmpty()) {
      children.put(element, part);
    }
  }

  FieldSet union(FieldSet other) {
    FieldSet out = new FieldSet();
    out.member = member || other.member;
    out.children.putAll(children);
    other.children.forEach((name, part) -> out.children.merge(name, part, FieldSet::union));
    return out;
  }

  /** What is here and not there. */
  FieldSet minus(FieldSet other) {
    FieldSet out = new FieldSet();
    out.member = member && !other.member;
    children.forEach(
        (name, part) -> {
          FieldSet gone = other.children.get(name);
          out.put(name, gone == null ? part : part.minus(gone));
        });
    return out;
  }

  /** What is both here and there. */
  FieldSet intersect(FieldSet other) {
    FieldSet out = new FieldSet();
    out.member = member && other.member;
    children.forEach(
        (name, part) -> {
          FieldSet there = other.children.get(name);
          if (there != null) {
            out.put(name, part.intersect(there));
          }
        });
    return out;
  }

  /** What is here, without these paths and everything below them. */
  FieldSet without(FieldSet roots) {
    FieldSet out = new FieldSet();
    out.member = member;
    children.forEach(
        (name, part) -> {
          FieldSet root = roots.children.get(name);
          if (root == null) {
            out.put(name, part);
          } else if (!root.member) {
            out.put(name, part.without(root));
          }
        });
    return out;
  }

  /** {@code FieldsV1}. */
  ObjectNode encode() {
    ObjectNode out = Json.object();
    children.forEach((name, part) -> out.set(name, part.encodePart()));
    return out;
  }

  private ObjectNode encodePart() {
    ObjectNode out = Json.object();
    if (member && !children.isEmpty()) {
      out.putObject(SELF);
    }
    children.forEach((name, part) -> out.set(name, part.encodePart()));
    return out;
  }

  /** Reads {@code FieldsV1}; what is not understood is left out. */
  static FieldSet decode(JsonNode fields) {
    return decode(fields, 0);
  }

  private static FieldSet decode(JsonNode fields, int depth) {
    FieldSet out = new FieldSet();
    if (depth > DEPTH) {
      return out;
    }
    for (Map.Entry<String, JsonNode> entry : fields.properties()) {
      String element = entry.getKey();
      if (element.equals(SELF)) {
        out.member = true;
      } else if (element.length() > 2 && element.charAt(1) == ':') {
        FieldSet part = decode(entry.getValue(), depth + 1);
        part.member |= part.children.isEmpty();
        out.children.put(element, part);
      }
    }
    return out;
  }

  /** The members as paths for a person: {@code .spec.containers[name="c"].image}. */
  List<String> paths() {
    List<String> out = new ArrayList<>();
    paths("", out);
    return out;
  }

  private void paths(String prefix, List<String> out) {
    if (member) {
      out.add(prefix);
    }
    children.forEach((element, part) -> part.paths(prefix + shown(element), out));
  }

  private static String shown(String element) {
    String value = element.substring(2);
    return switch (element.charAt(0)) {
      case 'f' -> "." + value;
      case 'k' -> "[" + keys(value) + "]";
      case 'v' -> "[=" + value + "]";
      default -> "[" + value + "]";
    };
  }

  private static String keys(String json) {
    List<String> parts = new ArrayList<>();
    try {
      Json.read(json.getBytes(StandardCharsets.UTF_8))
          .properties()
          .forEach(key -> parts.add(key.getKey() + "=" + key.getValue()));
    } catch (JacksonException e) {
      return json; // a client wrote nonsense there: shown as it is
    }
    return String.join(",", parts);
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof FieldSet that
        && member == that.member
        && children.equals(that.children);
  }

  @Override
  public int hashCode() {
    return children.hashCode() * 31 + Boolean.hashCode(member);
  }
}
