package dev.layar.proxy.cluster.lb;

import dev.layar.base.Ticker;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.Locality;
import dev.layar.proxy.cluster.PickContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;
import org.jspecify.annotations.Nullable;

/**
 * A whole cluster's balancer: first a priority and whether its healthy or its degraded endpoints,
 * then, where localities are weighted, a locality, then an endpoint by the policy. Built anew for
 * every change of endpoints, health or weights; immutable but for the per-loop state of what it is
 * built of.
 *
 * <p>Implementation notes, after Envoy's documentation on priority levels, overprovisioning, panic
 * threshold and locality weights. (1) A priority's health is {@code min(100, 140 * healthy /
 * total)}, integer, and the same for degraded endpoints. (2) Load goes down the priorities, first
 * over healthy then over degraded endpoints, each taking at most its health normalised by the sum
 * of all; the rounding remainder goes to the first priority with any health. (3) A priority below
 * the panic threshold uses all its endpoints, unless the sum of health is 100 already. (4) In panic
 * locality weights do not count.
 */
public final class PriorityBalancer implements LoadBalancer {
  /**
   * What building needs besides the endpoints.
   *
   * @param loops number of event loops that will pick
   * @param overprovisioningFactor in percent, 140 by default
   * @param zone null without zone-aware routing
   */
  public record World(
      int loops,
      Rotation rotation,
      Ticker ticker,
      int overprovisioningFactor,
      @Nullable Zone zone,
      Tally tally) {
    /** Without zone-aware routing, counting nothing. */
    public World(int loops, Rotation rotation, Ticker ticker, int overprovisioningFactor) {
      this(loops, rotation, ticker, overprovisioningFactor, null, Tally.NONE);
    }
  }

  /**
   * Where the proxy is.
   *
   * @param proxies the endpoints of the cluster that it is of itself
   */
  public record Zone(Locality own, List<Endpoint> proxies) {
    public Zone {
      proxies = List.copyOf(proxies);
    }
  }

  private record Level(List<Endpoint> all, List<Endpoint> healthy, List<Endpoint> degraded) {}

  private final LbPolicy policy;
  private final World world;
  private final int[] loads;
  private final LoadBalancer[] balancers;
  private final boolean panic;
  private final boolean anyHealthy;

  public PriorityBalancer(LbPolicy policy, List<Endpoint> endpoints, World world) {
    this.policy = policy;
    this.world = world;
    List<Level> levels = levels(endpoints);
    int count = levels.size();
    this.loads = new int[count * 2];
    this.balancers = new LoadBalancer[count * 2];
    boolean[] panics = new boolean[count];
    distribute(levels, panics);
    boolean any = false;
    for (int i = 0; i < count; i++) {
      any |= panics[i];
      build(levels.get(i), panics[i], i, count);
    }
    this.panic = any;
    this.anyHealthy =
        endpoints.stream().anyMatch(endpoint -> endpoint.usable() || endpoint.degraded());
  }

  /** Whether some priority that gets load uses endpoints whatever their health. */
  public boolean panicking() {
    return panic;
  }

  /** Whether there is any endpoint to pick without panicking. */
  boolean healthy() {
    return anyHealthy;
  }

  /** Load of each priority's healthy endpoints, then of each one's degraded ones, in percent. */
  int[] loads() {
    return loads.clone();
  }

  @Override
  public @Nullable Endpoint pick(PickContext context) {
    if (balancers.length == 0) {
      return null;
    }
    if (loads[0] == 100) {
      return balancers[0].pick(context);
    }
    long random = context.hashed() ? context.hash() : context.draw();
    long left = Long.remainderUnsigned(random, 100) + 1;
    for (int i = 0; i < loads.length; i++) {
      left -= loads[i];
      if (left <= 0) {
        return balancers[i].pick(context);
      }
    }
    return null;
  }

  private void build(Level level, boolean panics, int priority, int count) {
    if (panics) {
      balancers[priority] = policy.failOnPanic() ? LoadBalancer.NONE : flat(level.all());
      balancers[count + priority] = LoadBalancer.NONE;
      return;
    }
    balancers[priority] =
        policy.localityWeighted()
            ? localities(level, level.healthy())
            : zoned(level.healthy(), priority);
    balancers[count + priority] =
        policy.localityWeighted() ? localities(level, level.degraded()) : flat(level.degraded());
  }

