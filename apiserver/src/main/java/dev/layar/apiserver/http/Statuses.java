package dev.layar.apiserver.http;

import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.StatusException.Cause;
import dev.layar.apiserver.StatusException.Details;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** Kubernetes' {@code v1.Status} objects, and the refusals of the HTTP layer. Stateless. */
final class Statuses {
  private Statuses() {}

  static StatusException badRequest(String message) {
    return new StatusException(400, "BadRequest", message, Details.NONE);
  }

  static StatusException unauthorized() {
    return new StatusException(401, "Unauthorized", "Unauthorized", Details.NONE);
  }

  static StatusException noSuchPath() {
    return new StatusException(
        404, "NotFound", "the server could not find the requested resource", Details.NONE);
  }

  static StatusException methodNotAllowed() {
    return new StatusException(
        405,
        "MethodNotAllowed",
        "the server does not allow this method on the requested resource",
        Details.NONE);
  }

  static StatusException notAcceptable(String offered) {
    return new StatusException(
        406,
        "NotAcceptable",
        "only the following media types are accepted: " + offered,
        Details.NONE);
  }

  static StatusException unsupportedMedia(String given, String expected) {
    return new StatusException(
        415,
        "UnsupportedMediaType",
        "the body of the request was in an unknown format - accepted media types include: "
            + expected
            + " (it was "
            + given
            + ")",
        Details.NONE);
  }

  static StatusException tooMany(String what) {
    return new StatusException(
        429, "TooManyRequests", what, new Details("", "", "", "", List.of(), 1));
  }

  static StatusException unavailable(String message) {
    return new StatusException(503, "ServiceUnavailable", message, Details.NONE);
  }

  static StatusException internal(String message) {
    return new StatusException(
        500, "InternalError", "Internal error occurred: " + message, Details.NONE);
  }

  /** The refusal as an object. */
  static ObjectNode failure(StatusException e) {
    ObjectNode status = Json.object();
    status.put("kind", "Status").put("apiVersion", "v1");
    status.putObject("metadata");
    status.put("status", "Failure").put("message", e.getMessage());
    if (!e.reason().isEmpty()) {
      status.put("reason", e.reason());
    }
    ObjectNode details = details(e.details());
    if (!details.isEmpty()) {
      status.set("details", details);
    }
    return status.put("code", e.code());
  }

  private static ObjectNode details(Details from) {
    ObjectNode details = Json.object();
    putUnlessEmpty(details, "name", from.name());
    putUnlessEmpty(details, "group", from.group());
    putUnlessEmpty(details, "kind", from.kind());
    putUnlessEmpty(details, "uid", from.uid());
    if (!from.causes().isEmpty()) {
      ArrayNode causes = details.putArray("causes");
      for (Cause cause : from.causes()) {
        ObjectNode node = causes.addObject();
        putUnlessEmpty(node, "reason", cause.reason());
        putUnlessEmpty(node, "message", cause.message());
        putUnlessEmpty(node, "field", cause.field());
      }
    }
    if (from.retryAfterSeconds() > 0) {
      details.put("retryAfterSeconds", from.retryAfterSeconds());
    }
    return details;
  }

  /** What a finished deletion answers. */
  static ObjectNode deleted(String group, String plural, String name, String uid) {
    ObjectNode status = Json.object();
    status.put("kind", "Status").put("apiVersion", "v1");
    status.putObject("metadata");
    status.put("status", "Success");
    status.set("details", details(new Details(group, plural, name, uid, List.of(), 0)));
    return status;
  }

  private static void putUnlessEmpty(ObjectNode node, String field, String value) {
    if (!value.isEmpty()) {
      node.put(field, value);
    }
  }
}
