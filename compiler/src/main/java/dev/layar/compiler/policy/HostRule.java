package dev.layar.compiler.policy;

import dev.layar.compiler.registry.Age;
import dev.layar.compiler.registry.Audience;
import dev.layar.model.ObjectKey;
import dev.layar.model.istio.DestinationRule.ConsistentHashLb;
import dev.layar.model.istio.DestinationRule.LbPolicy;
import dev.layar.model.istio.DestinationRule.LoadBalancer;
import dev.layar.model.istio.DestinationRule.PortPolicy;
import dev.layar.model.istio.DestinationRule.Subset;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The DestinationRules for one host in one namespace, merged. Immutable.
 *
 * @param host the rules' host, resolved; may be a wildcard
 * @param sources the objects, the oldest first
 * @param age of the oldest
 * @param exportTo who may see it
 * @param selector labels a calling workload must have; empty for every workload
 * @param policy of the whole host; the first that is written
 * @param subsets in order, each name once
 */
public record HostRule(
    String host,
    List<ObjectKey> sources,
    Age age,
    Audience exportTo,
    Map<String, String> selector,
    @Nullable TrafficPolicy policy,
    List<Subset> subsets) {
  private static final TrafficPolicy EMPTY =
      new TrafficPolicy(null, null, null, null, List.of(), null, null, null);

  public HostRule {
    sources = List.copyOf(sources);
    subsets = List.copyOf(subsets);
  }

  /** The subset of this name, or null. */
  public @Nullable Subset subset(String name) {
    for (Subset subset : subsets) {
      if (subset.name().equals(name)) {
        return subset;
      }
    }
    return null;
  }

  /**
   * What applies to a port, or to a port and subset: a port's settings replace the host's policy as
   * a whole; then each block that the subset writes replaces, and the subset's settings for the
   * port replace all four blocks (Istio {@code MergeTrafficPolicy}). Blocks are never merged field
   * by field.
   *
   * @param subset empty for the whole service
   */
  public TrafficPolicy effective(int port, String subset) {
    TrafficPolicy result = ofPort(policy == null ? EMPTY : policy, port);
    Subset chosen = subset.isEmpty() ? null : subset(subset);
    if (chosen == null || chosen.trafficPolicy() == null) {
      return result;
    }
    TrafficPolicy over = chosen.trafficPolicy();
    PortPolicy overPort = portPolicy(over, port);
    result =
        new TrafficPolicy(
            over.loadBalancer() == null ? result.loadBalancer() : over.loadBalancer(),
            over.connectionPool() == null ? result.connectionPool() : over.connectionPool(),
            over.outlierDetection() == null ? result.outlierDetection() : over.outlierDetection(),
            over.tls() == null ? result.tls() : over.tls(),
            List.of(),
            over.tunnel() == null ? result.tunnel() : over.tunnel(),
            over.proxyProtocol() == null ? result.proxyProtocol() : over.proxyProtocol(),
            over.retryBudget() == null ? result.retryBudget() : over.retryBudget());
    return overPort == null
        ? result
        : new TrafficPolicy(
            overPort.loadBalancer(),
            overPort.connectionPool(),
            overPort.outlierDetection(),
            overPort.tls(),
            List.of(),
            result.tunnel(),
            result.proxyProtocol(),
            result.retryBudget());
  }

  private static TrafficPolicy ofPort(TrafficPolicy policy, int port) {
    PortPolicy own = portPolicy(policy, port);
    return own == null
        ? policy
        : new TrafficPolicy(
            own.loadBalancer(),
            own.connectionPool(),
            own.outlierDetection(),
            own.tls(),
            List.of(),
            null,
            null,
            null);
  }

  private static @Nullable PortPolicy portPolicy(TrafficPolicy policy, int port) {
    for (PortPolicy candidate : policy.portLevelSettings()) {
      if (candidate.port() != null && candidate.port().number() == port) {
        return candidate;
      }
    }
    return null;
  }

  /**
   * The hash that calls to a destination carry (Istio {@code HashForHTTPDestination}): subset's
   * port, subset, host's port, host; the first that has a load balancer at all decides.
   *
   * @param explicitPort the port a route names, 0 when it names none
   */
  public @Nullable ConsistentHashLb hash(int explicitPort, String subset) {
    LoadBalancer chosen = null;
    if (policy != null) {
      chosen = choose(policy, explicitPort, null);
    }
    Subset named = subset.isEmpty() ? null : subset(subset);
    if (named != null && named.trafficPolicy() != null) {
      chosen = choose(named.trafficPolicy(), explicitPort, chosen);
    }
    return chosen != null && chosen.lbPolicy() instanceof LbPolicy.ConsistentHash(var hash)
        ? hash
        : null;
  }

  private static @Nullable LoadBalancer choose(
      TrafficPolicy policy, int port, @Nullable LoadBalancer otherwise) {
    PortPolicy own = port == 0 ? null : portPolicy(policy, port);
    if (own != null && own.loadBalancer() != null) {
      return own.loadBalancer();
    }
    return policy.loadBalancer() == null ? otherwise : policy.loadBalancer();
  }
}
