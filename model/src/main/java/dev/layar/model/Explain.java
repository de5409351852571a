package dev.layar.model;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What a field means, for a person: the text of {@code layar explain} and of the reference, derived
 * from the records. Stateless; may be called from any thread.
 */
public final class Explain {
  private Explain() {}

  /**
   * A field, described.
   *
   * @param path dotted, from the kind, without indexes
   * @param type for example {@code []HttpRoute}
   * @param doc its meaning
   * @param required whether it must be written
   * @param values the words it takes with their meanings; empty when it takes anything of its type
   * @param fields what is inside; empty for scalars
   */
  public record Described(
      String path,
      String type,
      String doc,
      boolean required,
      List<String> values,
      List<Described> fields) {
    public Described {
      values = List.copyOf(values);
      fields = List.copyOf(fields);
    }
  }

  /**
   * The field at a path such as {@code spec.http.route.weight}, one level deep, or null when there
   * is none. The empty path is the kind itself.
   */
  public static @Nullable Described of(Kind kind, String path) {
    Shape shape = Shapes.of(kind.type());
    String doc = ((Shape.Message) shape).doc();
    boolean required = false;
    boolean status = false;
    List<String> steps = path.isEmpty() ? List.of() : List.of(path.split("\\."));
    for (int i = 0; i < steps.size(); i++) {
      if (i == 0 && kind.body() == Kind.Body.SPEC) {
        status = steps.getFirst().equals("status");
        if (status || steps.getFirst().equals("spec")) {
          continue;
        }
        return null;
      }
      Shape.Slot slot = slot(shape, steps.get(i), status && i == 1);
      if (slot == null) {
        return null;
      }
      shape = slot.shape();
      doc = slot.doc();
      required = slot.field().required();
    }
    boolean root = steps.size() <= 1 && kind.body() == Kind.Body.SPEC;
    return describe(path, shape, doc, required, 1, root && status);
  }

  /** Every field of a kind at every depth, in order, each without its inner fields. */
  public static List<Described> all(Kind kind) {
    List<Described> out = new ArrayList<>();
    String root = kind.body() == Kind.Body.SPEC ? "spec" : "";
    walk(root, Shapes.of(kind.type()), out);
    if (kind.body() == Kind.Body.SPEC) {
      out.addAll(inside("status", Shapes.of(kind.type()), 0, true));
    }
    return out;
  }

  private static void walk(String path, Shape shape, List<Described> out) {
    for (Described field : inside(path, shape, 0, false)) {
      out.add(field);
      String last = field.path().substring(field.path().lastIndexOf('.') + 1);
      Shape.Slot slot = slot(shape, last, false);
      if (slot != null) {
        walk(field.path(), slot.shape(), out);
      }
    }
  }

  private static Described describe(
      String path, Shape shape, String doc, boolean required, int depth, boolean status) {
    List<Described> fields = depth == 0 ? List.of() : inside(path, shape, depth - 1, status);
    return new Described(path, type(shape), doc, required, values(shape), fields);
  }

  private static List<Described> inside(String path, Shape shape, int depth, boolean status) {
    List<Described> out = new ArrayList<>();
    switch (inner(shape)) {
      case Shape.Message message ->
          message
              .slots(status)
              .forEach(
                  (name, slot) ->
                      out.add(
                          describe(
                              join(path, name),
                              slot.shape(),
                              slot.doc(),
                              slot.field().required(),
                              depth,
                              false)));
      case Shape.OneOf oneOf -> {
        for (Shape.Member member : oneOf.members()) {
          Shape.Field field = member.field();
          out.add(
              describe(join(path, field.name()), field.shape(), field.doc(), false, depth, false));
        }
      }
      case Shape.Str _,
          Shape.Int _,
          Shape.Dec _,
          Shape.Bool _,
          Shape.Span _,
          Shape.Time _,
          Shape.IntOrStr _,
          Shape.Open _,
          Shape.Word _,
          Shape.Listing _,
          Shape.Mapping _ -> {}
    }
    return out;
  }

  private static Shape.@Nullable Slot slot(Shape shape, String name, boolean status) {
    return switch (inner(shape)) {
      case Shape.Message message -> message.slots(status).get(name);
      case Shape.OneOf oneOf ->
          oneOf.members().stream()
              .map(Shape.Member::field)
              .filter(f -> f.name().equals(name))
              .map(f -> new Shape.Slot(f, null))
              .findFirst()
              .orElse(null);
      case Shape.Str _,
          Shape.Int _,
          Shape.Dec _,
          Shape.Bool _,
          Shape.Span _,
          Shape.Time _,
          Shape.IntOrStr _,
          Shape.Open _,
          Shape.Word _,
          Shape.Listing _,
          Shape.Mapping _ ->
          null;
    };
  }

  /** What lists and maps are made of. */
  private static Shape inner(Shape shape) {
    return switch (shape) {
      case Shape.Listing list -> inner(list.element());
      case Shape.Mapping map -> inner(map.value());
      case Shape.Str _,
          Shape.Int _,
          Shape.Dec _,
          Shape.Bool _,
          Shape.Span _,
          Shape.Time _,
          Shape.IntOrStr _,
          Shape.Open _,
          Shape.Word _,
          Shape.Message _,
          Shape.OneOf _ ->
          shape;
    };
  }

  private static String type(Shape shape) {
    return switch (shape) {
      case Shape.Str str -> str.format().isEmpty() ? "string" : "base64 string";
      case Shape.Int _ -> "integer";
      case Shape.Dec _ -> "number";
      case Shape.Bool _ -> "boolean";
      case Shape.Span _ -> "duration";
      case Shape.Time _ -> "time";
      case Shape.IntOrStr _ -> "integer or string";
      case Shape.Open _ -> "object";
      case Shape.Word word -> word.type().getSimpleName();
      case Shape.Listing list -> "[]" + type(list.element());
      case Shape.Mapping map -> "map[string]" + type(map.value());
      case Shape.Message message -> message.name();
      case Shape.OneOf oneOf -> oneOf.type().getSimpleName();
    };
  }

  private static List<String> values(Shape shape) {
    return inner(shape) instanceof Shape.Word word
        ? word.constants().stream().map(c -> c.name() + ": " + c.doc()).toList()
        : List.of();
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
