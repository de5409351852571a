package dev.layar.apiserver.auth;

/**
 * What somebody wants to do: either with a resource or with a path that is none.
 *
 * @param verb {@code get}, {@code list}, {@code watch}, {@code create}, {@code update}, {@code
 *     patch}, {@code delete}, {@code deletecollection}; of a path the HTTP method in lower case
 * @param resource the plural; empty when it is about a path
 * @param subresource empty for none
 * @param namespace empty for cluster-scoped kinds and for all namespaces
 * @param name empty for collections
 * @param path of what is no resource, otherwise empty
 */
public record Attributes(
    String verb,
    String group,
    String resource,
    String subresource,
    String namespace,
    String name,
    String path) {
  public static Attributes path(String verb, String path) {
    return new Attributes(verb, "", "", "", "", "", path);
  }

  /** {@code pods/exec} or {@code pods}. */
  public String full() {
    return subresource.isEmpty() ? resource : resource + "/" + subresource;
  }
}
