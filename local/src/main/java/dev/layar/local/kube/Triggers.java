package dev.layar.local.kube;

import java.util.Collection;
import java.util.List;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/** How a controller says what it must hear about. */
public interface Triggers {
  /** Changes of objects of {@code kind} call for a look at these keys. */
  void on(String kind, Function<ObjectNode, ? extends Collection<Key>> concerned);

  /** Changes of objects of {@code kind} call for a look at the object itself. */
  default void onEach(String kind) {
    on(kind, object -> List.of(Key.of(object)));
  }

  /** Changes of objects of {@code kind} call for a look at the object that controls them. */
  default void onOwned(String kind, String ownerKind) {
    on(
        kind,
        object ->
            Trees.items(object, "metadata", "ownerReferences").stream()
                .filter(owner -> Trees.flag(owner, "controller"))
                .filter(owner -> Trees.text(owner, "kind").equals(ownerKind))
                .map(owner -> new Key(Trees.namespace(object), Trees.text(owner, "name")))
                .toList());
  }
}
