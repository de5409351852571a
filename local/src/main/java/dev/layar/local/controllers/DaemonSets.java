package dev.layar.local.controllers;

import dev.layar.local.control.PodFacts;
import dev.layar.local.control.PodNames;
import dev.layar.local.control.Scheduling;
import dev.layar.local.kube.Controller;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.kube.Triggers;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * DaemonSet → a pod on each node that its template may run on; after a change of the template one
 * pod at a time is replaced. Runner-confined.
 */
final class DaemonSets implements Controller {
  private static final String REVISION = "controller-revision-hash";

  private final Kube kube;
  private final PodMaker pods;

  DaemonSets(Kube kube, PodMaker pods) {
    this.kube = kube;
    this.pods = pods;
  }

  @Override
  public String name() {
    return "daemonset";
  }

  @Override
  public void watch(Triggers triggers) {
    triggers.onEach(Kinds.DAEMON_SET);
    triggers.onOwned(Kinds.POD, "DaemonSet");
    triggers.on(
        Kinds.NODE, _ -> kube.informer(Kinds.DAEMON_SET).list().stream().map(Key::of).toList());
  }

  @Override
  public @Nullable Duration reconcile(Key key) {
    ObjectNode set = kube.informer(Kinds.DAEMON_SET).get(key.namespace(), key.name());
    if (set == null || Trees.isDeleting(set)) {
      return null;
    }
    String revision = PodNames.templateHash(Trees.at(set, "spec", "template"), 0);
    Set<String> eligible = eligible(set);
    Set<String> covered = new HashSet<>();
    for (ObjectNode pod : owned(set)) {
      String node = Trees.text(pod, "spec", "nodeName");
      boolean wanted = eligible.contains(node) && !PodFacts.isOver(pod);
      if (!Trees.isDeleting(pod) && (!wanted || !covered.add(node))) {
        pods.delete(set, Kinds.DAEMON_SET, pod);
      } else if (wanted) {
        covered.add(node);
      }
    }
    for (String node : eligible) {
      if (!covered.contains(node)) {
        create(set, revision, node);
      }
    }
    replaceOne(set, revision);
    report(set, revision, eligible);
    return null;
  }

  private Set<String> eligible(ObjectNode set) {
    Set<String> out = new java.util.TreeSet<>();
    for (ObjectNode node : kube.informer(Kinds.NODE).list()) {
      if (Scheduling.allows(Trees.at(set, "spec", "template"), node)) {
        out.add(Trees.name(node));
      }
    }
    return out;
  }

  private List<ObjectNode> owned(ObjectNode set) {
    return kube.informer(Kinds.POD).controlledBy(Trees.uid(set));
  }

  private void create(ObjectNode set, String revision, String node) {
    ObjectNode pod = pods.body(set, Kinds.DAEMON_SET, "", Map.of(REVISION, revision));
    Trees.child(pod, "spec").put("nodeName", node);
    pods.create(set, Kinds.DAEMON_SET, pod);
  }

  private void replaceOne(ObjectNode set, String revision) {
    List<ObjectNode> owned = owned(set);
    boolean settled =
        owned.stream().allMatch(pod -> PodFacts.isReady(pod) && !Trees.isDeleting(pod));
    if (settled && !Trees.text(set, "spec", "updateStrategy", "type").equals("OnDelete")) {
      owned.stream()
          .filter(pod -> !isCurrent(pod, revision))
          .findFirst()
          .ifPresent(pod -> pods.delete(set, Kinds.DAEMON_SET, pod));
    }
  }

  private static boolean isCurrent(ObjectNode pod, String revision) {
    return revision.equals(Trees.labels(pod).get(REVISION));
  }

  private void report(ObjectNode set, String revision, Set<String> eligible) {
    List<ObjectNode> active = owned(set).stream().filter(PodFacts::isActive).toList();
    int ready = (int) active.stream().filter(PodFacts::isReady).count();
    int current = (int) active.stream().filter(pod -> isCurrent(pod, revision)).count();
    kube.status(
        Kinds.DAEMON_SET,
        set,
        Trees.object(
            "observedGeneration",
            Trees.at(set, "metadata", "generation").asLong(1),
            "currentNumberScheduled",
            active.size(),
            "desiredNumberScheduled",
            eligible.size(),
            "numberMisscheduled",
            0,
            "numberReady",
            ready,
            "numberAvailable",
            Deployments.positive(ready),
            "numberUnavailable",
            Deployments.positive(eligible.size() - ready),
            "updatedNumberScheduled",
            Deployments.positive(current)));
  }
}
