package dev.layar.apiserver.owners;

import dev.layar.apiserver.json.Json;
import dev.layar.apiserver.schema.FieldType;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Keeps {@code metadata.managedFields}: who set which field last, and what happens when somebody
 * applies. Pure, apart from the tree that is handed in to be completed.
 *
 * <p>Source: Kubernetes' "Server-Side Apply" and {@code apimachinery/pkg/util/managedfields}.
 */
public final class Owners {
  private static final String APPLY = "Apply";
  private static final String UPDATE = "Update";
  private static final String ANCIENT = "ancient-changes";

  /** More updaters than this are put together under {@code ancient-changes}. */
  private static final int MAX_UPDATERS = 10;

  /** What the server itself writes belongs to nobody ({@code stripmeta.go}). */
  private static final FieldSet SYSTEM = system();

  private Owners() {}

  /**
   * A writer.
   *
   * @param subresource empty for the object itself
   */
  public record Actor(String manager, String apiVersion, String subresource, Instant at) {}

  /** One entry. */
  private record Owner(
      String manager, String operation, String apiVersion, String subresource, String time) {
    boolean same(Owner other) {
      return manager.equals(other.manager)
          && operation.equals(other.operation)
          && apiVersion.equals(other.apiVersion)
          && subresource.equals(other.subresource);
    }

    /** As {@code printManager} has it. */
    String shown() {
      String with = subresource.isEmpty() ? "" : " with subresource \"" + subresource + "\"";
      String using = operation.equals(UPDATE) ? " using " + apiVersion : "";
      return "\"" + manager + "\"" + with + using;
    }
  }

  /** An owner's fields; replaced, never changed. */
  private record Owned(Owner owner, FieldSet fields) {}

  /** Fields that another manager owns and an applier wants to have otherwise. */
  public record Conflict(String manager, String path) {}

  /**
   * What an apply led to.
   *
   * @param object null when there are conflicts
   */
  public record Applied(@Nullable ObjectNode object, List<Conflict> conflicts) {}

  private static FieldSet system() {
    FieldSet out = new FieldSet();
    out.below("f:apiVersion").add();
    out.below("f:kind").add();
    FieldSet metadata = out.below("f:metadata");
    for (String name :
        List.of(
            "name",
            "namespace",
            "creationTimestamp",
            "deletionTimestamp",
            "deletionGracePeriodSeconds",
            "uid",
            "resourceVersion",
            "generation",
            "selfLink",
            "managedFields")) {
      metadata.below("f:" + name).add();
    }
    return out;
  }

  /** Notes who changed what between two states of an object; the second one is completed. */
  public static void update(
      @Nullable ObjectNode before, ObjectNode after, FieldType type, Actor actor) {
    List<Owned> owned = read(after);
    Typed.Difference difference =
        Typed.compare(before == null ? Json.object() : before, after, type);
    FieldSet changed = difference.changed().without(SYSTEM);
    FieldSet removed = difference.removed().without(SYSTEM);
    if (changed.isEmpty() && removed.isEmpty()) {
      write(after, owned);
      return;
    }
    Owner me = owner(actor, UPDATE);
    List<Owned> out = new ArrayList<>();
    FieldSet mine = new FieldSet();
    for (Owned entry : owned) {
      FieldSet left = entry.fields().without(removed);
      if (entry.owner().same(me)) {
        mine = left;
      } else {
        put(out, new Owned(entry.owner(), left.minus(changed)));
      }
    }
    put(out, new Owned(me, mine.union(changed)));
    write(after, bounded(out));
  }

  private static Owner owner(Actor actor, String operation) {
    String manager = actor.manager().isEmpty() ? "unknown" : actor.manager();
    String time = actor.at().truncatedTo(ChronoUnit.SECONDS).toString();
    return new Owner(manager, operation, actor.apiVersion(), actor.subresource(), time);
  }

  private static void put(List<Owned> out, Owned entry) {
    if (!entry.fields().isEmpty()) {
      out.add(entry);
    }
  }

  /**
   * Applies a configuration: the applier owns what it sets, what it no longer sets goes unless
   * others own it, and what others own otherwise is a conflict.
   *
   * @param live what is there; null when the object is new
   * @param force take conflicting fields over
   */
  public static Applied apply(
      @Nullable ObjectNode live, ObjectNode config, FieldType type, Actor actor, boolean force) {
    ObjectNode base = live == null ? Json.object() : live;
    Owner me = owner(actor, APPLY);
    FieldSet wanted = Typed.fields(config, type).without(SYSTEM);
    List<Owned> owned = read(base);
    FieldSet others = others(owned, me);
    FieldSet mine = mine(owned, me);
    JsonNode merged = Typed.merge(base, config, type);
    FieldSet dropped = mine.minus(wanted).minus(others);
    ObjectNode result = (ObjectNode) Typed.remove(merged, dropped, others.union(wanted), type);
    FieldSet changed = Typed.compare(base, result, type).changed().without(SYSTEM);
    List<Conflict> conflicts = force ? List.of() : conflicts(owned, me, changed.intersect(wanted));
    if (!conflicts.isEmpty()) {
      return new Applied(null, conflicts);
    }
    return new Applied(owning(result, owned, me, wanted, changed), List.of());
  }

