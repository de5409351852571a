package dev.layar.local.control;

import dev.layar.local.kube.Selectors;
import dev.layar.local.kube.Trees;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * A Service's EndpointSlices and Endpoints as pure functions. A slice has one set of ports for all
 * its endpoints, so pods whose ports were remapped differently are in different slices.
 */
public final class EndpointSlices {
  /** Label with the Service's name. */
  public static final String SERVICE_NAME = "kubernetes.io/service-name";

  private static final String MANAGED_BY = "endpointslice.kubernetes.io/managed-by";
  private static final String MANAGER = "endpointslice-controller.k8s.io";

  private EndpointSlices() {}

  /** A port of a slice. */
  private record Port(String name, int number, String protocol, String appProtocol) {
    ObjectNode tree() {
      return Trees.object(
          "name",
          name,
          "port",
          number,
          "protocol",
          protocol,
          "appProtocol",
          appProtocol.isEmpty() ? null : appProtocol);
    }
  }

  /** Whether endpoints are ours to write; without selector they are the user's. */
  public static boolean isOurs(JsonNode service) {
    return !Trees.texts(service, "spec", "selector").isEmpty()
        && !Trees.text(service, "spec", "type").equals("ExternalName");
  }

  /** Whether a pod may be an endpoint of the service. */
  public static boolean selects(JsonNode service, JsonNode pod) {
    return isOurs(service)
        && Trees.namespace(service).equals(Trees.namespace(pod))
        && Selectors.has(Trees.texts(service, "spec", "selector"), Trees.labels(pod));
  }

  /** The port numbers at which Services call a pod, as far as they give numbers. */
  public static Set<Integer> targetPorts(List<ObjectNode> services, JsonNode pod) {
    Set<Integer> out = new TreeSet<>();
    for (ObjectNode service : services) {
      if (selects(service, pod)) {
        for (JsonNode port : Trees.items(service, "spec", "ports")) {
          if (!Trees.text(port, "protocol").equals("UDP")) {
            JsonNode target = port.path("targetPort");
            int number = target.isMissingNode() ? Trees.number(0, port, "port") : target.asInt(0);
            out.add(number);
          }
        }
      }
    }
    out.remove(0);
    return out;
  }

  private static List<ObjectNode> backends(JsonNode service, List<ObjectNode> pods) {
    return pods.stream()
        .filter(pod -> selects(service, pod))
        .filter(PodFacts::isActive)
        .filter(pod -> !Trees.text(pod, "status", "podIP").isEmpty())
        .sorted(Comparator.comparing(Trees::name))
        .toList();
  }

  private static Map<List<Port>, List<ObjectNode>> byPorts(
      JsonNode service, List<ObjectNode> pods) {
    Map<List<Port>, List<ObjectNode>> out = new LinkedHashMap<>();
    for (ObjectNode pod : backends(service, pods)) {
      out.computeIfAbsent(ports(service, pod), _ -> new ArrayList<>()).add(pod);
    }
    return out;
  }

  /**
   * The slices of one service.
   *
   * @param zones node → zone
   */
  public static List<ObjectNode> of(
      JsonNode service, List<ObjectNode> pods, Map<String, String> zones) {
    List<ObjectNode> slices = new ArrayList<>();
    byPorts(service, pods)
        .forEach((ports, backends) -> slices.add(slice(service, ports, backends, zones)));
    return slices;
  }

  private static ObjectNode slice(
      JsonNode service, List<Port> ports, List<ObjectNode> backends, Map<String, String> zones) {
    Map<String, String> labels = new TreeMap<>(Trees.labels(service));
    labels.put(SERVICE_NAME, Trees.name(service));
    labels.put(MANAGED_BY, MANAGER);
    return Trees.object(
        "metadata",
        Trees.object(
            "name",
            name(Trees.name(service), ports),
            "namespace",
            Trees.namespace(service),
            "labels",
            labels,
            "ownerReferences",
            Trees.list(Trees.ownedBy(service, "v1", "Service"))),
        "addressType",
        "IPv4",
        "endpoints",
        backends.stream().map(pod -> endpoint(service, pod, zones)).toList(),
        "ports",
        ports.stream().map(Port::tree).toList());
  }

