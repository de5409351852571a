package dev.layar.apiserver.auth;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.Caller;
import dev.layar.apiserver.ObjectQuery;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.Subresource;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Role-based access control over the Role, ClusterRole and binding objects that are stored
 * (Kubernetes rbac.authorization.k8s.io/v1). Rules only add; what no rule allows is refused. Reads
 * the objects at each question, so that an answer is never older than the last write. Thread-safe.
 */
public final class Rbac {
  private static final String GROUP = "rbac.authorization.k8s.io";
  private final Api api;

  public Rbac(Api api) {
    this.api = api;
  }

  /** Whether the caller may do it. */
  public boolean allows(Caller caller, Attributes wish) {
    if (caller.groups().contains(Callers.MASTERS)) {
      return true;
    }
    for (JsonNode rule : rules(caller, wish.namespace())) {
      if (matches(rule, wish)) {
        return true;
      }
    }
    return false;
  }

  /** Every rule that holds for the caller in a namespace; empty: the cluster-wide ones alone. */
  public List<JsonNode> rules(Caller caller, String namespace) {
    List<JsonNode> rules = new ArrayList<>();
    for (ObjectNode binding : all("clusterrolebindings", "")) {
      if (binds(binding, caller, "")) {
        rules.addAll(role(binding.path("roleRef"), ""));
      }
    }
    if (!namespace.isEmpty()) {
      for (ObjectNode binding : all("rolebindings", namespace)) {
        if (binds(binding, caller, namespace)) {
          rules.addAll(role(binding.path("roleRef"), namespace));
        }
      }
    }
    return rules;
  }

  /** The rules of the role that a {@code roleRef} names; none when it is not there. */
  public List<JsonNode> role(JsonNode ref, String namespace) {
    boolean cluster = ref.path("kind").asString("").equals("ClusterRole");
    ResourceType type = api.type(GROUP, cluster ? "clusterroles" : "roles");
    if (type == null) {
      return List.of();
    }
    String place = cluster ? "" : namespace;
    try {
      JsonNode role =
          api.get(
              new ObjectRef(type, place, ref.path("name").asString("")), "v1", Subresource.NONE);
      List<JsonNode> rules = new ArrayList<>();
      role.path("rules").forEach(rules::add);
      return rules;
    } catch (StatusException notThere) {
      return List.of();
    }
  }

  private List<ObjectNode> all(String plural, String namespace) {
    ResourceType type = api.type(GROUP, plural);
    return type == null
        ? List.of()
        : api.list(new ObjectQuery(type, "v1", namespace, "", ""), 0, "").items();
  }

  private static boolean binds(JsonNode binding, Caller caller, String namespace) {
    for (JsonNode subject : binding.path("subjects")) {
      String name = subject.path("name").asString("");
      boolean hit =
          switch (subject.path("kind").asString("")) {
            case "User" -> caller.user().equals(name);
            case "Group" -> caller.groups().contains(name);
            case "ServiceAccount" ->
                caller
                    .user()
                    .equals(
                        "system:serviceaccount:"
                            + subject.path("namespace").asString(namespace)
                            + ":"
                            + name);
            default -> false;
          };
      if (hit) {
        return true;
      }
    }
    return false;
  }

  /** Whether one {@code PolicyRule} allows it. */
  static boolean matches(JsonNode rule, Attributes wish) {
    if (!has(rule.path("verbs"), wish.verb())) {
      return false;
    }
    if (wish.resource().isEmpty()) {
      return matchesPath(rule.path("nonResourceURLs"), wish.path());
    }
    return has(rule.path("apiGroups"), wish.group())
        && matchesResource(rule.path("resources"), wish)
        && (rule.path("resourceNames").isEmpty()
            || contains(rule.path("resourceNames"), wish.name()));
  }

  private static boolean matchesResource(JsonNode resources, Attributes wish) {
    return has(resources, wish.full())
        || !wish.subresource().isEmpty() && contains(resources, "*/" + wish.subresource());
  }

  private static boolean matchesPath(JsonNode patterns, String path) {
    for (JsonNode each : patterns) {
      String pattern = each.asString("");
      if (pattern.equals(path)
          || pattern.endsWith("*") && path.startsWith(pattern.substring(0, pattern.length() - 1))) {
        return true;
      }
    }
    return false;
  }

  private static boolean has(JsonNode values, String value) {
    return contains(values, "*") || contains(values, value);
  }

  private static boolean contains(JsonNode values, String value) {
    for (JsonNode each : values) {
      if (each.asString("").equals(value)) {
        return true;
      }
    }
    return false;
  }
}
