package dev.layar.apiserver.store;

/**
 * Where an object is kept. Ordered as lists are: by namespace, then by name.
 *
 * @param type {@link dev.layar.apiserver.ResourceType#qualified()}
 * @param namespace empty for cluster-scoped kinds
 */
record Key(String type, String namespace, String name) implements Comparable<Key> {
  @Override
  public int compareTo(Key other) {
    int byType = type.compareTo(other.type);
    if (byType != 0) {
      return byType;
    }
    int byNamespace = namespace.compareTo(other.namespace);
    return byNamespace != 0 ? byNamespace : name.compareTo(other.name);
  }
}
