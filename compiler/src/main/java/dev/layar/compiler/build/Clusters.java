package dev.layar.compiler.build;

import com.google.protobuf.Struct;
import com.google.protobuf.Value;
import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.build.Localities.Plan;
import dev.layar.compiler.build.Localities.Vantage;
import dev.layar.compiler.policy.HostRule;
import dev.layar.compiler.policy.PeerPolicies;
import dev.layar.compiler.policy.Policies;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.MeshService.Port;
import dev.layar.compiler.registry.MeshService.Resolution;
import dev.layar.compiler.registry.Registry;
import dev.layar.compiler.registry.Registry.ServiceRef;
import dev.layar.model.istio.DestinationRule.ConsistentHashLb;
import dev.layar.model.istio.DestinationRule.HashAlgorithm;
import dev.layar.model.istio.DestinationRule.LbPolicy;
import dev.layar.model.istio.DestinationRule.LoadBalancer;
import dev.layar.model.istio.DestinationRule.OutlierDetection;
import dev.layar.model.istio.DestinationRule.SimpleLb;
import dev.layar.model.istio.DestinationRule.Subset;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import dev.layar.model.istio.DestinationRule.Warmup;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.CommonLbConfig.LocalityWeightedLbConfig;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.DiscoveryType;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.RuntimeDouble;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.type.v3.Percent;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Queries for clusters and load assignments (Istio {@code cluster_builder.go}, {@code
 * cluster_traffic_policy.go}). One per compiler; it holds no state, only the queries' definitions.
 */
public final class Clusters {
  public static final String PASSTHROUGH = "PassthroughCluster";
  public static final String BLACK_HOLE = "BlackHoleCluster";

  /** The clusters of one service for one scope. */
  public record ServiceIn(Scope scope, String host) {}

  /** One EDS resource: a subset of a service's endpoints on a port. */
  public record AssignmentOf(
      ServiceRef service, String port, String cluster, SortedMap<String, String> labels) {}

  /**
   * What is different for callers elsewhere.
   *
   * @param cluster the cluster that carries the assignment inside, null where it is asked for
   */
  private record Ranked(AssignmentOf of, Plan plan, @Nullable XdsResource cluster) {}

  private record Placed(Ranked what, Vantage from) {}

  private record ScopeAt(Scope scope, Vantage from) {}

  /** A service's clusters with the load assignments that they ask for. */
  private record ServiceClusters(
      List<XdsResource> clusters, List<AssignmentOf> assignments, List<Ranked> ranked) {
    static final ServiceClusters NONE = new ServiceClusters(List.of(), List.of(), List.of());
  }

  /** A cluster that TLS of the mesh is forwarded to as it is, named as the server name. */
  record Forwarded(String name, String host, XdsResource cluster) {}

  /** Resources by name, and those among them that are different for callers elsewhere. */
  private record Everything(Map<String, XdsResource> resources, List<Ranked> ranked) {}

  private final MeshSettings settings;
  private final Registry registry;
  private final Policies policies;
  private final UpstreamTls tls;

  private final Query<ServiceIn, ServiceClusters> ofService =
      new Query<>("clusters", this::computeServiceClusters);
  private final Query<AssignmentOf, XdsResource> assignment =
      new Query<>("loadAssignment", this::computeAssignment);
  private final Query<Placed, XdsResource> placed =
      new Query<>("rankedAssignment", this::computePlaced);
  private final Query<Scope, Everything> all = new Query<>("allClusters", this::computeAll);
  private final Query<Scope, Everything> allAssignments =
      new Query<>("allLoadAssignments", this::computeAllAssignments);
  private final Query<ServiceIn, List<Forwarded>> forwardedOf =
      new Query<>("forwardedClusters", this::computeForwarded);
  private final Query<ScopeAt, Map<String, XdsResource>> clustersAt =
      new Query<>("clustersHere", (context, at) -> placed(context, all, at));
  private final Query<ScopeAt, Map<String, XdsResource>> assignmentsAt =
      new Query<>("loadAssignmentsHere", (context, at) -> placed(context, allAssignments, at));

