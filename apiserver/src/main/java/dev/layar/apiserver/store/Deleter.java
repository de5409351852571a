package dev.layar.apiserver.store;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.Admission.Operation;
import dev.layar.apiserver.DeleteOptions;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.json.Json;
import java.time.Duration;
import java.util.ArrayList;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/** Deletes objects, or marks them while something holds them. Thread-safe. */
final class Deleter {
  private final StoreOptions options;
  private final Commits commits;

  Deleter(StoreOptions options, Commits commits) {
    this.options = options;
    this.commits = commits;
  }

  ObjectNode delete(ObjectRef ref, String version, DeleteOptions how, WriteOptions write) {
    for (int race = 0; race < Commits.MAX_RACES; race++) {
      Stored stored = commits.require(ref);
      precondition(ref, stored.object(), how);
      Namespaces.checkMortal(ref);
      Admission.Request request =
          new Admission.Request(
              Operation.DELETE, ref, version, Subresource.NONE, stored.object(), null, write);
      ObjectApi.admit(options, request, new ArrayList<>());
      ObjectNode left = attempt(ref, stored, how, write.dryRun());
      if (left != null) {
        return Selection.view(left, ref.type().apiVersion(version));
      }
    }
    throw Refusals.modified(ref);
  }

  private static void precondition(ObjectRef ref, ObjectNode object, DeleteOptions how) {
    String uid = Json.text(object, "metadata", "uid");
    if (!how.preconditionUid().isEmpty() && !how.preconditionUid().equals(uid)) {
      throw Refusals.conflict(
          ref,
          "Precondition failed: UID in precondition: "
              + how.preconditionUid()
              + ", UID in object meta: "
              + uid);
    }
    String revision = Json.text(object, "metadata", "resourceVersion");
    if (!how.preconditionResourceVersion().isEmpty()
        && !how.preconditionResourceVersion().equals(revision)) {
      throw Refusals.conflict(
          ref,
          "Precondition failed: ResourceVersion in precondition: "
              + how.preconditionResourceVersion()
              + ", ResourceVersion in object meta: "
              + revision);
    }
  }

  /** Null when somebody else was faster. */
  private @Nullable ObjectNode attempt(
      ObjectRef ref, Stored stored, DeleteOptions how, boolean dryRun) {
    ObjectNode before = stored.object();
    long grace = grace(ref, before, how);
    ObjectNode after = Json.copy(before);
    if (!Meta.isDeleting(before)) {
      holdFor(how.propagation(), after);
    }
    boolean held =
        !Meta.finalizers(after).isEmpty() || !Json.list(after.path("spec"), "finalizers").isEmpty();
    if (grace == 0 && !held) {
      return dryRun || commits.remove(stored) ? before : null;
    }
    if (!mark(ref, after, grace)) {
      return before;
    }
    return dryRun ? after : commits.put(stored.key(), stored.revision(), after);
  }

  /** The collector takes these finalizers away when it is done. */
  private static void holdFor(DeleteOptions.Propagation propagation, ObjectNode object) {
    switch (propagation) {
      case BACKGROUND -> {}
      case FOREGROUND -> Meta.addFinalizer(object, Collector.FOREGROUND);
      case ORPHAN -> Meta.addFinalizer(object, Collector.ORPHAN);
    }
  }

  /** False when it is deleting already, no later than asked for. */
  private boolean mark(ObjectRef ref, ObjectNode object, long grace) {
    JsonNode metadata = object.path("metadata");
    boolean sooner =
        !Meta.isDeleting(object) || grace < metadata.path("deletionGracePeriodSeconds").asLong(0);
    if (sooner) {
      Meta.dying(ref.type(), object, options.clock().instant(), grace);
      if (ref.type().qualified().equals(Namespaces.TYPE)) {
        Json.make(object, "status").put("phase", "Terminating");
      }
    }
    return sooner;
  }

  /**
   * How many seconds an object may go on: only pods that run somewhere do ({@code
   * pkg/registry/core/pod/strategy.go CheckGracefulDelete}).
   */
  private static long grace(ObjectRef ref, ObjectNode object, DeleteOptions how) {
    if (!ref.type().qualified().equals("pods")) {
      return 0;
    }
    String phase = Json.text(object, "status", "phase");
    boolean runs =
        !Json.text(object, "spec", "nodeName").isEmpty()
            && !phase.equals("Succeeded")
            && !phase.equals("Failed");
    if (!runs) {
      return 0;
    }
    Duration asked = how.gracePeriod();
    return asked == null
        ? object.path("spec").path("terminationGracePeriodSeconds").asLong(30)
        : Math.max(0, asked.toSeconds());
  }
}
