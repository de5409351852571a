package dev.layar.apiserver.webhook;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.Subresource;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;

/**
 * One webhook of a stored configuration (admissionregistration.k8s.io/v1). Immutable. DEVIATION:
 * {@code matchConditions} are not evaluated: the webhook is called where they might have kept it
 * from being called.
 */
record Hook(JsonNode spec) {
  private static final int USUAL_SECONDS = 10;
  private static final int MOST_SECONDS = 30;

  String name() {
    return spec.path("name").asString("");
  }

  boolean ignoresFailure() {
    return spec.path("failurePolicy").asString("Fail").equals("Ignore");
  }

  boolean isReinvoked() {
    return spec.path("reinvocationPolicy").asString("Never").equals("IfNeeded");
  }

  Duration timeout() {
    return Duration.ofSeconds(
        Math.clamp(spec.path("timeoutSeconds").asLong(USUAL_SECONDS), 1, MOST_SECONDS));
  }

  /** Whether it may be called for a write that is not stored. */
  boolean allowsDryRun() {
    String effects = spec.path("sideEffects").asString("");
    return effects.equals("None") || effects.equals("NoneOnDryRun");
  }

  /** The version in which it wants the object; null when no rule matches. */
  @Nullable String version(Admission.Request request) {
    ResourceType type = request.ref().type();
    if (matches(request, request.version())) {
      return request.version();
    }
    boolean equivalent = spec.path("matchPolicy").asString("Equivalent").equals("Equivalent");
    if (equivalent) {
      for (String version : type.versions()) {
        if (matches(request, version)) {
          return version;
        }
      }
    }
    return null;
  }

  private boolean matches(Admission.Request request, String version) {
    ResourceType type = request.ref().type();
    for (JsonNode rule : spec.path("rules")) {
      if (has(rule.path("operations"), request.operation().name())
          && has(rule.path("apiGroups"), type.group())
          && has(rule.path("apiVersions"), version)
          && hasResource(rule.path("resources"), type.plural(), subresource(request))
          && inScope(rule.path("scope").asString("*"), type.namespaced())) {
        return true;
      }
    }
    return false;
  }

  static String subresource(Admission.Request request) {
    return switch (request.subresource()) {
      case Subresource.NONE -> "";
      case Subresource.STATUS -> "status";
      case Subresource.SCALE -> "scale";
    };
  }

  private static boolean has(JsonNode list, String value) {
    for (JsonNode each : list) {
      if (each.asString("").equals("*") || each.asString("").equals(value)) {
        return true;
      }
    }
    return false;
  }

  /** {@code pods}, {@code pods/status}, {@code pods/*}, {@code *}, {@code *}{@code /status}. */
  private static boolean hasResource(JsonNode list, String plural, String part) {
    for (JsonNode each : list) {
      String[] rule = each.asString("").split("/", 2);
      boolean resource = rule[0].equals("*") || rule[0].equals(plural);
      boolean subresource =
          rule.length == 1 ? part.isEmpty() : rule[1].equals("*") || rule[1].equals(part);
      if (resource && subresource) {
        return true;
      }
    }
    return false;
  }

  private static boolean inScope(String scope, boolean namespaced) {
    return switch (scope) {
      case "Namespaced" -> namespaced;
      case "Cluster" -> !namespaced;
      default -> true;
    };
  }
}
