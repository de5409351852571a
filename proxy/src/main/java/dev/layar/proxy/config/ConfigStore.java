package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Ticker;
import dev.layar.proxy.cluster.Assignment;
import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.ClusterConfig;
import dev.layar.proxy.cluster.ClusterSet;
import dev.layar.proxy.cluster.Transports;
import dev.layar.proxy.route.RouteTable;
import dev.layar.proxy.tls.Secret;
import dev.layar.proxy.tls.SecretStore;
import dev.layar.proxy.tls.TlsConfig;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.client.Rejection;
import dev.layar.xds.client.ResourceSink;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.EnumMap;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A workload's configuration: takes xDS resources and static ones, keeps the last good version of
 * each, and publishes one {@link Snapshot} after every update that changes anything.
 *
 * <p>Thread-safe: updates run under one lock, off the event loops; {@link #snapshot()} is one
 * volatile read.
 *
 * <p>Implementation notes. (1) Each resource is read by itself: what is wrong with it becomes
 * findings, its siblings take effect, and its last good version stays. (2) Warming: a cluster is in
 * the snapshot once it knows its endpoints, a listener once its routes are there; until then the
 * version before goes on. (3) A resource whose bytes are those of the last good version is skipped
 * and its runtime objects stay the same ones. (4) By the xDS protocol the removal of routes or of
 * an assignment changes nothing for whoever still refers to them; removal of a cluster or a
 * listener removes it. (5) When a cluster's definition changes, the assignment known for its name
 * is used at once. DEVIATION: Envoy waits for a new one.
 */
public final class ConfigStore implements ResourceSink {
  /** A resource as it was accepted, or the reason why a newer version was not. */
  private static final class Entry<T> {
    @Nullable XdsResource accepted;
    @Nullable T value;
    List<Finding> findings = List.of();
    @Nullable XdsResource refused;
    boolean fixed;

    /** When to go on without secrets that have not come, by the ticker; 0 for never. */
    long secretsDeadline;
  }

  private final ClusterSet clusterSet;
  private final Consumer<Snapshot> published;
  private final Map<String, Entry<ListenerConfig>> listeners = new TreeMap<>();
  private final Map<String, Entry<RouteTable>> routes = new TreeMap<>();
  private final Map<String, Entry<Cluster>> clusters = new TreeMap<>();
  private final Map<String, Entry<Assignment>> assignments = new TreeMap<>();
  private final Map<String, Entry<Secret>> secrets = new TreeMap<>();
  private final Set<String> localSecrets = new TreeSet<>();
  private final Map<ResourceType, long[]> counts = new EnumMap<>(ResourceType.class);
  private final Map<String, Cluster> activeClusters = new LinkedHashMap<>();
  private final Map<String, ListenerConfig> activeListeners = new LinkedHashMap<>();
  private final SecretStore secretStore;
  private final FileSecrets fileSecrets;
  private final Ticker ticker;
  private @Nullable Map<String, List<Entry<Cluster>>> byAssignment;
  private long publishedEndpointChanges;
  private volatile Snapshot snapshot = Snapshot.EMPTY;

  /**
   * @param world what clusters need
   * @param published called with every new snapshot, in order, on the updating thread
   */
  public ConfigStore(ClusterSet.World world, Consumer<Snapshot> published) {
    this.clusterSet = new ClusterSet(world);
    this.secretStore = world.secrets();
    this.fileSecrets = new FileSecrets(secretStore);
    this.ticker = world.ticker();
    this.published = published;
    for (ResourceType type : ResourceType.values()) {
      long[] count = new long[2];
      counts.put(type, count);
      String prefix = statPrefix(type);
      world.metrics().counter(prefix + "update_success", () -> count[0]);
      world.metrics().counter(prefix + "update_rejected", () -> count[1]);
    }
    world.metrics().gauge("cluster_manager.active_clusters", () -> snapshot.clusters().size());
    world
        .metrics()
        .gauge("listener_manager.total_listeners_active", () -> snapshot.listeners().size());
    world.metrics().gauge("cluster_manager.warming_clusters", this::warmingClusters);
    world.metrics().gauge("listener_manager.total_listeners_warming", this::warmingListeners);
  }

  /** The configuration in effect. */
  public Snapshot snapshot() {
    return snapshot;
  }

  @Override
  public synchronized List<Rejection> update(
      ResourceType type, List<XdsResource> changed, Set<String> removed) {
    List<Rejection> rejections = new ArrayList<>();
    for (XdsResource resource : changed) {
      List<Finding> findings = accept(type, resource, false);
      if (findings.stream().anyMatch(Finding::isError)) {
        rejections.add(new Rejection(resource.name(), findings));
      }
    }
    for (String name : removed) {
      remove(type, name);
    }
    long[] count = Objects.requireNonNull(counts.get(type));
    count[rejections.isEmpty() ? 0 : 1]++;
    publish();
    return rejections;
  }

  /**
   * Adds a resource of the bootstrap, which no push replaces or removes.
   *
   * @return its findings; with an error among them it was refused
   */
  synchronized List<Finding> addStatic(ResourceType type, XdsResource resource) {
    List<Finding> findings = accept(type, resource, true);
    publish();
    return findings;
  }

  @Override
  public synchronized Set<String> wanted(ResourceType type) {
    return switch (type) {
      case ENDPOINT -> wantedAssignments();
      case ROUTE -> wantedRoutes();
      case SECRET -> wantedSecrets();
      case CLUSTER, LISTENER -> Set.of();
    };
  }

  /** Lets time pass for DNS and outlier detection. To be called about every half second. */
  public synchronized void tick(long nowNanos) {
    clusterSet.tick(nowNanos);
    fileSecrets.look(namedSecrets());
    publish();
  }

  /** Ends what goes on by itself. */
  public synchronized void close() {
    clusterSet.close();
  }

  /** Every finding about what was received last, warnings included. */
  public synchronized List<Finding> findings() {
    List<Finding> all = new ArrayList<>();
    for (Map<String, ? extends Entry<?>> entries :
        List.of(clusters, assignments, listeners, routes, secrets)) {
      entries.values().forEach(entry -> all.addAll(entry.findings));
    }
    return all;
  }

  // ---- taking in

  private List<Finding> accept(ResourceType type, XdsResource resource, boolean fixed) {
    return switch (type) {
      case CLUSTER -> accept(clusters, resource, fixed, this::cluster);
      case ENDPOINT -> accept(assignments, resource, fixed, this::assignment);
      case LISTENER -> accept(listeners, resource, fixed, ConfigStore::listener);
      case ROUTE -> accept(routes, resource, fixed, ConfigStore::routeTable);
      case SECRET -> accept(secrets, resource, fixed, this::secret);
    };
  }

  @FunctionalInterface
  private interface Reader<T> {
    @Nullable T read(XdsResource resource, @Nullable T previous, Problems problems)
        throws InvalidProtocolBufferException;
  }

  private static <T> List<Finding> accept(
      Map<String, Entry<T>> entries, XdsResource resource, boolean fixed, Reader<T> reader) {
    Entry<T> entry = entries.computeIfAbsent(resource.name(), name -> new Entry<>());
    if (entry.fixed && !fixed) {
      return List.of(
          Finding.error(
              Problems.DUPLICATE,
              new Location(resource.name(), 0, 0),
              "name",
              "the bootstrap has a static resource of this name",
              resource.name(),
              "another name"));
    }
    if (entry.accepted != null && entry.accepted.body().equals(resource.body())) {
      entry.accepted = resource;
      entry.refused = null;
      return entry.findings;
    }
    Problems problems = new Problems(resource.name());
    T value = null;
    try {
      value = reader.read(resource, entry.value, problems);
    } catch (InvalidProtocolBufferException e) {
      problems.error(
          Problems.UNDECODABLE,
          "",
          "not a " + resource.type().shortName() + " resource: " + e.getMessage(),
          "",
          resource.type().typeUrl());
    }
    entry.findings = problems.findings();
    if (value == null || problems.refused()) {
      entry.refused = resource;
      return entry.findings;
    }
    entry.accepted = resource;
    entry.value = value;
    entry.refused = null;
    entry.fixed = fixed;
    return entry.findings;
  }

  private @Nullable Cluster cluster(
      XdsResource resource, @Nullable Cluster previous, Problems problems)
      throws InvalidProtocolBufferException {
    Any body =
        Extensions.expect(
            resource.body(), io.envoyproxy.envoy.config.cluster.v3.Cluster.getDescriptor());
    var proto = io.envoyproxy.envoy.config.cluster.v3.Cluster.parseFrom(body.getValue());
    SupportedFields.check(
        io.envoyproxy.envoy.config.cluster.v3.Cluster.getDescriptor(), proto, "", problems);
    ClusterConfig config = ClusterReader.read(proto, problems);
    boolean hashHostnames =
        proto.getCommonLbConfig().getConsistentHashingLbConfig().getUseHostnameForHashing();
    Assignment inline =
        EndpointReader.read(
            proto.getLoadAssignment(), "load_assignment.", byName(config), hashHostnames, problems);
    if (problems.refused()) {
      return null;
    }
    byAssignment = null;
    Cluster active = activeClusters.get(config.name());
    Cluster cluster = clusterSet.define(config, active);
    if (previous != null && previous != active) {
      clusterSet.retire(previous, cluster);
    }
    if (config.discovery() != ClusterConfig.Discovery.EDS) {
      clusterSet.assign(cluster, inline);
    } else {
      Entry<Assignment> known = assignments.get(config.edsName());
      if (known != null && known.value != null) {
        clusterSet.assign(cluster, known.value);
      }
    }
    return cluster;
  }

  private static boolean byName(ClusterConfig config) {
    return switch (config.discovery()) {
      case STRICT_DNS, LOGICAL_DNS -> true;
      case STATIC, EDS, ORIGINAL_DST -> false;
    };
  }

  private @Nullable Assignment assignment(
      XdsResource resource, @Nullable Assignment previous, Problems problems)
      throws InvalidProtocolBufferException {
    Any body = Extensions.expect(resource.body(), ClusterLoadAssignment.getDescriptor());
    ClusterLoadAssignment proto = ClusterLoadAssignment.parseFrom(body.getValue());
    SupportedFields.check(ClusterLoadAssignment.getDescriptor(), proto, "", problems);
    Assignment assignment = EndpointReader.read(proto, "", false, false, problems);
    if (problems.refused()) {
      return null;
    }
    assignTo(proto.getClusterName(), assignment);
    return assignment;
  }

  /** Gives an assignment to every cluster that asked for it, warming ones and active ones. */
  private void assignTo(String edsName, Assignment assignment) {
    for (Entry<Cluster> entry : clustersByAssignment().getOrDefault(edsName, List.of())) {
      Cluster cluster = entry.value;
      if (cluster == null) {
        continue;
      }
      clusterSet.assign(cluster, assignment);
      Cluster active = activeClusters.get(cluster.name());
      if (active != null && active != cluster) {
        clusterSet.assign(active, assignment);
      }
    }
  }

  private Map<String, List<Entry<Cluster>>> clustersByAssignment() {
    Map<String, List<Entry<Cluster>>> known = byAssignment;
    if (known == null) {
      known = new HashMap<>();
      for (Entry<Cluster> entry : clusters.values()) {
        if (entry.value != null) {
          String edsName = entry.value.config().edsName();
          known.computeIfAbsent(edsName, name -> new ArrayList<>()).add(entry);
        }
      }
      byAssignment = known;
    }
    return known;
  }

  private static @Nullable ListenerConfig listener(
      XdsResource resource, @Nullable ListenerConfig previous, Problems problems)
      throws InvalidProtocolBufferException {
    Any body = Extensions.expect(resource.body(), Listener.getDescriptor());
    Listener proto = Listener.parseFrom(body.getValue());
    SupportedFields.check(Listener.getDescriptor(), proto, "", problems);
    return ListenerReader.read(proto, problems);
  }

  private static @Nullable RouteTable routeTable(
      XdsResource resource, @Nullable RouteTable previous, Problems problems)
      throws InvalidProtocolBufferException {
    Any body = Extensions.expect(resource.body(), RouteConfiguration.getDescriptor());
    RouteConfiguration proto = RouteConfiguration.parseFrom(body.getValue());
    SupportedFields.check(RouteConfiguration.getDescriptor(), proto, "", problems);
    return RouteReader.read(proto, problems);
  }

  private @Nullable Secret secret(
      XdsResource resource, @Nullable Secret previous, Problems problems)
      throws InvalidProtocolBufferException {
    Secret secret =
        TlsReader.secret(
            resource
                .body()
                .unpack(io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret.class),
            problems);
    if (secret != null && !problems.refused()) {
      secretStore.put(resource.name(), secret);
    }
    return secret;
  }

  /** These secrets come from this process's own identity client: no server is asked for them. */
  public synchronized void localSecrets(Set<String> names) {
    localSecrets.addAll(names);
  }

  /** A secret that this process made; what waited for it comes into use. */
  public synchronized void localSecret(String name, Secret secret) {
    secretStore.put(name, secret);
    publish();
  }

  private void remove(ResourceType type, String name) {
    switch (type) {
      case CLUSTER -> {
        if (!isFixed(clusters, name)) {
          byAssignment = null;
          Entry<Cluster> gone = clusters.remove(name);
          Cluster active = activeClusters.remove(name);
          if (gone != null && gone.value != null && gone.value != active) {
            clusterSet.retire(gone.value, null);
          }
          if (active != null) {
            clusterSet.retire(active, null);
          }
        }
      }
      case LISTENER -> {
        if (!isFixed(listeners, name)) {
          listeners.remove(name);
          activeListeners.remove(name);
        }
      }
      case ENDPOINT -> endWaiting(name);
      case ROUTE, SECRET -> {
        // Whoever refers to it keeps what it has (xDS protocol, "Deleting Resources").
      }
    }
  }

  /** "No such assignment": a cluster that waits for it starts without endpoints. */
  private void endWaiting(String name) {
    for (Entry<Cluster> entry : clusters.values()) {
      Cluster cluster = entry.value;
      if (cluster != null
          && cluster.config().edsName().equals(name)
          && !clusterSet.ready(cluster)) {
        clusterSet.assign(cluster, Assignment.EMPTY);
      }
    }
  }

  private static boolean isFixed(Map<String, ? extends Entry<?>> entries, String name) {
    Entry<?> entry = entries.get(name);
    return entry != null && entry.fixed;
  }

  // ---- giving out

  private void publish() {
    dropUnwanted();
    boolean changed = activateClusters();
    Map<String, RouteTable> tables = tables();
    changed |= !tables.equals(snapshot.routes());
    changed |= activateListeners(tables);
    long endpointChanges = clusterSet.endpointChanges();
    changed |= endpointChanges != publishedEndpointChanges;
    publishedEndpointChanges = endpointChanges;
    if (changed) {
      snapshot = new Snapshot(snapshot.version() + 1, activeListeners, tables, activeClusters);
      published.accept(snapshot);
    }
  }

  private boolean activateClusters() {
    boolean changed = !snapshot.clusters().keySet().equals(activeClusters.keySet());
    fileSecrets.look(namedSecrets());
    for (Map.Entry<String, Entry<Cluster>> entry : clusters.entrySet()) {
      Cluster cluster = entry.getValue().value;
      Cluster active = activeClusters.get(entry.getKey());
      if (cluster != null
          && cluster != active
          && clusterSet.ready(cluster)
          && haveSecrets(entry.getValue(), tls(cluster.config()))) {
        activeClusters.put(entry.getKey(), cluster);
        if (active != null) {
          clusterSet.retire(active, cluster);
        }
        changed = true;
      }
    }
    return changed;
  }

  private Map<String, RouteTable> tables() {
    Map<String, RouteTable> tables = new LinkedHashMap<>();
    routes.forEach(
        (name, entry) -> {
          if (entry.value != null) {
            tables.put(name, entry.value);
          }
        });
    return tables;
  }

  private boolean activateListeners(Map<String, RouteTable> tables) {
    boolean changed = !snapshot.listeners().keySet().equals(activeListeners.keySet());
    for (Map.Entry<String, Entry<ListenerConfig>> entry : listeners.entrySet()) {
      ListenerConfig listener = entry.getValue().value;
      if (listener != null
          && listener != activeListeners.get(entry.getKey())
          && tables.keySet().containsAll(routeNames(listener))
          && haveSecrets(entry.getValue(), tls(listener))) {
        activeListeners.put(entry.getKey(), listener);
        changed = true;
      }
    }
    return changed;
  }

  /** Forgets routes and assignments that nothing refers to any more. */
  private void dropUnwanted() {
    routes.keySet().retainAll(wantedRoutes());
    assignments.keySet().retainAll(wantedAssignments());
    Set<String> named = namedSecrets();
    secrets
        .entrySet()
        .removeIf(
            entry -> {
              boolean gone = !entry.getValue().fixed && !named.contains(entry.getKey());
              if (gone) {
                secretStore.remove(entry.getKey());
              }
              return gone;
            });
  }

  // ---- references

  private Set<String> wantedAssignments() {
    Set<String> names = new TreeSet<>();
    collectAssignments(clusters.values(), names);
    activeClusters.values().forEach(cluster -> names.add(cluster.config().edsName()));
    names.remove("");
    return names;
  }

  private static void collectAssignments(Collection<Entry<Cluster>> entries, Set<String> names) {
    for (Entry<Cluster> entry : entries) {
      if (entry.value != null) {
        names.add(entry.value.config().edsName());
      }
    }
  }

  private Set<String> wantedRoutes() {
    Set<String> names = new TreeSet<>();
    for (Entry<ListenerConfig> entry : listeners.values()) {
      if (entry.value != null) {
        names.addAll(routeNames(entry.value));
      }
    }
    activeListeners.values().forEach(listener -> names.addAll(routeNames(listener)));
    return names;
  }

  /** Whether the secrets are there, or the wait for them is over. */
  private boolean haveSecrets(Entry<?> entry, List<TlsConfig> configs) {
    long wait = 0;
    boolean forEver = false;
    boolean all = true;
    for (TlsConfig config : configs) {
      boolean there = config.secrets().stream().allMatch(name -> secretStore.get(name) != null);
      if (!there) {
        all = false;
        forEver |= config.fetchTimeoutNanos() == 0;
        wait = Math.max(wait, config.fetchTimeoutNanos());
      }
    }
    if (all) {
      entry.secretsDeadline = 0;
      return true;
    }
    if (entry.secretsDeadline == 0) {
      entry.secretsDeadline = ticker.nanos() + wait;
    }
    return !forEver && ticker.nanos() - entry.secretsDeadline >= 0;
  }

  private static List<TlsConfig> tls(ClusterConfig cluster) {
    List<TlsConfig> configs = new ArrayList<>();
    if (cluster.transports().fallback() != null) {
      configs.add(cluster.transports().fallback().common());
    }
    for (Transports.Match match : cluster.transports().matches()) {
      if (match.tls() != null) {
        configs.add(match.tls().common());
      }
    }
    return configs;
  }

  private static List<TlsConfig> tls(ListenerConfig listener) {
    List<TlsConfig> configs = new ArrayList<>();
    for (FilterChain chain : listener.allChains()) {
      if (chain.tls() != null) {
        configs.add(chain.tls().common());
      }
    }
    return configs;
  }

  /** Every secret that something refers to, wherever it comes from. */
  private Set<String> namedSecrets() {
    Set<String> names = new TreeSet<>();
    for (Entry<ListenerConfig> entry : listeners.values()) {
      if (entry.value != null) {
        tls(entry.value).forEach(config -> names.addAll(config.secrets()));
      }
    }
    activeListeners
        .values()
        .forEach(listener -> tls(listener).forEach(config -> names.addAll(config.secrets())));
    for (Entry<Cluster> entry : clusters.values()) {
      if (entry.value != null) {
        tls(entry.value.config()).forEach(config -> names.addAll(config.secrets()));
      }
    }
    activeClusters
        .values()
        .forEach(
            cluster -> tls(cluster.config()).forEach(config -> names.addAll(config.secrets())));
    return names;
  }

  /** The secrets that the server is asked for. */
  private Set<String> wantedSecrets() {
    Set<String> names = namedSecrets();
    names.removeAll(localSecrets);
    names.removeIf(name -> FileSecrets.inFiles(name) || isFixed(secrets, name));
    return names;
  }

  private static Set<String> routeNames(ListenerConfig listener) {
    Set<String> names = new TreeSet<>();
    for (FilterChain chain : listener.allChains()) {
      switch (chain.handler()) {
        case HttpConfig http -> names.add(http.routeConfigName());
        case TcpProxyConfig tcp -> {
          // Has no routes.
        }
      }
    }
    names.remove("");
    return names;
  }

  // ---- showing

  private static String statPrefix(ResourceType type) {
    return switch (type) {
      case CLUSTER -> "cluster_manager.cds.";
      case LISTENER -> "listener_manager.lds.";
      case ENDPOINT -> "cluster_manager.eds.";
      case ROUTE -> "http.rds.";
      case SECRET -> "sds.";
    };
  }

  private synchronized long warmingClusters() {
    return clusters.entrySet().stream()
        .filter(e -> e.getValue().value != null)
        .filter(e -> e.getValue().value != activeClusters.get(e.getKey()))
        .count();
  }

  private synchronized long warmingListeners() {
    return listeners.entrySet().stream()
        .filter(e -> e.getValue().value != null)
        .filter(e -> e.getValue().value != activeListeners.get(e.getKey()))
        .count();
  }

  /**
   * A resource as the dump shows it.
   *
   * @param active whether this version is in the snapshot
   * @param refused a newer version that was refused; null when there is none
   */
  record Shown(
      String name,
      @Nullable XdsResource accepted,
      boolean active,
      boolean fixed,
      @Nullable XdsResource refused,
      List<Finding> findings) {}

  /** The state of every resource of a type. */
  synchronized List<Shown> shown(ResourceType type) {
    return switch (type) {
      case CLUSTER -> shown(clusters, activeClusters);
      case LISTENER -> shown(listeners, activeListeners);
      case ROUTE -> shown(routes, snapshot.routes());
      case ENDPOINT -> shown(assignments, Map.of());
      case SECRET -> List.of();
    };
  }

  private static <T> List<Shown> shown(Map<String, Entry<T>> entries, Map<String, T> active) {
    List<Shown> shown = new ArrayList<>();
    entries.forEach(
        (name, entry) ->
            shown.add(
                new Shown(
                    name,
                    entry.accepted,
                    entry.value != null && entry.value == active.get(name),
                    entry.fixed,
                    entry.refused,
                    entry.findings)));
    return shown;
  }

  /** A static resource's form as it would have come by xDS. */
  static XdsResource resource(ResourceType type, String name, MessageLite message) {
    Any body = Any.newBuilder().setTypeUrl(type.typeUrl()).setValue(message.toByteString()).build();
    return new XdsResource(type, name, "static", body);
  }
}
