package dev.layar.apiserver.schema;

import com.google.re2j.Matcher;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import dev.layar.apiserver.StatusException.Cause;
import dev.layar.apiserver.builtin.Names;
import dev.layar.apiserver.json.Json;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Holds an object against a structural OpenAPI schema, in the words of {@code
 * k8s.io/kube-openapi/pkg/validation}. One run; pure.
 */
public final class Violations {
  private static final int MOST = 50;

  private final List<Cause> causes = new ArrayList<>();

  private Violations() {}

  /** What is wrong, field by field. */
  public static List<Cause> find(ObjectNode object, JsonNode schema) {
    Violations run = new Violations();
    run.check(object, schema, "");
    return run.causes;
  }

  private static boolean fits(JsonNode value, JsonNode schema) {
    Violations run = new Violations();
    run.check(value, schema, "");
    return run.causes.isEmpty();
  }

  private void invalid(String path, JsonNode value, String why) {
    add(Names.invalidValue(path, value.toString(), body(path) + " " + why));
  }

  private static String body(String path) {
    return path.isEmpty() ? "in body" : path + " in body";
  }

  private void add(Cause cause) {
    if (causes.size() < MOST) {
      causes.add(cause);
    }
  }

  private void check(JsonNode value, JsonNode schema, String path) {
    if (schema.path("x-kubernetes-int-or-string").asBoolean(false)) {
      if (!value.isString() && !value.isIntegralNumber()) {
        type(value, "integer,string", path);
      }
    } else if (!typed(value, schema, path)) {
      return;
    }
    oneOfWords(value, schema, path);
    if (value.isString()) {
      text(value, schema, path);
    } else if (value.isNumber()) {
      number(value, schema, path);
    } else if (value instanceof ArrayNode array) {
      list(array, schema, path);
    } else if (value instanceof ObjectNode object) {
      object(object, schema, path);
    }
    combinations(value, schema, path);
  }

  private boolean typed(JsonNode value, JsonNode schema, String path) {
    String type = Json.text(schema, "type");
    boolean fine =
        switch (type) {
          case "string" -> value.isString();
          case "integer" -> value.isIntegralNumber() || isWhole(value);
          case "number" -> value.isNumber();
          case "boolean" -> value.isBoolean();
          case "array" -> value.isArray();
          case "object" -> value.isObject();
          default -> true;
        };
    if (!fine) {
      type(value, type, path);
    }
    return fine;
  }

  private static boolean isWhole(JsonNode value) {
    return value.isNumber() && value.doubleValue() == Math.rint(value.doubleValue());
  }

  private void type(JsonNode value, String wanted, String path) {
    String found =
        switch (value.getNodeType()) {
          case STRING -> "string";
          case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
          case BOOLEAN -> "boolean";
          case ARRAY -> "array";
          case OBJECT -> "object";
          case NULL, MISSING, BINARY, POJO -> "null";
        };
    add(
        new Cause(
            "FieldValueTypeInvalid",
            "Invalid value: \""
                + found
                + "\": "
                + body(path)
                + " must be of type "
                + wanted
                + ": \""
                + found
                + "\"",
            path));
  }

  private void oneOfWords(JsonNode value, JsonNode schema, String path) {
    ArrayNode words = Json.list(schema, "enum");
    if (!words.isEmpty() && words.valueStream().noneMatch(value::equals)) {
      List<String> all = words.valueStream().map(w -> w.asString("")).toList();
      add(Names.notSupported(path, value.asString(""), all));
    }
  }

  private void text(JsonNode value, JsonNode schema, String path) {
    String text = value.asString();
    int length = text.codePointCount(0, text.length());
    if (schema.has("minLength") && length < schema.path("minLength").asInt(0)) {
      invalid(path, value, "should be at least " + schema.path("minLength") + " chars long");
    }
    if (schema.has("maxLength") && length > schema.path("maxLength").asInt(0)) {
      add(
          new Cause(
              "FieldValueTooLong",
              "Too long: may not be more than " + schema.path("maxLength") + " bytes",
              path));
    }
    String pattern = Json.text(schema, "pattern");
    if (!pattern.isEmpty() && !find(pattern, text)) {
      invalid(path, value, "should match '" + pattern + "'");
    }
  }

  /** RE2 as in Go: linear in the text, whatever a user writes. */
  private static boolean find(String pattern, String text) {
    try {
      Matcher matcher = Pattern.compile(pattern).matcher(text);
      return matcher.find();
    } catch (PatternSyntaxException e) {
      return true; // refused when the definition was made
    }
  }

