package dev.layar.apiserver.table;

import static dev.layar.apiserver.table.Column.age;
import static dev.layar.apiserver.table.Column.count;
import static dev.layar.apiserver.table.Column.number;
import static dev.layar.apiserver.table.Column.objectName;
import static dev.layar.apiserver.table.Column.onlyWide;
import static dev.layar.apiserver.table.Column.since;
import static dev.layar.apiserver.table.Column.text;

import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.StringJoiner;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.JsonNodeFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * The columns of every built-in kind, of Istio's and of the Gateway API's (kubernetes
 * pkg/printers/internalversion; additionalPrinterColumns of the published CRDs). Immutable.
 */
final class Printers {
  private static final JsonNodeFactory NODES = JsonNodeFactory.instance;
  private static final List<Column> PLAIN = List.of(objectName(), age());
  private static final List<Column> WORKLOAD_TAIL =
      List.of(
          onlyWide("Containers", o -> Cells.containers(podSpec(o))),
          onlyWide("Images", o -> Cells.images(podSpec(o))));
  private static final List<Column> SELECTOR =
      List.of(onlyWide("Selector", o -> Cells.selector(o.path("spec").path("selector"))));

  /** By {@code plural.group}, or the plural alone for core. */
  private static final Map<String, List<Column>> BY_KIND =
      Map.ofEntries(
          Map.entry("pods", pods()),
          Map.entry("services", services()),
          Map.entry("namespaces", namespaces()),
          Map.entry("nodes", nodes()),
          Map.entry("events", events("involvedObject")),
          Map.entry("events.events.k8s.io", events("regarding")),
          Map.entry("endpoints", endpoints()),
          Map.entry("configmaps", List.of(objectName(), data(), age())),
          Map.entry(
              "secrets",
              List.of(
                  objectName(), text("Type", o -> Cells.text(o, "type", "Opaque")), data(), age())),
          Map.entry("serviceaccounts", List.of(objectName(), count("Secrets", "secrets"), age())),
          Map.entry("persistentvolumeclaims", claims()),
          Map.entry("deployments.apps", deployments()),
          Map.entry("replicasets.apps", replicaSets()),
          Map.entry("statefulsets.apps", statefulSets()),
          Map.entry("daemonsets.apps", daemonSets()),
          Map.entry("jobs.batch", jobs()),
          Map.entry("cronjobs.batch", cronJobs()),
          Map.entry("endpointslices.discovery.k8s.io", endpointSlices()),
          Map.entry("ingresses.networking.k8s.io", ingresses()),
          Map.entry(
              "leases.coordination.k8s.io",
              List.of(
                  objectName(),
                  text("Holder", o -> Cells.text(o, "spec.holderIdentity", "")),
                  age())),
          Map.entry("horizontalpodautoscalers.autoscaling", autoscalers()),
          Map.entry("poddisruptionbudgets.policy", budgets()),
          Map.entry(
              "customresourcedefinitions.apiextensions.k8s.io",
              List.of(
                  objectName(),
                  text("Created At", o -> Cells.text(o, "metadata.creationTimestamp", "")))),
          Map.entry(
              "mutatingwebhookconfigurations.admissionregistration.k8s.io",
              List.of(objectName(), count("Webhooks", "webhooks"), age())),
          Map.entry(
              "validatingwebhookconfigurations.admissionregistration.k8s.io",
              List.of(objectName(), count("Webhooks", "webhooks"), age())),
          Map.entry("roles.rbac.authorization.k8s.io", List.of(objectName(), createdAt())),
          Map.entry("clusterroles.rbac.authorization.k8s.io", List.of(objectName(), createdAt())),
          Map.entry("rolebindings.rbac.authorization.k8s.io", bindings()),
          Map.entry("clusterrolebindings.rbac.authorization.k8s.io", bindings()),
          Map.entry(
              "virtualservices.networking.istio.io",
              List.of(
                  objectName(),
                  json("Gateways", "spec.gateways"),
                  json("Hosts", "spec.hosts"),
                  age())),
          Map.entry(
              "destinationrules.networking.istio.io",
              List.of(objectName(), json("Host", "spec.host"), age())),
          Map.entry(
              "serviceentries.networking.istio.io",
              List.of(
                  objectName(),
                  json("Hosts", "spec.hosts"),
                  json("Location", "spec.location"),
                  json("Resolution", "spec.resolution"),
                  age())),
          Map.entry(
              "workloadentries.networking.istio.io",
              List.of(objectName(), age(), json("Address", "spec.address"))),
          Map.entry(
              "authorizationpolicies.security.istio.io",
              List.of(objectName(), json("Action", "spec.action"), age())),
          Map.entry(
              "peerauthentications.security.istio.io",
              List.of(objectName(), json("Mode", "spec.mtls.mode"), age())),
          Map.entry(
              "gatewayclasses.gateway.networking.k8s.io",
              List.of(
                  objectName(),
                  json("Controller", "spec.controllerName"),
                  text("Accepted", o -> Cells.condition(o, "Accepted")),
                  age(),
                  json("Description", "spec.description").asWide())),
          Map.entry(
              "gateways.gateway.networking.k8s.io",
              List.of(
                  objectName(),
                  json("Class", "spec.gatewayClassName"),
                  text(
                      "Address",
                      o -> Cells.joined(o.path("status").path("addresses"), Printers::value)),
                  text("Programmed", o -> Cells.condition(o, "Programmed")),
                  age())),
          Map.entry(
              "httproutes.gateway.networking.k8s.io",
              List.of(objectName(), json("Hostnames", "spec.hostnames"), age())),
          Map.entry(
              "grpcroutes.gateway.networking.k8s.io",
              List.of(objectName(), json("Hostnames", "spec.hostnames"), age())));

