package dev.layar.proxy.cluster.lb;

import dev.layar.proxy.cluster.Endpoint;
import java.util.ArrayList;
import java.util.List;

/**
 * An endpoint with its share of a set, all shares summing to 1: what consistent hashing gives it
 * entries by.
 */
record WeightedHost(Endpoint endpoint, double share) {
  /** Shares by the endpoints' weights. */
  static List<WeightedHost> byWeight(List<Endpoint> endpoints) {
    double total = 0;
    for (Endpoint endpoint : endpoints) {
      total += endpoint.weight();
    }
    List<WeightedHost> hosts = new ArrayList<>(endpoints.size());
    for (Endpoint endpoint : endpoints) {
      hosts.add(new WeightedHost(endpoint, endpoint.weight() / total));
    }
    return hosts;
  }
}
