package dev.layar.proxy.cluster;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.cluster.ClusterConfig.Discovery;
import dev.layar.proxy.cluster.breaker.CircuitBreaker;
import dev.layar.proxy.cluster.health.HealthCheckConfig;
import dev.layar.proxy.cluster.health.HealthWatch;
import dev.layar.proxy.cluster.lb.LbPolicy;
import dev.layar.proxy.cluster.lb.LoadBalancer;
import dev.layar.proxy.cluster.lb.PriorityBalancer;
import dev.layar.proxy.cluster.lb.Rotation;
import dev.layar.proxy.cluster.lb.SubsetBalancer;
import dev.layar.proxy.cluster.outlier.ConsecutiveFailures;
import dev.layar.telemetry.Label;
import dev.layar.telemetry.Sample;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.Collections;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps one cluster's endpoints: from an assignment or from DNS to an immutable set with a
 * balancer. Synchronized on itself, because DNS answers and ejections come from other threads.
 */
final class ClusterMembers {
  /** What the clusters of one set have in common. Thread-safe. */
  static final class Shared {
    private final AtomicLong changes = new AtomicLong();
    private final AtomicLong zoneChanges = new AtomicLong();
    private volatile List<Endpoint> proxies = List.of();

    void membershipChanged() {
      changes.incrementAndGet();
    }

    /** Grows with every change of any cluster's set of endpoints. */
    long changes() {
      return changes.get();
    }

    /** Grows with every change of the cluster that the proxy is of. */
    long zoneChanges() {
      return zoneChanges.get();
    }

    private void proxies(List<Endpoint> endpoints) {
      proxies = endpoints;
      zoneChanges.incrementAndGet();
    }

    private PriorityBalancer.@Nullable Zone zone(LocalZone where) {
      return where.cluster().isEmpty()
          ? null
          : new PriorityBalancer.Zone(where.locality(), proxies);
    }
  }

  private final Cluster cluster;
  private final ClusterSet.World world;
  private final Rotation rotation;
  private final @Nullable ConsecutiveFailures outlier;
  private final Map<String, List<InetAddress>> answers = new HashMap<>();
  private final AtomicLong membershipChanges = new AtomicLong();
  private final Shared shared;
  private Map<InetSocketAddress, Endpoint> byAddress;
  private Assignment assignment = Assignment.EMPTY;
  private final Map<Endpoint, HealthWatch.Watching> watched = new HashMap<>();

  /** Endpoints whose first health check has not ended; a cluster warms until they are known. */
  private final Set<Endpoint> unchecked = new HashSet<>();

  private boolean assigned;
  private boolean closed;
  private boolean panicking;
  private int subsets;
  private long nextLookupNanos;

  /** How long was waited after the last lookup, which failed; 0 when it did not. */
  private long retryNanos;

  private final AtomicLong lookups = new AtomicLong();
  private final AtomicLong failedLookups = new AtomicLong();

  ClusterMembers(
      Cluster cluster,
      ClusterSet.World world,
      Map<InetSocketAddress, Endpoint> reusable,
      Shared shared) {
    this.cluster = cluster;
    this.shared = shared;
    this.world = world;
    this.byAddress = Map.copyOf(reusable);
    this.rotation = new Rotation(world.loops(), world.random().next());
    ClusterConfig config = cluster.config();
    this.outlier =
        config.outlier() == null
            ? null
            : new ConsecutiveFailures(
                config.outlier(),
                world.ticker(),
                new SplitMix64(world.random().next()),
                this::rebuild);
    if (outlier != null) {
      cluster.outlier(outlier);
    }
    if (config.discovery() == Discovery.ORIGINAL_DST) {
      assigned = true;
      cluster.members(
          new Cluster.Members(
              List.of(), new OriginalDestination(world.loops(), world.ticker()), false));
    }
  }

  synchronized Map<InetSocketAddress, Endpoint> byAddress() {
    return byAddress;
  }

  /** Whether this is the cluster that the proxy is of. */
  boolean isLocal() {
    return cluster.name().equals(world.localZone().cluster());
  }

  synchronized boolean ready() {
    return assigned
        && unchecked.isEmpty()
        && (!byName() || names().stream().allMatch(answers::containsKey));
  }

  synchronized void assign(Assignment changed) {
    if (cluster.config().discovery() == Discovery.ORIGINAL_DST) {
      return;
    }
    assignment = changed;
    assigned = true;
    if (byName()) {
      lookUp();
    }
    if (ready()) {
      apply();
    }
  }

  synchronized void tick(long nowNanos) {
    if (outlier != null) {
      outlier.tick(nowNanos);
    }
    if (byName() && assigned && nowNanos - nextLookupNanos >= 0) {
      lookUp();
    }
  }

  synchronized List<Endpoint> endpoints() {
    return List.copyOf(byAddress.values());
  }

