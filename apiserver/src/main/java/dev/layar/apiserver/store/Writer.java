package dev.layar.apiserver.store;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.Admission.Operation;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException.Cause;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.Written;
import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.patch.JsonPatch;
import dev.layar.apiserver.patch.MergePatch;
import dev.layar.apiserver.patch.PatchException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Creates, replaces and patches objects. Thread-safe: it reads, computes without a lock, and stores
 * if nobody was faster; otherwise it begins anew, unless the caller set a precondition.
 */
final class Writer {
  private static final int NAME_ATTEMPTS = 8;

  private final StoreOptions options;
  private final Commits commits;

  Writer(StoreOptions options, Commits commits) {
    this.options = options;
    this.commits = commits;
  }

  /** How the new object comes from the old one. */
  private interface Change {
    /**
     * @param current in the version of the request; not to be changed
     */
    JsonNode apply(ObjectNode current);
  }

  /** One write's circumstances. */
  private record Task(ObjectRef ref, String version, Subresource part, WriteOptions write) {
    ResourceType type() {
      return ref.type();
    }
  }

  Written create(
      ResourceType type, String version, String namespace, JsonNode body, WriteOptions write) {
    ObjectNode given = Meta.read(type, version, body);
    Meta.place(type, given, namespace, "");
    boolean generates = Json.text(given, "metadata", "name").isEmpty();
    for (int attempt = 0; ; attempt++) {
      ObjectNode object = Json.copy(given);
      Meta.born(type, object, options.clock().instant(), options.random());
      Namespaces.complete(type, object);
      String name = Json.text(object, "metadata", "name");
      Task task = new Task(new ObjectRef(type, namespace, name), version, Subresource.NONE, write);
      Written written = insert(task, object);
      if (written != null) {
        return written;
      }
      if (!generates || attempt >= NAME_ATTEMPTS) {
        throw Refusals.alreadyExists(type, name);
      }
    }
  }

  /** Null when the name is taken. */
  private @Nullable Written insert(Task task, ObjectNode object) {
    Namespaces.checkRoom(commits, task.ref());
    List<String> warnings = new ArrayList<>();
    admit(task, null, object, warnings);
    check(task.type(), object, Names.check(task.type(), object));
    Key key = Meta.key(task.ref());
    if (commits.find(key) != null) {
      return null;
    }
    if (task.write().dryRun()) {
      return new Written(view(task, Json.copy(object)), true, warnings);
    }
    ObjectNode stored = commits.put(key, 0, object);
    return stored == null ? null : new Written(view(task, stored), true, warnings);
  }

  Written update(
      ObjectRef ref, String version, Subresource part, JsonNode body, WriteOptions write) {
    Task task = new Task(ref, version, part, write);
    requireRevision(task, body);
    return change(task, _ -> body);
  }

  /** Custom resources are replaced only by those who say what they replace. */
  private static void requireRevision(Task task, JsonNode body) {
    if (task.type().custom()
        && task.part() != Subresource.SCALE
        && Json.text(body, "metadata", "resourceVersion").isEmpty()) {
      throw Refusals.invalid(
          task.type(),
          task.ref().name(),
          List.of(
              Names.invalidValue(
                  "metadata.resourceVersion", "0x0", "must be specified for an update")));
    }
  }

  Written patch(
      ObjectRef ref,
      String version,
      Subresource part,
      PatchType patchType,
      JsonNode patch,
      WriteOptions write) {
    Task task = new Task(ref, version, part, write);
    return switch (patchType) {
      case JSON -> change(task, current -> fit(() -> JsonPatch.apply(current, patch)));
      case MERGE -> change(task, current -> MergePatch.apply(current, requireObject(patch)));
      case STRATEGIC -> strategic(task, patch);
      case APPLY -> apply(task, patch);
    };
  }

  private Written strategic(Task task, JsonNode patch) {
    if (task.type().custom()) {
      throw Refusals.unsupportedMediaType(
          Stream.of(PatchType.JSON, PatchType.MERGE, PatchType.APPLY)
              .map(PatchType::mediaType)
              .toList());
    }
    return change(task, current -> MergePatch.apply(current, requireObject(patch)));
  }

  private Written apply(Task task, JsonNode patch) {
    if (task.write().fieldManager().isEmpty()) {
      throw Refusals.badRequest(
          "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required"
              + " value: is required for apply patch");
    }
    if (commits.find(task.ref()) != null) {
      return change(task, current -> MergePatch.apply(current, requireObject(patch)));
    }
    if (task.part() != Subresource.NONE) {
      throw Refusals.notFound(task.ref());
    }
    ObjectNode object = Json.copy(requireObject(patch));
    Meta.place(task.type(), object, task.ref().namespace(), task.ref().name());
    return create(task.type(), task.version(), task.ref().namespace(), object, task.write());
  }

