package dev.layar.apiserver.store;

import dev.layar.apiserver.json.Json;
import java.util.HashSet;
import java.util.Set;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Gives Services their addresses and node ports: free ones, found by looking at all Services. Two
 * writes at the same moment could be given the same one; the chance is that of one number in the
 * range. Thread-safe.
 */
final class Allocator {
  /** Kubernetes' usual ranges: 10.96.0.0/16 and 30000–32767. */
  private static final String NETWORK = "10.96.";

  private static final int FIRST_PORT = 30_000;
  private static final int PORTS = 2_768;
  private static final int ATTEMPTS = 1_000;

  private final Store store;
  private final RandomGenerator random;

  Allocator(Store store, RandomGenerator random) {
    this.store = store;
    this.random = random;
  }

  /** Completes a Service; what it has, or had, it keeps. */
  void complete(@Nullable ObjectNode before, ObjectNode service) {
    ObjectNode spec = Json.make(service, "spec");
    JsonNode old = before == null ? Json.object() : before.path("spec");
    String type = Json.text(spec, "type");
    if (type.equals("ExternalName")) {
      spec.remove("clusterIP");
      spec.remove("clusterIPs");
      return;
    }
    if (Json.text(spec, "clusterIP").isEmpty()) {
      String kept = Json.text(old, "clusterIP");
      spec.put("clusterIP", kept.isEmpty() ? address() : kept);
    }
    spec.putArray("clusterIPs").add(Json.text(spec, "clusterIP"));
    if (type.equals("NodePort") || type.equals("LoadBalancer")) {
      keepNodePorts(old, spec);
      nodePorts(spec);
    }
  }

  private static void keepNodePorts(JsonNode old, ObjectNode spec) {
    for (JsonNode port : Json.list(spec, "ports")) {
      for (JsonNode was : Json.list(old, "ports")) {
        boolean same =
            Json.text(was, "port").equals(Json.text(port, "port"))
                && Json.text(was, "protocol").equals(Json.text(port, "protocol"));
        if (same && port instanceof ObjectNode object && !object.has("nodePort")) {
          object.put("nodePort", was.path("nodePort").asInt(0));
        }
      }
    }
  }

  private String address() {
    Set<String> taken = new HashSet<>();
    for (Stored other : store.list("services", "").items()) {
      taken.add(Json.text(other.object(), "spec", "clusterIP"));
    }
    for (int i = 0; i < ATTEMPTS; i++) {
      String address = NETWORK + random.nextInt(256) + "." + (1 + random.nextInt(254));
      if (taken.add(address)) {
        return address;
      }
    }
    throw Refusals.internal("failed to allocate a serviceIP: range is full");
  }

  private void nodePorts(ObjectNode spec) {
    Set<Integer> taken = new HashSet<>();
    for (Stored other : store.list("services", "").items()) {
      Json.list(other.object().path("spec"), "ports")
          .forEach(port -> taken.add(port.path("nodePort").asInt(0)));
    }
    for (JsonNode port : Json.list(spec, "ports")) {
      if (port instanceof ObjectNode object && object.path("nodePort").asInt(0) == 0) {
        object.put("nodePort", freePort(taken));
      }
    }
  }

  private int freePort(Set<Integer> taken) {
    for (int i = 0; i < ATTEMPTS; i++) {
      int port = FIRST_PORT + random.nextInt(PORTS);
      if (taken.add(port)) {
        return port;
      }
    }
    throw Refusals.internal("failed to allocate a nodePort: range is full");
  }
}
