package dev.layar.apiserver;

/**
 * Which objects of a kind.
 *
 * @param version the version to answer in
 * @param namespace empty for all namespaces
 * @param labelSelector in the syntax of the query parameter; empty for all
 * @param fieldSelector in the syntax of the query parameter; empty for all
 */
public record ObjectQuery(
    ResourceType type,
    String version,
    String namespace,
    String labelSelector,
    String fieldSelector) {
  /** All objects of a kind, in its preferred version. */
  public static ObjectQuery all(ResourceType type) {
    return new ObjectQuery(type, type.versions().getFirst(), "", "", "");
  }
}