  /**
   * @param kept endpoints with which another cluster goes on
   */
  synchronized void close(List<Endpoint> kept) {
    closed = true;
    watched.values().forEach(HealthWatch.Watching::stop);
    watched.clear();
    unchecked.clear();
    for (Endpoint endpoint : byAddress.values()) {
      if (!kept.contains(endpoint)) {
        endpoint.markRemoved();
      }
    }
  }

  /** Builds the balancer anew from the endpoints' present state. */
  synchronized void rebuild() {
    if (!closed) {
      publish(List.copyOf(byAddress.values()));
    }
  }

  // ---- DNS

  private boolean byName() {
    return switch (cluster.config().discovery()) {
      case STRICT_DNS, LOGICAL_DNS -> true;
      case STATIC, EDS, ORIGINAL_DST -> false;
    };
  }

  private List<String> names() {
    return assignment.targets().stream().map(Assignment.Target::host).distinct().toList();
  }

  private void lookUp() {
    nextLookupNanos = world.ticker().nanos() + cluster.config().dns().refreshNanos();
    for (String name : names()) {
      InetAddress literal = OriginalDestination.literal(name);
      if (literal != null) {
        answers.put(name, List.of(literal));
      } else {
        world
            .resolver()
            .resolve(name)
            .whenComplete((addresses, failure) -> answered(name, addresses, failure != null));
      }
    }
  }

  /**
   * Takes an answer in.
   *
   * <p>DEVIATION: a name is looked up at {@code dns_refresh_rate} whatever {@code respect_dns_ttl}
   * says; the resolver answers from its own cache until the records' time to live is over.
   *
   * <p>Keeps what was known when a lookup fails ({@code Envoy}: a failed resolution keeps the set).
   */
  private synchronized void answered(
      String name, @Nullable List<InetAddress> addresses, boolean failed) {
    if (closed) {
      return;
    }
    ClusterConfig.Dns dns = cluster.config().dns();
    lookups.incrementAndGet();
    List<InetAddress> found = addresses == null ? List.of() : dns.family().of(addresses);
    if (failed || found.isEmpty()) {
      failedLookups.incrementAndGet();
      answers.putIfAbsent(name, List.of());
      retryNanos =
          retryNanos == 0 ? dns.retryNanos() : Math.min(retryNanos * 2, dns.maxRetryNanos());
      nextLookupNanos = world.ticker().nanos() + retryNanos;
    } else {
      retryNanos = 0;
      answers.put(name, found);
    }
    if (ready()) {
      apply();
    }
  }

  // ---- endpoints

  private void apply() {
    Map<InetSocketAddress, Endpoint> next = new LinkedHashMap<>();
    for (Assignment.Target target : assignment.targets()) {
      for (InetAddress address : addresses(target)) {
        InetSocketAddress socket = new InetSocketAddress(address, target.port());
        Endpoint.Attributes attributes = attributes(target, socket);
        Endpoint known = byAddress.get(socket);
        if (known != null) {
          known.update(attributes);
        }
        next.putIfAbsent(socket, known != null ? known : fresh(socket, attributes));
      }
    }
    byAddress.forEach(
        (address, endpoint) -> {
          if (!next.containsKey(address)) {
            endpoint.markRemoved();
          }
        });
    if (!next.keySet().equals(byAddress.keySet())) {
      membershipChanges.incrementAndGet();
      shared.membershipChanged();
    }
    byAddress = Collections.unmodifiableMap(next);
    List<Endpoint> endpoints = List.copyOf(next.values());
    watch(endpoints);
    if (outlier != null) {
      outlier.members(endpoints);
    }
    publish(endpoints);
  }

  private Endpoint fresh(InetSocketAddress socket, Endpoint.Attributes attributes) {
    Endpoint endpoint = new Endpoint(socket, attributes, world.loops(), world.ticker().nanos());
    endpoint.failedCheck(cluster.config().healthCheck() != null);
    return endpoint;
  }

  // ---- active health checks