  private static FieldSet others(List<Owned> owned, Owner me) {
    FieldSet out = new FieldSet();
    for (Owned entry : owned) {
      if (!entry.owner().same(me)) {
        out = out.union(entry.fields());
      }
    }
    return out;
  }

  private static FieldSet mine(List<Owned> owned, Owner me) {
    FieldSet out = new FieldSet();
    for (Owned entry : owned) {
      if (entry.owner().same(me)) {
        out = out.union(entry.fields());
      }
    }
    return out;
  }

  private static List<Conflict> conflicts(List<Owned> owned, Owner me, FieldSet changed) {
    List<Conflict> out = new ArrayList<>();
    for (Owned entry : owned) {
      if (!entry.owner().same(me)) {
        String manager = entry.owner().shown();
        entry.fields().intersect(changed).paths().forEach(p -> out.add(new Conflict(manager, p)));
      }
    }
    return out;
  }

  private static ObjectNode owning(
      ObjectNode result, List<Owned> owned, Owner me, FieldSet wanted, FieldSet changed) {
    List<Owned> out = new ArrayList<>();
    Owner entry = me;
    for (Owned old : owned) {
      if (old.owner().same(me)) {
        entry = old.fields().equals(wanted) ? old.owner() : me;
      } else {
        put(out, new Owned(old.owner(), old.fields().minus(changed)));
      }
    }
    put(out, new Owned(entry, wanted));
    ObjectNode copy = Json.shallow(result);
    copy.set("metadata", Json.shallow(Json.make(copy, "metadata")));
    write(copy, out);
    return copy;
  }

  private static List<Owned> bounded(List<Owned> owned) {
    long updaters = owned.stream().filter(o -> o.owner().operation().equals(UPDATE)).count();
    if (updaters <= MAX_UPDATERS) {
      return owned;
    }
    List<Owned> out = new ArrayList<>(owned);
    Map<String, Owned> oldest = new TreeMap<>();
    for (int i = 0; i < owned.size(); i++) {
      Owned entry = owned.get(i);
      if (entry.owner().operation().equals(UPDATE)) {
        oldest.put(entry.owner().time() + "/" + "%04d".formatted(i), entry);
      }
    }
    FieldSet together = new FieldSet();
    Owner last = null;
    for (Owned entry : oldest.values()) {
      if (updaters-- < MAX_UPDATERS) {
        break;
      }
      together = together.union(entry.fields());
      last = entry.owner();
      out.remove(entry);
    }
    if (last != null) {
      out.addFirst(
          new Owned(new Owner(ANCIENT, UPDATE, last.apiVersion(), "", last.time()), together));
    }
    return out;
  }

  private static List<Owned> read(ObjectNode object) {
    List<Owned> out = new ArrayList<>();
    for (JsonNode entry : Json.list(object.path("metadata"), "managedFields")) {
      String manager = Json.text(entry, "manager");
      FieldSet fields = FieldSet.decode(entry.path("fieldsV1"));
      if (!fields.isEmpty()) {
        out.add(
            new Owned(
                new Owner(
                    manager,
                    Json.text(entry, "operation"),
                    Json.text(entry, "apiVersion"),
                    Json.text(entry, "subresource"),
                    Json.text(entry, "time")),
                fields));
      }
    }
    return out;
  }

  private static void write(ObjectNode object, List<Owned> owned) {
    ObjectNode metadata = Json.make(object, "metadata");
    if (owned.isEmpty()) {
      metadata.remove("managedFields");
      return;
    }
    ArrayNode out = Json.array();
    for (Owned entry : owned) {
      ObjectNode node = out.addObject();
      node.put("manager", entry.owner().manager());
      node.put("operation", entry.owner().operation());
      node.put("apiVersion", entry.owner().apiVersion());
      node.put("time", entry.owner().time());
      node.put("fieldsType", "FieldsV1");
      node.set("fieldsV1", entry.fields().encode());
      if (!entry.owner().subresource().isEmpty()) {
        node.put("subresource", entry.owner().subresource());
      }
    }
    metadata.set("managedFields", out);
  }
}
