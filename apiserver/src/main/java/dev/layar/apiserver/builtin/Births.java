package dev.layar.apiserver.builtin;

import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.json.Json;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * What new objects of built-in kinds get besides defaults: the first status, a Job's selector
 * ({@code PrepareForCreate} of their strategies). Stateless; changes the tree that it is given.
 */
public final class Births {
  private Births() {}

  /** Completes a new object, which has its uid. */
  public static void apply(ResourceType type, ObjectNode object) {
    if (type.custom()) {
      return;
    }
    switch (type.qualified()) {
      case "namespaces" -> namespace(object);
      case "pods" -> pod(object);
      case "persistentvolumeclaims" -> Json.make(object, "status").put("phase", "Pending");
      case "services" -> Json.make(Json.make(object, "status"), "loadBalancer");
      case "jobs.batch" -> job(object);
      default -> {}
    }
  }

  /** The finalizer in the spec lets the content go first. */
  private static void namespace(ObjectNode object) {
    ArrayNode finalizers = Json.array().add("kubernetes");
    Json.make(object, "spec").set("finalizers", finalizers);
  }

  private static void pod(ObjectNode object) {
    Json.make(object, "status").put("phase", "Pending").put("qosClass", quality(object));
  }

  /** {@code pkg/apis/core/v1/helper/qos}: by the requests and limits of all containers. */
  private static String quality(ObjectNode object) {
    boolean any = false;
    boolean all = true;
    for (String list : List.of("initContainers", "containers")) {
      for (JsonNode container : Json.list(object.path("spec"), list)) {
        JsonNode resources = container.path("resources");
        any |= !resources.path("requests").isEmpty() || !resources.path("limits").isEmpty();
        all &= guaranteed(resources, "cpu") && guaranteed(resources, "memory");
      }
    }
    if (!any) {
      return "BestEffort";
    }
    return all ? "Guaranteed" : "Burstable";
  }

  private static boolean guaranteed(JsonNode resources, String what) {
    String limit = Json.text(resources, "limits", what);
    String request = Json.text(resources, "requests", what);
    return !limit.isEmpty() && (request.isEmpty() || request.equals(limit));
  }

  private static void job(ObjectNode object) {
    ObjectNode spec = Json.make(object, "spec");
    if (spec.path("manualSelector").asBoolean(false) || spec.has("selector")) {
      return;
    }
    String uid = Json.text(object, "metadata", "uid");
    String name = Json.text(object, "metadata", "name");
    Json.make(Json.make(spec, "selector"), "matchLabels")
        .put("batch.kubernetes.io/controller-uid", uid);
    Json.make(Json.make(Json.make(spec, "template"), "metadata"), "labels")
        .put("batch.kubernetes.io/controller-uid", uid)
        .put("batch.kubernetes.io/job-name", name)
        .put("controller-uid", uid)
        .put("job-name", name);
  }
}
