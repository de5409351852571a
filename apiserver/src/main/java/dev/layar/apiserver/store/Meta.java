package dev.layar.apiserver.store;

import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.StatusException.Cause;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.builtin.Names;
import dev.layar.apiserver.json.Json;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ArrayNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The part of an object's life that is the same for every kind: what the server fills in and what a
 * client cannot change. Pure, apart from the trees that are handed in to be completed.
 */
final class Meta {
  /** Letters of generated suffixes: no vowels, so no words ({@code apimachinery util/rand}). */
  private static final String ALPHABET = "bcdfghjklmnpqrstvwxz2456789";

  private static final int SUFFIX = 5;
  private static final int LONGEST_GENERATED = 63 - SUFFIX;

  /** Built-in kinds whose {@code metadata.generation} counts; custom ones all have it. */
  private static final Set<String> GENERATION =
      Set.of(
          "deployments.apps",
          "replicasets.apps",
          "statefulsets.apps",
          "daemonsets.apps",
          "replicationcontrollers",
          "jobs.batch",
          "cronjobs.batch",
          "ingresses.networking.k8s.io",
          "ingressclasses.networking.k8s.io",
          "networkpolicies.networking.k8s.io",
          "poddisruptionbudgets.policy",
          "customresourcedefinitions.apiextensions.k8s.io",
          "mutatingwebhookconfigurations.admissionregistration.k8s.io",
          "validatingwebhookconfigurations.admissionregistration.k8s.io");

  private static final List<String> FIXED =
      List.of("uid", "creationTimestamp", "deletionTimestamp", "deletionGracePeriodSeconds");

  private Meta() {}

  static ObjectNode of(ObjectNode object) {
    return Json.make(object, "metadata");
  }

  /** The body as an object of this kind, in canonical form and in the version it is stored in. */
  static ObjectNode read(ResourceType type, String version, JsonNode body) {
    if (!(body instanceof ObjectNode given)) {
      throw Refusals.badRequest(
          "couldn't get version/kind; json parse error: the body is not an object");
    }
    String kind = Json.text(given, "kind");
    String apiVersion = Json.text(given, "apiVersion");
    String expected = type.apiVersion(version);
    if (!apiVersion.isEmpty() && !apiVersion.equals(expected)) {
      throw Refusals.badRequest(
          "the API version in the data ("
              + apiVersion
              + ") does not match the expected API version ("
              + expected
              + ")");
    }
    if (!kind.isEmpty() && !kind.equals(type.kind())) {
      throw Refusals.badRequest(
          kind + " in version \"" + version + "\" cannot be handled as a " + type.kind());
    }
    return normal(type, given);
  }

  private static ObjectNode normal(ResourceType type, ObjectNode given) {
    ObjectNode out = Json.object();
    out.put("apiVersion", type.apiVersion(type.storageVersion()));
    out.put("kind", type.kind());
    out.set("metadata", Json.object());
    out.setAll(Json.copy(given));
    out.put("apiVersion", type.apiVersion(type.storageVersion()));
    out.put("kind", type.kind());
    prune(of(out));
    return out;
  }

  /** Empty maps and lists of metadata are as good as none, and clients compare. */
  static void prune(ObjectNode metadata) {
    for (String name :
        List.of("labels", "annotations", "finalizers", "ownerReferences", "managedFields")) {
      if (metadata.path(name).isContainer() && metadata.path(name).isEmpty()) {
        metadata.remove(name);
      }
    }
    metadata.remove("selfLink");
  }

  /** Checks that the body is about the object of the URL, and fills in what it leaves out. */
  static void place(ResourceType type, ObjectNode object, String namespace, String name) {
    ObjectNode metadata = of(object);
    String own = Json.text(metadata, "namespace");
    if (!own.isEmpty() && !own.equals(namespace)) {
      throw Refusals.badRequest(
          type.namespaced()
              ? "the namespace of the provided object does not match the namespace sent on the"
                  + " request"
              : "namespace may not be set on a cluster-scoped object");
    }
    if (!namespace.isEmpty()) {
      metadata.put("namespace", namespace);
    }
    String called = Json.text(metadata, "name");
    if (!name.isEmpty() && !called.isEmpty() && !called.equals(name)) {
      throw Refusals.badRequest(
          "the name of the object ("
              + called
              + ") does not match the name on the URL ("
              + name
              + ")");
    }
    if (!name.isEmpty()) {
      metadata.put("name", name);
    }
  }

  /** What the server says about a new object. */
  static void born(ResourceType type, ObjectNode object, Instant now, RandomGenerator random) {
    ObjectNode metadata = of(object);
    if (!Json.text(metadata, "resourceVersion").isEmpty()) {
      throw Refusals.badRequest("resourceVersion should not be set on objects to be created");
    }
    FIXED.forEach(metadata::remove);
    metadata.remove("generation");
    metadata.remove("resourceVersion");
    String prefix = Json.text(metadata, "generateName");
    if (Json.text(metadata, "name").isEmpty() && !prefix.isEmpty()) {
      metadata.put("name", generated(prefix, random));
    }
    metadata.put("uid", uid(random));
    metadata.put("creationTimestamp", time(now));
    if (counts(type)) {
      metadata.put("generation", 1);
    }
    if (type.hasStatus() && !type.qualified().equals("nodes")) {
      object.remove("status");
    }
  }

  static String time(Instant at) {
    return at.truncatedTo(ChronoUnit.SECONDS).toString();
  }

  static boolean counts(ResourceType type) {
    return type.custom() || GENERATION.contains(type.qualified());
  }

  private static String generated(String prefix, RandomGenerator random) {
    StringBuilder out =
        new StringBuilder(prefix.substring(0, Math.min(prefix.length(), LONGEST_GENERATED)));
    for (int i = 0; i < SUFFIX; i++) {
      out.append(ALPHABET.charAt(random.nextInt(ALPHABET.length())));
    }
    return out.toString();
  }