  private Printers() {}

  /** The columns of a kind; name and age when it has none of its own. */
  static List<Column> of(String qualified) {
    return BY_KIND.getOrDefault(qualified, PLAIN);
  }

  static boolean has(String qualified) {
    return BY_KIND.containsKey(qualified);
  }

  private static String value(JsonNode node) {
    return node.path("value").asString("");
  }

  /** A CRD's column: arrays as compact JSON, what is missing as nothing. */
  static Column json(String name, String path) {
    return new Column(
        name,
        "string",
        false,
        (o, _) -> {
          JsonNode node = Cells.at(o, path);
          return NODES.stringNode(
              node.isMissingNode() || node.isNull()
                  ? ""
                  : node.isContainer() ? node.toString() : node.asString(""));
        });
  }

  private static Column createdAt() {
    return text("Created At", o -> Cells.text(o, "metadata.creationTimestamp", ""));
  }

  private static Column data() {
    return new Column(
        "Data",
        "string",
        false,
        (o, _) -> NODES.numberNode(o.path("data").size() + o.path("binaryData").size()));
  }

  @SafeVarargs
  private static List<Column> all(List<Column>... parts) {
    List<Column> all = new ArrayList<>();
    for (List<Column> part : parts) {
      all.addAll(part);
    }
    return List.copyOf(all);
  }

  private static JsonNode podSpec(ObjectNode workload) {
    return workload.path("spec").path("template").path("spec");
  }

  private static List<Column> pods() {
    return List.of(
        objectName(),
        text("Ready", PodCells::ready),
        text("Status", PodCells::status),
        new Column(
            "Restarts", "string", false, (o, now) -> NODES.stringNode(PodCells.restarts(o, now))),
        age(),
        onlyWide("IP", o -> Cells.text(o, "status.podIP", Cells.NONE)),
        onlyWide("Node", o -> Cells.text(o, "spec.nodeName", Cells.NONE)),
        onlyWide("Nominated Node", o -> Cells.text(o, "status.nominatedNodeName", Cells.NONE)),
        onlyWide("Readiness Gates", PodCells::gates));
  }

  private static List<Column> deployments() {
    return all(
        List.of(
            objectName(),
            text("Ready", o -> ratio(o, "status.readyReplicas", "spec.replicas")),
            number("Up-to-date", "status.updatedReplicas"),
            number("Available", "status.availableReplicas"),
            age()),
        WORKLOAD_TAIL,
        SELECTOR);
  }

  private static String ratio(ObjectNode object, String is, String wanted) {
    return Cells.at(object, is).asLong(0) + "/" + Cells.at(object, wanted).asLong(0);
  }

  private static List<Column> replicaSets() {
    return all(
        List.of(
            objectName(),
            number("Desired", "spec.replicas"),
            number("Current", "status.replicas"),
            number("Ready", "status.readyReplicas"),
            age()),
        WORKLOAD_TAIL,
        SELECTOR);
  }

