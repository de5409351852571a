package dev.layar.local.controllers;

import dev.layar.local.control.Conditions;
import dev.layar.local.control.PodFacts;
import dev.layar.local.control.PodNames;
import dev.layar.local.control.Rollout;
import dev.layar.local.kube.Controller;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.kube.Triggers;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Deployment → ReplicaSets, one a template, with their revisions. Runner-confined. */
final class Deployments implements Controller {
  static final String HASH = "pod-template-hash";
  static final String REVISION = "deployment.kubernetes.io/revision";
  private static final String LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";
  private static final int HISTORY = 10;
  private static final int DEADLINE_SECONDS = 600;

  private final Kube kube;
  private final Recorder events;
  private final InstantSource clock;

  Deployments(Kube kube, Recorder events, InstantSource clock) {
    this.kube = kube;
    this.events = events;
    this.clock = clock;
  }

  @Override
  public String name() {
    return "deployment";
  }

  @Override
  public void watch(Triggers triggers) {
    triggers.onEach(Kinds.DEPLOYMENT);
    triggers.onOwned(Kinds.REPLICA_SET, "Deployment");
    triggers.on(Kinds.POD, this::ofPod);
  }

  /** The Deployment whose ReplicaSet controls the pod. */
  private List<Key> ofPod(ObjectNode pod) {
    for (JsonNode owner : Trees.items(pod, "metadata", "ownerReferences")) {
      ObjectNode set =
          kube.informer(Kinds.REPLICA_SET).get(Trees.namespace(pod), Trees.text(owner, "name"));
      if (set != null) {
        return Trees.items(set, "metadata", "ownerReferences").stream()
            .map(deployment -> new Key(Trees.namespace(pod), Trees.text(deployment, "name")))
            .toList();
      }
    }
    return List.of();
  }

  @Override
  public @Nullable Duration reconcile(Key key) {
    ObjectNode deployment = kube.informer(Kinds.DEPLOYMENT).get(key.namespace(), key.name());
    if (deployment == null || Trees.isDeleting(deployment)) {
      return null;
    }
    List<ObjectNode> sets = sets(deployment);
    Rollout.Wanted wanted = Rollout.Wanted.of(deployment);
    ObjectNode current = current(deployment, sets);
    if (!wanted.paused()) {
      current = current == null ? create(deployment, sets, wanted) : revised(current, sets);
      takeRevision(deployment, current);
      sets = sets(deployment);
    }
    scale(deployment, wanted, sets, current);
    forgetHistory(deployment, sets, current);
    return report(deployment, wanted, sets(deployment));
  }

  private List<ObjectNode> sets(ObjectNode deployment) {
    return kube.informer(Kinds.REPLICA_SET).controlledBy(Trees.uid(deployment)).stream()
        .filter(set -> !Trees.isDeleting(set))
        .sorted(Comparator.comparing(PodFacts::created).thenComparingLong(Deployments::revision))
        .toList();
  }

  /** The set whose template is the Deployment's. */
  private static @Nullable ObjectNode current(ObjectNode deployment, List<ObjectNode> sets) {
    JsonNode template = Trees.at(deployment, "spec", "template");
    for (ObjectNode set : sets) {
      if (unhashed(Trees.at(set, "spec", "template")).equals(template)) {
        return set;
      }
    }
    return null;
  }

  private static JsonNode unhashed(JsonNode template) {
    JsonNode copy = template.deepCopy();
    if (Trees.at(copy, "metadata", "labels") instanceof ObjectNode labels) {
      labels.remove(HASH);
    }
    return copy;
  }

  private ObjectNode create(ObjectNode deployment, List<ObjectNode> sets, Rollout.Wanted wanted) {
    JsonNode spec = deployment.path("spec");
    String hash = PodNames.templateHash(spec.path("template"), 0);
    ObjectNode template = (ObjectNode) spec.path("template").deepCopy();
    Trees.child(Trees.child(template, "metadata"), "labels").put(HASH, hash);
    ObjectNode selector = (ObjectNode) spec.path("selector").deepCopy();
    Trees.child(selector, "matchLabels").put(HASH, hash);
    String name = Trees.name(deployment) + "-" + hash;
    List<Rollout.SetState> states = new ArrayList<>(states(sets, null));
    states.add(new Rollout.SetState(name, true, 0, 0, 0, Long.MAX_VALUE));
    int replicas = Rollout.next(wanted, states).getOrDefault(name, 0);
    Map<String, String> annotations = inherited(deployment);
    annotations.put(REVISION, Long.toString(newestRevision(sets) + 1));
    ObjectNode body =
        Trees.object(
            "metadata",
            Trees.object(
                "name",
                name,
                "labels",
                Trees.texts(template, "metadata", "labels"),
                "annotations",
                annotations,
                "ownerReferences",
                Trees.list(Trees.ownedBy(deployment, "apps/v1", "Deployment"))),
            "spec",
            Trees.object(
                "replicas",
                replicas,
                "minReadySeconds",
                Trees.number(0, spec, "minReadySeconds"),
                "selector",
                selector,
                "template",
                template));
    ObjectNode set = kube.create(Kinds.REPLICA_SET, Trees.namespace(deployment), body);
    if (replicas > 0) {
      told(deployment, name, "up", 0, replicas);
    }
    return set;
  }

