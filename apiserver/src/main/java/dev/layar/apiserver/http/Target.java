package dev.layar.apiserver.http;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The resource that a path names: {@code /api/V} or {@code /apis/G/V}, then {@code
 * [/namespaces/NS]/PLURAL[/NAME[/SUB]]}. Immutable.
 *
 * @param group empty for core
 * @param namespace empty for cluster-scoped kinds and for all namespaces
 * @param name empty for the collection
 * @param subresource empty for none
 */
record Target(
    String group,
    String version,
    String namespace,
    String plural,
    String name,
    String subresource) {
  /** Parts of a path after which none is a resource any more. */
  private static final int MOST_PARTS = 9;

  /** The parts of a path, decoded; empty parts are left out. */
  static List<String> parts(String path) {
    List<String> parts = new ArrayList<>();
    for (String part : path.split("/")) {
      if (!part.isEmpty()) {
        if (parts.size() == MOST_PARTS) {
          throw Statuses.noSuchPath();
        }
        String decoded = Query.decode(part.replace("+", "%2B"));
        if (decoded.equals(".") || decoded.equals("..") || decoded.contains("/")) {
          throw Statuses.badRequest("the path has a part that no name can be: " + decoded);
        }
        parts.add(decoded);
      }
    }
    return parts;
  }

  /** What the path names; null when it is not about a resource. */
  static @Nullable Target of(List<String> parts) {
    boolean core = !parts.isEmpty() && parts.getFirst().equals("api");
    boolean grouped = !parts.isEmpty() && parts.getFirst().equals("apis");
    int start = core ? 2 : 3;
    if (!core && !grouped || parts.size() <= start) {
      return null;
    }
    String group = core ? "" : parts.get(1);
    String version = parts.get(start - 1);
    List<String> rest = parts.subList(start, parts.size());
    if (core && rest.getFirst().equals("namespaces") && isNamespaceItself(rest)) {
      return at(group, version, "", rest);
    }
    if (rest.getFirst().equals("namespaces") && rest.size() > 2) {
      return at(group, version, rest.get(1), rest.subList(2, rest.size()));
    }
    return at(group, version, "", rest);
  }

  private static boolean isNamespaceItself(List<String> rest) {
    return rest.size() <= 2
        || rest.size() == 3 && (rest.get(2).equals("status") || rest.get(2).equals("finalize"));
  }

  private static @Nullable Target at(
      String group, String version, String namespace, List<String> rest) {
    if (rest.size() > 3) {
      return null;
    }
    return new Target(
        group,
        version,
        namespace,
        rest.getFirst(),
        rest.size() > 1 ? rest.get(1) : "",
        rest.size() > 2 ? rest.get(2) : "");
  }

  String apiVersion() {
    return group.isEmpty() ? version : group + "/" + version;
  }
}