  private static String uid(RandomGenerator random) {
    long high = (random.nextLong() & ~0xf000L) | 0x4000L; // version 4
    long low = (random.nextLong() & ~(0xcL << 60)) | (0x8L << 60); // the RFC's variant
    return new UUID(high, low).toString();
  }

  /** Takes over from the old object what this write cannot change. */
  static void carry(
      ResourceType type,
      ObjectNode before,
      ObjectNode after,
      Subresource part,
      boolean resetsOwners) {
    ObjectNode metadata = of(after);
    if (part == Subresource.STATUS) {
      keepAllButStatus(type, before, after);
    } else if (type.hasStatus()) {
      keep(before, after, "status");
    }
    ObjectNode old = of(before);
    FIXED.forEach(name -> keep(old, of(after), name));
    keep(old, of(after), "generation");
    keep(old, of(after), "resourceVersion");
    if (!metadata.has("generateName")) {
      keep(old, of(after), "generateName");
    }
    if (!of(after).has("managedFields") && !resetsOwners) {
      keep(old, of(after), "managedFields");
    }
  }

  /** Whether a body clears the field owners: an empty list does, a missing one keeps them. */
  static boolean resetsOwners(JsonNode body) {
    return body.path("metadata").get("managedFields") instanceof ArrayNode list
        && (list.isEmpty() || (list.size() == 1 && list.get(0).isEmpty()));
  }

  /** Raises the generation if the content changed. */
  static void count(ResourceType type, ObjectNode before, ObjectNode after) {
    if (counts(type) && !sameContent(before, after)) {
      of(after).put("generation", before.path("metadata").path("generation").asLong(0) + 1);
    }
  }

  private static void keepAllButStatus(ResourceType type, ObjectNode before, ObjectNode after) {
    JsonNode status = after.get("status");
    JsonNode annotations = after.path("metadata").get("annotations");
    JsonNode managed = after.path("metadata").get("managedFields");
    after.removeAll();
    after.setAll(Json.copy(before));
    set(after, "status", status);
    set(of(after), "managedFields", managed);
    if (!type.custom()) {
      set(of(after), "annotations", annotations);
    }
  }

  private static void keep(ObjectNode from, ObjectNode to, String name) {
    set(to, name, from.get(name));
  }

  private static void set(ObjectNode to, String name, @Nullable JsonNode value) {
    if (value == null) {
      to.remove(name);
    } else {
      to.set(name, value);
    }
  }

  /** Whether everything outside of metadata and status is the same. */
  private static boolean sameContent(ObjectNode before, ObjectNode after) {
    return content(before).equals(content(after));
  }

  private static ObjectNode content(ObjectNode object) {
    ObjectNode out = Json.shallow(object);
    out.remove("metadata");
    out.remove("status");
    return out;
  }

  /** Whether a write would change nothing that anybody can see. */
  static boolean same(ObjectNode before, ObjectNode after) {
    return visible(before).equals(visible(after));
  }

  private static ObjectNode visible(ObjectNode object) {
    ObjectNode out = Json.shallow(object);
    ObjectNode metadata = Json.shallow(of(out));
    metadata.remove("resourceVersion");
    out.set("metadata", metadata);
    return out;
  }

  /** What the new metadata may not do to the old. */
  static List<Cause> checkUpdate(ObjectNode before, ObjectNode after) {
    List<Cause> out = new ArrayList<>();
    if (isDeleting(before)) {
      List<String> added = new ArrayList<>(finalizers(after));
      added.removeAll(finalizers(before));
      if (!added.isEmpty()) {
        out.add(
            Names.forbidden(
                "metadata.finalizers",
                "no new finalizers can be added if the object is being deleted, found new"
                    + " finalizers []string{\""
                    + String.join("\", \"", added)
                    + "\"}"));
      }
    }
    return out;
  }

  static boolean isDeleting(ObjectNode object) {
    return !Json.text(object, "metadata", "deletionTimestamp").isEmpty();
  }

  static List<String> finalizers(ObjectNode object) {
    List<String> out = new ArrayList<>();
    Json.list(object.path("metadata"), "finalizers").forEach(f -> out.add(f.asString("")));
    return out;
  }

  /** Marks an object as deleting. */
  static void dying(ResourceType type, ObjectNode object, Instant now, long graceSeconds) {
    ObjectNode metadata = of(object);
    metadata.put("deletionTimestamp", time(now.plusSeconds(graceSeconds)));
    metadata.put("deletionGracePeriodSeconds", graceSeconds);
    if (counts(type)) {
      metadata.put("generation", metadata.path("generation").asLong(0) + 1);
    }
  }

  static void addFinalizer(ObjectNode object, String finalizer) {
    if (!finalizers(object).contains(finalizer)) {
      ArrayNode all = Json.list(of(object), "finalizers").deepCopy();
      all.add(finalizer);
      of(object).set("finalizers", all);
    }
  }

  static void removeFinalizer(ObjectNode object, String finalizer) {
    ArrayNode left = Json.array();
    finalizers(object).stream().filter(f -> !f.equals(finalizer)).forEach(left::add);
    of(object).set("finalizers", left);
    prune(of(object));
  }

  /** Nothing holds it any more. */
  static boolean isGone(ObjectNode object) {
    return isDeleting(object)
        && finalizers(object).isEmpty()
        && object.path("metadata").path("deletionGracePeriodSeconds").asLong(0) == 0
        && Json.list(object.path("spec"), "finalizers").isEmpty();
  }

  static Key key(ObjectRef ref) {
    return new Key(ref.type().qualified(), ref.namespace(), ref.name());
  }
}
