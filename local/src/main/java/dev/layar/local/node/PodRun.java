package dev.layar.local.node;

import dev.layar.local.MeshSide;
import dev.layar.local.NodeSpec;
import dev.layar.local.control.PodFacts;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Trees;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** One pod as it runs. Confined to the node's thread. */
final class PodRun {
  private static final long DEFAULT_GRACE_SECONDS = 30;

  /** When a condition last changed. */
  record Transition(boolean holds, Instant at) {}

  final String namespace;
  final String name;
  final String uid;
  final NodeSpec node;
  final String ip;

  /** Where its processes listen: its own address, or another when a sidecar stands before it. */
  final String inside;

  final Path directory;
  final Instant started;
  final List<ContainerRun> containers = new ArrayList<>();
  final Map<String, Transition> transitions = new HashMap<>();
  final String restartPolicy;

  /** The object as it was last seen. */
  ObjectNode object;

  Map<String, Path> volumes = Map.of();
  boolean mounted;
  boolean hasSidecar;
  Map<Integer, Integer> front = Map.of();
  String proxyAddress = "";
  int proxyPort;
  MeshSide.@Nullable Workload workload;
  boolean workloadReady = true;
  boolean terminating;
  boolean stopping;
  boolean removed;
  boolean wasReady;
  String trouble = "";
  int hooks;

  PodRun(
      ObjectNode object, NodeSpec node, String ip, String inside, Path directory, Instant started) {
    this.object = object;
    this.namespace = Trees.namespace(object);
    this.name = Trees.name(object);
    this.uid = Trees.uid(object);
    this.node = node;
    this.ip = ip;
    this.inside = inside;
    this.directory = directory;
    this.started = started;
    String policy = Trees.text(object, "spec", "restartPolicy");
    this.restartPolicy = policy.isEmpty() ? "Always" : policy;
  }

  Key key() {
    return new Key(namespace, name);
  }

  Map<String, String> labels() {
    return Trees.labels(object);
  }

  /** Its service account. */
  String account() {
    String named = Trees.text(object, "spec", "serviceAccountName");
    return named.isEmpty() ? "default" : named;
  }

  String hostname() {
    String given = Trees.text(object, "spec", "hostname");
    return given.isEmpty() ? name : given;
  }

  Instant created() {
    return PodFacts.created(object);
  }

  boolean isGateway() {
    return containers.stream().anyMatch(c -> c.isApp() && c.isProxy());
  }

  List<ContainerRun> apps() {
    return containers.stream().filter(ContainerRun::isApp).toList();
  }

  /** Init containers, the restartable ones among them, in their order. */
  List<ContainerRun> inits() {
    return containers.stream().filter(c -> !c.isApp()).toList();
  }

  /** Whether every init container has done what the next ones wait for. */
  boolean isInitialized() {
    return inits().stream().allMatch(c -> c.isSidecar() ? c.started : c.succeeded());
  }

  /** An init container failed, and the pod says Never. */
  boolean initFailed() {
    return inits().stream().anyMatch(c -> c.isOver() && !c.isSidecar() && !c.succeeded());
  }

  boolean containersReady() {
    return isInitialized()
        && containers.stream().filter(c -> c.isApp() || c.isSidecar()).allMatch(c -> c.ready);
  }

  boolean isReady() {
    return !terminating && trouble.isEmpty() && containersReady();
  }

  /** Whether all that the pod is for has ended, for good. */
  boolean isFinished() {
    return initFailed() || apps().stream().allMatch(ContainerRun::isOver);
  }

  /** Whether nothing of it runs any more. */
  boolean isOver() {
    return hooks == 0 && containers.stream().noneMatch(ContainerRun::isAlive);
  }

  /** {@code status.phase}. */
  String phase() {
    if (isFinished() && isOver()) {
      return !initFailed() && apps().stream().allMatch(ContainerRun::succeeded)
          ? "Succeeded"
          : "Failed";
    }
    boolean begun =
        isInitialized()
            && apps().stream().allMatch(c -> !c.isWaiting() || c.retrying || c.last != null);
    return begun ? "Running" : "Pending";
  }

  /** Declared port → the one its process listens on, over all containers. */
  Map<Integer, Integer> listening() {
    Map<Integer, Integer> all = new LinkedHashMap<>();
    containers.forEach(container -> all.putAll(container.ports));
    return all;
  }

  /** Declared port → the one at which it is called: its sidecar's, or its process's own. */
  Map<Integer, Integer> ports() {
    return fronted() ? front : listening();
  }

  /** Whether callers reach the pod's processes through its sidecar. */
  boolean fronted() {
    return !inside.equals(ip);
  }

  long graceSeconds() {
    long asked = Trees.at(object, "metadata", "deletionGracePeriodSeconds").asLong(-1);
    return asked >= 0
        ? asked
        : Trees.at(object, "spec", "terminationGracePeriodSeconds").asLong(DEFAULT_GRACE_SECONDS);
  }
}
