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
import dev.layar.apiserver.builtin.Names;
import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.owners.Owners;
import dev.layar.apiserver.patch.JsonPatch;
import dev.layar.apiserver.patch.MergePatch;
import dev.layar.apiserver.patch.PatchException;
import dev.layar.apiserver.patch.StrategicPatch;
import dev.layar.apiserver.schema.FieldType;
import dev.layar.apiserver.schema.Schemas;
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
  private final Schemas schemas;
  private final Completion completion;

  Writer(StoreOptions options, Commits commits, Schemas schemas) {
    this.options = options;
    this.commits = commits;
    this.schemas = schemas;
    this.completion = new Completion(schemas, new Allocator(commits.store(), options.random()));
  }

  /** How the new object comes from the old one. */
  private interface Change {
    /**
     * @param current in the version of the request; not to be changed
     */
    JsonNode apply(ObjectNode current);
  }

  /**
   * One write's circumstances.
   *
   * @param patch what the caller sent, if that was a patch
   * @param applies whether the change keeps the field owners itself
   */
  private record Task(
      ObjectRef ref,
      String version,
      Subresource part,
      WriteOptions write,
      @Nullable JsonNode patch,
      boolean applies) {
    ResourceType type() {
      return ref.type();
    }

    Task at(String name) {
      ObjectRef named = new ObjectRef(ref.type(), ref.namespace(), name);
      return new Task(named, version, part, write, patch, applies);
    }
  }

  Written create(
      ResourceType type, String version, String namespace, JsonNode body, WriteOptions write) {
    ObjectNode given = Meta.read(type, version, body);
    Meta.place(type, given, namespace, "");
    ObjectRef ref = new ObjectRef(type, namespace, "");
    return create(new Task(ref, version, Subresource.NONE, write, null, false), given);
  }

  private Written create(Task task, ObjectNode given) {
    List<String> warnings = new ArrayList<>();
    form(task, given, warnings);
    boolean generates = Json.text(given, "metadata", "name").isEmpty();
    for (int attempt = 0; ; attempt++) {
      ObjectNode object = Json.copy(given);
      Meta.born(task.type(), object, options.clock().instant(), options.random());
      completion.born(task.type(), object);
      String name = Json.text(object, "metadata", "name");
      Written written = insert(task.at(name), object, warnings);
      if (written != null) {
        return written;
      }
      if (!generates || attempt >= NAME_ATTEMPTS) {
        throw Refusals.alreadyExists(task.type(), name);
      }
    }
  }

  private void form(Task task, ObjectNode object, List<String> warnings) {
    completion.form(
        task.type(),
        task.version(),
        object,
        task.write().fieldValidation(),
        task.patch(),
        warnings);
  }

  /** Null when the name is taken. */
  private @Nullable Written insert(Task task, ObjectNode given, List<String> warnings) {
    Namespaces.checkRoom(commits, task.ref());
    if (!task.applies()) {
      Owners.update(null, given, fields(task), actor(task));
    }
    ObjectNode object = admitted(task, null, given, warnings);
    refuse(task, completion.check(task.type(), null, object));
    Key key = Meta.key(task.ref());
    if (commits.find(key) != null) {
      return null;
    }
    if (task.write().dryRun()) {
      return new Written(view(task, object), true, warnings);
    }
    ObjectNode stored = commits.put(key, 0, object);
    return stored == null ? null : new Written(view(task, stored), true, warnings);
  }

  private FieldType fields(Task task) {
    return schemas.type(task.type(), task.version());
  }

  private Owners.Actor actor(Task task) {
    String subresource =
        switch (task.part()) {
          case NONE -> "";
          case STATUS -> "status";
          case SCALE -> "scale";
        };
    return new Owners.Actor(
        task.write().fieldManager(),
        task.type().apiVersion(task.version()),
        subresource,
        options.clock().instant());
  }

  Written update(
      ObjectRef ref, String version, Subresource part, JsonNode body, WriteOptions write) {
    Task task = new Task(ref, version, part, write, null, false);
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
    Task task = new Task(ref, version, part, write, patch, patchType == PatchType.APPLY);
    return switch (patchType) {
      case JSON -> change(task, current -> fit(() -> JsonPatch.apply(current, patch)));
      case MERGE -> change(task, current -> MergePatch.apply(current, requireObject(patch)));
      case STRATEGIC -> strategic(task, requireObject(patch));
      case APPLY -> apply(task, requireObject(patch));
    };
  }

  private Written strategic(Task task, ObjectNode patch) {
    if (task.type().custom()) {
      throw Refusals.unsupportedMediaType(
          Stream.of(PatchType.JSON, PatchType.MERGE, PatchType.APPLY)
              .map(PatchType::mediaType)
              .toList());
    }
    return change(task, current -> fit(() -> StrategicPatch.apply(current, patch, fields(task))));
  }

  private Written apply(Task task, ObjectNode patch) {
    if (task.write().fieldManager().isEmpty()) {
      throw Refusals.badRequest(
          "PatchOptions.meta.k8s.io \"\" is invalid: fieldManager: Required value: is required for"
              + " apply patch");
    }
    if (patch.path("metadata").has("managedFields")) {
      throw Refusals.badRequest("metadata.managedFields must be nil");
    }
    List<String> warnings = new ArrayList<>();
    ObjectNode config = config(task, patch, warnings);
    while (true) {
      if (commits.find(task.ref()) != null) {
        return change(task, current -> applied(task, current, config));
      }
      Written created = applyNew(task, config, warnings);
      if (created != null) {
        return created;
      }
    }
  }

  /** What is applied: the part of the object that the request is about. */
  private ObjectNode config(Task task, ObjectNode patch, List<String> warnings) {
    if (task.part() == Subresource.SCALE) {
      return Json.copy(patch);
    }
    ObjectNode config = Meta.read(task.type(), task.version(), patch);
    Meta.place(task.type(), config, task.ref().namespace(), task.ref().name());
    form(task, config, warnings);
    if (task.part() == Subresource.STATUS) {
      config.retain("apiVersion", "kind", "metadata", "status");
    } else if (task.type().hasStatus()) {
      config.remove("status");
    }
    return config;
  }

  /** Null when somebody else made it. */
  private @Nullable Written applyNew(Task task, ObjectNode config, List<String> warnings) {
    String uid = Json.text(config, "metadata", "uid");
    if (task.part() != Subresource.NONE || !uid.isEmpty()) {
      throw Refusals.notFound(task.ref());
    }
    ObjectNode object = Json.copy(applied(task, null, config));
    Meta.born(task.type(), object, options.clock().instant(), options.random());
    completion.born(task.type(), object);
    return insert(task, object, warnings);
  }

  private ObjectNode applied(Task task, @Nullable ObjectNode current, ObjectNode config) {
    FieldType type = task.part() == Subresource.SCALE ? FieldType.OPEN : fields(task);
    Owners.Applied applied = Owners.apply(current, config, type, actor(task), task.write().force());
    ObjectNode object = applied.object();
    if (object == null) {
      throw Refusals.fieldConflicts(applied.conflicts());
    }
    return object;
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
      String message = String.valueOf(e.getMessage());
      throw e.isMalformed()
          ? Refusals.badRequest("error decoding patch: " + message)
          : Refusals.unprocessable(message);
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
    List<String> warnings = new ArrayList<>();
    ObjectNode after = after(task, before, change, warnings);
    if (!Meta.same(before, after)) {
      after = admitted(task, before, after, warnings);
    }
    List<Cause> causes = new ArrayList<>(Meta.checkUpdate(before, after));
    causes.addAll(completion.check(task.type(), before, after));
    refuse(task, causes);
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
  private ObjectNode after(Task task, ObjectNode before, Change change, List<String> warnings) {
    ObjectNode after;
    if (task.part() == Subresource.SCALE) {
      after = rescaled(task, before, change);
    } else {
      String apiVersion = task.type().apiVersion(task.version());
      JsonNode changed = change.apply(Selection.view(before, apiVersion));
      boolean reset = Meta.resetsOwners(changed);
      after = Meta.read(task.type(), task.version(), changed);
      Meta.place(task.type(), after, task.ref().namespace(), task.ref().name());
      precondition(task.ref(), before, after);
      form(task, after, warnings);
      Meta.carry(task.type(), before, after, task.part(), reset);
      completion.complete(task.type(), after);
      Meta.count(task.type(), before, after);
    }
    after = Json.copy(after);
    if (!task.applies()) {
      Owners.update(before, after, fields(task), actor(task));
    }
    return after;
  }

  private static ObjectNode rescaled(Task task, ObjectNode before, Change change) {
    JsonNode scale = change.apply(Scale.of(before));
    precondition(task.ref(), before, scale);
    ObjectNode after = Scale.into(task.type(), before, scale);
    Meta.count(task.type(), before, after);
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

  /** The object after admission, which may have changed it, completed again. */
  private ObjectNode admitted(
      Task task, @Nullable ObjectNode before, ObjectNode after, List<String> warnings) {
    if (!options.admission().isEmpty()) {
      Operation operation = before == null ? Operation.CREATE : Operation.UPDATE;
      ObjectApi.admit(
          options,
          new Admission.Request(
              operation, task.ref(), task.version(), task.part(), before, after, task.write()),
          warnings);
      completion.complete(task.type(), after);
    }
    completion.allocate(task.type(), before, after);
    ObjectNode out = Json.copy(after);
    if (before != null) {
      Meta.count(task.type(), before, out);
    }
    return out;
  }

  private static void refuse(Task task, List<Cause> causes) {
    if (!causes.isEmpty()) {
      throw Refusals.invalid(task.type(), task.ref().name(), causes);
    }
  }

  private static ObjectNode view(Task task, ObjectNode object) {
    return task.part() == Subresource.SCALE
        ? Scale.of(object)
        : Selection.view(object, task.type().apiVersion(task.version()));
  }
}
