package dev.layar.apiserver.store;

import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.StatusException.Cause;
import dev.layar.apiserver.StatusException.Details;
import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.owners.Owners;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The refusals of the API in the words that clients look for ({@code
 * k8s.io/apimachinery/pkg/api/errors}). Stateless.
 */
public final class Refusals {
  private Refusals() {}

  public static StatusException notFound(ObjectRef ref) {
    return notFound(ref.type(), ref.name());
  }

  public static StatusException notFound(ResourceType type, String name) {
    return new StatusException(
        404,
        "NotFound",
        type.qualified() + " \"" + name + "\" not found",
        about(type.group(), type.plural(), name, List.of()));
  }

  /** A path that nobody serves. */
  public static StatusException noSuchResource() {
    return new StatusException(
        404, "NotFound", "the server could not find the requested resource", Details.NONE);
  }

  public static StatusException alreadyExists(ResourceType type, String name) {
    return new StatusException(
        409,
        "AlreadyExists",
        type.qualified() + " \"" + name + "\" already exists",
        about(type.group(), type.plural(), name, List.of()));
  }

  /** The object is no longer what the caller saw. */
  public static StatusException modified(ObjectRef ref) {
    return conflict(
        ref,
        "the object has been modified; please apply your changes to the latest version and try"
            + " again");
  }

  public static StatusException conflict(ObjectRef ref, String why) {
    return new StatusException(
        409,
        "Conflict",
        "Operation cannot be fulfilled on "
            + ref.type().qualified()
            + " \""
            + ref.name()
            + "\": "
            + why,
        about(ref.type().group(), ref.type().plural(), ref.name(), List.of()));
  }

  public static StatusException badRequest(String message) {
    return new StatusException(400, "BadRequest", message, Details.NONE);
  }

  public static StatusException forbidden(ResourceType type, String name, String why) {
    return forbidden(type, name, why, List.of());
  }

  public static StatusException forbidden(
      ResourceType type, String name, String why, List<Cause> causes) {
    return new StatusException(
        403,
        "Forbidden",
        type.qualified() + " \"" + name + "\" is forbidden: " + why,
        about(type.group(), type.plural(), name, causes));
  }

  /** What is wrong with an object's content; names the kind, not the plural. */
  public static StatusException invalid(ResourceType type, String name, List<Cause> causes) {
    String subject = type.group().isEmpty() ? type.kind() : type.kind() + "." + type.group();
    List<String> each = causes.stream().map(c -> c.field() + ": " + c.message()).toList();
    String all = each.size() == 1 ? each.getFirst() : "[" + String.join(", ", each) + "]";
    return new StatusException(
        422,
        "Invalid",
        subject + " \"" + name + "\" is invalid: " + all,
        about(type.group(), type.kind(), name, causes));
  }

  /** Fields that others own, in the words of {@code structured-merge-diff/merge/conflict.go}. */
  static StatusException fieldConflicts(List<Owners.Conflict> conflicts) {
    List<Cause> causes =
        conflicts.stream()
            .map(c -> new Cause("FieldManagerConflict", "conflict with " + c.manager(), c.path()))
            .toList();
    return new StatusException(
        409,
        "Conflict",
        "Apply failed with "
            + conflicts.size()
            + (conflicts.size() == 1 ? " conflict: " : " conflicts: ")
            + conflictText(conflicts),
        about("", "", "", causes));
  }

  private static String conflictText(List<Owners.Conflict> conflicts) {
    if (conflicts.size() == 1) {
      Owners.Conflict only = conflicts.getFirst();
      return "conflict with " + only.manager() + ": " + only.path();
    }
    List<String> lines = new ArrayList<>();
    for (String manager : conflicts.stream().map(Owners.Conflict::manager).distinct().toList()) {
      lines.add("conflicts with " + manager + ":");
      conflicts.stream()
          .filter(c -> c.manager().equals(manager))
          .forEach(c -> lines.add("- " + c.path()));
    }
    return String.join("\n", lines);
  }

  /** A patch that does not fit, in the words that hide the reason in a cause. */
  public static StatusException unprocessable(String why) {
    return new StatusException(
        422,
        "Invalid",
        "the server rejected our request due to an error in our request",
        new Details("", "", "", "", List.of(new Cause("UnexpectedServerResponse", why, "")), 0));
  }

  public static StatusException unsupportedMediaType(List<String> accepted) {
    return new StatusException(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
            + String.join(", ", accepted),
        Details.NONE);
  }

  public static StatusException expired(String message) {
    return new StatusException(410, "Expired", message, Details.NONE);
  }

  /** The store cannot take writes. */
  public static StatusException unavailable(String message) {
    return new StatusException(503, "ServiceUnavailable", message, Details.NONE);
  }

  public static StatusException internal(String message) {
    return new StatusException(
        500, "InternalError", "Internal error occurred: " + message, Details.NONE);
  }

  /** A refusal as the {@code v1.Status} that goes over the wire. */
  public static ObjectNode status(StatusException refusal) {
    ObjectNode out = Json.object();
    out.put("kind", "Status").put("apiVersion", "v1");
    out.putObject("metadata");
    out.put("status", "Failure").put("message", refusal.getMessage());
    if (!refusal.reason().isEmpty()) {
      out.put("reason", refusal.reason());
    }
    details(out, refusal.details());
    return out.put("code", refusal.code());
  }

  private static void details(ObjectNode out, Details details) {
    if (details.equals(Details.NONE)) {
      return;
    }
    ObjectNode node = out.putObject("details");
    put(node, "name", details.name());
    put(node, "group", details.group());
    put(node, "kind", details.kind());
    put(node, "uid", details.uid());
    if (!details.causes().isEmpty()) {
      ArrayNode causes = node.putArray("causes");
      details.causes().forEach(c -> cause(causes.addObject(), c));
    }
    if (details.retryAfterSeconds() > 0) {
      node.put("retryAfterSeconds", details.retryAfterSeconds());
    }
  }

  private static void cause(ObjectNode node, Cause cause) {
    put(node, "reason", cause.reason());
    put(node, "message", cause.message());
    put(node, "field", cause.field());
  }

  private static void put(ObjectNode node, String name, String value) {
    if (!value.isEmpty()) {
      node.put(name, value);
    }
  }

  private static Details about(String group, String kind, String name, List<Cause> causes) {
    return new Details(group, kind, name, "", causes, 0);
  }
}
