package dev.layar.model;

import dev.layar.base.Location;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Reads trees into the values of shapes, and remembers where each was written. Goes on after an
 * error, so that one call reports all; what it returns then is not to be used. Confined to one
 * object.
 */
final class ValueReader {
  private final Findings findings;
  private final ScalarReader scalars;
  private final Map<String, SourceMap.Position> positions = new HashMap<>();
  private final Deque<Shape.Message> enclosing = new ArrayDeque<>();

  ValueReader(Findings findings) {
    this.findings = findings;
    this.scalars = new ScalarReader(findings);
  }

  Map<String, SourceMap.Position> positions() {
    return positions;
  }

  void note(String path, Tree.@Nullable Entry entry) {
    if (entry != null) {
      positions.put(path, new SourceMap.Position(entry.at(), entry.value().at()));
    }
  }

  /** The value, or null after a finding. */
  @Nullable Object value(Tree tree, Shape shape, String path) {
    return switch (shape) {
      case Shape.Message message -> message(tree, message, path);
      case Shape.OneOf oneOf -> oneOf(tree, oneOf, path);
      case Shape.Listing list -> list(tree, list, path);
      case Shape.Mapping map -> map(tree, map, path);
      case Shape.Open _ -> open(tree, path);
      case Shape.Str _,
          Shape.Int _,
          Shape.Dec _,
          Shape.Bool _,
          Shape.Span _,
          Shape.Time _,
          Shape.IntOrStr _,
          Shape.Word _ ->
          scalar(tree, shape, path);
    };
  }

  private @Nullable Object open(Tree tree, String path) {
    if (tree instanceof Tree.Fields fields) {
      return FreeForm.of(fields);
    }
    wrongType(tree, path, Hints.last(path) + " is an object", "{…}");
    return null;
  }

  private @Nullable Object scalar(Tree tree, Shape shape, String path) {
    if (tree instanceof Tree.Text text) {
      return scalars.read(text, shape, path);
    }
    boolean single = tree instanceof Tree.Items items && items.items().size() == 1;
    wrongType(
        tree,
        path,
        Hints.last(path) + " takes one value" + (single ? ": remove the `- `" : ""),
        Hints.expected(shape));
    return null;
  }

  private @Nullable Object message(Tree tree, Shape.Message shape, String path) {
    if (tree instanceof Tree.Fields fields) {
      @Nullable Object[] arguments = empties(shape);
      fill(arguments, shape, fields, path, Set.of(), false);
      return Shapes.create(shape.constructor(), arguments);
    }
    if (tree instanceof Tree.Items items
        && items.items().size() == 1
        && items.items().getFirst() instanceof Tree.Fields only) {
      wrongType(tree, path, Hints.last(path) + " is one object, not a list: remove the `- `", "");
      return message(only, shape, path);
    }
    String example = tree instanceof Tree.Text text ? Hints.wrap(path, text, shape) : "";
    String names = String.join(", ", shape.slots().keySet());
    wrongType(tree, path, Hints.last(path) + " is an object with the fields " + names, example);
    return null;
  }

  /** The components' values of an object in which nothing is written. */
  static @Nullable Object[] empties(Shape.Message shape) {
    return shape.fields().stream().map(Shape.Field::empty).toArray();
  }

  /**
   * Reads an object's fields into the arguments of its record.
   *
   * @param skip names that are read elsewhere
   * @param status read the fields that live in status, and tolerate all others
   */
  void fill(
      @Nullable Object[] arguments,
      Shape.Message shape,
      Tree.Fields object,
      String path,
      Set<String> skip,
      boolean status) {
    enclosing.push(shape);
    duplicates(object, path);
    Map<Integer, Tree.Entry> inline = new HashMap<>();
    Set<String> settled = new HashSet<>();
    for (Tree.Entry entry : object.entries()) {
      Shape.Slot slot = shape.slots(status).get(entry.name());
      if (skip.contains(entry.name())) {
        continue;
      }
      if (slot != null) {
        settled.add(entry.name());
        field(arguments, slot, entry, path, inline);
      } else if (!status) {
        settled.addAll(unknown(shape, object, entry, path));
      }
    }
    enclosing.pop();
    if (!status) {
      missing(shape, object, path, settled);
    }
  }

