package dev.layar.apiserver.auth;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.Api;
import dev.layar.apiserver.Caller;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.StatusException.Details;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Nobody gives away rights that he does not have: who writes a role or binds one must hold every
 * right in it, or the verb {@code escalate} or {@code bind} (Kubernetes, "Privilege escalation
 * prevention"). Thread-safe. It is made before the {@link Api} that asks it; until {@link #attach}
 * it admits everything.
 */
public final class RoleGuard implements Admission {
  private static final String GROUP = "rbac.authorization.k8s.io";

  /** Rights in one role beyond which nobody but a master may write it. */
  private static final int MOST_RIGHTS = 10_000;

  private volatile @Nullable Rbac rbac;

  /** From now on roles are guarded. */
  public void attach(Api api) {
    rbac = new Rbac(api);
  }

  @Override
  public List<String> admit(Request request) {
    Rbac by = rbac;
    ObjectNode after = request.after();
    Caller caller = request.options().caller();
    boolean ours = request.ref().type().group().equals(GROUP);
    if (by != null && ours && after != null && !caller.groups().contains(Callers.MASTERS)) {
      switch (request.ref().type().plural()) {
        case "roles", "clusterroles" -> checkRole(by, caller, request, after);
        case "rolebindings", "clusterrolebindings" -> checkBinding(by, caller, request, after);
        default -> {}
      }
    }
    return List.of();
  }

  private static void checkRole(Rbac rbac, Caller caller, Request request, ObjectNode after) {
    JsonNode before =
        request.before() == null
            ? JsonNodeFactory.instance.missingNode()
            : request.before().path("rules");
    boolean same = before.equals(after.path("rules"));
    if (!same && !rbac.allows(caller, about(request, "escalate", request.ref().name()))) {
      require(rbac, caller, request, rules(after.path("rules")));
    }
  }

  private static void checkBinding(Rbac rbac, Caller caller, Request request, ObjectNode after) {
    JsonNode ref = after.path("roleRef");
    boolean cluster = ref.path("kind").asString("").equals("ClusterRole");
    Attributes bind =
        new Attributes(
            "bind",
            GROUP,
            cluster ? "clusterroles" : "roles",
            "",
            request.ref().namespace(),
            ref.path("name").asString(""),
            "");
    if (!rbac.allows(caller, bind)) {
      require(rbac, caller, request, rbac.role(ref, request.ref().namespace()));
    }
  }

  private static Attributes about(Request request, String verb, String name) {
    return new Attributes(
        verb, GROUP, request.ref().type().plural(), "", request.ref().namespace(), name, "");
  }

  private static List<JsonNode> rules(JsonNode list) {
    List<JsonNode> rules = new ArrayList<>();
    list.forEach(rules::add);
    return rules;
  }

  private static void require(Rbac rbac, Caller caller, Request request, List<JsonNode> wanted) {
    List<JsonNode> own = rbac.rules(caller, request.ref().namespace());
    int count = 0;
    for (JsonNode rule : wanted) {
      for (Attributes right : rights(rule, request.ref().namespace())) {
        count++;
        if (count > MOST_RIGHTS || own.stream().noneMatch(o -> Rbac.matches(o, right))) {
          throw refused(caller, request, right);
        }
      }
    }
  }

  /** A rule taken apart: each verb on each resource. */
  private static List<Attributes> rights(JsonNode rule, String namespace) {
    List<Attributes> rights = new ArrayList<>();
    for (JsonNode verb : rule.path("verbs")) {
      for (JsonNode path : rule.path("nonResourceURLs")) {
        rights.add(Attributes.path(verb.asString(""), path.asString("")));
      }
      for (JsonNode group : rule.path("apiGroups")) {
        for (JsonNode resource : rule.path("resources")) {
          for (String name : names(rule)) {
            String[] parts = resource.asString("").split("/", 2);
            rights.add(
                new Attributes(
                    verb.asString(""),
                    group.asString(""),
                    parts[0],
                    parts.length > 1 ? parts[1] : "",
                    namespace,
                    name,
                    ""));
            if (rights.size() > MOST_RIGHTS) {
              return rights;
            }
          }
        }
      }
    }
    return rights;
  }

  /** The named objects, or one empty name for all. */
  private static List<String> names(JsonNode rule) {
    List<String> names = new ArrayList<>();
    rule.path("resourceNames").forEach(name -> names.add(name.asString("")));
    return names.isEmpty() ? List.of("") : names;
  }

  private static StatusException refused(Caller caller, Request request, Attributes right) {
    String what = right.resource().isEmpty() ? right.path() : right.full();
    return new StatusException(
        403,
        "Forbidden",
        request.ref().type().qualified()
            + " \""
            + request.ref().name()
            + "\" is forbidden: user \""
            + caller.user()
            + "\" is attempting to grant RBAC permissions not currently held: "
            + right.verb()
            + " "
            + what,
        new Details(GROUP, request.ref().type().plural(), request.ref().name(), "", List.of(), 0));
  }
}
