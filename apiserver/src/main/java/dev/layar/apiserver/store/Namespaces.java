package dev.layar.apiserver.store;

import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.StatusException.Cause;
import dev.layar.apiserver.kinds.Catalogue;
import java.util.List;
import java.util.Set;

/** What namespaces ask of the objects in them. Stateless. */
final class Namespaces {
  static final String TYPE = "namespaces";

  /** Those that a cluster cannot do without ({@code NamespaceLifecycle} admission upstream). */
  private static final Set<String> IMMORTAL = Set.of("default", "kube-system", "kube-public");

  private Namespaces() {}

  static Key key(String name) {
    return new Key(TYPE, "", name);
  }

  /** Refuses new objects where the namespace is missing or on its way out. */
  static void checkRoom(Commits commits, ObjectRef ref) {
    if (!ref.type().namespaced()) {
      return;
    }
    if (ref.namespace().isEmpty()) {
      throw Refusals.badRequest("an empty namespace may not be set during creation");
    }
    Stored namespace = commits.find(key(ref.namespace()));
    if (namespace == null) {
      throw Refusals.notFound(Catalogue.find("", TYPE), ref.namespace());
    }
    if (Meta.isDeleting(namespace.object())) {
      throw terminating(ref);
    }
  }

  private static RuntimeException terminating(ObjectRef ref) {
    String name = ref.namespace();
    return Refusals.forbidden(
        ref.type(),
        ref.name(),
        "unable to create new content in namespace " + name + " because it is being terminated",
        List.of(
            new Cause(
                "NamespaceTerminating",
                "namespace " + name + " is being terminated",
                "metadata.namespace")));
  }

  static void checkMortal(ObjectRef ref) {
    if (ref.type().qualified().equals(TYPE) && IMMORTAL.contains(ref.name())) {
      throw Refusals.forbidden(ref.type(), ref.name(), "this namespace may not be deleted");
    }
  }
}
