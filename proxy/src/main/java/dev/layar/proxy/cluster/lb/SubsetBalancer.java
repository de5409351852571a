package dev.layar.proxy.cluster.lb;

import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.proxy.cluster.lb.LbPolicy.Fallback;
import dev.layar.proxy.cluster.lb.LbPolicy.Selector;
import dev.layar.proxy.cluster.lb.LbPolicy.Subsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Divides a cluster by its endpoints' metadata and picks within the part that the route asks for
 * ({@code Envoy Cluster.LbSubsetConfig}). Immutable but for the per-loop state of its parts.
 *
 * <p>Implementation notes, after Envoy's documentation on load balancer subsets. (1) There is a
 * subset for each selector and each combination of values that some endpoint has for the selector's
 * keys. (2) A route's criteria find a subset only when their keys are exactly a selector's. (3)
 * When they find none, the selector with the same keys says what to do, else the cluster. (4) Each
 * subset has priorities, health and panic of its own.
 */
public final class SubsetBalancer implements LoadBalancer {
  private final Subsets config;
  private final PriorityBalancer all;
  private final @Nullable PriorityBalancer fallback;
  private final Map<SubsetMatch, PriorityBalancer> subsets = new HashMap<>();
  private final Tally tally;

  public SubsetBalancer(
      LbPolicy policy, Subsets config, List<Endpoint> endpoints, PriorityBalancer.World world) {
    this.config = config;
    this.tally = world.tally();
    this.all = new PriorityBalancer(policy, endpoints, world);
    LbPolicy inside = config.localityWeightAware() ? policy : policy.withoutLocalityWeights();
    this.fallback = fallback(inside, endpoints, world);
    members(endpoints)
        .forEach((key, hosts) -> subsets.put(key, new PriorityBalancer(inside, hosts, world)));
  }

  private @Nullable PriorityBalancer fallback(
      LbPolicy inside, List<Endpoint> endpoints, PriorityBalancer.World world) {
    SubsetMatch wanted = config.defaultSubset();
    List<Endpoint> hosts =
        endpoints.stream().filter(endpoint -> matches(endpoint, wanted.keys(), wanted)).toList();
    return hosts.isEmpty() ? null : new PriorityBalancer(inside, hosts, world);
  }

  private boolean matches(Endpoint endpoint, Set<String> keys, SubsetMatch wanted) {
    return keys.isEmpty() || keysOf(endpoint, keys).contains(wanted);
  }

  private Map<SubsetMatch, List<Endpoint>> members(List<Endpoint> endpoints) {
    Map<SubsetMatch, List<Endpoint>> members = new HashMap<>();
    for (Selector selector : config.selectors()) {
      for (Endpoint endpoint : endpoints) {
        for (SubsetMatch key : keysOf(endpoint, selector.keys())) {
          List<Endpoint> hosts = members.computeIfAbsent(key, k -> new ArrayList<>());
          if (!hosts.contains(endpoint) && !(selector.singleHost() && !hosts.isEmpty())) {
            hosts.add(endpoint);
          }
        }
      }
    }
    return members;
  }

  /** The combinations of values that an endpoint has for the keys; empty when it lacks one. */
  private List<SubsetMatch> keysOf(Endpoint endpoint, Set<String> keys) {
    List<SubsetMatch> found = List.of(SubsetMatch.of(Map.of()));
    for (String key : keys) {
      List<SubsetMatch> longer = new ArrayList<>();
      for (String value : values(endpoint, key)) {
        SubsetMatch one = SubsetMatch.of(Map.of(key, value));
        found.forEach(match -> longer.add(match.with(one)));
      }
      found = longer;
    }
    return found;
  }

  private List<String> values(Endpoint endpoint, String key) {
    List<String> values = endpoint.attributes().labels().getOrDefault(key, List.of());
    return values.size() > 1 && !config.listAsAny() ? List.of(values.toString()) : values;
  }

  /** Number of subsets that have endpoints. */
  public int count() {
    return subsets.size();
  }

  /** Whether the whole of the cluster panics. */
  public boolean panicking() {
    return all.panicking();
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    SubsetMatch wanted = context.subset();
    if (wanted == null) {
      return fallBack(config.fallback(), context);
    }
    PriorityBalancer subset = subsets.get(wanted);
    if (subset != null) {
      tally.count(context.loop(), ClusterStats.LB_SUBSETS_SELECTED);
      return within(subset, context);
    }
    Selector selector = selector(wanted);
    if (selector == null) {
      return fallBack(config.fallback(), context);
    }
    if (!selector.fallbackKeys().isEmpty()) {
      PriorityBalancer wider = subsets.get(wanted.only(selector.fallbackKeys()));
      return wider == null ? fallBack(config.fallback(), context) : within(wider, context);
    }
    Fallback own = selector.fallback();
    return fallBack(own == null ? config.fallback() : own, context);
  }

  private @Nullable Endpoint within(PriorityBalancer subset, PickContext context) {
    if (config.panicModeAny() && !subset.healthy()) {
      tally.count(context.loop(), ClusterStats.LB_SUBSETS_FALLBACK_PANIC);
      return all.pick(context);
    }
    return subset.pick(context);
  }

  private @Nullable Selector selector(SubsetMatch wanted) {
    List<Selector> selectors = config.selectors();
    for (int i = 0; i < selectors.size(); i++) {
      if (selectors.get(i).keys().equals(wanted.keys())) {
        return selectors.get(i);
      }
    }
    return null;
  }

  private @Nullable Endpoint fallBack(Fallback policy, PickContext context) {
    return switch (policy) {
      case NO_FALLBACK -> null;
      case ANY_ENDPOINT -> {
        tally.count(context.loop(), ClusterStats.LB_SUBSETS_FALLBACK);
        yield all.pick(context);
      }
      case DEFAULT_SUBSET -> {
        PriorityBalancer subset = fallback;
        tally.count(context.loop(), ClusterStats.LB_SUBSETS_FALLBACK);
        yield subset == null ? null : within(subset, context);
      }
    };
  }
}
