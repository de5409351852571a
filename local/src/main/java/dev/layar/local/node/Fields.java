package dev.layar.local.node;

import dev.layar.local.kube.Trees;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import tools.jackson.databind.JsonNode;

/** The downward API: a field of the pod by its path ({@code core/v1 ObjectFieldSelector}). Pure. */
final class Fields {
  private static final Pattern ENTRY =
      Pattern.compile("metadata\\.(labels|annotations)\\['([^']+)'\\]");

  private Fields() {}

  /** Empty for what is not known. */
  static String of(JsonNode pod, String path) {
    Matcher entry = ENTRY.matcher(path);
    if (entry.matches()) {
      return Trees.texts(pod, "metadata", entry.group(1)).getOrDefault(entry.group(2), "");
    }
    return switch (path) {
      case "metadata.labels" -> lines(Trees.labels(pod));
      case "metadata.annotations" -> lines(Trees.annotations(pod));
      case "spec.serviceAccountName" -> {
        String account = Trees.text(pod, "spec", "serviceAccountName");
        yield account.isEmpty() ? "default" : account;
      }
      case "status.hostIP", "status.hostIPs" -> "127.0.0.1";
      case "status.podIPs" -> Trees.text(pod, "status", "podIP");
      default -> Trees.text(pod, path.split("\\."));
    };
  }

  private static String lines(Map<String, String> texts) {
    return texts.entrySet().stream()
        .map(e -> e.getKey() + "=\"" + e.getValue().replace("\"", "\\\"") + "\"")
        .collect(Collectors.joining("\n"));
  }
}
