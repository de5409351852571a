package dev.layar.local.controllers;

import dev.layar.local.kube.Controller;
import dev.layar.local.kube.Informer;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.kube.Triggers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** Deletes what a controller of ours made for an object that is gone. Runner-confined. */
final class Orphans implements Controller {
  /** Owner → what it owns. */
  private static final Map<String, List<String>> OWNED =
      Map.of(
          Kinds.DEPLOYMENT, List.of(Kinds.REPLICA_SET),
          Kinds.REPLICA_SET, List.of(Kinds.POD),
          Kinds.STATEFUL_SET, List.of(Kinds.POD),
          Kinds.DAEMON_SET, List.of(Kinds.POD),
          Kinds.JOB, List.of(Kinds.POD),
          Kinds.SERVICE, List.of(Kinds.ENDPOINT_SLICE));

  private final Kube kube;

  Orphans(Kube kube) {
    this.kube = kube;
  }

  @Override
  public String name() {
    return "orphans";
  }

  @Override
  public void watch(Triggers triggers) {
    // The key's namespace is the owner's kind, its name the owner's uid.
    OWNED.keySet().forEach(kind -> triggers.on(kind, o -> List.of(new Key(kind, Trees.uid(o)))));
  }

  @Override
  public @Nullable Duration reconcile(Key key) {
    Informer owners = kube.informer(key.namespace());
    boolean there = owners.list().stream().anyMatch(o -> Trees.uid(o).equals(key.name()));
    if (!there) {
      for (String owned : OWNED.getOrDefault(key.namespace(), List.of())) {
        for (ObjectNode object : kube.informer(owned).controlledBy(key.name())) {
          if (!Trees.isDeleting(object)) {
            kube.delete(owned, Key.of(object), null);
          }
        }
      }
    }
    return null;
  }
}
