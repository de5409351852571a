package dev.layar.proxy.cluster.lb;

import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import org.jspecify.annotations.Nullable;

/**
 * Chooses among one fixed set of endpoints. Built by the configuration thread for each change of
 * the set; picked from by all event loops, each using only its own part of any mutable state.
 * Allocates nothing per pick.
 */
@FunctionalInterface
public interface LoadBalancer {
  /** Chooses nothing, ever: an empty set. */
  LoadBalancer NONE = context -> null;

  /** The endpoint to use, null when there is none. */
  @Nullable Endpoint pick(PickContext context);
}