  /**
   * Checks these from now on.
   *
   * <p>DEVIATION: an endpoint that no assignment names any more goes at once; Envoy keeps it while
   * it passes its checks.
   */
  private void watch(List<Endpoint> endpoints) {
    HealthCheckConfig config = cluster.config().healthCheck();
    if (config == null) {
      return;
    }
    Set<Endpoint> current = new HashSet<>(endpoints);
    unchecked.retainAll(current);
    watched
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !current.contains(entry.getKey());
              if (gone) {
                entry.getValue().stop();
              }
              return gone;
            });
    for (Endpoint endpoint : endpoints) {
      if (!watched.containsKey(endpoint)) {
        if (endpoint.failedCheck()) {
          unchecked.add(endpoint);
        }
        watched.put(
            endpoint,
            world.healthWatch().watch(cluster, endpoint, config, () -> checked(endpoint)));
      }
    }
  }

  /** An endpoint's first check ended, or its health changed. */
  private synchronized void checked(Endpoint endpoint) {
    unchecked.remove(endpoint);
    if (outlier != null && !endpoint.failedCheck()) {
      outlier.recovered(endpoint);
    }
    rebuild();
  }

  private List<InetAddress> addresses(Assignment.Target target) {
    if (!byName()) {
      InetAddress literal = OriginalDestination.literal(target.host());
      return literal == null ? List.of() : List.of(literal);
    }
    List<InetAddress> known = answers.getOrDefault(target.host(), List.of());
    return cluster.config().discovery() == Discovery.LOGICAL_DNS && known.size() > 1
        ? known.subList(0, 1)
        : known;
  }

  private static Endpoint.Attributes attributes(
      Assignment.Target target, InetSocketAddress address) {
    String hashKey = target.hashKey().isEmpty() ? Endpoint.text(address) : target.hashKey();
    return new Endpoint.Attributes(
        target.hostname().isEmpty() ? target.host() : target.hostname(),
        target.weight(),
        target.priority(),
        target.health(),
        target.locality(),
        target.localityWeight(),
        hashKey,
        target.workload(),
        target.transport(),
        target.labels());
  }

  private void publish(List<Endpoint> endpoints) {
    LbPolicy policy = cluster.config().lbPolicy();
    PriorityBalancer.World around =
        new PriorityBalancer.World(
            world.loops(),
            rotation,
            world.ticker(),
            assignment.overprovisioningFactor(),
            shared.zone(world.localZone()),
            cluster.stats()::increment);
    LoadBalancer used;
    subsets = 0;
    if (endpoints.isEmpty()) {
      used = LoadBalancer.NONE;
      panicking = false;
    } else if (policy.subsets() == null) {
      PriorityBalancer whole = new PriorityBalancer(policy, endpoints, around);
      used = whole;
      panicking = whole.panicking();
    } else {
      SubsetBalancer divided = new SubsetBalancer(policy, policy.subsets(), endpoints, around);
      used = divided;
      panicking = divided.panicking();
      subsets = divided.count();
    }
    cluster.members(new Cluster.Members(endpoints, used, panicking));
    if (isLocal()) {
      shared.proxies(endpoints);
    }
  }

  // ---- metrics

  synchronized void collect(Consumer<Sample> out) {
    List<Endpoint> endpoints = new ArrayList<>(byAddress.values());
    gauge(out, "membership_total", endpoints.size());
    gauge(out, "membership_healthy", endpoints.stream().filter(Endpoint::usable).count());
    gauge(out, "membership_degraded", endpoints.stream().filter(Endpoint::degraded).count());
    gauge(out, "lb_panic_active", panicking ? 1 : 0);
    if (cluster.config().lbPolicy().subsets() != null) {
      gauge(out, "lb_subsets_active", subsets);
    }
    counter(out, "membership_change", membershipChanges.get());
    if (byName()) {
      counter(out, "update_attempt", lookups.get());
      counter(out, "update_failure", failedLookups.get());
      counter(out, "update_success", lookups.get() - failedLookups.get());
    }
    breakers(out, Cluster.Priority.DEFAULT, "default");
    breakers(out, Cluster.Priority.HIGH, "high");
    cluster.security().collect(out);
    if (cluster.config().healthCheck() != null) {
      cluster
          .stats()
          .health()
          .collect((name, count) -> counter(out, "health_check." + name, count));
      gauge(out, "health_check.healthy", endpoints.stream().filter(e -> !e.failedCheck()).count());
    }
    if (outlier != null) {
      outlier.collect(cluster.name(), out);
    }
  }

  private void breakers(Consumer<Sample> out, Cluster.Priority priority, String word) {
    CircuitBreaker breaker = cluster.breaker(priority);
    String prefix = "circuit_breakers." + word + ".";
    open(out, prefix + "cx_open", breaker.open(CircuitBreaker.Resource.CONNECTIONS));
    open(out, prefix + "rq_pending_open", breaker.open(CircuitBreaker.Resource.PENDING));
    open(out, prefix + "rq_open", breaker.open(CircuitBreaker.Resource.REQUESTS));
    open(out, prefix + "rq_retry_open", breaker.open(CircuitBreaker.Resource.RETRIES));
  }

  private void open(Consumer<Sample> out, String name, boolean open) {
    gauge(out, name, open ? 1 : 0);
  }

  private void gauge(Consumer<Sample> out, String name, long level) {
    out.accept(sample(name, new Sample.GaugeValue(level)));
  }

  private void counter(Consumer<Sample> out, String name, long total) {
    out.accept(sample(name, new Sample.CounterValue(total)));
  }

  private Sample sample(String name, Sample.Value value) {
    return new Sample(
        "cluster." + cluster.name() + "." + name,
        "envoy_cluster_" + name.replace('.', '_'),
        List.of(new Label("envoy_cluster_name", cluster.name())),
        value);
  }
}