  private static Map<String, String> inherited(ObjectNode deployment) {
    Map<String, String> annotations = new LinkedHashMap<>(Trees.annotations(deployment));
    annotations.remove(LAST_APPLIED);
    annotations.remove(REVISION);
    return annotations;
  }

  /** A template that comes back is the newest revision again, as after {@code rollout undo}. */
  private ObjectNode revised(ObjectNode current, List<ObjectNode> sets) {
    long newest =
        newestRevision(
            sets.stream().filter(set -> !Trees.uid(set).equals(Trees.uid(current))).toList());
    if (revision(current) > newest) {
      return current;
    }
    return annotate(Kinds.REPLICA_SET, current, Long.toString(newest + 1));
  }

  private void takeRevision(ObjectNode deployment, ObjectNode current) {
    String revision = Trees.annotations(current).getOrDefault(REVISION, "");
    if (!revision.equals(Trees.annotations(deployment).get(REVISION))) {
      annotate(Kinds.DEPLOYMENT, deployment, revision);
    }
  }

  private ObjectNode annotate(String kind, ObjectNode object, String revision) {
    return kube.merge(
        kind,
        Key.of(object),
        Trees.object("metadata", Trees.object("annotations", Trees.object(REVISION, revision))));
  }

  private static long revision(JsonNode set) {
    String text = Trees.annotations(set).getOrDefault(REVISION, "0");
    try {
      return Long.parseLong(text);
    } catch (NumberFormatException written) {
      return 0;
    }
  }

  private static long newestRevision(List<ObjectNode> sets) {
    return sets.stream().mapToLong(Deployments::revision).max().orElse(0);
  }

  private List<Rollout.SetState> states(List<ObjectNode> sets, @Nullable ObjectNode current) {
    List<Rollout.SetState> out = new ArrayList<>();
    for (ObjectNode set : sets) {
      boolean isCurrent = current != null && Trees.uid(set).equals(Trees.uid(current));
      out.add(
          new Rollout.SetState(
              Trees.name(set),
              isCurrent,
              Trees.number(1, set, "spec", "replicas"),
              pods(set),
              Trees.number(0, set, "status", "availableReplicas"),
              out.size()));
    }
    return out;
  }

  private int pods(ObjectNode set) {
    return (int)
        kube.informer(Kinds.POD).controlledBy(Trees.uid(set)).stream()
            .filter(pod -> !PodFacts.isOver(pod))
            .count();
  }

  private void scale(
      ObjectNode deployment,
      Rollout.Wanted wanted,
      List<ObjectNode> sets,
      @Nullable ObjectNode current) {
    Map<String, Integer> plan = Rollout.next(wanted, states(sets, current));
    for (ObjectNode set : sets) {
      Integer to = plan.get(Trees.name(set));
      int from = Trees.number(1, set, "spec", "replicas");
      if (to != null && to != from) {
        kube.merge(
            Kinds.REPLICA_SET, Key.of(set), Trees.object("spec", Trees.object("replicas", to)));
        told(deployment, Trees.name(set), to > from ? "up" : "down", from, to);
      }
    }
  }

  private void told(ObjectNode deployment, String set, String direction, int from, int to) {
    events.normal(
        deployment,
        Kinds.DEPLOYMENT,
        "ScalingReplicaSet",
        "Scaled " + direction + " replica set " + set + " from " + from + " to " + to);
  }

  /** Sets without pods are kept for {@code rollout undo}, but not all of them for ever. */
  private void forgetHistory(
      ObjectNode deployment, List<ObjectNode> sets, @Nullable ObjectNode current) {
    int limit = Trees.number(HISTORY, deployment, "spec", "revisionHistoryLimit");
    List<ObjectNode> idle =
        sets.stream()
            .filter(set -> current == null || !Trees.uid(set).equals(Trees.uid(current)))
            .filter(set -> Trees.number(1, set, "spec", "replicas") == 0)
            .filter(set -> Trees.number(0, set, "status", "replicas") == 0)
            .sorted(Comparator.comparingLong(Deployments::revision))
            .toList();
    idle.stream()
        .limit(Math.max(0, idle.size() - limit))
        .forEach(set -> kube.delete(Kinds.REPLICA_SET, Key.of(set), null));
  }

