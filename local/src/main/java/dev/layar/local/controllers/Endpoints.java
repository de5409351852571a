package dev.layar.local.controllers;

import dev.layar.apiserver.StatusException;
import dev.layar.local.control.EndpointSlices;
import dev.layar.local.kube.Controller;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.kube.Triggers;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Services and pods → EndpointSlices and Endpoints. Runner-confined. */
final class Endpoints implements Controller {
  private static final String ZONE = "topology.kubernetes.io/zone";
  private static final int CONFLICT = 409;

  private final Kube kube;

  Endpoints(Kube kube) {
    this.kube = kube;
  }

  @Override
  public String name() {
    return "endpointslice";
  }

  @Override
  public void watch(Triggers triggers) {
    triggers.onEach(Kinds.SERVICE);
    triggers.onOwned(Kinds.ENDPOINT_SLICE, "Service");
    triggers.on(
        Kinds.POD,
        pod ->
            kube.informer(Kinds.SERVICE).list(Trees.namespace(pod)).stream()
                .filter(service -> EndpointSlices.selects(service, pod))
                .map(Key::of)
                .toList());
  }

  @Override
  public @Nullable Duration reconcile(Key key) {
    ObjectNode service = kube.informer(Kinds.SERVICE).get(key.namespace(), key.name());
    if (service == null) {
      kube.delete(Kinds.ENDPOINTS, key, null);
      return null;
    }
    if (Trees.isDeleting(service) || !EndpointSlices.isOurs(service)) {
      return null;
    }
    List<ObjectNode> pods = kube.informer(Kinds.POD).list(key.namespace());
    slices(service, EndpointSlices.of(service, pods, zones()));
    write(Kinds.ENDPOINTS, EndpointSlices.endpoints(service, pods));
    return null;
  }

  private Map<String, String> zones() {
    return kube.informer(Kinds.NODE).list().stream()
        .filter(node -> Trees.labels(node).containsKey(ZONE))
        .collect(Collectors.toMap(Trees::name, node -> Trees.labels(node).getOrDefault(ZONE, "")));
  }

  private void slices(ObjectNode service, List<ObjectNode> wanted) {
    Set<String> names = new TreeSet<>();
    wanted.forEach(slice -> names.add(Trees.name(slice)));
    wanted.forEach(slice -> write(Kinds.ENDPOINT_SLICE, slice));
    for (ObjectNode slice : kube.informer(Kinds.ENDPOINT_SLICE).controlledBy(Trees.uid(service))) {
      if (!names.contains(Trees.name(slice))) {
        kube.delete(Kinds.ENDPOINT_SLICE, Key.of(slice), null);
      }
    }
  }

  /** Creates or replaces, unless what is there says the same. */
  private void write(String kind, ObjectNode wanted) {
    Key key = Key.of(wanted);
    ObjectNode there = kube.informer(kind).get(key.namespace(), key.name());
    if (there == null) {
      create(kind, key, wanted);
      return;
    }
    ObjectNode next = there.deepCopy();
    for (String field : List.of("endpoints", "ports", "subsets")) {
      if (wanted.has(field)) {
        next.set(field, wanted.get(field));
      } else {
        next.remove(field);
      }
    }
    ObjectNode metadata = Trees.child(next, "metadata");
    Map<String, String> labels = new HashMap<>(Trees.labels(wanted));
    if (!labels.equals(Trees.labels(there))) {
      metadata.set("labels", Trees.node(labels));
    }
    if (!next.equals(there)) {
      kube.update(kind, next);
    }
  }

  private void create(String kind, Key key, ObjectNode wanted) {
    try {
      kube.create(kind, key.namespace(), wanted);
    } catch (StatusException e) {
      if (e.code() == CONFLICT) {
        kube.delete(kind, key, null);
        kube.create(kind, key.namespace(), wanted);
        return;
      }
      throw e;
    }
  }
}
