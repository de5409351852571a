package dev.layar.local.controllers;

import dev.layar.apiserver.StatusException;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import java.util.Map;
import tools.jackson.databind.node.ObjectNode;

/** Creates and deletes pods for the controllers that own them. Runner-confined. */
final class PodMaker {
  private final Kube kube;
  private final Recorder events;

  PodMaker(Kube kube, Recorder events) {
    this.kube = kube;
    this.events = events;
  }

  /**
   * A pod from the owner's template.
   *
   * @param name empty for a generated one
   * @param labels added to the template's
   * @param ownerKind see {@link Kinds}
   */
  void create(ObjectNode owner, String ownerKind, String name, Map<String, String> labels) {
    ObjectNode pod = body(owner, ownerKind, name, labels);
    create(owner, ownerKind, pod);
  }

  ObjectNode body(ObjectNode owner, String ownerKind, String name, Map<String, String> labels) {
    ObjectNode pod = Trees.object();
    ObjectNode template = (ObjectNode) Trees.at(owner, "spec", "template").deepCopy();
    ObjectNode metadata = Trees.child(template, "metadata");
    metadata.remove("creationTimestamp");
    if (name.isEmpty()) {
      metadata.put("generateName", Trees.name(owner) + "-");
    } else {
      metadata.put("name", name);
    }
    ObjectNode all = Trees.child(metadata, "labels");
    labels.forEach(all::put);
    metadata.set(
        "ownerReferences",
        Trees.list(Trees.ownedBy(owner, Kinds.apiVersion(ownerKind), Kinds.kind(ownerKind))));
    pod.set("metadata", metadata);
    pod.set("spec", template.path("spec"));
    return pod;
  }

  void create(ObjectNode owner, String ownerKind, ObjectNode pod) {
    try {
      ObjectNode made = kube.create(Kinds.POD, Trees.namespace(owner), pod);
      events.normal(owner, ownerKind, "SuccessfulCreate", "Created pod: " + Trees.name(made));
    } catch (StatusException e) {
      events.warning(
          owner, ownerKind, "FailedCreate", "Error creating: " + String.valueOf(e.getMessage()));
      throw e;
    }
  }

  void delete(ObjectNode owner, String ownerKind, ObjectNode pod) {
    kube.delete(Kinds.POD, Key.of(pod), null);
    events.normal(owner, ownerKind, "SuccessfulDelete", "Deleted pod: " + Trees.name(pod));
  }
}
