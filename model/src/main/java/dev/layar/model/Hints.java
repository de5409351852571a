package dev.layar.model;

import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a person probably meant, and what they should have written. */
final class Hints {
  private static final int NAMES_SHOWN = 16;

  private Hints() {}

  /**
   * What to say about an unknown field.
   *
   * @param meant the field of the same object that was probably meant, or null
   * @param misplaced the field belongs to an object further out, so this object is not what it
   *     seems
   */
  record Advice(String message, String expected, @Nullable String meant, boolean misplaced) {}

  /**
   * Advice on a field that its object does not have.
   *
   * @param enclosing the object's shape first, then the objects around it
   */
  static Advice unknown(
      Shape.Message shape, Tree.Fields object, Tree.Entry entry, Deque<Shape.Message> enclosing) {
    String name = entry.name();
    String none = shape.name() + " has no field `" + name + "`";
    String known = mistaken(shape, name);
    if (known != null) {
      return new Advice(
          none + "; write `" + known + ": " + example(entry.value()) + "`", known, known, false);
    }
    String near = near(shape, object, name);
    if (near != null && Similar.distance(name, near) <= 1) {
      return didYouMean(none, near);
    }
    String inner = childWith(shape, name);
    if (inner != null) {
      return new Advice(
          none + ": it belongs one level deeper, in `" + inner + "`",
          inner + ": {" + name + ": " + example(entry.value()) + "}",
          object.find(inner) == null ? inner : null,
          false);
    }
    Shape.Message outer = ancestorWith(enclosing, shape, name);
    if (outer != null) {
      return new Advice(
          none + ": it belongs to " + outer.name() + ", further out: indent it less",
          "",
          null,
          true);
    }
    return near == null
        ? new Advice(none, some(shape.slots().keySet().stream().toList()), null, false)
        : didYouMean(none, near);
  }

  /** The last name of a path, quoted: {@code `weight`}. */
  static String last(String path) {
    int bracket = path.endsWith("]") ? path.lastIndexOf('[') : path.length();
    String base = path.substring(0, bracket);
    if (path.endsWith("\"]")) {
      return "`" + path.substring(bracket + 2, path.length() - 2) + "`";
    }
    String name = base.substring(base.lastIndexOf('.') + 1);
    return bracket == path.length() ? "`" + name + "`" : "an element of `" + name + "`";
  }

  /** What a field of the shape takes. */
  static String expected(Shape shape) {
    return switch (shape) {
      case Shape.Str _ -> "a string";
      case Shape.Int _, Shape.Dec _ -> "a number";
      case Shape.Bool _ -> "true or false";
      case Shape.Span _ -> "a duration such as 1.5s";
      case Shape.Time _ -> "a time such as 2026-01-01T00:00:00Z";
      case Shape.IntOrStr _ -> "a number or a name";
      case Shape.Open _ -> "an object";
      case Shape.Word word -> some(word.names());
      case Shape.Listing list -> "a list of " + plural(list.element());
      case Shape.Mapping _ -> "an object of names and values";
      case Shape.Message message -> "an object with " + some(List.copyOf(message.slots().keySet()));
      case Shape.OneOf oneOf -> "one of " + some(oneOf.names());
    };
  }

  /** A scalar where an object belongs: the object that has it as its first field. */
  static String wrap(String path, Tree.Text text, Shape.Message shape) {
    Shape.Slot first =
        shape.slots().values().stream()
            .filter(s -> s.field().required())
            .findFirst()
            .orElse(shape.slots().isEmpty() ? null : shape.slots().values().iterator().next());
    if (first == null || !isScalar(first.shape())) {
      return "";
    }
    String inner = first.member() == null ? first.field().name() : first.member().field().name();
    return name(path) + ": {" + inner + ": " + text.describe() + "}";
  }

  private static boolean isScalar(Shape shape) {
    return shape instanceof Shape.Str || shape instanceof Shape.Int || shape instanceof Shape.Dec;
  }

  /** A scalar where a choice belongs: the choice's first member. */
  static String choose(String path, Tree.Text text, Shape.OneOf shape) {
    return name(path) + ": {" + shape.names().getFirst() + ": " + text.describe() + "}";
  }

  /** An object where a list belongs. */
  static String mapForList(String path, Tree.Fields fields) {
    return fields.entries().isEmpty()
        ? last(path) + " is a list"
        : last(path)
            + " is a list: put `- ` before the first field of each element, here `- "
            + fields.entries().getFirst().name()
            + ":`";
  }

  /** How an object where a list belongs would have started. */
  static String listOf(String path, Tree.Fields fields) {
    return fields.entries().isEmpty()
        ? name(path) + ": []"
        : name(path) + ":⏎- " + fields.entries().getFirst().name() + ": …";
  }

  static String firstSentence(String doc) {
    int end = doc.indexOf(". ");
    return end < 0 ? doc : doc.substring(0, end + 1);
  }

  private static Advice didYouMean(String none, String near) {
    return new Advice(none + "; did you mean `" + near + "`?", near, near, false);
  }

  private static @Nullable String mistaken(Shape.Message shape, String name) {
    for (Shape.Field field : shape.fields()) {
      if (field.mistaken().contains(name)) {
        return field.name();
      }
    }
    return null;
  }

  /** Fields that are not written yet are likelier. */
  private static @Nullable String near(Shape.Message shape, Tree.Fields object, String name) {
    List<String> absent =
        shape.slots().keySet().stream().filter(n -> object.find(n) == null).toList();
    String near = Similar.nearest(name, absent);
    return near == null ? Similar.nearest(name, shape.slots().keySet()) : near;
  }

  private static @Nullable String childWith(Shape.Message shape, String name) {
    for (var slot : shape.slots().entrySet()) {
      Shape inner =
          slot.getValue().shape() instanceof Shape.Listing list
              ? list.element()
              : slot.getValue().shape();
      if (inner instanceof Shape.Message message && message.slots().containsKey(name)) {
        return slot.getKey();
      }
    }
    return null;
  }

  private static Shape.@Nullable Message ancestorWith(
      Deque<Shape.Message> enclosing, Shape.Message shape, String name) {
    for (Shape.Message outer : enclosing) {
      if (!outer.equals(shape) && outer.slots().containsKey(name)) {
        return outer;
      }
    }
    return null;
  }

  private static String example(Tree value) {
    return value instanceof Tree.Text text && !text.isNull() ? text.describe() : "…";
  }

  private static String plural(Shape shape) {
    return switch (shape) {
      case Shape.Str _ -> "strings";
      case Shape.Int _, Shape.Dec _ -> "numbers";
      case Shape.Message message -> message.name();
      case Shape.Bool _,
          Shape.Span _,
          Shape.Time _,
          Shape.IntOrStr _,
          Shape.Open _,
          Shape.Word _,
          Shape.Listing _,
          Shape.Mapping _,
          Shape.OneOf _ ->
          "values";
    };
  }

  private static String name(String path) {
    String last = last(path);
    return last.substring(last.indexOf('`') + 1, last.length() - 1);
  }

  private static String some(List<String> names) {
    return names.size() <= NAMES_SHOWN
        ? String.join(", ", names)
        : String.join(", ", names.subList(0, NAMES_SHOWN)) + ", …";
  }
}
