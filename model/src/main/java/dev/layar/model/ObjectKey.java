package dev.layar.model;

/**
 * An object's identity.
 *
 * @param namespace empty for kinds that live outside namespaces
 */
public record ObjectKey(Kind kind, String namespace, String name) {
  /** {@code Kind namespace/name}. */
  @Override
  public String toString() {
    return namespace.isEmpty()
        ? kind.kind() + " " + name
        : kind.kind() + " " + namespace + "/" + name;
  }
}
