package dev.layar.proxy.cluster.health;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.Endpoint;

/** Asks endpoints how they are, on event loops. Passed in: clusters know no connections. */
@FunctionalInterface
public interface HealthWatch {
  /** Asks nobody; endpoints stay as they are. */
  HealthWatch NONE = (cluster, endpoint, config, changed) -> () -> {};

  /** Ends the checks of one endpoint; from any thread. */
  @FunctionalInterface
  interface Watching {
    void stop();
  }

  /**
   * Starts to check an endpoint and to keep {@link Endpoint#failedCheck()}.
   *
   * @param changed run after the first check, and whenever the endpoint's health changed; on an
   *     event loop
   */
  Watching watch(Cluster cluster, Endpoint endpoint, HealthCheckConfig config, Runnable changed);
}
