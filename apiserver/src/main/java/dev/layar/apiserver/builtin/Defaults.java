package dev.layar.apiserver.builtin;

import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.json.Json;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Fills in what a client left out, as {@code pkg/apis/<group>/v1/defaults.go} does. Stateless;
 * changes the tree that it is given, and changes nothing when it is run again.
 */
public final class Defaults {
  private Defaults() {}

  /** Completes an object of a built-in kind. */
  public static void apply(ResourceType type, ObjectNode object) {
    if (type.custom()) {
      return;
    }
    switch (type.qualified()) {
      case "namespaces" -> namespace(object);
      case "pods" -> pod(Json.make(object, "spec"));
      case "podtemplates" -> template(object, "template");
      case "services" -> service(Json.make(object, "spec"));
      case "endpoints" -> endpoints(object);
      case "endpointslices.discovery.k8s.io" -> ports(object);
      case "secrets" -> secret(object);
      case "replicationcontrollers" -> replicas(object);
      case "deployments.apps" -> deployment(object);
      case "replicasets.apps" -> replicas(object);
      case "statefulsets.apps" -> statefulSet(object);
      case "daemonsets.apps" -> daemonSet(object);
      case "jobs.batch" -> job(Json.make(object, "spec"));
      case "cronjobs.batch" -> cronJob(Json.make(object, "spec"));
      case "mutatingwebhookconfigurations.admissionregistration.k8s.io" ->
          Json.list(object, "webhooks").forEach(w -> webhook(w, true));
      case "validatingwebhookconfigurations.admissionregistration.k8s.io" ->
          Json.list(object, "webhooks").forEach(w -> webhook(w, false));
      case "rolebindings.rbac.authorization.k8s.io",
          "clusterrolebindings.rbac.authorization.k8s.io" ->
          binding(object);
      case "horizontalpodautoscalers.autoscaling" ->
          put(Json.make(object, "spec"), "minReplicas", 1);
      case "persistentvolumeclaims" -> put(Json.make(object, "spec"), "volumeMode", "Filesystem");
      case "ingresses.networking.k8s.io", "networkpolicies.networking.k8s.io" -> policy(object);
      default -> {}
    }
  }

  private static void put(ObjectNode object, String name, String value) {
    if (!object.has(name) || object.path(name).asString("x").isEmpty()) {
      object.put(name, value);
    }
  }

  private static void put(ObjectNode object, String name, int value) {
    if (!object.has(name)) {
      object.put(name, value);
    }
  }

  private static void put(ObjectNode object, String name, boolean value) {
    if (!object.has(name)) {
      object.put(name, value);
    }
  }

  private static void namespace(ObjectNode object) {
    String name = Json.text(object, "metadata", "name");
    Json.make(Json.make(object, "metadata"), "labels").put("kubernetes.io/metadata.name", name);
    ObjectNode status = Json.make(object, "status");
    put(status, "phase", "Active");
  }

  /** Text is kept as data. */
  private static void secret(ObjectNode object) {
    put(object, "type", "Opaque");
    if (object.remove("stringData") instanceof ObjectNode text) {
      ObjectNode data = Json.make(object, "data");
      text.properties()
          .forEach(
              entry -> {
                byte[] bytes = entry.getValue().asString("").getBytes(StandardCharsets.UTF_8);
                data.put(entry.getKey(), Base64.getEncoder().encodeToString(bytes));
              });
    }
  }

  private static void policy(ObjectNode object) {
    if (Json.text(object, "kind").equals("NetworkPolicy")) {
      ObjectNode spec = Json.make(object, "spec");
      if (!spec.has("policyTypes")) {
        var types = spec.putArray("policyTypes").add("Ingress");
        if (spec.has("egress")) {
          types.add("Egress");
        }
      }
    }
  }