  private void number(JsonNode value, JsonNode schema, String path) {
    double number = value.doubleValue();
    boolean openBelow = schema.path("exclusiveMinimum").asBoolean(false);
    boolean openAbove = schema.path("exclusiveMaximum").asBoolean(false);
    if (schema.has("minimum")) {
      double least = schema.path("minimum").doubleValue();
      if (number < least || (openBelow && number == least)) {
        String or = openBelow ? "" : " or equal to";
        invalid(path, value, "should be greater than" + or + " " + schema.path("minimum"));
      }
    }
    if (schema.has("maximum")) {
      double most = schema.path("maximum").doubleValue();
      if (number > most || (openAbove && number == most)) {
        String or = openAbove ? "" : " or equal to";
        invalid(path, value, "should be less than" + or + " " + schema.path("maximum"));
      }
    }
    if (schema.has("multipleOf")) {
      double quotient = number / schema.path("multipleOf").doubleValue();
      if (quotient != Math.rint(quotient)) {
        invalid(path, value, "should be a multiple of " + schema.path("multipleOf"));
      }
    }
  }

  private void list(ArrayNode array, JsonNode schema, String path) {
    int size = array.size();
    if (schema.has("minItems") && size < schema.path("minItems").asInt(0)) {
      add(
          Names.invalidValue(
              path,
              Integer.toString(size),
              body(path) + " should have at least " + schema.path("minItems") + " items"));
    }
    if (schema.has("maxItems") && size > schema.path("maxItems").asInt(0)) {
      tooMany(path, size, schema.path("maxItems"));
    }
    duplicates(array, schema, path);
    JsonNode items = schema.path("items");
    for (int i = 0; i < size && causes.size() < MOST && items.isObject(); i++) {
      check(array.get(i), items, path + "[" + i + "]");
    }
  }

  private void tooMany(String path, int size, JsonNode most) {
    add(
        new Cause(
            "FieldValueTooMany",
            "Too many: " + size + ": must have at most " + most + " items",
            path));
  }

  private void duplicates(ArrayNode array, JsonNode schema, String path) {
    String kind = Json.text(schema, "x-kubernetes-list-type");
    if (!kind.equals("set") && !kind.equals("map")) {
      return;
    }
    Set<JsonNode> seen = new HashSet<>();
    for (int i = 0; i < array.size(); i++) {
      JsonNode identity = kind.equals("set") ? array.get(i) : keys(array.get(i), schema);
      if (!seen.add(identity)) {
        add(new Cause("FieldValueDuplicate", "Duplicate value: " + identity, path + "[" + i + "]"));
      }
    }
  }

  private static JsonNode keys(JsonNode item, JsonNode schema) {
    ObjectNode out = Json.object();
    for (JsonNode key : Json.list(schema, "x-kubernetes-list-map-keys")) {
      JsonNode value = item.get(key.asString(""));
      if (value != null) {
        out.set(key.asString(""), value);
      }
    }
    return out;
  }

  private void object(ObjectNode object, JsonNode schema, String path) {
    for (JsonNode name : Json.list(schema, "required")) {
      if (!object.has(name.asString(""))) {
        add(Names.required(at(path, name.asString("")), ""));
      }
    }
    if (schema.has("maxProperties") && object.size() > schema.path("maxProperties").asInt(0)) {
      tooMany(path, object.size(), schema.path("maxProperties"));
    }
    JsonNode properties = schema.path("properties");
    JsonNode values = schema.path("additionalProperties");
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      JsonNode known = properties.path(member.getKey());
      if (known.isObject()) {
        check(member.getValue(), known, at(path, member.getKey()));
      } else if (values.isObject()) {
        check(member.getValue(), values, at(path, member.getKey()));
      }
    }
  }

  private void combinations(JsonNode value, JsonNode schema, String path) {
    for (JsonNode each : Json.list(schema, "allOf")) {
      check(value, each, path);
    }
    ArrayNode anyOf = Json.list(schema, "anyOf");
    if (!anyOf.isEmpty() && anyOf.valueStream().noneMatch(each -> fits(value, each))) {
      combined(path, value, "must validate at least one schema (anyOf)");
    }
    ArrayNode oneOf = Json.list(schema, "oneOf");
    long matching = oneOf.valueStream().filter(each -> fits(value, each)).count();
    if (!oneOf.isEmpty() && matching != 1) {
      String found = matching == 0 ? "none valid" : matching + " valid alternatives";
      combined(path, value, "must validate one and only one schema (oneOf). Found " + found);
    }
    if (schema.path("not").isObject() && fits(value, schema.path("not"))) {
      combined(path, value, "must not validate the schema (not)");
    }
  }

  private void combined(String path, JsonNode value, String why) {
    String at = path.isEmpty() ? "<nil>" : path;
    add(
        new Cause(
            "FieldValueInvalid",
            "Invalid value: "
                + (value.isContainer() ? "\"\"" : value)
                + ": "
                + "\""
                + at
                + "\" "
                + why,
            at));
  }

  private static String at(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