  Clusters(MeshSettings settings, Registry registry, Policies policies, PeerPolicies peers) {
    this.settings = settings;
    this.registry = registry;
    this.policies = policies;
    this.tls = new UpstreamTls(settings, registry, peers);
  }

  /** Every cluster of a scope by name. */
  Map<String, XdsResource> all(QueryContext context, Scope scope, Vantage from) {
    return at(context, all, clustersAt, scope, from);
  }

  /** Where callers are, as far as their clusters themselves depend on it. */
  Vantage vantage(QueryContext context, Scope scope, Vantage from) {
    return context.get(all, scope).ranked().isEmpty() ? Vantage.ANYWHERE : from;
  }

  /** Every load assignment of a scope by the cluster's name. */
  Map<String, XdsResource> allAssignments(QueryContext context, Scope scope, Vantage from) {
    return at(context, allAssignments, assignmentsAt, scope, from);
  }

  private static Map<String, XdsResource> at(
      QueryContext context,
      Query<Scope, Everything> everywhere,
      Query<ScopeAt, Map<String, XdsResource>> here,
      Scope scope,
      Vantage from) {
    Everything shared = context.get(everywhere, scope);
    return shared.ranked().isEmpty()
        ? shared.resources()
        : context.get(here, new ScopeAt(scope, from));
  }

  private Map<String, XdsResource> placed(
      QueryContext context, Query<Scope, Everything> everywhere, ScopeAt at) {
    Everything shared = context.get(everywhere, at.scope());
    Map<String, XdsResource> resources = new LinkedHashMap<>(shared.resources());
    for (Ranked ranked : shared.ranked()) {
      XdsResource own = context.get(placed, new Placed(ranked, at.from()));
      resources.put(own.name(), own);
    }
    return Collections.unmodifiableMap(resources);
  }

  /**
   * For every cluster of a scope whose endpoints are sent, one without encryption of its own (Istio
   * {@code buildOutboundSniDnatClusters}).
   */
  List<Forwarded> forwarded(QueryContext context, Scope scope) {
    List<Forwarded> all = new ArrayList<>();
    for (String host : registry.catalog(context, scope.viewer())) {
      all.addAll(context.get(forwardedOf, new ServiceIn(scope, host)));
    }
    return all;
  }

  private List<Forwarded> computeForwarded(QueryContext context, ServiceIn key) {
    List<Forwarded> forwarded = new ArrayList<>();
    for (XdsResource resource : context.get(ofService, key).clusters()) {
      Cluster cluster = Xds.unpack(resource, Cluster.parser());
      String[] parts = cluster.getName().split("\\|", 4);
      if (cluster.getType() == DiscoveryType.EDS && parts.length == 4) {
        String name = "outbound_." + parts[1] + "_." + parts[2] + "_." + parts[3];
        Cluster plain =
            cluster.toBuilder()
                .setName(name)
                .setAltStatName(name + ";")
                .clearTransportSocket()
                .clearTransportSocketMatches()
                .build();
        forwarded.add(
            new Forwarded(name, key.host(), Xds.resource(ResourceType.CLUSTER, name, plain)));
      }
    }
    return List.copyOf(forwarded);
  }

  private Everything computeAll(QueryContext context, Scope scope) {
    Map<String, XdsResource> clusters = new LinkedHashMap<>();
    List<Ranked> ranked = new ArrayList<>();
    for (String host : registry.catalog(context, scope.viewer())) {
      ServiceClusters own = context.get(ofService, new ServiceIn(scope, host));
      own.clusters().forEach(cluster -> clusters.put(cluster.name(), cluster));
      own.ranked().stream().filter(r -> r.cluster() != null).forEach(ranked::add);
    }
    clusters.put(BLACK_HOLE, BLACK_HOLE_RESOURCE);
    clusters.put(PASSTHROUGH, passthrough());
    return new Everything(Collections.unmodifiableMap(clusters), List.copyOf(ranked));
  }