  private static void pod(ObjectNode spec) {
    put(spec, "restartPolicy", "Always");
    put(spec, "dnsPolicy", "ClusterFirst");
    put(spec, "terminationGracePeriodSeconds", 30);
    put(spec, "schedulerName", "default-scheduler");
    put(spec, "enableServiceLinks", true);
    Json.make(spec, "securityContext");
    String account = Json.text(spec, "serviceAccountName");
    if (!account.isEmpty()) {
      put(spec, "serviceAccount", account);
    }
    Json.list(spec, "containers").forEach(Defaults::container);
    Json.list(spec, "initContainers").forEach(Defaults::container);
    Json.list(spec, "volumes").forEach(Defaults::volume);
  }

  private static void container(JsonNode node) {
    if (!(node instanceof ObjectNode container)) {
      return;
    }
    put(container, "imagePullPolicy", pullPolicy(Json.text(container, "image")));
    put(container, "terminationMessagePath", "/dev/termination-log");
    put(container, "terminationMessagePolicy", "File");
    Json.make(container, "resources");
    ports(container);
    for (String probe : List.of("livenessProbe", "readinessProbe", "startupProbe")) {
      if (container.get(probe) instanceof ObjectNode object) {
        probe(object);
      }
    }
    Json.list(container, "env").forEach(Defaults::env);
  }

  private static void env(JsonNode node) {
    if (node.path("valueFrom").path("fieldRef") instanceof ObjectNode reference) {
      put(reference, "apiVersion", "v1");
    }
  }

  /** {@code Always} for the tag "latest" and for none. */
  private static String pullPolicy(String image) {
    String last = image.substring(image.lastIndexOf('/') + 1);
    boolean latest = !last.contains("@") && (!last.contains(":") || last.endsWith(":latest"));
    return latest ? "Always" : "IfNotPresent";
  }

  private static void probe(ObjectNode probe) {
    put(probe, "timeoutSeconds", 1);
    put(probe, "periodSeconds", 10);
    put(probe, "successThreshold", 1);
    put(probe, "failureThreshold", 3);
    if (probe.get("httpGet") instanceof ObjectNode get) {
      put(get, "path", "/");
      put(get, "scheme", "HTTP");
    }
  }

  private static void volume(JsonNode node) {
    for (String kind : List.of("configMap", "secret", "projected", "downwardAPI")) {
      if (node.get(kind) instanceof ObjectNode source) {
        put(source, "defaultMode", 420);
      }
    }
    for (JsonNode source : Json.list(node.path("projected"), "sources")) {
      if (source.get("serviceAccountToken") instanceof ObjectNode token) {
        put(token, "expirationSeconds", 3600);
      }
    }
  }

  private static void ports(JsonNode parent) {
    for (JsonNode port : Json.list(parent, "ports")) {
      if (port instanceof ObjectNode object) {
        put(object, "protocol", "TCP");
      }
    }
  }

  private static void endpoints(ObjectNode object) {
    Json.list(object, "subsets").forEach(Defaults::ports);
  }

  private static void service(ObjectNode spec) {
    put(spec, "type", "ClusterIP");
    put(spec, "sessionAffinity", "None");
    String type = Json.text(spec, "type");
    ports(spec);
    for (JsonNode port : Json.list(spec, "ports")) {
      if (port instanceof ObjectNode object && !object.has("targetPort") && object.has("port")) {
        object.set("targetPort", object.path("port"));
      }
    }
    if (!type.equals("ExternalName")) {
      put(spec, "internalTrafficPolicy", "Cluster");
      put(spec, "ipFamilyPolicy", "SingleStack");
      if (!spec.has("ipFamilies")) {
        spec.putArray("ipFamilies").add("IPv4");
      }
    }
    if (type.equals("NodePort") || type.equals("LoadBalancer")) {
      put(spec, "externalTrafficPolicy", "Cluster");
    }
    if (type.equals("LoadBalancer")) {
      put(spec, "allocateLoadBalancerNodePorts", true);
    }
  }

  private static void template(ObjectNode parent, String name) {
    if (parent.get(name) instanceof ObjectNode template) {
      pod(Json.make(template, "spec"));
    }
  }

