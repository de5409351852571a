package dev.layar.apiserver.webhook;

import tools.jackson.databind.JsonNode;

/** Label selectors as objects have them (meta.k8s.io/v1 LabelSelector). Pure. */
final class Selectors {
  private Selectors() {}

  /** Whether labels match; a missing or empty selector matches everything. */
  static boolean matches(JsonNode selector, JsonNode labels) {
    for (var entry : selector.path("matchLabels").properties()) {
      if (!isOneOf(labels.path(entry.getKey()), entry.getValue())) {
        return false;
      }
    }
    for (JsonNode term : selector.path("matchExpressions")) {
      if (!holds(term, labels.path(term.path("key").asString("")))) {
        return false;
      }
    }
    return true;
  }

  private static boolean holds(JsonNode term, JsonNode label) {
    return switch (term.path("operator").asString("")) {
      case "In" -> in(term, label);
      case "NotIn" -> !in(term, label);
      case "Exists" -> !label.isMissingNode();
      case "DoesNotExist" -> label.isMissingNode();
      default -> false;
    };
  }

  private static boolean in(JsonNode term, JsonNode label) {
    for (JsonNode value : term.path("values")) {
      if (isOneOf(label, value)) {
        return true;
      }
    }
    return false;
  }

  private static boolean isOneOf(JsonNode label, JsonNode value) {
    return !label.isMissingNode() && label.asString("").equals(value.asString(""));
  }
}
