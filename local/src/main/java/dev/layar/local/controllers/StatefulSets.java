package dev.layar.local.controllers;

import dev.layar.local.control.Ordinals;
import dev.layar.local.control.PodFacts;
import dev.layar.local.control.PodNames;
import dev.layar.local.kube.Controller;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.kube.Triggers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * StatefulSet → pods with ordinals. Runner-confined. DEVIATION: no ControllerRevisions, so {@code
 * rollout undo} has nothing to go back to; volumeClaimTemplates are not provisioned.
 */
final class StatefulSets implements Controller {
  private static final String REVISION = "controller-revision-hash";
  private static final String POD_NAME = "statefulset.kubernetes.io/pod-name";
  private static final String POD_INDEX = "apps.kubernetes.io/pod-index";

  private final Kube kube;
  private final PodMaker pods;

  StatefulSets(Kube kube, PodMaker pods) {
    this.kube = kube;
    this.pods = pods;
  }

  @Override
  public String name() {
    return "statefulset";
  }

  @Override
  public void watch(Triggers triggers) {
    triggers.onEach(Kinds.STATEFUL_SET);
    triggers.onOwned(Kinds.POD, "StatefulSet");
  }

  @Override
  public @Nullable Duration reconcile(Key key) {
    ObjectNode set = kube.informer(Kinds.STATEFUL_SET).get(key.namespace(), key.name());
    if (set == null || Trees.isDeleting(set)) {
      return null;
    }
    String revision = revision(set);
    Ordinals.Step step = Ordinals.next(Ordinals.Wanted.of(set), states(set, revision));
    for (int ordinal : step.create()) {
      create(set, revision, ordinal);
    }
    for (String name : step.delete()) {
      ObjectNode pod = kube.informer(Kinds.POD).get(key.namespace(), name);
      if (pod != null) {
        pods.delete(set, Kinds.STATEFUL_SET, pod);
      }
    }
    report(set, revision);
    return null;
  }

  private static String revision(ObjectNode set) {
    return Trees.name(set) + "-" + PodNames.templateHash(Trees.at(set, "spec", "template"), 0);
  }

  private List<Ordinals.PodState> states(ObjectNode set, String revision) {
    return kube.informer(Kinds.POD).controlledBy(Trees.uid(set)).stream()
        .map(
            pod ->
                new Ordinals.PodState(
                    Trees.name(pod),
                    Ordinals.of(Trees.name(pod)),
                    revision.equals(Trees.labels(pod).get(REVISION)),
                    PodFacts.isReady(pod),
                    PodFacts.isOver(pod),
                    Trees.isDeleting(pod)))
        .toList();
  }

  private void create(ObjectNode set, String revision, int ordinal) {
    String name = Trees.name(set) + "-" + ordinal;
    Map<String, String> labels =
        Map.of(REVISION, revision, POD_NAME, name, POD_INDEX, Integer.toString(ordinal));
    ObjectNode pod = pods.body(set, Kinds.STATEFUL_SET, name, labels);
    ObjectNode spec = Trees.child(pod, "spec");
    spec.put("hostname", name);
    spec.put("subdomain", Trees.text(set, "spec", "serviceName"));
    pods.create(set, Kinds.STATEFUL_SET, pod);
  }

  private void report(ObjectNode set, String revision) {
    List<Ordinals.PodState> states =
        states(set, revision).stream().filter(pod -> !pod.deleting()).toList();
    int ready = (int) states.stream().filter(Ordinals.PodState::ready).count();
    int updated = (int) states.stream().filter(Ordinals.PodState::current).count();
    boolean done =
        updated == states.size() && states.size() == Trees.number(1, set, "spec", "replicas");
    String before = Trees.text(set, "status", "currentRevision");
    String current = done || before.isEmpty() ? revision : before;
    int old = current.equals(revision) ? updated : states.size() - updated;
    kube.status(
        Kinds.STATEFUL_SET,
        set,
        Trees.object(
            "observedGeneration",
            Trees.at(set, "metadata", "generation").asLong(1),
            "replicas",
            states.size(),
            "readyReplicas",
            Deployments.positive(ready),
            "availableReplicas",
            ready,
            "currentReplicas",
            Deployments.positive(old),
            "updatedReplicas",
            Deployments.positive(updated),
            "currentRevision",
            current,
            "updateRevision",
            revision,
            "collisionCount",
            0));
  }
}