  private static void replicas(ObjectNode object) {
    ObjectNode spec = Json.make(object, "spec");
    put(spec, "replicas", 1);
    template(spec, "template");
  }

  private static void deployment(ObjectNode object) {
    replicas(object);
    ObjectNode spec = Json.make(object, "spec");
    put(spec, "revisionHistoryLimit", 10);
    put(spec, "progressDeadlineSeconds", 600);
    ObjectNode strategy = Json.make(spec, "strategy");
    put(strategy, "type", "RollingUpdate");
    if (Json.text(strategy, "type").equals("RollingUpdate")) {
      ObjectNode rolling = Json.make(strategy, "rollingUpdate");
      put(rolling, "maxSurge", "25%");
      put(rolling, "maxUnavailable", "25%");
    }
  }

  private static void statefulSet(ObjectNode object) {
    replicas(object);
    ObjectNode spec = Json.make(object, "spec");
    put(spec, "podManagementPolicy", "OrderedReady");
    put(spec, "revisionHistoryLimit", 10);
    ObjectNode strategy = Json.make(spec, "updateStrategy");
    put(strategy, "type", "RollingUpdate");
    if (Json.text(strategy, "type").equals("RollingUpdate")) {
      put(Json.make(strategy, "rollingUpdate"), "partition", 0);
    }
    ObjectNode retention = Json.make(spec, "persistentVolumeClaimRetentionPolicy");
    put(retention, "whenDeleted", "Retain");
    put(retention, "whenScaled", "Retain");
  }

  private static void daemonSet(ObjectNode object) {
    ObjectNode spec = Json.make(object, "spec");
    template(spec, "template");
    put(spec, "revisionHistoryLimit", 10);
    ObjectNode strategy = Json.make(spec, "updateStrategy");
    put(strategy, "type", "RollingUpdate");
    if (Json.text(strategy, "type").equals("RollingUpdate")) {
      ObjectNode rolling = Json.make(strategy, "rollingUpdate");
      put(rolling, "maxSurge", 0);
      put(rolling, "maxUnavailable", 1);
    }
  }

  private static void job(ObjectNode spec) {
    template(spec, "template");
    put(spec, "parallelism", 1);
    put(spec, "completions", 1);
    put(spec, "backoffLimit", 6);
    put(spec, "completionMode", "NonIndexed");
    put(spec, "suspend", false);
    put(spec, "podReplacementPolicy", "TerminatingOrFailed");
  }

  private static void cronJob(ObjectNode spec) {
    put(spec, "concurrencyPolicy", "Allow");
    put(spec, "suspend", false);
    put(spec, "successfulJobsHistoryLimit", 3);
    put(spec, "failedJobsHistoryLimit", 1);
    if (spec.path("jobTemplate").get("spec") instanceof ObjectNode job) {
      template(job, "template");
    }
  }

  private static void webhook(JsonNode node, boolean mutating) {
    if (!(node instanceof ObjectNode webhook)) {
      return;
    }
    put(webhook, "failurePolicy", "Fail");
    put(webhook, "matchPolicy", "Equivalent");
    put(webhook, "timeoutSeconds", 10);
    Json.make(webhook, "namespaceSelector");
    Json.make(webhook, "objectSelector");
    if (mutating) {
      put(webhook, "reinvocationPolicy", "Never");
    }
    for (JsonNode rule : Json.list(webhook, "rules")) {
      if (rule instanceof ObjectNode object) {
        put(object, "scope", "*");
      }
    }
    if (webhook.path("clientConfig").get("service") instanceof ObjectNode service) {
      put(service, "port", 443);
    }
  }

  private static void binding(ObjectNode object) {
    String group = "rbac.authorization.k8s.io";
    put(Json.make(object, "roleRef"), "apiGroup", group);
    for (JsonNode subject : Json.list(object, "subjects")) {
      String kind = Json.text(subject, "kind");
      if (subject instanceof ObjectNode node && (kind.equals("User") || kind.equals("Group"))) {
        put(node, "apiGroup", group);
      }
    }
  }
}