  private void field(
      @Nullable Object[] arguments,
      Shape.Slot slot,
      Tree.Entry entry,
      String parent,
      Map<Integer, Tree.Entry> inline) {
    String path = Paths.field(parent, entry.name());
    positions.putIfAbsent(path, new SourceMap.Position(entry.at(), entry.value().at()));
    if (entry.value().isNull()) {
      if (slot.field().required()) {
        findings.error(
            DecodeCode.MISSING_FIELD,
            entry.at(),
            path,
            "`" + entry.name() + "` is empty",
            "",
            Hints.expected(slot.shape()));
      }
      return;
    }
    Shape.Member member = slot.member();
    Tree.Entry other = member == null ? null : inline.put(slot.field().index(), entry);
    if (other != null && !other.name().equals(entry.name())) {
      conflict(other, entry, path);
      return;
    }
    Object read = value(entry.value(), slot.shape(), path);
    if (read != null) {
      arguments[slot.field().index()] =
          member == null ? read : Shapes.create(member.constructor(), read);
    }
  }

  private void conflict(Tree.Entry first, Tree.Entry second, String path) {
    findings.error(
        DecodeCode.ONEOF_CONFLICT,
        second.at(),
        path,
        "`%s` and `%s` (line %d) exclude each other; keep one of them"
            .formatted(second.name(), first.name(), first.at().line()));
  }

  /** Reports an unknown field; returns the fields whose absence it explains. */
  private List<String> unknown(
      Shape.Message shape, Tree.Fields object, Tree.Entry entry, String parent) {
    if (shape.alsoAccepts().contains(entry.name())) {
      return List.of();
    }
    String path = Paths.field(parent, entry.name());
    if (findings.isFull()) {
      findings.error(DecodeCode.UNKNOWN_FIELD, entry.at(), path, "");
      return List.of();
    }
    if (shape.open()) {
      misspelt(shape, object, entry, path);
      return List.of();
    }
    Hints.Advice advice = Hints.unknown(shape, object, entry, enclosing);
    findings.error(
        DecodeCode.UNKNOWN_FIELD,
        entry.at(),
        path,
        advice.message(),
        entry.value() instanceof Tree.Text text ? text.describe() : "",
        advice.expected());
    if (advice.misplaced()) {
      return shape.fields().stream().map(Shape.Field::name).toList();
    }
    return advice.meant() == null ? List.of() : List.of(advice.meant());
  }

  /** Kubernetes has more fields than we know, so a near miss is only doubtful. */
  private void misspelt(Shape.Message shape, Tree.Fields object, Tree.Entry entry, String path) {
    List<String> absent =
        shape.slots().keySet().stream().filter(n -> object.find(n) == null).toList();
    String near = entry.name().length() < 5 ? null : Similar.nearest(entry.name(), absent);
    if (near != null && Similar.distance(entry.name(), near) <= 2) {
      findings.warning(
          DecodeCode.MISSPELT,
          entry.at(),
          path,
          "`" + entry.name() + "` is ignored; did you mean `" + near + "`?",
          "",
          near);
    }
  }

  private void missing(Shape.Message shape, Tree.Fields object, String path, Set<String> settled) {
    for (Shape.Field field : shape.fields()) {
      if (field.required() && !field.inStatus() && !settled.contains(field.name())) {
        findings.error(
            DecodeCode.MISSING_FIELD,
            object.at(),
            Paths.field(path, field.name()),
            "`" + field.name() + "` is missing: " + Hints.firstSentence(field.doc()),
            "",
            field.name() + ": " + Hints.expected(field.shape()));
      }
    }
  }

  void duplicates(Tree.Fields object, String path) {
    Map<String, Location> seen = new HashMap<>();
    for (Tree.Entry entry : object.entries()) {
      Location first = seen.putIfAbsent(entry.name(), entry.at());
      if (first != null) {
        findings.error(
            DecodeCode.DUPLICATE_KEY,
            entry.at(),
            Paths.field(path, entry.name()),
            "`%s` is already written on line %d; keep one of them"
                .formatted(entry.name(), first.line()));
      }
    }
  }

  private @Nullable Object oneOf(Tree tree, Shape.OneOf shape, String path) {
    if (!(tree instanceof Tree.Fields fields)) {
      wrongType(
          tree,
          path,
          Hints.last(path) + " needs one of " + String.join(", ", shape.names()),
          tree instanceof Tree.Text text ? Hints.choose(path, text, shape) : "");
      return null;
    }
    duplicates(fields, path);
    Object result = null;
    Tree.Entry chosen = null;
    boolean failed = false;
    for (Tree.Entry entry : fields.entries()) {
      Shape.Member member = member(shape, entry.name());
      String at = Paths.field(path, entry.name());
      positions.putIfAbsent(at, new SourceMap.Position(entry.at(), entry.value().at()));
      if (member == null) {
        unknownMember(shape, entry, at);
        failed = true;
      } else if (chosen != null && !chosen.name().equals(entry.name())) {
        conflict(chosen, entry, at);
        failed = true;
      } else if (!entry.value().isNull()) {
        chosen = entry;
        Object read = value(entry.value(), member.field().shape(), at);
        result = read == null ? null : Shapes.create(member.constructor(), read);
        failed |= read == null;
      }
    }
    return failed || result != null ? result : none(fields, shape, path);
  }

