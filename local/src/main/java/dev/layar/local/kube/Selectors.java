package dev.layar.local.kube;

import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/**
 * Label selectors as objects write them ({@code meta/v1 LabelSelector}, node selector terms). Pure.
 */
public final class Selectors {
  private Selectors() {}

  /** Whether labels match {@code matchLabels} and {@code matchExpressions}; empty matches all. */
  public static boolean matches(JsonNode selector, Map<String, String> labels) {
    return has(Trees.texts(selector, "matchLabels"), labels)
        && matchesAll(Trees.items(selector, "matchExpressions"), labels);
  }

  /** Whether labels contain each of these pairs. */
  public static boolean has(Map<String, String> wanted, Map<String, String> labels) {
    return labels.entrySet().containsAll(wanted.entrySet());
  }

  /** Whether labels satisfy each requirement. */
  public static boolean matchesAll(List<JsonNode> requirements, Map<String, String> labels) {
    return requirements.stream().allMatch(requirement -> matchesOne(requirement, labels));
  }

  private static boolean matchesOne(JsonNode requirement, Map<String, String> labels) {
    String key = Trees.text(requirement, "key");
    List<String> values = Trees.words(requirement, "values");
    String value = labels.get(key);
    return switch (Trees.text(requirement, "operator")) {
      case "In" -> value != null && values.contains(value);
      case "NotIn" -> value == null || !values.contains(value);
      case "Exists" -> value != null;
      case "DoesNotExist" -> value == null;
      case "Gt" -> value != null && compare(value, values) > 0;
      case "Lt" -> value != null && compare(value, values) < 0;
      default -> false;
    };
  }

  /** Numbers alone can be compared; anything else is equal, which is neither greater nor less. */
  private static int compare(String value, List<String> values) {
    try {
      return Long.compare(Long.parseLong(value), Long.parseLong(values.getFirst()));
    } catch (NumberFormatException notNumbers) {
      return 0;
    }
  }
}