  private Everything computeAllAssignments(QueryContext context, Scope scope) {
    Map<String, XdsResource> assignments = new LinkedHashMap<>();
    List<Ranked> ranked = new ArrayList<>();
    for (String host : registry.catalog(context, scope.viewer())) {
      ServiceClusters own = context.get(ofService, new ServiceIn(scope, host));
      for (AssignmentOf of : own.assignments()) {
        XdsResource resource = context.get(assignment, of);
        assignments.put(resource.name(), resource);
      }
      own.ranked().stream().filter(r -> r.cluster() == null).forEach(ranked::add);
    }
    return new Everything(Collections.unmodifiableMap(assignments), List.copyOf(ranked));
  }

  private static final XdsResource BLACK_HOLE_RESOURCE =
      Xds.resource(
          ResourceType.CLUSTER,
          BLACK_HOLE,
          Cluster.newBuilder()
              .setName(BLACK_HOLE)
              .setType(DiscoveryType.STATIC)
              .setConnectTimeout(Xds.duration(Duration.ofSeconds(10)))
              .build());

  private XdsResource passthrough() {
    Cluster.Builder cluster =
        Cluster.newBuilder()
            .setName(PASSTHROUGH)
            .setType(DiscoveryType.ORIGINAL_DST)
            .setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED)
            .setConnectTimeout(Xds.duration(settings.connectTimeout()))
            .setCircuitBreakers(ClusterOptions.breakers(null, null));
    return Xds.resource(ResourceType.CLUSTER, PASSTHROUGH, cluster.build());
  }

  private ServiceClusters computeServiceClusters(QueryContext context, ServiceIn key) {
    Scope scope = key.scope();
    Optional<MeshService> found = registry.service(context, scope.viewer(), key.host());
    if (found.isEmpty()) {
      return ServiceClusters.NONE;
    }
    MeshService service = found.get();
    HostRule rule = ruleFor(context, scope, service);
    ServiceClusters out =
        new ServiceClusters(new ArrayList<>(), new ArrayList<>(), new ArrayList<>());
    for (Port port : service.ports()) {
      add(context, scope, service, port, rule, null, out);
      if (rule != null) {
        for (Subset subset : rule.subsets()) {
          add(context, scope, service, port, rule, subset, out);
        }
      }
    }
    return new ServiceClusters(
        List.copyOf(out.clusters()), List.copyOf(out.assignments()), List.copyOf(out.ranked()));
  }

  /** The rule that applies, or null; nothing applies in the service network. */
  @Nullable HostRule ruleFor(QueryContext context, Scope scope, MeshService service) {
    return scope.viewer().serviceNetwork()
        ? null
        : policies
            .ruleFor(context, scope.viewer().namespace(), scope.labels(), service)
            .orElse(null);
  }

  private void add(
      QueryContext context,
      Scope scope,
      MeshService service,
      Port port,
      @Nullable HostRule rule,
      @Nullable Subset subset,
      ServiceClusters out) {
    String subsetName = subset == null ? "" : subset.name();
    TrafficPolicy written = rule == null ? null : rule.effective(port.number(), subsetName);
    TrafficPolicy policy =
        scope.viewer().serviceNetwork() ? written : PolicyDefaults.fill(written, settings.config());
    Plan plan =
        Localities.plan(
            policy == null ? null : policy.loadBalancer(),
            service,
            settings.locality(),
            policy != null && policy.outlierDetection() != null);
    AssignmentOf of =
        new AssignmentOf(
            new ServiceRef(service.source(), service.host()),
            port.name(),
            service.clusterName(port.number(), subsetName),
            new TreeMap<>(subset == null ? Map.of() : subset.labels()));
    Cluster cluster = cluster(context, scope, service, port, rule, policy, subsetName, plan, of);
    XdsResource resource = Xds.resource(ResourceType.CLUSTER, cluster.getName(), cluster);
    out.clusters().add(resource);
    if (cluster.getType() == DiscoveryType.EDS) {
      out.assignments().add(of);
    }
    if (plan != null && cluster.getType() != DiscoveryType.ORIGINAL_DST) {
      out.ranked().add(new Ranked(of, plan, cluster.hasLoadAssignment() ? resource : null));
    }
  }

  private Cluster cluster(
      QueryContext context,
      Scope scope,
      MeshService service,
      Port port,
      @Nullable HostRule rule,
      @Nullable TrafficPolicy policy,
      String subsetName,
      @Nullable Plan plan,
      AssignmentOf of) {
    String name = of.cluster();
    Cluster.Builder cluster =
        Cluster.newBuilder()
            .setName(name)
            .setAltStatName(name + ";")
            .setConnectTimeout(Xds.duration(settings.connectTimeout()))
            .setMetadata(metadata(service, port, rule, subsetName));
    LoadBalancer balancer = policy == null ? null : policy.loadBalancer();
    discovery(context, cluster, scope, service, balancer, of);
    if (cluster.getType() != DiscoveryType.ORIGINAL_DST) {
      balancing(cluster, scope, balancer);
    }
    ClusterOptions.connections(cluster, policy, port.protocol());
    if (policy != null && policy.outlierDetection() != null) {
      outliers(cluster, policy.outlierDetection());
    }
    if (Localities.weighted(plan) && cluster.getType() != DiscoveryType.ORIGINAL_DST) {
      cluster
          .getCommonLbConfigBuilder()
          .setLocalityWeightedLbConfig(LocalityWeightedLbConfig.getDefaultInstance());
    }
    tls.apply(context, cluster, scope, service, port, subsetName, rule, policy);
    return cluster.build();
  }

  private static Metadata metadata(
      MeshService service, Port port, @Nullable HostRule rule, String subset) {
    Map<String, Value> istio = new TreeMap<>();
    Map<String, Value> own = Xds.provenance(service.source());
    istio.put("default_original_port", Xds.number(port.number()));
    istio.put("services", ClusterOptions.services(service));
    if (!subset.isEmpty()) {
      istio.put("subset", Xds.text(subset));
      own.put("subset", Xds.text(subset));
    }
    if (service.external()) {
      istio.put("external", Value.newBuilder().setBoolValue(true).build());
    }
    if (rule != null) {
      istio.put("config", Xds.text(Xds.configPath(rule.sources().getFirst())));
      own.put(
          "destinationRule",
          Xds.text(rule.sources().getFirst().namespace() + "/" + rule.sources().getFirst().name()));
    }
    return Metadata.newBuilder()
        .putFilterMetadata("istio", Xds.struct(istio))
        .putFilterMetadata(Xds.PROVENANCE, Struct.newBuilder().putAllFields(own).build())
        .build();
  }

  private void discovery(
      QueryContext context,
      Cluster.Builder cluster,
      Scope scope,
      MeshService service,
      @Nullable LoadBalancer balancer,
      AssignmentOf of) {
    boolean passthrough =
        balancer != null
            && balancer.lbPolicy() instanceof LbPolicy.Simple(SimpleLb simple)
            && simple == SimpleLb.PASSTHROUGH;
    // DEVIATION: a headless service gets its endpoints over EDS; Istio's default for sidecars is
    // ORIGINAL_DST, which needs redirected connections.
    Resolution resolution = service.resolution();
    if (passthrough || (resolution == Resolution.ORIGINAL && !scope.router())) {
      cluster.setType(DiscoveryType.ORIGINAL_DST).setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED);
      return;
    }
    switch (resolution) {
      case EDS, ORIGINAL ->
          cluster
              .setType(DiscoveryType.EDS)
              .setEdsClusterConfig(
                  Cluster.EdsClusterConfig.newBuilder()
                      .setEdsConfig(Xds.ads())
                      .setServiceName(cluster.getName()));
      case DNS -> dns(context, cluster, DiscoveryType.STRICT_DNS, of);
      case DNS_ROUND_ROBIN -> dns(context, cluster, DiscoveryType.LOGICAL_DNS, of);
    }
  }

  private void dns(
      QueryContext context, Cluster.Builder cluster, DiscoveryType type, AssignmentOf of) {
    Duration refresh = settings.config().dnsRefreshRate();
    cluster
        .setType(type)
        .setDnsLookupFamily(Cluster.DnsLookupFamily.V4_ONLY)
        .setDnsRefreshRate(Xds.duration(refresh == null ? Duration.ofSeconds(60) : refresh))
        .setRespectDnsTtl(true)
        .setLoadAssignment(assigned(context, of, null, Vantage.ANYWHERE));
  }

  private static void balancing(
      Cluster.Builder cluster, Scope scope, @Nullable LoadBalancer balancer) {
    LbPolicy policy = balancer == null ? null : balancer.lbPolicy();
    switch (policy) {
      case null ->
          cluster.setLbPolicy(
              scope.viewer().serviceNetwork()
                  ? Cluster.LbPolicy.ROUND_ROBIN
                  : Cluster.LbPolicy.LEAST_REQUEST);
      case LbPolicy.Simple(SimpleLb simple) -> cluster.setLbPolicy(simple(simple));
      case LbPolicy.ConsistentHash(ConsistentHashLb hash) -> hashing(cluster, hash);
    }
    if (balancer != null) {
      warmup(cluster, balancer);
    }
  }

  private static Cluster.LbPolicy simple(SimpleLb simple) {
    return switch (simple) {
      case UNSPECIFIED, LEAST_CONN, LEAST_REQUEST -> Cluster.LbPolicy.LEAST_REQUEST;
      case RANDOM -> Cluster.LbPolicy.RANDOM;
      case ROUND_ROBIN -> Cluster.LbPolicy.ROUND_ROBIN;
      case PASSTHROUGH -> Cluster.LbPolicy.CLUSTER_PROVIDED;
    };
  }

  private static void hashing(Cluster.Builder cluster, ConsistentHashLb hash) {
    switch (hash.hashAlgorithm()) {
      case HashAlgorithm.InTable(var maglev) -> {
        cluster.setLbPolicy(Cluster.LbPolicy.MAGLEV);
        if (maglev.tableSize() > 0) {
          cluster.setMaglevLbConfig(
              Cluster.MaglevLbConfig.newBuilder()
                  .setTableSize(com.google.protobuf.UInt64Value.of(maglev.tableSize())));
        }
      }
      case HashAlgorithm.OnRing(var ring) -> ring(cluster, ring.minimumRingSize());
      case null -> ring(cluster, hash.minimumRingSize());
    }
  }

  private static void ring(Cluster.Builder cluster, long minimum) {
    long size = minimum == 0 ? 1024 : minimum;
    cluster
        .setLbPolicy(Cluster.LbPolicy.RING_HASH)
        .setRingHashLbConfig(
            Cluster.RingHashLbConfig.newBuilder()
                .setMinimumRingSize(com.google.protobuf.UInt64Value.of(size)));
  }

  private static void warmup(Cluster.Builder cluster, LoadBalancer balancer) {
    Warmup warmup = balancer.warmup();
    Duration window = warmup == null ? balancer.warmupDurationSecs() : warmup.duration();
    if (window == null) {
      return;
    }
    Cluster.SlowStartConfig.Builder slow =
        Cluster.SlowStartConfig.newBuilder().setSlowStartWindow(Xds.duration(window));
    if (warmup != null && warmup.aggression() != null) {
      slow.setAggression(RuntimeDouble.newBuilder().setDefaultValue(warmup.aggression()));
    }
    if (warmup != null && warmup.minimumPercent() != null) {
      slow.setMinWeightPercent(Percent.newBuilder().setValue(warmup.minimumPercent()));
    }
    if (cluster.getLbPolicy() == Cluster.LbPolicy.ROUND_ROBIN) {
      cluster.setRoundRobinLbConfig(
          Cluster.RoundRobinLbConfig.newBuilder().setSlowStartConfig(slow));
    } else if (cluster.getLbPolicy() == Cluster.LbPolicy.LEAST_REQUEST) {
      cluster.setLeastRequestLbConfig(
          Cluster.LeastRequestLbConfig.newBuilder().setSlowStartConfig(slow));
    }
  }

  private static void outliers(Cluster.Builder cluster, OutlierDetection outlier) {
    io.envoyproxy.envoy.config.cluster.v3.OutlierDetection.Builder out =
        io.envoyproxy.envoy.config.cluster.v3.OutlierDetection.newBuilder()
            .setEnforcingSuccessRate(Xds.uint(0));
    if (outlier.consecutive5xxErrors() != null) {
      long errors = outlier.consecutive5xxErrors();
      out.setConsecutive5Xx(Xds.uint(errors)).setEnforcingConsecutive5Xx(Xds.uint(enforce(errors)));
    }
    if (outlier.consecutiveGatewayErrors() != null) {
      long errors = outlier.consecutiveGatewayErrors();
      out.setConsecutiveGatewayFailure(Xds.uint(errors))
          .setEnforcingConsecutiveGatewayFailure(Xds.uint(enforce(errors)));
    }
    if (outlier.interval() != null) {
      out.setInterval(Xds.duration(outlier.interval()));
    }
    if (outlier.baseEjectionTime() != null) {
      out.setBaseEjectionTime(Xds.duration(outlier.baseEjectionTime()));
    }
    if (outlier.maxEjectionPercent() > 0) {
      out.setMaxEjectionPercent(Xds.uint(outlier.maxEjectionPercent()));
    }
    if (outlier.splitExternalLocalOriginErrors()) {
      out.setSplitExternalLocalOriginErrors(true);
      if (outlier.consecutiveLocalOriginFailures() != null) {
        out.setConsecutiveLocalOriginFailure(Xds.uint(outlier.consecutiveLocalOriginFailures()))
            .setEnforcingConsecutiveLocalOriginFailure(Xds.uint(100));
      }
      out.setEnforcingLocalOriginSuccessRate(Xds.uint(0));
    }
    cluster
        .setOutlierDetection(out)
        .getCommonLbConfigBuilder()
        .setHealthyPanicThreshold(
            Percent.newBuilder().setValue(Math.max(0, outlier.minHealthPercent())));
  }

  private static long enforce(long errors) {
    return errors > 0 ? 100 : 0;
  }

  private XdsResource computeAssignment(QueryContext context, AssignmentOf of) {
    ClusterLoadAssignment built = assigned(context, of, null, Vantage.ANYWHERE);
    return Xds.resource(ResourceType.ENDPOINT, of.cluster(), built);
  }

  private ClusterLoadAssignment assigned(
      QueryContext context, AssignmentOf of, @Nullable Plan plan, Vantage from) {
    return Assignments.of(
        of.cluster(),
        registry.endpoints(context, of.service()),
        of.port(),
        of.labels(),
        plan,
        from);
  }

  /** A ranked assignment, or the cluster that carries it inside. */
  private XdsResource computePlaced(QueryContext context, Placed placed) {
    ClusterLoadAssignment built =
        assigned(context, placed.what().of(), placed.what().plan(), placed.from());
    XdsResource carrier = placed.what().cluster();
    return carrier == null
        ? Xds.resource(ResourceType.ENDPOINT, built.getClusterName(), built)
        : Xds.resource(
            ResourceType.CLUSTER,
            carrier.name(),
            Xds.unpack(carrier, Cluster.parser()).toBuilder().setLoadAssignment(built).build());
  }
}
