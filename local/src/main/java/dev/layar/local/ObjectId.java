package dev.layar.local;

import dev.layar.local.kube.Trees;
import tools.jackson.databind.JsonNode;

/**
 * Names one object of the cluster.
 *
 * @param namespace empty for cluster-scoped kinds
 */
public record ObjectId(String apiVersion, String kind, String namespace, String name) {
  /** Of an object as it was written. */
  public static ObjectId of(JsonNode object) {
    return new ObjectId(
        Trees.text(object, "apiVersion"),
        Trees.text(object, "kind"),
        Trees.namespace(object),
        Trees.name(object));
  }

  /** The apiVersion's group, empty for core. */
  public String group() {
    int slash = apiVersion.indexOf('/');
    return slash < 0 ? "" : apiVersion.substring(0, slash);
  }

  /** {@code Kind namespace/name}, as messages write it. */
  @Override
  public String toString() {
    return kind + " " + (namespace.isEmpty() ? name : namespace + "/" + name);
  }
}
