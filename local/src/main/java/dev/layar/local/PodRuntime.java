package dev.layar.local;

import dev.layar.local.control.EndpointSlices;
import dev.layar.local.control.Rollout;
import dev.layar.local.image.Program;
import dev.layar.model.ObjectKey;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Resource;
import dev.layar.model.k8s.Condition;
import dev.layar.model.k8s.Pod;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** One pod as it runs. Confined to the cluster's thread. */
final class PodRuntime {
  final String namespace;
  final String name;
  final Map<String, String> labels;
  final Map<String, String> annotations;
  final Pod.PodSpec spec;
  final Optional<ObjectKey> owner;
  final String templateHash;
  final long born;
  final Instant created;
  final NodeSpec node;
  final String ip;
  final Path logs;
  final List<ContainerRuntime> containers = new ArrayList<>();
  boolean hasSidecar;
  String proxyAddress = "";
  int proxyPort;
  MeshSide.@Nullable Workload workload;
  boolean workloadReady = true;
  boolean terminating;
  boolean signalled;
  String failure = "";
  boolean imageMissing;
  long readySinceNanos;
  boolean wasReady;

  PodRuntime(
      ObjectMeta metadata,
      Pod.PodSpec spec,
      Optional<ObjectKey> owner,
      String templateHash,
      long born,
      NodeSpec node,
      String ip,
      Path logs) {
    this.namespace = metadata.namespace();
    this.name = metadata.name();
    this.labels = metadata.labels();
    this.annotations = metadata.annotations();
    this.created =
        metadata.creationTimestamp() == null ? Instant.EPOCH : metadata.creationTimestamp();
    this.spec = spec;
    this.owner = owner;
    this.templateHash = templateHash;
    this.born = born;
    this.node = node;
    this.ip = ip;
    this.logs = logs;
  }

  String serviceAccount() {
    return spec.serviceAccountName().isEmpty() ? "default" : spec.serviceAccountName();
  }

  boolean isGateway() {
    return containers.stream().anyMatch(c -> c.program instanceof Program.GatewayProxy);
  }

  boolean isReady() {
    return !terminating
        && failure.isEmpty()
        && workloadReady
        && containers.stream().allMatch(c -> c.ready);
  }

  /** Whether everything of it has ended, so that it can be forgotten. */
  boolean isOver() {
    return containers.stream().noneMatch(ContainerRuntime::isAlive);
  }

  PodView.Phase phase() {
    if (terminating) {
      return PodView.Phase.TERMINATING;
    }
    boolean finished = !containers.isEmpty() && containers.stream().allMatch(c -> c.finished);
    if (finished) {
      return containers.stream().allMatch(c -> c.exitCode == 0)
          ? PodView.Phase.SUCCEEDED
          : PodView.Phase.FAILED;
    }
    return failure.isEmpty() && containers.stream().allMatch(c -> c.started)
        ? PodView.Phase.RUNNING
        : PodView.Phase.PENDING;
  }

  PodView.Status status() {
    return switch (phase()) {
      case TERMINATING -> PodView.Status.TERMINATING;
      case SUCCEEDED -> PodView.Status.COMPLETED;
      case FAILED -> PodView.Status.ERROR;
      case PENDING -> imageMissing ? PodView.Status.IMAGE_NOT_FOUND : PodView.Status.PENDING;
      case RUNNING ->
          containers.stream().anyMatch(c -> c.crashed)
              ? PodView.Status.CRASH_LOOP
              : PodView.Status.RUNNING;
    };
  }

  /** Why it is not ready, empty when it is. */
  String message() {
    if (isReady()) {
      return "";
    }
    if (!failure.isEmpty()) {
      return failure;
    }
    if (terminating) {
      return "Terminating";
    }
    for (ContainerRuntime container : containers) {
      if (!container.ready) {
        return container.spec.name() + ": " + container.waiting;
      }
    }
    return "the sidecar has no configuration yet";
  }

  int restarts() {
    return containers.stream().mapToInt(c -> c.restarts).sum();
  }

  /** Declared port → port listened on, over all containers. */
  Map<Integer, Integer> ports() {
    Map<Integer, Integer> all = new LinkedHashMap<>();
    containers.forEach(container -> all.putAll(container.ports));
    return all;
  }

  PodView view() {
    List<PodView.Container> views = new ArrayList<>();
    containers.forEach(container -> views.add(container.view()));
    if (hasSidecar) {
      views.add(
          new PodView.Container(PodView.SIDECAR, "istio/proxyv2", workloadReady, 0, Map.of()));
    }
    return new PodView(
        namespace,
        name,
        labels,
        ip,
        node.name(),
        phase(),
        status(),
        isReady(),
        hasSidecar,
        views,
        restarts(),
        message(),
        created);
  }

  EndpointSlices.Backend backend() {
    return new EndpointSlices.Backend(
        namespace,
        name,
        labels,
        ip,
        node.name(),
        node.zone(),
        isReady(),
        terminating,
        containers.stream().flatMap(c -> c.spec.ports().stream()).toList(),
        ports());
  }

  Rollout.PodState state(String currentHash, boolean available) {
    return new Rollout.PodState(
        name, templateHash.equals(currentHash), available, terminating, born);
  }

  /** The Pod object that the mesh sees. */
  Resource<?> resource() {
    ObjectMeta metadata =
        new ObjectMeta(
            name,
            "",
            namespace,
            labels,
            annotations,
            created,
            null,
            0,
            "",
            "",
            List.of(),
            List.of());
    Pod.PodSpec placed =
        new Pod.PodSpec(
            spec.containers(),
            spec.initContainers(),
            serviceAccount(),
            node.name(),
            spec.nodeSelector(),
            spec.hostname(),
            spec.subdomain(),
            spec.restartPolicy(),
            spec.terminationGracePeriodSeconds());
    Condition condition = new Condition("Ready", isReady() ? "True" : "False", "", message(), null);
    Pod.PodStatus status =
        new Pod.PodStatus(
            phaseName(), ip, List.of(new Pod.PodIp(ip)), "127.0.0.1", List.of(condition));
    return Resource.of(metadata, new Pod(placed, status));
  }

  private String phaseName() {
    return switch (phase()) {
      case PENDING -> "Pending";
      case RUNNING, TERMINATING -> "Running";
      case SUCCEEDED -> "Succeeded";
      case FAILED -> "Failed";
    };
  }
}
