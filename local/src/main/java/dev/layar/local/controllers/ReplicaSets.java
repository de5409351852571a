package dev.layar.local.controllers;

import dev.layar.local.control.PodFacts;
import dev.layar.local.kube.Controller;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.kube.Triggers;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** ReplicaSet → pods. Runner-confined. DEVIATION: pods without an owner are not adopted. */
final class ReplicaSets implements Controller {
  private final Kube kube;
  private final PodMaker pods;
  private final InstantSource clock;

  ReplicaSets(Kube kube, PodMaker pods, InstantSource clock) {
    this.kube = kube;
    this.pods = pods;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "replicaset";
  }

  @Override
  public void watch(Triggers triggers) {
    triggers.onEach(Kinds.REPLICA_SET);
    triggers.onOwned(Kinds.POD, "ReplicaSet");
  }

  @Override
  public @Nullable Duration reconcile(Key key) {
    ObjectNode set = kube.informer(Kinds.REPLICA_SET).get(key.namespace(), key.name());
    if (set == null || Trees.isDeleting(set)) {
      return null;
    }
    List<ObjectNode> active = active(set);
    int wanted = Trees.number(1, set, "spec", "replicas");
    for (int i = active.size(); i < wanted; i++) {
      pods.create(set, Kinds.REPLICA_SET, "", Map.of());
    }
    for (ObjectNode pod : PodFacts.surplus(active, active.size() - wanted)) {
      pods.delete(set, Kinds.REPLICA_SET, pod);
    }
    return report(set, active(set));
  }

  private List<ObjectNode> active(ObjectNode set) {
    return kube.informer(Kinds.POD).controlledBy(Trees.uid(set)).stream()
        .filter(PodFacts::isActive)
        .toList();
  }

  private @Nullable Duration report(ObjectNode set, List<ObjectNode> active) {
    int minReady = Trees.number(0, set, "spec", "minReadySeconds");
    List<Duration> waits = new ArrayList<>();
    int available = 0;
    for (ObjectNode pod : active) {
      Duration left = PodFacts.untilAvailable(pod, minReady, clock.instant());
      if (left.isZero()) {
        available++;
      } else if (left.isPositive()) {
        waits.add(left);
      }
    }
    int ready = (int) active.stream().filter(PodFacts::isReady).count();
    kube.status(
        Kinds.REPLICA_SET,
        set,
        Trees.object(
            "replicas",
            active.size(),
            "fullyLabeledReplicas",
            Deployments.positive(active.size()),
            "readyReplicas",
            Deployments.positive(ready),
            "availableReplicas",
            Deployments.positive(available),
            "observedGeneration",
            Trees.at(set, "metadata", "generation").asLong(1)));
    return waits.stream().min(Duration::compareTo).orElse(null);
  }
}