  // ---- priorities

  private static List<Level> levels(List<Endpoint> endpoints) {
    Map<Integer, List<Endpoint>> byPriority = new TreeMap<>();
    for (Endpoint endpoint : endpoints) {
      byPriority.computeIfAbsent(endpoint.priority(), p -> new ArrayList<>()).add(endpoint);
    }
    List<Level> levels = new ArrayList<>();
    for (List<Endpoint> all : byPriority.values()) {
      levels.add(new Level(all, filter(all, Endpoint::usable), filter(all, Endpoint::degraded)));
    }
    return levels;
  }

  private static List<Endpoint> filter(List<Endpoint> endpoints, Predicate<Endpoint> wanted) {
    return endpoints.stream().filter(wanted).toList();
  }

  private void distribute(List<Level> levels, boolean[] panics) {
    int count = levels.size();
    int[] health = new int[count * 2];
    for (int i = 0; i < count; i++) {
      Level level = levels.get(i);
      health[i] = health(level.healthy().size(), level.all().size());
      health[count + i] = health(level.degraded().size(), level.all().size());
    }
    int total = Math.min(100, Arrays.stream(health).sum());
    boolean all = total < 100 && count > 0;
    for (int i = 0; i < count; i++) {
      panics[i] = total < 100 && belowThreshold(levels.get(i));
      all &= panics[i];
    }
    if (all) {
      byMembers(levels);
    } else {
      byHealth(health, total);
    }
  }

  private int health(int good, int total) {
    return Math.min(100, world.overprovisioningFactor() * good / total);
  }

  private boolean belowThreshold(Level level) {
    int good = level.healthy().size() + level.degraded().size();
    return 100.0 * good / level.all().size() < policy.panicThresholdPercent();
  }

  /** Everybody panics: load in proportion to all endpoints. */
  private void byMembers(List<Level> levels) {
    int members = levels.stream().mapToInt(level -> level.all().size()).sum();
    int left = 100;
    for (int i = 0; i < levels.size(); i++) {
      loads[i] = Math.min(left, 100 * levels.get(i).all().size() / members);
      left -= loads[i];
    }
    loads[0] += left;
  }

  private void byHealth(int[] health, int total) {
    int left = 100;
    int firstHealthy = -1;
    for (int i = 0; i < health.length; i++) {
      if (health[i] > 0 && firstHealthy < 0) {
        firstHealthy = i;
      }
      if (total > 0) {
        loads[i] = Math.min(left, health[i] * 100 / total);
        left -= loads[i];
      }
    }
    if (loads.length > 0) {
      loads[Math.max(0, firstHealthy)] += left;
    }
  }

  // ---- inside a priority

  /** Zone-aware in the first priority, where the proxy knows its zone. */
  private LoadBalancer zoned(List<Endpoint> healthy, int priority) {
    Zone zone = world.zone();
    return zone == null || priority > 0 || byHash()
        ? flat(healthy)
        : ZoneAware.of(healthy, policy, zone, this::flat, world.tally());
  }

  private LoadBalancer flat(List<Endpoint> endpoints) {
    return balancer(endpoints, WeightedHost.byWeight(endpoints));
  }

  private LoadBalancer balancer(List<Endpoint> endpoints, List<WeightedHost> shares) {
    if (endpoints.isEmpty()) {
      return LoadBalancer.NONE;
    }
    Endpoint[] hosts = endpoints.toArray(Endpoint[]::new);
    return switch (policy.algorithm()) {
      case LbPolicy.RoundRobin(LbPolicy.SlowStart slowStart) -> {
        if (equalWeights(hosts) && slowStart.windowNanos() == 0) {
          yield new Turns(hosts, world.rotation());
        }
        yield scheduled(hosts, host -> warmed(host, slowStart));
      }
      case LbPolicy.Random() -> new Chance(hosts);
      case LbPolicy.LeastRequest least -> {
        if (equalWeights(hosts) && least.slowStart().windowNanos() == 0) {
          yield new LeastOf(hosts, least.choices());
        }
        yield scheduled(hosts, host -> unburdened(host, least));
      }
      case LbPolicy.RingHash ring -> HashRing.of(shares, ring);
      case LbPolicy.Maglev(int tableSize) -> MaglevTable.of(shares, tableSize);
      case LbPolicy.ClusterProvided() -> LoadBalancer.NONE;
    };
  }

