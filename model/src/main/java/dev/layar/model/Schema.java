package dev.layar.model;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * OpenAPI v3 schemas in the structural form that Kubernetes wants in CRDs, derived from the
 * records. Stateless; may be called from any thread.
 */
public final class Schema {
  private static final String DURATION_RULE = "duration(self) >= duration('0s')";

  private Schema() {}

  /** The {@code openAPIV3Schema} of a kind, as maps and lists. */
  public static Map<String, Object> of(Kind kind) {
    Shape.Message shape = Shapes.of(kind.type());
    Map<String, Object> properties = new LinkedHashMap<>();
    properties.put("apiVersion", string("The version the object is written in."));
    properties.put("kind", string("The kind of object."));
    properties.put("metadata", Map.of("type", "object"));
    Map<String, Object> schema = object(shape.doc());
    switch (kind.body()) {
      case SPEC -> {
        properties.put("spec", message(shape, false));
        Map<String, Object> status = message(shape, true);
        status.put("x-kubernetes-preserve-unknown-fields", true);
        properties.put("status", status);
        schema.put("properties", properties);
        schema.put("required", List.of("spec"));
      }
      case OBJECT -> {
        Map<String, Object> body = message(shape, false);
        addProperties(properties, shape, false);
        schema.putAll(body);
        schema.put("properties", properties);
      }
    }
    return schema;
  }

  /** As {@link #of(Kind)}, as JSON on one line. */
  public static String json(Kind kind) {
    return JsonWriter.write(of(kind));
  }

  private static Map<String, Object> message(Shape.Message shape, boolean status) {
    Map<String, Object> schema = object(shape.doc());
    Map<String, Object> properties = new LinkedHashMap<>();
    addProperties(properties, shape, status);
    schema.put("properties", properties);
    List<String> required = new ArrayList<>();
    for (Shape.Field field : shape.fields()) {
      if (field.required() && field.inStatus() == status) {
        required.add(field.name());
      }
    }
    if (!required.isEmpty()) {
      schema.put("required", required);
    }
    exclusions(schema, shape);
    if (shape.open()) {
      schema.put("x-kubernetes-preserve-unknown-fields", true);
    }
    return schema;
  }

  private static void addProperties(
      Map<String, Object> properties, Shape.Message shape, boolean status) {
    shape
        .slots(status)
        .forEach((name, slot) -> properties.put(name, described(slot.shape(), slot.doc())));
  }

  /** At most one member of each inline choice, in the form that structural schemas allow. */
  private static void exclusions(Map<String, Object> schema, Shape.Message shape) {
    List<Object> all = new ArrayList<>();
    for (Shape.Field field : shape.fields()) {
      if (field.inline() && field.shape() instanceof Shape.OneOf oneOf) {
        all.add(Map.of("oneOf", atMostOne(oneOf.names())));
      }
    }
    if (!all.isEmpty()) {
      schema.put("allOf", all);
    }
  }

  private static List<Object> atMostOne(List<String> names) {
    List<Object> each = names.stream().map(n -> (Object) Map.of("required", List.of(n))).toList();
    List<Object> out = new ArrayList<>();
    out.add(Map.of("not", Map.of("anyOf", each)));
    out.addAll(each);
    return out;
  }

  private static Map<String, Object> described(Shape shape, String doc) {
    Map<String, Object> schema = new LinkedHashMap<>(schema(shape));
    schema.put("description", doc);
    return schema;
  }

  private static Map<String, Object> schema(Shape shape) {
    return switch (shape) {
      case Shape.Str str ->
          str.format().isEmpty()
              ? Map.of("type", "string")
              : Map.of("type", "string", "format", str.format());
      case Shape.Int range -> integer(range);
      case Shape.Dec _ -> Map.of("type", "number", "format", "double");
      case Shape.Bool _ -> Map.of("type", "boolean");
      case Shape.Span _ ->
          Map.of(
              "type",
              "string",
              "x-kubernetes-validations",
              List.of(Map.of("rule", DURATION_RULE, "message", "must be a duration")));
      case Shape.Time _ -> Map.of("type", "string", "format", "date-time");
      case Shape.Open _ -> Map.of("type", "object", "x-kubernetes-preserve-unknown-fields", true);
      case Shape.IntOrStr _ -> Map.of("x-kubernetes-int-or-string", true);
      case Shape.Word word -> Map.of("type", "string", "enum", word.names());
      case Shape.Listing list -> Map.of("type", "array", "items", schema(list.element()));
      case Shape.Mapping map ->
          Map.of("type", "object", "additionalProperties", schema(map.value()));
      case Shape.Message message -> message(message, false);
      case Shape.OneOf oneOf -> oneOf(oneOf);
    };
  }

  private static Map<String, Object> integer(Shape.Int range) {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "integer");
    schema.put("format", range.wide() ? "int64" : "int32");
    if (range.min() > (range.wide() ? Long.MIN_VALUE : Integer.MIN_VALUE)) {
      schema.put("minimum", range.min());
    }
    if (range.max() < (range.wide() ? Long.MAX_VALUE : Integer.MAX_VALUE)) {
      schema.put("maximum", range.max());
    }
    return schema;
  }

  private static Map<String, Object> oneOf(Shape.OneOf shape) {
    Map<String, Object> schema = object(shape.doc());
    Map<String, Object> properties = new LinkedHashMap<>();
    for (Shape.Member member : shape.members()) {
      properties.put(
          member.field().name(), described(member.field().shape(), member.field().doc()));
    }
    schema.put("properties", properties);
    schema.put("oneOf", atMostOne(shape.names()));
    return schema;
  }

  private static Map<String, Object> object(String doc) {
    Map<String, Object> schema = new LinkedHashMap<>();
    schema.put("type", "object");
    schema.put("description", doc);
    return schema;
  }

  private static Map<String, Object> string(String doc) {
    return Map.of("type", "string", "description", doc);
  }
}