  private static ObjectNode requireObject(JsonNode patch) {
    if (patch instanceof ObjectNode object) {
      return object;
    }
    throw Refusals.badRequest("error decoding patch: the patch is not an object");
  }

  private static JsonNode fit(Supplier<JsonNode> patching) {
    try {
      return patching.get();
    } catch (PatchException e) {
      throw e.isMalformed()
          ? Refusals.badRequest("error decoding patch: " + e.getMessage())
          : Refusals.unprocessable(String.valueOf(e.getMessage()));
    }
  }

  private Written change(Task task, Change change) {
    for (int race = 0; race < Commits.MAX_RACES; race++) {
      Written written = attempt(task, commits.require(task.ref()), change);
      if (written != null) {
        return written;
      }
    }
    throw Refusals.modified(task.ref());
  }

  /** Null when somebody else was faster. */
  private @Nullable Written attempt(Task task, Stored stored, Change change) {
    ObjectNode before = stored.object();
    ObjectNode after = after(task, before, change);
    List<String> warnings = new ArrayList<>();
    if (!Meta.same(before, after)) {
      admit(task, before, after, warnings);
      after = Json.copy(after);
    }
    List<Cause> causes = new ArrayList<>(Meta.checkUpdate(before, after));
    causes.addAll(Names.check(task.type(), after));
    check(task.type(), after, causes);
    if (Meta.same(before, after)) {
      return new Written(view(task, before), false, warnings);
    }
    if (task.write().dryRun()) {
      return new Written(view(task, after), false, warnings);
    }
    if (Meta.isGone(after)) {
      return commits.remove(stored) ? new Written(view(task, after), false, warnings) : null;
    }
    ObjectNode now = commits.put(stored.key(), stored.revision(), after);
    return now == null ? null : new Written(view(task, now), false, warnings);
  }

  /** The object as the change would have it, completed, in the version it is stored in. */
  private ObjectNode after(Task task, ObjectNode before, Change change) {
    if (task.part() == Subresource.SCALE) {
      return rescaled(task, before, change);
    }
    JsonNode changed = change.apply(Selection.view(before, task.type().apiVersion(task.version())));
    ObjectNode after = Meta.read(task.type(), task.version(), changed);
    Meta.place(task.type(), after, task.ref().namespace(), task.ref().name());
    precondition(task.ref(), before, after);
    Namespaces.complete(task.type(), after);
    Meta.carry(task.type(), before, after, task.part());
    return after;
  }

  private static ObjectNode rescaled(Task task, ObjectNode before, Change change) {
    JsonNode scale = change.apply(Scale.of(before));
    precondition(task.ref(), before, scale);
    ObjectNode after = Scale.into(task.type(), before, scale);
    Meta.carry(task.type(), before, after, Subresource.NONE);
    return after;
  }

  /** The revision and uid that a body names have to be those that are there. */
  private static void precondition(ObjectRef ref, ObjectNode before, JsonNode after) {
    String uid = Json.text(after, "metadata", "uid");
    String actual = Json.text(before, "metadata", "uid");
    if (!uid.isEmpty() && !uid.equals(actual)) {
      throw Refusals.conflict(
          ref,
          "Precondition failed: UID in precondition: " + uid + ", UID in object meta: " + actual);
    }
    String revision = Json.text(after, "metadata", "resourceVersion");
    if (!revision.isEmpty()
        && !revision.equals("0")
        && !revision.equals(Json.text(before, "metadata", "resourceVersion"))) {
      throw Refusals.modified(ref);
    }
  }

  private void admit(
      Task task, @Nullable ObjectNode before, ObjectNode after, List<String> warnings) {
    Operation operation = before == null ? Operation.CREATE : Operation.UPDATE;
    ObjectApi.admit(
        options,
        new Admission.Request(
            operation, task.ref(), task.version(), task.part(), before, after, task.write()),
        warnings);
  }

  private static void check(ResourceType type, ObjectNode object, List<Cause> causes) {
    if (!causes.isEmpty()) {
      throw Refusals.invalid(type, Json.text(object, "metadata", "name"), causes);
    }
  }

  private static ObjectNode view(Task task, ObjectNode object) {
    return task.part() == Subresource.SCALE
        ? Scale.of(object)
        : Selection.view(object, task.type().apiVersion(task.version()));
  }
}