  private Scheduled scheduled(Endpoint[] hosts, ToDoubleFunction<Endpoint> weight) {
    return new Scheduled(hosts, weight, world.rotation(), world.loops());
  }

  private static boolean equalWeights(Endpoint[] hosts) {
    for (Endpoint host : hosts) {
      if (host.weight() != hosts[0].weight()) {
        return false;
      }
    }
    return true;
  }

  /** A weight that rises to its full value during the slow-start window. */
  private double warmed(Endpoint host, LbPolicy.SlowStart slowStart) {
    long age = world.ticker().nanos() - host.sinceNanos();
    if (age >= slowStart.windowNanos()) {
      return host.weight();
    }
    double share = Math.max(1_000_000, age) / (double) slowStart.windowNanos();
    double factor = Math.pow(share, 1 / slowStart.aggression());
    return host.weight() * Math.max(slowStart.minWeightPercent() / 100, factor);
  }

  private double unburdened(Endpoint host, LbPolicy.LeastRequest least) {
    double active = Math.max(0, host.activeRequests()) + 1;
    double bias = least.activeRequestBias();
    return warmed(host, least.slowStart()) / (bias == 1 ? active : Math.pow(active, bias));
  }

  // ---- localities

  private LoadBalancer localities(Level level, List<Endpoint> eligible) {
    if (eligible.isEmpty()) {
      return LoadBalancer.NONE;
    }
    Map<Locality, List<Endpoint>> everyone = byLocality(level.all());
    Map<Locality, List<Endpoint>> good = byLocality(eligible);
    List<LoadBalancer> parts = new ArrayList<>();
    List<Double> weights = new ArrayList<>();
    List<WeightedHost> folded = new ArrayList<>();
    good.forEach(
        (locality, members) -> {
          double weight = effective(members, everyone.getOrDefault(locality, members).size());
          if (weight > 0) {
            weights.add(weight);
            parts.add(byHash() ? LoadBalancer.NONE : flat(members));
            for (WeightedHost host : WeightedHost.byWeight(members)) {
              folded.add(new WeightedHost(host.endpoint(), host.share() * weight));
            }
          }
        });
    if (weights.isEmpty()) {
      return flat(eligible);
    }
    return byHash() ? balancer(eligible, normalised(folded)) : chooser(parts, weights);
  }

  private boolean byHash() {
    return policy.algorithm() instanceof LbPolicy.RingHash
        || policy.algorithm() instanceof LbPolicy.Maglev;
  }

  /** {@code weight * min(1, 1.4 * healthy / total)}. */
  private double effective(List<Endpoint> members, int total) {
    double availability =
        Math.min(1.0, world.overprovisioningFactor() / 100.0 * members.size() / total);
    return members.getFirst().attributes().localityWeight() * availability;
  }

  private static Map<Locality, List<Endpoint>> byLocality(List<Endpoint> endpoints) {
    Map<Locality, List<Endpoint>> byLocality = new LinkedHashMap<>();
    for (Endpoint endpoint : endpoints) {
      byLocality.computeIfAbsent(endpoint.locality(), l -> new ArrayList<>()).add(endpoint);
    }
    return byLocality;
  }

  private static List<WeightedHost> normalised(List<WeightedHost> hosts) {
    double total = hosts.stream().mapToDouble(WeightedHost::share).sum();
    return hosts.stream()
        .map(host -> new WeightedHost(host.endpoint(), host.share() / total))
        .toList();
  }

  private LoadBalancer chooser(List<LoadBalancer> parts, List<Double> weights) {
    if (parts.size() == 1) {
      return parts.getFirst();
    }
    LoadBalancer[] choices = parts.toArray(LoadBalancer[]::new);
    Earliest[] schedules = new Earliest[world.loops()];
    for (int loop = 0; loop < schedules.length; loop++) {
      schedules[loop] =
          new Earliest(choices.length, weights::get, world.rotation().start(loop, choices.length));
    }
    return context -> choices[schedules[context.loop()].next()].pick(context);
  }
}
