package dev.layar.apiserver.store;

import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.builtin.Names;
import dev.layar.apiserver.json.Json;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The {@code autoscaling/v1 Scale} view of a workload. Pure. */
final class Scale {
  private Scale() {}

  static ObjectNode of(ObjectNode object) {
    ObjectNode out = Json.object();
    out.put("kind", "Scale").put("apiVersion", "autoscaling/v1");
    ObjectNode metadata = out.putObject("metadata");
    for (String name :
        List.of("name", "namespace", "uid", "resourceVersion", "creationTimestamp")) {
      JsonNode value = object.path("metadata").get(name);
      if (value != null) {
        metadata.set(name, value);
      }
    }
    out.putObject("spec").put("replicas", object.path("spec").path("replicas").asInt(1));
    out.putObject("status")
        .put("replicas", object.path("status").path("replicas").asInt(0))
        .put("selector", selector(object.path("spec").path("selector")));
    return out;
  }

  /** The object with the replicas that a Scale asks for. */
  static ObjectNode into(ResourceType type, ObjectNode object, JsonNode scale) {
    JsonNode replicas = scale.path("spec").path("replicas");
    if (!replicas.isMissingNode() && !replicas.isInt()) {
      throw Refusals.badRequest("spec.replicas of a Scale is a whole number");
    }
    if (replicas.asInt(0) < 0) {
      throw Refusals.invalid(
          type,
          Json.text(object, "metadata", "name"),
          List.of(
              Names.invalidValue(
                  "spec.replicas", replicas.asString(), "must be greater than or equal to 0")));
    }
    ObjectNode out = Json.copy(object);
    Json.make(out, "spec").put("replicas", replicas.asInt(0));
    return out;
  }

  private static String selector(JsonNode selector) {
    List<String> parts = new ArrayList<>();
    JsonNode labels = selector.has("matchLabels") ? selector.path("matchLabels") : selector;
    labels
        .properties()
        .forEach(
            label -> {
              if (label.getValue().isString()) {
                parts.add(label.getKey() + "=" + label.getValue().asString());
              }
            });
    return String.join(",", parts.stream().sorted().toList());
  }
}
