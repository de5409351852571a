package dev.layar.apiserver.table;

import java.time.Instant;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * A column: its name as sent, and how a cell comes from an object. Immutable.
 *
 * @param type {@code string}, {@code integer}, {@code boolean} or {@code number}
 * @param wide shown by {@code -o wide} alone
 */
record Column(String name, String type, boolean wide, Cell cell) {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;

  /** Makes a cell. */
  @FunctionalInterface
  interface Cell {
    JsonNode of(ObjectNode object, Instant now);
  }

  /** A cell of text. */
  @FunctionalInterface
  interface Text {
    String of(ObjectNode object);
  }

  static Column text(String name, Text text) {
    return new Column(name, "string", false, (o, _) -> NODES.stringNode(text.of(o)));
  }

  static Column onlyWide(String name, Text text) {
    return new Column(name, "string", true, (o, _) -> NODES.stringNode(text.of(o)));
  }

  /** A whole number at a path such as {@code status.replicas}; 0 where it is not there. */
  static Column number(String name, String path) {
    return new Column(
        name, "integer", false, (o, _) -> NODES.numberNode(Cells.at(o, path).asLong(0)));
  }

  static Column count(String name, String path) {
    return new Column(name, "integer", false, (o, _) -> NODES.numberNode(Cells.at(o, path).size()));
  }

  static Column objectName() {
    return text("Name", o -> o.path("metadata").path("name").asString(""));
  }

  static Column age() {
    return since("Age", "metadata.creationTimestamp");
  }

  /** How long ago the time at a path was. */
  static Column since(String name, String path) {
    return new Column(
        name,
        "string",
        false,
        (o, now) -> NODES.stringNode(Ages.since(Cells.at(o, path).asString(""), now)));
  }

  Column asWide() {
    return new Column(name, type, true, cell);
  }

  ObjectNode definition() {
    ObjectNode node = NODES.objectNode();
    node.put("name", name)
        .put("type", type)
        .put("format", name.equals("Name") ? "name" : "")
        .put("description", name)
        .put("priority", wide ? 1 : 0);
    return node;
  }
}
