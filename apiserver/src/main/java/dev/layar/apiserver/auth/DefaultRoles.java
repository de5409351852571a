package dev.layar.apiserver.auth;

import dev.layar.apiserver.Api;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException;
import dev.layar.apiserver.WriteOptions;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The cluster roles that Kubernetes installs and users bind: cluster-admin, admin, edit, view, and
 * what everybody may see. Makes those that are missing and changes none that is there. Stateless.
 */
public final class DefaultRoles {
  private static final String GROUP = "rbac.authorization.k8s.io";
  private static final List<String> READ = List.of("get", "list", "watch");
  private static final List<String> WRITE =
      List.of("create", "delete", "deletecollection", "patch", "update");
  private static final List<String> ALL = List.of("*");

  private DefaultRoles() {}

  /** A rule of a role. */
  private record Rule(List<String> groups, List<String> resources, List<String> verbs) {}

  /** Kinds that an application is made of. */
  private static List<Rule> application(List<String> verbs) {
    return List.of(
        new Rule(
            List.of(""),
            List.of(
                "configmaps",
                "endpoints",
                "persistentvolumeclaims",
                "pods",
                "replicationcontrollers",
                "replicationcontrollers/scale",
                "serviceaccounts",
                "services"),
            verbs),
        new Rule(
            List.of("apps"),
            List.of(
                "daemonsets",
                "deployments",
                "deployments/scale",
                "replicasets",
                "replicasets/scale",
                "statefulsets",
                "statefulsets/scale"),
            verbs),
        new Rule(List.of("batch"), List.of("cronjobs", "jobs"), verbs),
        new Rule(List.of("autoscaling"), List.of("horizontalpodautoscalers"), verbs),
        new Rule(List.of("policy"), List.of("poddisruptionbudgets"), verbs),
        new Rule(List.of("networking.k8s.io"), List.of("ingresses", "networkpolicies"), verbs),
        new Rule(
            List.of(
                "networking.istio.io",
                "security.istio.io",
                "telemetry.istio.io",
                "extensions.istio.io",
                "gateway.networking.k8s.io"),
            ALL,
            verbs));
  }

  private static List<Rule> view() {
    List<Rule> rules = new ArrayList<>(application(READ));
    rules.add(
        new Rule(
            List.of(""),
            List.of(
                "bindings",
                "events",
                "limitranges",
                "namespaces",
                "namespaces/status",
                "pods/log",
                "pods/status",
                "resourcequotas"),
            READ));
    rules.add(new Rule(List.of("events.k8s.io"), List.of("events"), READ));
    rules.add(new Rule(List.of("discovery.k8s.io"), List.of("endpointslices"), READ));
    rules.add(new Rule(List.of("metrics.k8s.io"), List.of("pods", "nodes"), READ));
    rules.add(
        new Rule(
            List.of("apps"),
            List.of(
                "controllerrevisions",
                "daemonsets/status",
                "deployments/status",
                "replicasets/status",
                "statefulsets/status"),
            READ));
    return rules;
  }

  private static List<Rule> edit() {
    List<Rule> rules = new ArrayList<>(view());
    rules.addAll(application(WRITE));
    rules.add(new Rule(List.of(""), List.of("secrets"), both()));
    rules.add(
        new Rule(
            List.of(""),
            List.of("pods/attach", "pods/exec", "pods/portforward", "pods/proxy"),
            List.of("get", "create")));
    rules.add(
        new Rule(
            List.of(""), List.of("pods/eviction", "serviceaccounts/token"), List.of("create")));
    rules.add(new Rule(List.of(""), List.of("events"), WRITE));
    rules.add(new Rule(List.of("coordination.k8s.io"), List.of("leases"), both()));
    return rules;
  }

  private static List<Rule> admin() {
    List<Rule> rules = new ArrayList<>(edit());
    rules.add(new Rule(List.of(GROUP), List.of("roles", "rolebindings"), both()));
    rules.add(
        new Rule(
            List.of("authorization.k8s.io"),
            List.of("localsubjectaccessreviews"),
            List.of("create")));
    return rules;
  }

  private static List<String> both() {
    List<String> verbs = new ArrayList<>(READ);
    verbs.addAll(WRITE);
    return verbs;
  }

  /** Makes what is missing. */
  public static void install(Api api) {
    ResourceType roles = api.type(GROUP, "clusterroles");
    ResourceType bindings = api.type(GROUP, "clusterrolebindings");
    if (roles == null || bindings == null) {
      return;
    }
    ObjectNode everything = role("cluster-admin", List.of(new Rule(ALL, ALL, ALL)));
    paths((ArrayNode) everything.path("rules"), List.of("*"), ALL);
    create(api, roles, everything);
    create(api, roles, role("admin", admin()));
    create(api, roles, role("edit", edit()));
    create(api, roles, role("view", view()));
    ObjectNode discovery = role("system:discovery", List.of());
    paths(
        (ArrayNode) discovery.path("rules"),
        List.of("/api", "/api/*", "/apis", "/apis/*", "/openapi", "/openapi/*", "/version"),
        List.of("get"));
    create(api, roles, discovery);
    create(
        api,
        roles,
        role(
            "system:basic-user",
            List.of(
                new Rule(
                    List.of("authorization.k8s.io"),
                    List.of("selfsubjectaccessreviews", "selfsubjectrulesreviews"),
                    List.of("create")),
                new Rule(
                    List.of("authentication.k8s.io"),
                    List.of("selfsubjectreviews"),
                    List.of("create")))));
    create(api, bindings, binding("cluster-admin", Callers.MASTERS));
    create(api, bindings, binding("system:discovery", Callers.AUTHENTICATED));
    create(api, bindings, binding("system:basic-user", Callers.AUTHENTICATED));
  }

  private static void create(Api api, ResourceType type, ObjectNode object) {
    try {
      api.create(type, "v1", "", object, WriteOptions.system("layar-rbac-defaults"));
    } catch (StatusException e) {
      if (!e.reason().equals("AlreadyExists")) {
        throw e;
      }
    }
  }

  private static ObjectNode role(String name, List<Rule> rules) {
    ObjectNode role = object("ClusterRole", name);
    ArrayNode list = role.putArray("rules");
    for (Rule rule : rules) {
      ObjectNode node = list.addObject();
      rule.groups().forEach(node.putArray("apiGroups")::add);
      rule.resources().forEach(node.putArray("resources")::add);
      rule.verbs().forEach(node.putArray("verbs")::add);
    }
    return role;
  }

  private static void paths(ArrayNode rules, List<String> paths, List<String> verbs) {
    ObjectNode node = rules.addObject();
    paths.forEach(node.putArray("nonResourceURLs")::add);
    verbs.forEach(node.putArray("verbs")::add);
  }

  private static ObjectNode binding(String role, String group) {
    ObjectNode binding = object("ClusterRoleBinding", role);
    binding
        .putObject("roleRef")
        .put("apiGroup", GROUP)
        .put("kind", "ClusterRole")
        .put("name", role);
    binding
        .putArray("subjects")
        .addObject()
        .put("apiGroup", GROUP)
        .put("kind", "Group")
        .put("name", group);
    return binding;
  }

  private static ObjectNode object(String kind, String name) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.put("apiVersion", GROUP + "/v1").put("kind", kind);
    object
        .putObject("metadata")
        .put("name", name)
        .putObject("labels")
        .put("kubernetes.io/bootstrapping", "rbac-defaults");
    return object;
  }
}