  private @Nullable Object none(Tree.Fields fields, Shape.OneOf shape, String path) {
    if (shape.none() == null) {
      findings.error(
          DecodeCode.MISSING_FIELD,
          fields.at(),
          path,
          Hints.last(path) + " needs one of " + String.join(", ", shape.names()));
    }
    return shape.none();
  }

  private void unknownMember(Shape.OneOf shape, Tree.Entry entry, String path) {
    String near = Similar.nearest(entry.name(), shape.names());
    findings.error(
        DecodeCode.UNKNOWN_FIELD,
        entry.at(),
        path,
        "there is no field `"
            + entry.name()
            + "` here"
            + (near == null ? "" : "; did you mean `" + near + "`?"),
        entry.value() instanceof Tree.Text text ? text.describe() : "",
        near == null ? String.join(", ", shape.names()) : near);
  }

  private static Shape.@Nullable Member member(Shape.OneOf shape, String name) {
    for (Shape.Member member : shape.members()) {
      if (member.field().name().equals(name)) {
        return member;
      }
    }
    return null;
  }

  private @Nullable Object list(Tree tree, Shape.Listing shape, String path) {
    return switch (tree) {
      case Tree.Items items -> elements(items, shape, path);
      case Tree.Fields fields -> {
        wrongType(tree, path, Hints.mapForList(path, fields), Hints.listOf(path, fields));
        if (shape.element() instanceof Shape.Message message) {
          fill(empties(message), message, fields, path, Set.of(), false);
        }
        yield null;
      }
      case Tree.Text text -> {
        wrongType(
            tree,
            path,
            Hints.last(path) + " is a list: put `- ` before each element",
            shape.element() instanceof Shape.Message ? "- …" : "[" + text.value() + "]");
        yield null;
      }
    };
  }

  private List<Object> elements(Tree.Items items, Shape.Listing shape, String path) {
    List<Object> out = new ArrayList<>();
    for (int i = 0; i < items.items().size(); i++) {
      Tree item = items.items().get(i);
      String at = Paths.item(path, i);
      positions.put(at, new SourceMap.Position(item.at(), item.at()));
      Object read = item.isNull() ? empty(item, at) : value(item, shape.element(), at);
      if (read != null) {
        out.add(read);
      }
    }
    return out;
  }

  private @Nullable Object empty(Tree item, String path) {
    wrongType(item, path, "the list has an element with nothing in it: fill or remove it", "");
    return null;
  }

  private @Nullable Object map(Tree tree, Shape.Mapping shape, String path) {
    if (!(tree instanceof Tree.Fields fields)) {
      wrongType(
          tree, path, Hints.last(path) + " is an object of names and values", "{name: value}");
      return null;
    }
    duplicates(fields, path);
    Map<String, Object> out = new LinkedHashMap<>();
    for (Tree.Entry entry : fields.entries()) {
      String at = Paths.field(path, entry.name());
      positions.putIfAbsent(at, new SourceMap.Position(entry.at(), entry.value().at()));
      Object read = mapValue(entry, shape, at);
      if (read != null) {
        out.put(entry.name(), read);
      }
    }
    return out;
  }

  private @Nullable Object mapValue(Tree.Entry entry, Shape.Mapping shape, String path) {
    if (!entry.value().isNull()) {
      return value(entry.value(), shape.value(), path);
    }
    if (shape.nullIsEmpty() && shape.value() instanceof Shape.OneOf oneOf) {
      return oneOf.none();
    }
    findings.error(
        DecodeCode.WRONG_TYPE,
        entry.at(),
        path,
        "`" + entry.name() + "` has no value",
        "",
        shape.value() instanceof Shape.Str ? "\"\" for an empty one" : "{}");
    return null;
  }

  private void wrongType(Tree tree, String path, String message, String expected) {
    findings.error(DecodeCode.WRONG_TYPE, tree.at(), path, message, tree.describe(), expected);
  }
}
