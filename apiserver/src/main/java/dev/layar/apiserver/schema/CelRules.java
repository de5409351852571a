package dev.layar.apiserver.schema;

import dev.cel.bundle.Cel;
import dev.cel.bundle.CelFactory;
import dev.cel.common.CelOptions;
import dev.cel.common.CelValidationException;
import dev.cel.common.types.SimpleType;
import dev.cel.extensions.CelExtensions;
import dev.cel.parser.CelStandardMacro;
import dev.cel.runtime.CelEvaluationException;
import dev.cel.runtime.CelRuntime;
import dev.layar.apiserver.StatusException.Cause;
import dev.layar.apiserver.builtin.Names;
import dev.layar.apiserver.json.Json;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The rules of {@code x-kubernetes-validations}. Thread-safe; programs are kept by their text.
 * DEVIATION: values have dynamic types, so that a rule with a type error is refused when it first
 * runs instead of when its definition is made; of Kubernetes' own functions only those on strings
 * exist.
 */
public final class CelRules {
  private static final int MAX_PROGRAMS = 10_000;

  private static final CelOptions OPTIONS =
      CelOptions.current()
          .enableHeterogeneousNumericComparisons(true)
          .comprehensionMaxIterations(100_000)
          .maxRegexProgramSize(1_000)
          .build();
  private static final Cel CEL =
      CelFactory.standardCelBuilder()
          .setOptions(OPTIONS)
          .setStandardMacros(CelStandardMacro.STANDARD_MACROS)
          .addCompilerLibraries(CelExtensions.strings())
          .addRuntimeLibraries(CelExtensions.strings())
          .addVar("self", SimpleType.DYN)
          .addVar("oldSelf", SimpleType.DYN)
          .build();

  private final Map<String, CelRuntime.Program> programs = new ConcurrentHashMap<>();

  /**
   * The rules that an object breaks.
   *
   * @param before null at creation: rules on the transition do not apply
   */
  public List<Cause> check(@Nullable JsonNode before, JsonNode after, JsonNode schema) {
    List<Cause> out = new ArrayList<>();
    check(before, after, schema, "", out);
    return out;
  }

  private void check(
      @Nullable JsonNode before, JsonNode after, JsonNode schema, String path, List<Cause> out) {
    for (JsonNode rule : Json.list(schema, "x-kubernetes-validations")) {
      boolean transition = Json.text(rule, "rule").contains("oldSelf");
      if (!transition || before != null) {
        run(rule, before, after, path, out);
      }
    }
    switch (after) {
      case ObjectNode object -> members(before, object, schema, path, out);
      case ArrayNode array -> {
        for (int i = 0; i < array.size() && schema.path("items").isObject(); i++) {
          check(null, array.get(i), schema.path("items"), path + "[" + i + "]", out);
        }
      }
      default -> {}
    }
  }

  private void members(
      @Nullable JsonNode before, ObjectNode object, JsonNode schema, String path, List<Cause> out) {
    for (Map.Entry<String, JsonNode> member : object.properties()) {
      String name = member.getKey();
      JsonNode known = schema.path("properties").path(name);
      JsonNode each = known.isObject() ? known : schema.path("additionalProperties");
      if (each.isObject()) {
        JsonNode was = before == null ? null : before.get(name);
        check(was, member.getValue(), each, path.isEmpty() ? name : path + "." + name, out);
      }
    }
  }

  private void run(
      JsonNode rule, @Nullable JsonNode before, JsonNode after, String path, List<Cause> out) {
    String text = Json.text(rule, "rule");
    try {
      Map<String, Object> variables = new LinkedHashMap<>();
      variables.put("self", value(after));
      variables.put("oldSelf", before == null ? Map.of() : value(before));
      if (!Boolean.TRUE.equals(program(text).eval(variables))) {
        out.add(broken(rule, after, path, variables));
      }
    } catch (CelValidationException e) {
      out.add(Names.invalid(path, typeOf(after), "rule compile error: " + firstLine(e)));
    } catch (CelEvaluationException e) {
      out.add(
          Names.invalid(
              path, typeOf(after), "rule evaluation error: " + firstLine(e) + ": " + text));
    }
  }

  private Cause broken(JsonNode rule, JsonNode after, String path, Map<String, Object> variables)
      throws CelValidationException, CelEvaluationException {
    String message = Json.text(rule, "message");
    String expression = Json.text(rule, "messageExpression");
    if (!expression.isEmpty() && program(expression).eval(variables) instanceof String made) {
      message = made;
    }
    if (message.isEmpty()) {
      message = "failed rule: " + Json.text(rule, "rule");
    }
    String reason = Json.text(rule, "reason");
    Cause cause = Names.invalid(path, typeOf(after), message);
    return reason.isEmpty() ? cause : new Cause(reason, cause.message(), cause.field());
  }

  private CelRuntime.Program program(String text)
      throws CelValidationException, CelEvaluationException {
    CelRuntime.Program known = programs.get(text);
    if (known != null) {
      return known;
    }
    CelRuntime.Program made = CEL.createProgram(CEL.compile(text).getAst());
    if (programs.size() < MAX_PROGRAMS) {
      programs.put(text, made);
    }
    return made;
  }

  private static String firstLine(Exception e) {
    return String.valueOf(e.getMessage()).lines().findFirst().orElse("");
  }

  private static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case STRING -> "string";
      case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
      case BOOLEAN -> "boolean";
      case ARRAY -> "array";
      case OBJECT, NULL, MISSING, BINARY, POJO -> "object";
    };
  }

  private static Object value(JsonNode node) {
    return switch (node) {
      case ObjectNode object -> {
        Map<String, Object> out = new LinkedHashMap<>();
        object.properties().forEach(m -> out.put(m.getKey(), value(m.getValue())));
        yield out;
      }
      case ArrayNode array -> array.valueStream().map(CelRules::value).toList();
      default -> scalar(node);
    };
  }

  private static Object scalar(JsonNode node) {
    if (node.isBoolean()) {
      return node.booleanValue();
    }
    if (node.isIntegralNumber() && node.canConvertToLong()) {
      return node.longValue();
    }
    return node.isNumber() ? node.doubleValue() : node.asString("");
  }
}
