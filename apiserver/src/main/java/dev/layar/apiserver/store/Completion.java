package dev.layar.apiserver.store;

import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.StatusException.Cause;
import dev.layar.apiserver.StatusException.Details;
import dev.layar.apiserver.WriteOptions.FieldValidation;
import dev.layar.apiserver.builtin.Births;
import dev.layar.apiserver.builtin.Checks;
import dev.layar.apiserver.builtin.Defaults;
import dev.layar.apiserver.builtin.Names;
import dev.layar.apiserver.schema.CelRules;
import dev.layar.apiserver.schema.FormCheck;
import dev.layar.apiserver.schema.SchemaDefaults;
import dev.layar.apiserver.schema.Schemas;
import dev.layar.apiserver.schema.Violations;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What a kind does to its objects: form, defaults, checks. Thread-safe. */
final class Completion {
  private final Schemas schemas;
  private final Allocator allocator;

  private final CelRules rules = new CelRules();

  Completion(Schemas schemas, Allocator allocator) {
    this.schemas = schemas;
    this.allocator = allocator;
  }

  /**
   * Takes out unknown fields and, as the caller wishes, refuses or warns because of them.
   *
   * @param patch what the caller sent, if that was a patch
   */
  void form(
      ResourceType type,
      String version,
      ObjectNode object,
      FieldValidation validation,
      @Nullable JsonNode patch,
      List<String> warnings) {
    FormCheck.Result result = FormCheck.run(object, schemas.type(type, version));
    if (!type.custom() && !result.mismatches().isEmpty()) {
      throw undecodable(type, version, result.mismatches().getFirst());
    }
    List<String> unknown =
        result.unknown().stream().map(f -> "unknown field \"" + f + "\"").toList();
    if (unknown.isEmpty()) {
      return;
    }
    switch (validation) {
      case IGNORE -> {}
      case WARN -> warnings.addAll(unknown);
      case STRICT -> {
        String error = "strict decoding error: " + String.join(", ", unknown);
        throw patch == null ? undecodable(type, version, error) : badPatch(patch, error);
      }
    }
  }

  private static StatusException undecodable(ResourceType type, String version, String why) {
    return Refusals.badRequest(
        type.kind()
            + " in version \""
            + version
            + "\" cannot be handled as a "
            + type.kind()
            + ": "
            + why);
  }

  /** A refusal without a name: kubectl then says "The request is invalid". */
  private static StatusException badPatch(JsonNode patch, String error) {
    Cause cause = Names.invalid("patch", patch.toString().replace("\"", "\\\""), error);
    return new StatusException(
        422,
        "Invalid",
        " \"\" is invalid: patch: " + cause.message(),
        new Details("", "", "", "", List.of(cause), 0));
  }

  /** Fills in what a new object lacks. */
  void born(ResourceType type, ObjectNode object) {
    Births.apply(type, object);
    complete(type, object);
  }

  /** Fills in what the client left out. */
  void complete(ResourceType type, ObjectNode object) {
    Defaults.apply(type, object);
    JsonNode schema =
        schemas.isUsers(type, type.storageVersion())
            ? schemas.openApi(type, type.storageVersion())
            : null;
    if (schema != null) {
      SchemaDefaults.apply(object, schema);
    }
  }

  /**
   * Gives an object what is to be unique; after admission, which may have done so.
   *
   * @param before what is stored; null at creation
   */
  void allocate(ResourceType type, @Nullable ObjectNode before, ObjectNode object) {
    switch (type.qualified()) {
      case "services" -> allocator.complete(before, object);
      case Definitions.TYPE -> Definitions.complete(before, object);
      default -> {}
    }
  }

  /** Every fault of a write. */
  List<Cause> check(ResourceType type, @Nullable ObjectNode before, ObjectNode after) {
    List<Cause> causes = new ArrayList<>(Names.check(type, after));
    if (type.custom()) {
      causes.addAll(bySchema(type, before, after));
    } else {
      causes.addAll(Checks.run(type, before, after));
    }
    if (type.qualified().equals(Definitions.TYPE)) {
      causes.addAll(Definitions.check(after));
    }
    return causes;
  }

  private List<Cause> bySchema(ResourceType type, @Nullable ObjectNode before, ObjectNode after) {
    JsonNode schema = schemas.openApi(type, type.storageVersion());
    if (schema == null) {
      return List.of();
    }
    List<Cause> causes = Violations.find(after, schema);
    // our model's kinds have their own validation, which says more than the rules could
    return causes.isEmpty() && schemas.isUsers(type, type.storageVersion())
        ? rules.check(before, after, schema)
        : causes;
  }
}
