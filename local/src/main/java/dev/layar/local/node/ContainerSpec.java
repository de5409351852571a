package dev.layar.local.node;

import dev.layar.local.kube.Trees;
import java.util.ArrayList;
import java.util.List;
import tools.jackson.databind.JsonNode;

/** A container as the pod asks for it. Immutable. */
record ContainerSpec(
    Role role,
    String name,
    String image,
    List<String> command,
    List<String> args,
    String workingDir,
    List<Port> ports,
    JsonNode json) {

  /** When a container runs. */
  enum Role {
    /** One after the other, before the application. */
    INIT,
    /** A restartable init container: from before the application until after it. */
    SIDECAR,
    /** With the other ones, for the pod's life. */
    APP
  }

  record Port(String name, int number, String protocol) {
    boolean isTcp() {
      return protocol.isEmpty() || protocol.equals("TCP");
    }
  }

  /** Every container of a pod: init containers in their order, then the application's. */
  static List<ContainerSpec> of(JsonNode pod) {
    List<ContainerSpec> out = new ArrayList<>();
    for (JsonNode container : Trees.items(pod, "spec", "initContainers")) {
      boolean restartable = Trees.text(container, "restartPolicy").equals("Always");
      out.add(of(container, restartable ? Role.SIDECAR : Role.INIT));
    }
    Trees.items(pod, "spec", "containers").forEach(c -> out.add(of(c, Role.APP)));
    return out;
  }

  private static ContainerSpec of(JsonNode container, Role role) {
    return new ContainerSpec(
        role,
        Trees.text(container, "name"),
        Trees.text(container, "image"),
        Trees.words(container, "command"),
        Trees.words(container, "args"),
        Trees.text(container, "workingDir"),
        Trees.items(container, "ports").stream()
            .map(
                port ->
                    new Port(
                        Trees.text(port, "name"),
                        Trees.number(0, port, "containerPort"),
                        Trees.text(port, "protocol")))
            .toList(),
        container);
  }

  /** The port a probe or a Service means, by number or by name; 0 when there is none. */
  int port(JsonNode wanted) {
    if (wanted.isNumber()) {
      return wanted.asInt();
    }
    String name = wanted.asString("");
    return ports.stream()
        .filter(port -> port.name().equals(name))
        .mapToInt(Port::number)
        .findFirst()
        .orElse(0);
  }
}
