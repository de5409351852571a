package dev.layar.apiserver.store;

import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.json.Json;
import dev.layar.model.Crds;
import dev.layar.model.Kind;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** What is there before anybody wrote anything. Stateless. */
final class Bootstrap {
  private static final List<String> NAMESPACES =
      List.of("default", "kube-system", "kube-public", "kube-node-lease", "istio-system");

  private Bootstrap() {}

  static void run(ObjectApi api) {
    ResourceType type = api.type("", Namespaces.TYPE);
    if (type == null) {
      return;
    }
    for (String name : NAMESPACES) {
      if (!exists(api, type, name)) {
        ObjectNode namespace = Json.object();
        namespace.putObject("metadata").put("name", name);
        api.create(type, "v1", "", namespace, WriteOptions.system("apiserver"));
      }
    }
  }

  /** The definitions of our model's kinds, for clients that look for them. */
  static void define(ObjectApi api) {
    ResourceType type = api.type("apiextensions.k8s.io", "customresourcedefinitions");
    if (type == null) {
      return;
    }
    for (Kind kind : Crds.kinds()) {
      ResourceType served = api.type(kind.group(), kind.plural());
      if (served != null && !exists(api, type, served.qualified())) {
        JsonNode definition = Json.tree(Crds.of(kind));
        api.create(type, "v1", "", definition, WriteOptions.system("apiserver"));
      }
    }
  }

  private static boolean exists(ObjectApi api, ResourceType type, String name) {
    try {
      api.get(new ObjectRef(type, "", name), "v1", Subresource.NONE);
      return true;
    } catch (StatusException e) {
      return false; // not found is the only refusal of a get
    }
  }
}
