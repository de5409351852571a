package dev.layar.local.node;

import dev.layar.local.control.Conditions;
import dev.layar.local.kube.Trees;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/** A running pod as {@code core/v1 PodStatus}. */
final class PodStatus {
  private PodStatus() {}

  static ObjectNode of(PodRun pod, Instant now) {
    List<ContainerRun> inits = pod.inits();
    return Trees.object(
        "phase",
        pod.phase(),
        "conditions",
        conditions(pod, now),
        "message",
        pod.trouble.isEmpty() ? null : pod.trouble,
        "hostIP",
        "127.0.0.1",
        "hostIPs",
        Trees.list(Trees.object("ip", "127.0.0.1")),
        "podIP",
        pod.ip,
        "podIPs",
        Trees.list(Trees.object("ip", pod.ip)),
        "startTime",
        Conditions.time(pod.started),
        "initContainerStatuses",
        inits.isEmpty() ? null : inits.stream().map(PodStatus::container).toList(),
        "containerStatuses",
        pod.apps().stream().map(PodStatus::container).toList(),
        "qosClass",
        qosClass(pod.object));
  }

  private static ArrayNode conditions(PodRun pod, Instant now) {
    boolean completed = pod.phase().equals("Succeeded");
    String why = completed ? "PodCompleted" : "ContainersNotReady";
    String unready = unready(pod);
    String message = completed ? "" : unready;
    boolean initialized = pod.isInitialized() || completed;
    return Trees.list(
        condition(pod, "PodReadyToStartContainers", pod.mounted && !completed, "", "", now),
        condition(
            pod,
            "Initialized",
            initialized,
            initialized ? "" : "ContainersNotInitialized",
            initialized ? "" : "containers with incomplete status: [" + incomplete(pod) + "]",
            now),
        condition(pod, "Ready", pod.isReady(), why, message, now),
        condition(pod, "ContainersReady", pod.containersReady(), why, message, now),
        condition(pod, "PodScheduled", true, "", "", now));
  }

  private static String unready(PodRun pod) {
    String names =
        pod.containers.stream()
            .filter(c -> (c.isApp() || c.isSidecar()) && !c.ready)
            .map(ContainerRun::name)
            .collect(Collectors.joining(" "));
    return names.isEmpty() ? "" : "containers with unready status: [" + names + "]";
  }

  private static String incomplete(PodRun pod) {
    return pod.inits().stream()
        .filter(c -> c.isSidecar() ? !c.started : !c.succeeded())
        .map(ContainerRun::name)
        .collect(Collectors.joining(" "));
  }

  private static ObjectNode condition(
      PodRun pod, String type, boolean holds, String reason, String message, Instant now) {
    PodRun.Transition before = pod.transitions.get(type);
    PodRun.Transition current =
        before != null && before.holds() == holds ? before : new PodRun.Transition(holds, now);
    pod.transitions.put(type, current);
    return Trees.object(
        "type",
        type,
        "status",
        holds ? "True" : "False",
        "reason",
        holds || reason.isEmpty() ? null : reason,
        "message",
        holds || message.isEmpty() ? null : message,
        "lastTransitionTime",
        Conditions.time(current.at()));
  }

  private static ObjectNode container(ContainerRun run) {
    String id = "layar://" + Integer.toHexString(System.identityHashCode(run)) + "-" + run.restarts;
    ContainerRun.State.Ended last = run.last;
    boolean endedNow = run.state instanceof ContainerRun.State.Ended;
    return Trees.object(
        "name",
        run.name(),
        "state",
        state(run.state, id),
        "lastState",
        last == null || endedNow ? Trees.object() : state(last, id),
        "ready",
        run.ready || (run.spec.role() == ContainerSpec.Role.INIT && run.succeeded()),
        "restartCount",
        run.restarts,
        "image",
        run.spec.image(),
        "imageID",
        run.program == null ? "" : "layar://" + run.spec.image(),
        "containerID",
        run.isWaiting() && last == null ? null : id,
        "started",
        run.started);
  }

  private static ObjectNode state(ContainerRun.State state, String id) {
    return switch (state) {
      case ContainerRun.State.Waiting(String reason, String message) ->
          Trees.object(
              "waiting",
              Trees.object("reason", reason, "message", message.isEmpty() ? null : message));
      case ContainerRun.State.Running(Instant since) ->
          Trees.object("running", Trees.object("startedAt", Conditions.time(since)));
      case ContainerRun.State.Ended ended -> Trees.object("terminated", terminated(ended, id));
    };
  }

  private static ObjectNode terminated(ContainerRun.State.Ended ended, String id) {
    return Trees.object(
        "exitCode",
        ended.exitCode(),
        "reason",
        ended.reason(),
        "startedAt",
        Conditions.time(ended.from()),
        "finishedAt",
        Conditions.time(ended.to()),
        "containerID",
        id);
  }

  /** {@code core/v1 PodQOSClass}, from the application's and restartable containers' resources. */
  static String qosClass(JsonNode pod) {
    List<JsonNode> containers = new ArrayList<>(Trees.items(pod, "spec", "containers"));
    containers.addAll(Trees.items(pod, "spec", "initContainers"));
    boolean any = false;
    boolean all = true;
    for (JsonNode container : containers) {
      JsonNode limits = Trees.at(container, "resources", "limits");
      JsonNode requests = Trees.at(container, "resources", "requests");
      any |= !limits.isEmpty() || !requests.isEmpty();
      for (String resource : List.of("cpu", "memory")) {
        String limit = Trees.text(limits, resource);
        String request = Trees.text(requests, resource);
        all &= !limit.isEmpty() && (request.isEmpty() || request.equals(limit));
      }
    }
    return all ? "Guaranteed" : any ? "Burstable" : "BestEffort";
  }

  /** The first reason why the pod is not ready, empty when it is. */
  static String message(PodRun pod) {
    if (pod.isReady()) {
      return "";
    }
    if (!pod.trouble.isEmpty()) {
      return pod.trouble;
    }
    if (pod.terminating) {
      return "Terminating";
    }
    for (ContainerRun container : pod.containers) {
      String said = message(container);
      if (said != null) {
        return container.name() + ": " + said;
      }
    }
    return "not ready";
  }

  private static @Nullable String message(ContainerRun container) {
    return switch (container.state) {
      case ContainerRun.State.Waiting(String reason, String message) ->
          message.isEmpty() ? reason : reason + ": " + message;
      case ContainerRun.State.Running _ ->
          container.ready
              ? null
              : container.isProxy()
                  ? "no configuration yet"
                  : "nothing answers on " + container.ports.values() + " yet";
      case ContainerRun.State.Ended ended ->
          container.spec.role() == ContainerSpec.Role.INIT && ended.exitCode() == 0
              ? null
              : "ended with " + ended.exitCode();
    };
  }
}
