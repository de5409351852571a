package dev.layar.model;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Kubernetes object metadata, the part Layar reads. Immutable. */
@Doc("Name, namespace, labels and bookkeeping of an object.")
@AlsoAccepts({"managedFields", "selfLink", "deletionGracePeriodSeconds", "clusterName"})
public record ObjectMeta(
    @Doc("Name, unique among objects of the kind in the namespace.") String name,
    @Doc("Prefix from which the API server makes a name when none is given.") String generateName,
    @Doc("Namespace the object lives in; `default` when left out.") String namespace,
    @Doc("Key-value pairs that selectors match.") Map<String, String> labels,
    @Doc("Key-value pairs for tools; never matched by selectors.") Map<String, String> annotations,
    @Doc("When the object was created, set by the API server. Older objects win conflicts.")
        @Nullable Instant creationTimestamp,
    @Doc("When deletion was asked for, set by the API server.") @Nullable Instant deletionTimestamp,
    @Doc("Counter of changes to the spec, set by the API server.") long generation,
    @Doc("Opaque version of the stored object, set by the API server.") String resourceVersion,
    @Doc("Identifier that no later object of the same name shares.") String uid,
    @Doc("Objects this one belongs to and is deleted with.") List<OwnerReference> ownerReferences,
    @Doc("Who must agree before the object is removed.") List<String> finalizers) {

  public ObjectMeta {
    labels = Values.sorted(labels);
    annotations = Values.sorted(annotations);
    ownerReferences = List.copyOf(ownerReferences);
    finalizers = List.copyOf(finalizers);
  }

  /** Metadata of a fresh object, everything else unset. */
  public static ObjectMeta of(String namespace, String name, Map<String, String> labels) {
    return new ObjectMeta(
        name, "", namespace, labels, Map.of(), null, null, 0, "", "", List.of(), List.of());
  }

  /** The same in another namespace. */
  public ObjectMeta withNamespace(String other) {
    return new ObjectMeta(
        name,
        generateName,
        other,
        labels,
        annotations,
        creationTimestamp,
        deletionTimestamp,
        generation,
        resourceVersion,
        uid,
        ownerReferences,
        finalizers);
  }

  /** The same with another creation time. */
  public ObjectMeta withCreationTimestamp(Instant time) {
    return new ObjectMeta(
        name,
        generateName,
        namespace,
        labels,
        annotations,
        time,
        deletionTimestamp,
        generation,
        resourceVersion,
        uid,
        ownerReferences,
        finalizers);
  }

  /** The owner of an object. */
  @Doc("An object that owns this one.")
  public record OwnerReference(
      @Doc("API version of the owner.") String apiVersion,
      @Doc("Kind of the owner.") String kind,
      @Doc("Name of the owner, in the same namespace or outside namespaces.") String name,
      @Doc("UID of the owner.") String uid,
      @Doc("Whether this owner is the controller that manages the object.") boolean controller,
      @Doc("Whether the owner waits in deletion until this object is gone.")
          boolean blockOwnerDeletion) {}
}
