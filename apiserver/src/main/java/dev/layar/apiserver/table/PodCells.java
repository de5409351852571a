package dev.layar.apiserver.table;

import java.time.DateTimeException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** The columns of pods: what kubectl's users read most (kubernetes pkg/printers printPod). Pure. */
final class PodCells {
  private PodCells() {}

  /** Containers that are meant to run on: the ordinary ones and restartable init containers. */
  private static List<JsonNode> running(ObjectNode pod, Set<String> sidecars) {
    List<JsonNode> statuses = new ArrayList<>();
    pod.path("status").path("containerStatuses").forEach(statuses::add);
    for (JsonNode status : pod.path("status").path("initContainerStatuses")) {
      if (sidecars.contains(status.path("name").asString(""))) {
        statuses.add(status);
      }
    }
    return statuses;
  }

  private static Set<String> sidecars(ObjectNode pod) {
    Set<String> names = new HashSet<>();
    for (JsonNode container : pod.path("spec").path("initContainers")) {
      if (container.path("restartPolicy").asString("").equals("Always")) {
        names.add(container.path("name").asString(""));
      }
    }
    return names;
  }

  static String ready(ObjectNode pod) {
    Set<String> sidecars = sidecars(pod);
    long ready =
        running(pod, sidecars).stream().filter(s -> s.path("ready").asBoolean(false)).count();
    return ready + "/" + (pod.path("spec").path("containers").size() + sidecars.size());
  }

  static String restarts(ObjectNode pod, Instant now) {
    long count = 0;
    Instant last = null;
    for (JsonNode status : running(pod, sidecars(pod))) {
      count += status.path("restartCount").asLong(0);
      Instant finished = time(Cells.at(status, "lastState.terminated.finishedAt").asString(""));
      if (finished != null && (last == null || finished.isAfter(last))) {
        last = finished;
      }
    }
    return count == 0 || last == null
        ? Long.toString(count)
        : count + " (" + Ages.since(last.toString(), now) + " ago)";
  }

  private static @Nullable Instant time(String text) {
    try {
      return text.isEmpty() ? null : Instant.parse(text);
    } catch (DateTimeException malformed) {
      return null;
    }
  }

  static String status(ObjectNode pod) {
    String phase = Cells.text(pod, "status.phase", "Unknown");
    String reason = Cells.text(pod, "status.reason", phase);
    String init = initializing(pod);
    String shown = init != null ? init : containers(pod, reason);
    if (!pod.path("metadata").path("deletionTimestamp").isMissingNode()) {
      return Cells.text(pod, "status.reason", "").equals("NodeLost") ? "Unknown" : "Terminating";
    }
    return shown;
  }

  /** What holds the pod before its containers start; null when nothing does. */
  private static @Nullable String initializing(ObjectNode pod) {
    Set<String> sidecars = sidecars(pod);
    int total = pod.path("spec").path("initContainers").size();
    int index = 0;
    for (JsonNode status : pod.path("status").path("initContainerStatuses")) {
      JsonNode state = status.path("state");
      boolean done =
          state.path("terminated").isObject()
                  && state.path("terminated").path("exitCode").asLong(1) == 0
              || sidecars.contains(status.path("name").asString(""))
                  && status.path("started").asBoolean(false);
      if (!done) {
        return initializing(state, index, total);
      }
      index++;
    }
    return null;
  }

  private static String initializing(JsonNode state, int index, int total) {
    JsonNode terminated = state.path("terminated");
    if (terminated.isObject()) {
      return "Init:" + ended(terminated);
    }
    String waiting = state.path("waiting").path("reason").asString("");
    return waiting.isEmpty() || waiting.equals("PodInitializing")
        ? "Init:" + index + "/" + total
        : "Init:" + waiting;
  }

  private static String containers(ObjectNode pod, String reason) {
    String shown = reason;
    boolean running = false;
    List<JsonNode> statuses = new ArrayList<>();
    pod.path("status").path("containerStatuses").forEach(statuses::add);
    for (JsonNode status : statuses.reversed()) {
      JsonNode state = status.path("state");
      String waiting = state.path("waiting").path("reason").asString("");
      if (!waiting.isEmpty()) {
        shown = waiting;
      } else if (state.path("terminated").isObject()) {
        shown = ended(state.path("terminated"));
      } else if (status.path("ready").asBoolean(false) && state.path("running").isObject()) {
        running = true;
      }
    }
    if (shown.equals("Completed") && running) {
      return Cells.condition(pod, "Ready").equals("True") ? "Running" : "NotReady";
    }
    return shown;
  }

  private static String ended(JsonNode terminated) {
    String reason = terminated.path("reason").asString("");
    if (!reason.isEmpty()) {
      return reason;
    }
    long signal = terminated.path("signal").asLong(0);
    return signal != 0 ? "Signal:" + signal : "ExitCode:" + terminated.path("exitCode").asLong(0);
  }

  static String gates(ObjectNode pod) {
    JsonNode gates = pod.path("spec").path("readinessGates");
    if (gates.isEmpty()) {
      return Cells.NONE;
    }
    int met = 0;
    for (JsonNode gate : gates) {
      if (Cells.condition(pod, gate.path("conditionType").asString("")).equals("True")) {
        met++;
      }
    }
    return met + "/" + gates.size();
  }
}