  private static List<Column> statefulSets() {
    return all(
        List.of(
            objectName(),
            text("Ready", o -> ratio(o, "status.readyReplicas", "spec.replicas")),
            age()),
        WORKLOAD_TAIL);
  }

  private static List<Column> daemonSets() {
    return all(
        List.of(
            objectName(),
            number("Desired", "status.desiredNumberScheduled"),
            number("Current", "status.currentNumberScheduled"),
            number("Ready", "status.numberReady"),
            number("Up-to-date", "status.updatedNumberScheduled"),
            number("Available", "status.numberAvailable"),
            text("Node Selector", o -> Cells.pairs(podSpec(o).path("nodeSelector"))),
            age()),
        WORKLOAD_TAIL,
        SELECTOR);
  }

  private static List<Column> services() {
    return List.of(
        objectName(),
        text("Type", o -> Cells.text(o, "spec.type", "ClusterIP")),
        text("Cluster-IP", o -> Cells.text(o, "spec.clusterIP", Cells.NONE)),
        text("External-IP", Printers::externalAddress),
        text(
            "Port(s)",
            o -> Cells.orNone(Cells.joined(o.path("spec").path("ports"), Printers::port))),
        age(),
        onlyWide("Selector", o -> Cells.pairs(o.path("spec").path("selector"))));
  }

  private static String externalAddress(ObjectNode service) {
    List<String> all = new ArrayList<>();
    boolean balancer = Cells.text(service, "spec.type", "").equals("LoadBalancer");
    if (balancer) {
      for (JsonNode ingress : Cells.at(service, "status.loadBalancer.ingress")) {
        all.add(ingress.path("ip").asString(ingress.path("hostname").asString("")));
      }
    }
    service.path("spec").path("externalIPs").forEach(ip -> all.add(ip.asString("")));
    if (Cells.text(service, "spec.type", "").equals("ExternalName")) {
      all.add(Cells.text(service, "spec.externalName", ""));
    }
    if (all.isEmpty()) {
      return balancer ? "<pending>" : Cells.NONE;
    }
    return String.join(",", all);
  }

  private static String port(JsonNode port) {
    long nodePort = port.path("nodePort").asLong(0);
    return port.path("port").asLong(0)
        + (nodePort == 0 ? "" : ":" + nodePort)
        + "/"
        + port.path("protocol").asString("TCP");
  }

  private static List<Column> namespaces() {
    return List.of(
        objectName(), text("Status", o -> Cells.text(o, "status.phase", "Active")), age());
  }

  private static List<Column> nodes() {
    return List.of(
        objectName(),
        text("Status", Printers::nodeStatus),
        text("Roles", Printers::roles),
        age(),
        text("Version", o -> Cells.text(o, "status.nodeInfo.kubeletVersion", "")),
        onlyWide("Internal-IP", o -> address(o, "InternalIP")),
        onlyWide("External-IP", o -> address(o, "ExternalIP")),
        onlyWide("OS-Image", o -> Cells.text(o, "status.nodeInfo.osImage", "<unknown>")),
        onlyWide(
            "Kernel-Version", o -> Cells.text(o, "status.nodeInfo.kernelVersion", "<unknown>")),
        onlyWide(
            "Container-Runtime",
            o -> Cells.text(o, "status.nodeInfo.containerRuntimeVersion", "<unknown>")));
  }

  private static String nodeStatus(ObjectNode node) {
    String ready =
        switch (Cells.condition(node, "Ready")) {
          case "True" -> "Ready";
          case "" -> "Unknown";
          default -> "NotReady";
        };
    return node.path("spec").path("unschedulable").asBoolean(false)
        ? ready + ",SchedulingDisabled"
        : ready;
  }

  private static String roles(ObjectNode node) {
    String prefix = "node-role.kubernetes.io/";
    TreeSet<String> roles = new TreeSet<>();
    for (var label : node.path("metadata").path("labels").properties()) {
      if (label.getKey().startsWith(prefix)) {
        roles.add(label.getKey().substring(prefix.length()));
      }
    }
    return Cells.orNone(String.join(",", roles));
  }

  private static String address(ObjectNode node, String type) {
    for (JsonNode address : node.path("status").path("addresses")) {
      if (address.path("type").asString("").equals(type)) {
        return address.path("address").asString("");
      }
    }
    return Cells.NONE;
  }

