package dev.layar.proxy.cluster.lb;

import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.Locality;
import dev.layar.proxy.cluster.PickContext;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/**
 * Keeps requests in the proxy's own zone as far as that loads all zones alike ({@code Envoy
 * zone-aware routing}). Immutable but for the per-loop state of its parts.
 *
 * <p>Implementation notes. (1) A zone's share, in 1/10,000, is its part of the healthy endpoints;
 * the same is known of the proxies that send. (2) Where the own zone has at least as large a share
 * of the endpoints as of the proxies, everything stays. (3) Else {@code endpoints / proxies} of the
 * requests stay, and the rest goes to zones with more endpoints than proxies, in proportion to the
 * difference.
 */
final class ZoneAware implements LoadBalancer {
  private static final long WHOLE = 10_000;

  private final LoadBalancer everywhere;
  private final LoadBalancer[] zones;
  private final long[] residual;
  private final boolean direct;
  private final boolean own;
  private final long stayShare;
  private final double routedPercent;
  private final Tally tally;

  private ZoneAware(
      LoadBalancer everywhere,
      LoadBalancer[] zones,
      Shares shares,
      double routedPercent,
      Tally tally) {
    this.everywhere = everywhere;
    this.zones = zones;
    this.residual = shares.residual();
    this.own = shares.own();
    this.direct = own && shares.upstream()[0] > 0 && shares.upstream()[0] >= shares.local()[0];
    this.stayShare =
        own && shares.local()[0] > 0 ? shares.upstream()[0] * WHOLE / shares.local()[0] : 0;
    this.routedPercent = routedPercent;
    this.tally = tally;
  }

  /** Shares of the zones, the own zone first if it has endpoints. */
  private record Shares(long[] upstream, long[] local, boolean own) {
    long[] residual() {
      long[] residual = new long[upstream.length];
      long sum = 0;
      for (int i = 0; i < residual.length; i++) {
        boolean counts = !(own && i == 0) && upstream[i] > local[i];
        sum += counts ? upstream[i] - local[i] : 0;
        residual[i] = sum;
      }
      return residual;
    }
  }

  /**
   * @param healthy the endpoints to choose from, of the first priority
   * @param proxies the endpoints of the cluster that the proxy itself is of
   * @param flat makes what picks in a set of endpoints
   * @return a balancer over all of them where zones make no difference
   */
  static LoadBalancer of(
      List<Endpoint> healthy,
      LbPolicy policy,
      PriorityBalancer.Zone zone,
      Function<List<Endpoint>, LoadBalancer> flat,
      Tally tally) {
    LoadBalancer everywhere = flat.apply(healthy);
    Map<Locality, List<Endpoint>> upstream = byLocality(healthy, zone.own());
    Map<Locality, List<Endpoint>> local =
        byLocality(zone.proxies().stream().filter(Endpoint::usable).toList(), zone.own());
    if (upstream.size() < 2 || local.size() < 2 || !local.containsKey(zone.own())) {
      return everywhere;
    }
    if (panics(zone.proxies(), policy.panicThresholdPercent())) {
      return counting(everywhere, tally, ClusterStats.LB_LOCAL_CLUSTER_NOT_OK);
    }
    if (healthy.size() < policy.zones().minClusterSize()) {
      return counting(everywhere, tally, ClusterStats.LB_ZONE_CLUSTER_TOO_SMALL);
    }
    LoadBalancer[] zones = upstream.values().stream().map(flat).toArray(LoadBalancer[]::new);
    return new ZoneAware(
        everywhere,
        zones,
        shares(upstream, local, zone.own()),
        policy.zones().routingEnabledPercent(),
        tally);
  }

  private static LoadBalancer counting(LoadBalancer inner, Tally tally, int slot) {
    return context -> {
      tally.count(context.loop(), slot);
      return inner.pick(context);
    };
  }

  private static boolean panics(List<Endpoint> proxies, double threshold) {
    long usable = proxies.stream().filter(Endpoint::usable).count();
    return 100.0 * usable / proxies.size() < threshold;
  }

  /** In the order of appearance, but for the own zone, which is the first. */
  private static Map<Locality, List<Endpoint>> byLocality(List<Endpoint> endpoints, Locality own) {
    Map<Locality, List<Endpoint>> byLocality = new LinkedHashMap<>();
    byLocality.put(own, new ArrayList<>());
    for (Endpoint endpoint : endpoints) {
      byLocality.computeIfAbsent(endpoint.locality(), l -> new ArrayList<>()).add(endpoint);
    }
    byLocality.values().removeIf(List::isEmpty);
    return byLocality;
  }

  private static Shares shares(
      Map<Locality, List<Endpoint>> upstream, Map<Locality, List<Endpoint>> local, Locality own) {
    long all = upstream.values().stream().mapToLong(List::size).sum();
    long senders = local.values().stream().mapToLong(List::size).sum();
    long[] there = new long[upstream.size()];
    long[] here = new long[upstream.size()];
    int i = 0;
    for (Map.Entry<Locality, List<Endpoint>> entry : upstream.entrySet()) {
      there[i] = WHOLE * entry.getValue().size() / all;
      here[i] = WHOLE * local.getOrDefault(entry.getKey(), List.of()).size() / senders;
      i++;
    }
    return new Shares(there, here, upstream.containsKey(own));
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    if (routedPercent < 100 && chance(context, WHOLE) >= routedPercent * 100) {
      return everywhere.pick(context);
    }
    return zones[zone(context)].pick(context);
  }

  private int zone(PickContext context) {
    if (direct) {
      tally.count(context.loop(), ClusterStats.LB_ZONE_ROUTING_ALL_DIRECTLY);
      return 0;
    }
    if (own && chance(context, WHOLE) < stayShare) {
      tally.count(context.loop(), ClusterStats.LB_ZONE_ROUTING_SAMPLED);
      return 0;
    }
    tally.count(context.loop(), ClusterStats.LB_ZONE_ROUTING_CROSS_ZONE);
    long room = residual[residual.length - 1];
    if (room == 0) {
      tally.count(context.loop(), ClusterStats.LB_ZONE_NO_CAPACITY_LEFT);
      return (int) chance(context, zones.length);
    }
    long drawn = chance(context, room);
    int zone = 0;
    while (residual[zone] <= drawn) {
      zone++;
    }
    return zone;
  }

  private static long chance(PickContext context, long bound) {
    return Long.remainderUnsigned(context.draw(), bound);
  }
}