  // What is told in the status.

  private @Nullable Duration report(ObjectNode seen, Rollout.Wanted wanted, List<ObjectNode> sets) {
    ObjectNode deployment =
        kube.informer(Kinds.DEPLOYMENT).get(Trees.namespace(seen), Trees.name(seen));
    if (deployment == null) {
      return null;
    }
    ObjectNode current = current(deployment, sets);
    int replicas = sum(sets, "replicas");
    int available = sum(sets, "availableReplicas");
    int updated = current == null ? 0 : Trees.number(0, current, "status", "replicas");
    int updatedAvailable =
        current == null ? 0 : Trees.number(0, current, "status", "availableReplicas");
    int missing = Math.max(0, Math.max(replicas, wanted.replicas()) - available);
    boolean complete =
        updated == wanted.replicas()
            && replicas == wanted.replicas()
            && updatedAvailable == wanted.replicas();
    Progress progress = progress(deployment, current, complete, updated, available);
    ObjectNode status =
        Trees.object(
            "observedGeneration",
            Trees.at(deployment, "metadata", "generation").asLong(1),
            "replicas",
            positive(replicas),
            "updatedReplicas",
            positive(updated),
            "readyReplicas",
            positive(sum(sets, "readyReplicas")),
            "availableReplicas",
            positive(available),
            "unavailableReplicas",
            positive(missing),
            "conditions",
            Trees.list(availability(deployment, wanted, available), progress.condition()));
    kube.status(Kinds.DEPLOYMENT, deployment, status);
    return progress.again();
  }

  static @Nullable Integer positive(int number) {
    return number > 0 ? number : null;
  }

  private static int sum(List<ObjectNode> sets, String field) {
    return sets.stream().mapToInt(set -> Trees.number(0, set, "status", field)).sum();
  }

  private ObjectNode availability(ObjectNode deployment, Rollout.Wanted wanted, int available) {
    boolean enough = available >= wanted.replicas() - wanted.unavailable();
    return Conditions.nextWithUpdate(
        deployment,
        "Available",
        enough,
        enough ? "MinimumReplicasAvailable" : "MinimumReplicasUnavailable",
        enough
            ? "Deployment has minimum availability."
            : "Deployment does not have minimum availability.",
        clock.instant());
  }

  private record Progress(ObjectNode condition, @Nullable Duration again) {}

  private Progress progress(
      ObjectNode deployment,
      @Nullable ObjectNode current,
      boolean complete,
      int updated,
      int available) {
    Instant now = clock.instant();
    String set = current == null ? "" : Trees.name(current);
    if (complete) {
      return new Progress(
          progressing(
              deployment,
              true,
              "NewReplicaSetAvailable",
              "ReplicaSet \"" + set + "\" has successfully progressed."),
          null);
    }
    if (Trees.flag(deployment, "spec", "paused")) {
      return new Progress(
          progressing(deployment, true, "DeploymentPaused", "Deployment is paused"), null);
    }
    JsonNode before = Trees.condition(deployment, "Progressing");
    boolean begins =
        !List.of("ReplicaSetUpdated", "ProgressDeadlineExceeded")
            .contains(Trees.text(before, "reason"));
    boolean moved =
        begins
            || updated != Trees.number(0, deployment, "status", "updatedReplicas")
            || available != Trees.number(0, deployment, "status", "availableReplicas");
    int seconds = Trees.number(DEADLINE_SECONDS, deployment, "spec", "progressDeadlineSeconds");
    Instant since = moved ? now : PodFacts.time(before, "lastUpdateTime", now);
    Duration left = Duration.between(now, since.plusSeconds(seconds));
    if (left.isNegative() || left.isZero()) {
      return new Progress(
          progressing(
              deployment,
              false,
              "ProgressDeadlineExceeded",
              "ReplicaSet \"" + set + "\" has timed out progressing."),
          null);
    }
    ObjectNode condition =
        progressing(
            deployment, true, "ReplicaSetUpdated", "ReplicaSet \"" + set + "\" is progressing.");
    if (moved) {
      condition.put("lastUpdateTime", Conditions.time(now));
    }
    return new Progress(condition, left);
  }

  private ObjectNode progressing(
      ObjectNode deployment, boolean holds, String reason, String message) {
    return Conditions.nextWithUpdate(
        deployment, "Progressing", holds, reason, message, clock.instant());
  }
}