  private static List<Column> events(String about) {
    return List.of(
        new Column(
            "Last Seen",
            "string",
            false,
            (o, now) -> NODES.stringNode(Ages.since(lastSeen(o), now))),
        text("Type", o -> Cells.text(o, "type", "")),
        text("Reason", o -> Cells.text(o, "reason", "")),
        text(
            "Object",
            o ->
                o.path(about).path("kind").asString("").toLowerCase(java.util.Locale.ROOT)
                    + "/"
                    + o.path(about).path("name").asString("")),
        onlyWide("Subobject", o -> Cells.text(o, about + ".fieldPath", "")),
        onlyWide("Source", Printers::source),
        text("Message", o -> Cells.text(o, "message", Cells.text(o, "note", "")).strip()),
        since("First Seen", "firstTimestamp").asWide(),
        number("Count", "count").asWide(),
        onlyWide("Name", o -> Cells.text(o, "metadata.name", "")));
  }

  private static String lastSeen(ObjectNode event) {
    return Cells.text(
        event,
        "series.lastObservedTime",
        Cells.text(
            event,
            "lastTimestamp",
            Cells.text(event, "eventTime", Cells.text(event, "metadata.creationTimestamp", ""))));
  }

  private static String source(ObjectNode event) {
    String component =
        Cells.text(event, "source.component", Cells.text(event, "reportingComponent", ""));
    String host = Cells.text(event, "source.host", "");
    return host.isEmpty() ? component : component + ", " + host;
  }

  private static List<Column> endpoints() {
    return List.of(objectName(), text("Endpoints", Printers::subsets), age());
  }

  private static String subsets(ObjectNode endpoints) {
    List<String> all = new ArrayList<>();
    for (JsonNode subset : endpoints.path("subsets")) {
      for (JsonNode port : subset.path("ports")) {
        for (JsonNode address : subset.path("addresses")) {
          all.add(address.path("ip").asString("") + ":" + port.path("port").asLong(0));
        }
      }
    }
    return Cells.some(all);
  }

  private static List<Column> endpointSlices() {
    return List.of(
        objectName(),
        text("AddressType", o -> Cells.text(o, "addressType", "")),
        text(
            "Ports",
            o -> {
              List<String> ports = new ArrayList<>();
              o.path("ports").forEach(p -> ports.add(p.path("port").asString("*")));
              return ports.isEmpty() ? Cells.UNSET : Cells.some(ports);
            }),
        text(
            "Endpoints",
            o -> {
              List<String> all = new ArrayList<>();
              for (JsonNode endpoint : o.path("endpoints")) {
                endpoint.path("addresses").forEach(a -> all.add(a.asString("")));
              }
              return all.isEmpty() ? Cells.UNSET : Cells.some(all);
            }),
        age());
  }

  private static List<Column> claims() {
    return List.of(
        objectName(),
        text("Status", o -> Cells.text(o, "status.phase", "")),
        text("Volume", o -> Cells.text(o, "spec.volumeName", "")),
        text("Capacity", o -> Cells.text(o, "status.capacity.storage", "")),
        text("Access Modes", o -> Cells.joined(o.path("spec").path("accessModes"), Printers::mode)),
        text("StorageClass", o -> Cells.text(o, "spec.storageClassName", "")),
        age());
  }

  private static String mode(JsonNode mode) {
    return mode.asString("").replaceAll("[a-z]+", "").replace("ROM", "ROX").replace("RWM", "RWX");
  }

  private static List<Column> jobs() {
    return all(
        List.of(
            objectName(),
            text("Status", Printers::jobStatus),
            text("Completions", Printers::completions),
            new Column("Duration", "string", false, (o, now) -> NODES.stringNode(took(o, now))),
            age()),
        WORKLOAD_TAIL,
        SELECTOR);
  }

  private static String jobStatus(ObjectNode job) {
    if (Cells.condition(job, "Complete").equals("True")) {
      return "Complete";
    }
    if (Cells.condition(job, "Failed").equals("True")) {
      return "Failed";
    }
    if (!job.path("metadata").path("deletionTimestamp").isMissingNode()) {
      return "Terminating";
    }
    return Cells.condition(job, "Suspended").equals("True") ? "Suspended" : "Running";
  }

  private static String completions(ObjectNode job) {
    long done = Cells.at(job, "status.succeeded").asLong(0);
    JsonNode wanted = Cells.at(job, "spec.completions");
    if (!wanted.isMissingNode()) {
      return done + "/" + wanted.asLong(0);
    }
    long parallel = Cells.at(job, "spec.parallelism").asLong(1);
    return parallel > 1 ? done + "/1 of " + parallel : done + "/1";
  }

