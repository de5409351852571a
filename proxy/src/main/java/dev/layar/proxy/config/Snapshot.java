package dev.layar.proxy.config;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.route.RouteTable;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Everything that a workload's configuration says at one moment. Immutable, published by one
 * volatile write; a request reads the reference once and uses it to its end. Objects that an update
 * did not change are the same in the next snapshot.
 *
 * @param version grows by one with each snapshot
 * @param listeners by name, ready ones only: a listener that waits for its routes is not here
 * @param routes tables that came by RDS, by name
 * @param clusters by name
 */
public record Snapshot(
    long version,
    Map<String, ListenerConfig> listeners,
    Map<String, RouteTable> routes,
    Map<String, Cluster> clusters) {
  public static final Snapshot EMPTY = new Snapshot(0, Map.of(), Map.of(), Map.of());

  public Snapshot {
    listeners = Map.copyOf(listeners);
    routes = Map.copyOf(routes);
    clusters = Map.copyOf(clusters);
  }

  /** The cluster of this name; null makes 503, flag NC. */
  public @Nullable Cluster cluster(String name) {
    return clusters.get(name);
  }

  /** The routes of an HTTP chain; null while they did not come (404, flag NR). */
  public @Nullable RouteTable routes(HttpConfig http) {
    return http.inlineRoutes() != null ? http.inlineRoutes() : routes.get(http.routeConfigName());
  }
}
