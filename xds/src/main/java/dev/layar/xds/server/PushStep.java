package dev.layar.xds.server;

import dev.layar.xds.ResourceType;
import org.jspecify.annotations.Nullable;

/**
 * The order in which one push goes out: what is referred to before what refers to it, and removals
 * of what is referred to last ({@code Envoy xDS protocol, "Eventual consistency considerations"}).
 * A listener is referred to by nothing and a route configuration by listeners only, so that their
 * removals travel with their additions; that also frees a listener's address for its successor in
 * one message.
 */
enum PushStep {
  CLUSTERS(ResourceType.CLUSTER),
  ENDPOINTS(ResourceType.ENDPOINT),
  LISTENERS(ResourceType.LISTENER),
  ROUTES(ResourceType.ROUTE),
  SECRETS(ResourceType.SECRET),
  REMOVED_CLUSTERS(ResourceType.CLUSTER),
  REMOVED_ENDPOINTS(ResourceType.ENDPOINT),
  DONE(null);

  private final @Nullable ResourceType type;

  PushStep(@Nullable ResourceType type) {
    this.type = type;
  }

  /** The type that this step sends; {@link #DONE} has none. */
  ResourceType type() {
    if (type == null) {
      throw new IllegalStateException("no type is sent when a push is done");
    }
    return type;
  }

  boolean removal() {
    return this == REMOVED_CLUSTERS || this == REMOVED_ENDPOINTS;
  }

  PushStep next() {
    return switch (this) {
      case CLUSTERS -> ENDPOINTS;
      case ENDPOINTS -> LISTENERS;
      case LISTENERS -> ROUTES;
      case ROUTES -> SECRETS;
      case SECRETS -> REMOVED_CLUSTERS;
      case REMOVED_CLUSTERS -> REMOVED_ENDPOINTS;
      case REMOVED_ENDPOINTS, DONE -> DONE;
    };
  }

  /** The step that sends a type's additions and changes. */
  static PushStep of(ResourceType type) {
    return switch (type) {
      case CLUSTER -> CLUSTERS;
      case ENDPOINT -> ENDPOINTS;
      case LISTENER -> LISTENERS;
      case ROUTE -> ROUTES;
      case SECRET -> SECRETS;
    };
  }

  /** Whether a type's removals wait for the end of the push. */
  static boolean defersRemoval(ResourceType type) {
    return type == ResourceType.CLUSTER || type == ResourceType.ENDPOINT;
  }
}