  /** One name for one set of ports, so that a slice keeps its name while pods come and go. */
  private static String name(String service, List<Port> ports) {
    StringBuilder name = new StringBuilder(service);
    ports.forEach(port -> name.append('-').append(port.number()));
    return name.toString();
  }

  private static ObjectNode endpoint(JsonNode service, JsonNode pod, Map<String, String> zones) {
    boolean serving = PodFacts.isReady(pod);
    boolean ready = serving || Trees.flag(service, "spec", "publishNotReadyAddresses");
    String node = Trees.text(pod, "spec", "nodeName");
    String zone = zones.getOrDefault(node, "");
    return Trees.object(
        "addresses",
        Trees.list(Trees.text(pod, "status", "podIP")),
        "conditions",
        Trees.object("ready", ready, "serving", serving, "terminating", false),
        "nodeName",
        node,
        "zone",
        zone.isEmpty() ? null : zone,
        "targetRef",
        target(pod));
  }

  private static ObjectNode target(JsonNode pod) {
    return Trees.object(
        "kind",
        "Pod",
        "namespace",
        Trees.namespace(pod),
        "name",
        Trees.name(pod),
        "uid",
        Trees.uid(pod));
  }

  private static List<Port> ports(JsonNode service, JsonNode pod) {
    Map<Integer, Integer> moved = MovedPorts.of(pod);
    List<Port> ports = new ArrayList<>();
    for (JsonNode port : Trees.items(service, "spec", "ports")) {
      OptionalInt target = target(port, pod);
      if (target.isPresent()) {
        int declared = target.getAsInt();
        String protocol = Trees.text(port, "protocol");
        ports.add(
            new Port(
                Trees.text(port, "name"),
                moved.getOrDefault(declared, declared),
                protocol.isEmpty() ? "TCP" : protocol,
                Trees.text(port, "appProtocol")));
      }
    }
    return ports;
  }

  /** The container port a service port leads to; none when it names a port the pod lacks. */
  private static OptionalInt target(JsonNode port, JsonNode pod) {
    JsonNode target = port.path("targetPort");
    if (target.isNumber() && target.asInt() > 0) {
      return OptionalInt.of(target.asInt());
    }
    String name = target.isString() ? target.asString() : "";
    return name.isEmpty() ? OptionalInt.of(Trees.number(0, port, "port")) : named(pod, name);
  }

  /** The port of that name in any container, restartable init containers counted. */
  private static OptionalInt named(JsonNode pod, String name) {
    List<JsonNode> containers = new ArrayList<>(Trees.items(pod, "spec", "containers"));
    containers.addAll(Trees.items(pod, "spec", "initContainers"));
    return containers.stream()
        .flatMap(container -> Trees.items(container, "ports").stream())
        .filter(port -> Trees.text(port, "name").equals(name))
        .mapToInt(port -> Trees.number(0, port, "containerPort"))
        .findFirst();
  }

  /** The old form of the same. */
  public static ObjectNode endpoints(JsonNode service, List<ObjectNode> pods) {
    ArrayNode subsets = Trees.list();
    byPorts(service, pods)
        .forEach(
            (ports, backends) -> {
              List<ObjectNode> ready = new ArrayList<>();
              List<ObjectNode> notReady = new ArrayList<>();
              boolean all = Trees.flag(service, "spec", "publishNotReadyAddresses");
              backends.forEach(
                  pod -> (all || PodFacts.isReady(pod) ? ready : notReady).add(address(pod)));
              subsets.add(
                  Trees.object(
                      "addresses",
                      ready.isEmpty() ? null : ready,
                      "notReadyAddresses",
                      notReady.isEmpty() ? null : notReady,
                      "ports",
                      ports.stream().map(Port::tree).toList()));
            });
    return Trees.object(
        "metadata",
        Trees.object(
            "name",
            Trees.name(service),
            "namespace",
            Trees.namespace(service),
            "labels",
            Trees.labels(service).isEmpty() ? null : Trees.labels(service)),
        "subsets",
        subsets.isEmpty() ? null : subsets);
  }

  private static ObjectNode address(JsonNode pod) {
    return Trees.object(
        "ip",
        Trees.text(pod, "status", "podIP"),
        "nodeName",
        Trees.text(pod, "spec", "nodeName"),
        "targetRef",
        target(pod));
  }
}
