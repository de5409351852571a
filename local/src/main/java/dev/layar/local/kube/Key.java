package dev.layar.local.kube;

import tools.jackson.databind.JsonNode;

/**
 * Namespace and name of an object.
 *
 * @param namespace empty for cluster-scoped kinds
 */
public record Key(String namespace, String name) implements Comparable<Key> {
  public static Key of(JsonNode object) {
    return new Key(Trees.namespace(object), Trees.name(object));
  }

  @Override
  public int compareTo(Key other) {
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }

  @Override
  public String toString() {
    return namespace.isEmpty() ? name : namespace + "/" + name;
  }
}
