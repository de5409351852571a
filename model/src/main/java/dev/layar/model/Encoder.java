package dev.layar.model;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Objects to canonical text: fields in the records' order, unset fields left out, map keys sorted,
 * so that equal objects give equal bytes. {@link Decoder} reads the text back to an equal object.
 * Stateless; may be called from any thread.
 */
public final class Encoder {
  private Encoder() {}

  /** One YAML document, without {@code ---}. */
  public static String yaml(Resource<?> resource) {
    return YamlWriter.write(tree(resource));
  }

  /** Several YAML documents, separated by {@code ---}. */
  public static String yaml(Collection<? extends Resource<?>> resources) {
    return String.join("---\n", resources.stream().map(Encoder::yaml).toList());
  }

  /** JSON on one line. */
  public static String json(Resource<?> resource) {
    return JsonWriter.write(tree(resource));
  }

  /** The YAML of any API record by itself, such as a spec. */
  public static String yaml(Record record) {
    return YamlWriter.write(message(record, Shapes.of(record.getClass())));
  }

  /**
   * The object as maps, lists, strings, numbers and booleans, for callers that have a writer of
   * their own.
   */
  public static Map<String, Object> tree(Resource<?> resource) {
    Map<String, Object> out = new LinkedHashMap<>();
    out.put("apiVersion", resource.apiVersion());
    out.put("kind", resource.kind().kind());
    out.put("metadata", message(resource.metadata(), Shapes.of(ObjectMeta.class)));
    Shape.Message shape = Shapes.of(resource.kind().type());
    switch (resource.kind().body()) {
      case SPEC -> {
        out.put("spec", fields(resource.spec(), shape, false));
        Map<String, Object> status = fields(resource.spec(), shape, true);
        if (!status.isEmpty()) {
          out.put("status", status);
        }
      }
      case OBJECT -> out.putAll(message(resource.spec(), shape));
    }
    return out;
  }

  private static Map<String, Object> message(Object record, Shape.Message shape) {
    return fields(record, shape, false);
  }

  private static Map<String, Object> fields(Object record, Shape.Message shape, boolean status) {
    Map<String, Object> out = new LinkedHashMap<>();
    for (Shape.Field field : shape.fields()) {
      Object value = Shapes.get(field, record);
      if (field.inStatus() != status || value == null || isUnset(field, value)) {
        continue;
      }
      if (field.inline() && field.shape() instanceof Shape.OneOf oneOf) {
        out.putAll(choice(value, oneOf));
      } else {
        out.put(field.name(), value(value, field.shape()));
      }
    }
    return out;
  }

  private static boolean isUnset(Shape.Field field, Object value) {
    return !field.required() && value.equals(field.empty());
  }

  private static Object value(Object value, Shape shape) {
    return switch (shape) {
      case Shape.Str _, Shape.Int _, Shape.Dec _, Shape.Bool _ -> value;
      case Shape.Open _ -> ((FreeForm) value).fields();
      case Shape.Time _ -> value.toString();
      case Shape.Word _ -> ((Enum<?>) value).name();
      case Shape.Span _ -> GoDuration.format((Duration) value);
      case Shape.IntOrStr _ ->
          switch ((IntOrString) value) {
            case IntOrString.Number number -> number.value();
            case IntOrString.Text text -> text.value();
          };
      case Shape.Listing list -> list((List<?>) value, list);
      case Shape.Mapping map -> map((Map<?, ?>) value, map);
      case Shape.Message message -> message(value, message);
      case Shape.OneOf oneOf -> choice(value, oneOf);
    };
  }

  private static List<Object> list(List<?> values, Shape.Listing shape) {
    List<Object> out = new ArrayList<>();
    values.forEach(v -> out.add(value(v, shape.element())));
    return out;
  }

  private static Map<String, Object> map(Map<?, ?> values, Shape.Mapping shape) {
    Map<String, Object> out = new LinkedHashMap<>();
    values.forEach((k, v) -> out.put((String) k, value(v, shape.value())));
    return out;
  }

  private static Map<String, Object> choice(Object value, Shape.OneOf shape) {
    Map<String, Object> out = new LinkedHashMap<>();
    for (Shape.Member member : shape.members()) {
      @Nullable Object inner =
          member.type() == value.getClass() ? Shapes.get(member.field(), value) : null;
      if (inner != null) {
        out.put(member.field().name(), value(inner, member.field().shape()));
      }
    }
    return out;
  }
}
