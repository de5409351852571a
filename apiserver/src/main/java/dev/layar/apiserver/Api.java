package dev.layar.apiserver;

import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The Kubernetes API in process: what HTTP handlers and controllers call. Thread-safe. Writes
 * return when they are durable; call from threads that may block. Authorization is the caller's
 * business (the HTTP layer asks before it calls); admission, validation and defaulting happen here.
 *
 * <p>Every method throws {@link StatusException} for what a client did wrong. Nodes handed out are
 * shared and not to be changed; nodes handed in are copied.
 */
public interface Api extends AutoCloseable {
  /** Every kind served now; custom ones come and go. */
  List<ResourceType> types();

  /** The kind with this group and plural; null when it is not served. */
  @Nullable ResourceType type(String group, String plural);

  /** The newest revision. */
  long revision();

  ObjectNode get(ObjectRef ref, String version, Subresource subresource);

  /**
   * A list at one revision.
   *
   * @param limit 0 for all
   * @param continueToken empty for the beginning
   */
  ObjectPage list(ObjectQuery query, int limit, String continueToken);

  Watch watch(ObjectQuery query, WatchOptions options);

  /**
   * Creates an object; {@code metadata.generateName} is honoured.
   *
   * @param namespace empty for cluster-scoped kinds
   */
  Written create(
      ResourceType type, String version, String namespace, JsonNode body, WriteOptions options);

  /** Replaces an object; a {@code metadata.resourceVersion} in the body is a precondition. */
  Written update(
      ObjectRef ref, String version, Subresource subresource, JsonNode body, WriteOptions options);

  /** Patches an object; an apply patch creates it where it is missing. */
  Written patch(
      ObjectRef ref,
      String version,
      Subresource subresource,
      PatchType patchType,
      JsonNode patch,
      WriteOptions options);

  /**
   * Deletes an object, or marks it as deleting while finalizers or a grace period hold it.
   *
   * @return the object as it was last, or as it is while it is deleting
   */
  ObjectNode delete(ObjectRef ref, String version, DeleteOptions how, WriteOptions options);

  @Override
  void close();
}
