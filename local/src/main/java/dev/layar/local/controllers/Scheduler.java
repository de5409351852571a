package dev.layar.local.controllers;

import dev.layar.local.control.Conditions;
import dev.layar.local.control.PodFacts;
import dev.layar.local.control.Scheduling;
import dev.layar.local.kube.Controller;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.kube.Triggers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Pods without a node → a node. Runner-confined. */
final class Scheduler implements Controller {
  private final Kube kube;
  private final Recorder events;
  private final InstantSource clock;

  Scheduler(Kube kube, Recorder events, InstantSource clock) {
    this.kube = kube;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "scheduler";
  }

  @Override
  public void watch(Triggers triggers) {
    triggers.on(Kinds.POD, pod -> isWaiting(pod) ? List.of(Key.of(pod)) : List.of());
    triggers.on(
        Kinds.NODE,
        _ ->
            kube.informer(Kinds.POD).list().stream()
                .filter(Scheduler::isWaiting)
                .map(Key::of)
                .toList());
  }

  private static boolean isWaiting(ObjectNode pod) {
    return Trees.text(pod, "spec", "nodeName").isEmpty() && PodFacts.isActive(pod);
  }

  @Override
  public @Nullable Duration reconcile(Key key) {
    ObjectNode pod = kube.informer(Kinds.POD).get(key.namespace(), key.name());
    if (pod == null || !isWaiting(pod)) {
      return null;
    }
    List<ObjectNode> nodes = kube.informer(Kinds.NODE).list();
    Optional<String> place = Scheduling.place(pod, nodes, load());
    if (place.isPresent()) {
      kube.merge(Kinds.POD, key, Trees.object("spec", Trees.object("nodeName", place.get())));
      events.normal(
          pod, Kinds.POD, "Scheduled", "Successfully assigned " + key + " to " + place.get());
    } else {
      refuse(pod, nodes.size());
    }
    return null;
  }

  private Map<String, Long> load() {
    Map<String, Long> load = new HashMap<>();
    for (ObjectNode pod : kube.informer(Kinds.POD).list()) {
      if (PodFacts.isActive(pod)) {
        load.merge(Trees.text(pod, "spec", "nodeName"), 1L, Long::sum);
      }
    }
    return load;
  }

  private void refuse(ObjectNode pod, int nodes) {
    String message =
        "0/"
            + nodes
            + " nodes are available: none matches the pod's node selector and affinity, or all are"
            + " unschedulable.";
    if (!Trees.text(Trees.condition(pod, "PodScheduled"), "message").equals(message)) {
      events.warning(pod, Kinds.POD, "FailedScheduling", message);
    }
    kube.status(
        Kinds.POD,
        pod,
        Trees.object(
            "phase",
            "Pending",
            "conditions",
            Trees.list(
                Conditions.next(
                    pod, "PodScheduled", false, "Unschedulable", message, clock.instant()))));
  }
}