  private static String took(ObjectNode job, Instant now) {
    String started = Cells.text(job, "status.startTime", "");
    String finished = Cells.text(job, "status.completionTime", "");
    if (started.isEmpty()) {
      return "";
    }
    try {
      Instant end = finished.isEmpty() ? now : Instant.parse(finished);
      return Ages.human(Duration.between(Instant.parse(started), end));
    } catch (DateTimeException malformed) {
      return "<invalid>";
    }
  }

  private static List<Column> cronJobs() {
    return List.of(
        objectName(),
        text("Schedule", o -> Cells.text(o, "spec.schedule", "")),
        text("Timezone", o -> Cells.text(o, "spec.timeZone", Cells.NONE)),
        text("Suspend", o -> Cells.at(o, "spec.suspend").asBoolean(false) ? "True" : "False"),
        count("Active", "status.active"),
        new Column(
            "Last Schedule",
            "string",
            false,
            (o, now) -> {
              String last = Cells.text(o, "status.lastScheduleTime", "");
              return NODES.stringNode(last.isEmpty() ? Cells.NONE : Ages.since(last, now));
            }),
        age(),
        onlyWide("Containers", o -> Cells.containers(podSpec(jobTemplate(o)))),
        onlyWide("Images", o -> Cells.images(podSpec(jobTemplate(o)))),
        onlyWide("Selector", o -> Cells.selector(Cells.at(o, "spec.jobTemplate.spec.selector"))));
  }

  private static ObjectNode jobTemplate(ObjectNode cronJob) {
    return cronJob.path("spec").path("jobTemplate") instanceof ObjectNode template
        ? template
        : NODES.objectNode();
  }

  private static List<Column> ingresses() {
    return List.of(
        objectName(),
        text("Class", o -> Cells.text(o, "spec.ingressClassName", Cells.NONE)),
        text(
            "Hosts",
            o -> {
              List<String> hosts =
                  Cells.strings(o.path("spec").path("rules"), "host").stream()
                      .filter(h -> !h.isEmpty())
                      .toList();
              return hosts.isEmpty() ? "*" : Cells.some(hosts);
            }),
        text(
            "Address",
            o ->
                Cells.joined(
                    Cells.at(o, "status.loadBalancer.ingress"),
                    i -> i.path("ip").asString(i.path("hostname").asString("")))),
        text("Ports", o -> o.path("spec").path("tls").isEmpty() ? "80" : "80, 443"),
        age());
  }

  private static List<Column> autoscalers() {
    return List.of(
        objectName(),
        text(
            "Reference",
            o ->
                Cells.text(o, "spec.scaleTargetRef.kind", "")
                    + "/"
                    + Cells.text(o, "spec.scaleTargetRef.name", "")),
        text("Targets", _ -> "<unknown>"),
        text("MinPods", o -> Cells.text(o, "spec.minReplicas", Cells.UNSET)),
        number("MaxPods", "spec.maxReplicas"),
        number("Replicas", "status.currentReplicas"),
        age());
  }

  private static List<Column> budgets() {
    return List.of(
        objectName(),
        text("Min Available", o -> Cells.text(o, "spec.minAvailable", "N/A")),
        text("Max Unavailable", o -> Cells.text(o, "spec.maxUnavailable", "N/A")),
        number("Allowed Disruptions", "status.disruptionsAllowed"),
        age());
  }

  private static List<Column> bindings() {
    return List.of(
        objectName(),
        text(
            "Role",
            o -> Cells.text(o, "roleRef.kind", "") + "/" + Cells.text(o, "roleRef.name", "")),
        age(),
        onlyWide("Users", o -> subjects(o, "User")),
        onlyWide("Groups", o -> subjects(o, "Group")),
        onlyWide("ServiceAccounts", o -> subjects(o, "ServiceAccount")));
  }

  private static String subjects(ObjectNode binding, String kind) {
    StringJoiner out = new StringJoiner(", ");
    for (JsonNode subject : binding.path("subjects")) {
      if (subject.path("kind").asString("").equals(kind)) {
        String namespace = subject.path("namespace").asString("");
        String name = subject.path("name").asString("");
        out.add(namespace.isEmpty() ? name : namespace + "/" + name);
      }
    }
    return out.toString();
  }
}
