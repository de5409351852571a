package dev.layar.compiler.build;

import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.MeshService.Endpoint;
import dev.layar.compiler.registry.MeshService.Locality;
import dev.layar.compiler.registry.Registry;
import dev.layar.compiler.registry.Topology;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.DestinationRule;
import dev.layar.model.istio.DestinationRule.Distribute;
import dev.layar.model.istio.DestinationRule.Failover;
import dev.layar.model.istio.DestinationRule.LoadBalancer;
import dev.layar.model.istio.DestinationRule.LocalityLb;
import dev.layar.model.istio.DestinationRule.Subset;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.k8s.Node;
import dev.layar.model.k8s.Service;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Which endpoints are preferred for being near (Istio {@code loadbalancer/loadbalancer.go}). One
 * per compiler; it holds no state, only the queries' definitions.
 *
 * <p>Implementation notes. Where a caller is, is no part of its {@link Scope}: only what a {@link
 * Plan} ranks depends on it, and callers at the same {@link Vantage} share that too. As long as no
 * object of the mesh asks for any ranking there is one vantage for all.
 */
final class Localities {
  /**
   * From where endpoints are ranked.
   *
   * @param labels those of the caller's labels that some priority compares
   */
  record Vantage(Locality where, Map<String, String> labels) {
    /** Of everyone while nothing is ranked. */
    static final Vantage ANYWHERE = new Vantage(Locality.UNKNOWN, Map.of());

    Vantage {
      labels = Collections.unmodifiableMap(new TreeMap<>(labels));
    }
  }

  /** How the endpoints of one cluster are ranked; one of distribute and the others has effect. */
  record Plan(List<Distribute> distribute, List<Failover> failover, List<String> priorities) {}

  /** Endpoints of one locality and priority, with the share that the locality gets. */
  record Group(Locality locality, List<Endpoint> endpoints, int priority, long weight) {
    static Group of(Locality locality, List<Endpoint> endpoints, int priority) {
      long weight = endpoints.stream().mapToLong(Endpoint::weight).sum();
      return new Group(locality, List.copyOf(endpoints), priority, weight);
    }
  }

  private static final String ALL = "all";
  private static final List<String> SAME_ZONE =
      List.of(Topology.NETWORK, Node.REGION_LABEL, Node.ZONE_LABEL);
  private static final List<String> SAME_NODE =
      List.of(
          Topology.NETWORK,
          Node.REGION_LABEL,
          Node.ZONE_LABEL,
          Node.SUBZONE_LABEL,
          Topology.HOSTNAME);

  private final Registry registry;
  private final Index<ObjectKey, Resource<?>, String> askers;
  private final Query<ObjectKey, List<String>> asked =
      new Query<>("rankingLabels", Localities::computeAsked);
  private final Query<String, List<String>> allAsked =
      new Query<>("allRankingLabels", this::computeAllAsked);

  Localities(Registry registry, Comparator<ObjectKey> order) {
    this.registry = registry;
    this.askers =
        new Index<>(
            "rankers",
            MeshObjects.OBJECTS,
            order,
            (key, object) -> ranks(object) ? List.of(ALL) : List.of());
  }

  /** Every index that these queries read, for the engine. */
  List<Index<?, ?, ?>> indexes() {
    return List.of(askers);
  }

  /**
   * Where a caller is, as far as it matters.
   *
   * @param where as the caller says; the pod's when it does not know
   * @param labels all of the caller's labels
   */
  Vantage vantage(
      QueryContext context,
      Locality where,
      ObjectKey pod,
      Map<String, String> labels,
      String node,
      String network) {
    if (context.keys(askers, ALL).isEmpty()) {
      return Vantage.ANYWHERE;
    }
    Locality at = where.equals(Locality.UNKNOWN) ? registry.localityOfPod(context, pod) : where;
    Map<String, String> compared = new TreeMap<>(Topology.augmented(labels, at, node, network));
    compared.keySet().retainAll(context.get(allAsked, ALL));
    return new Vantage(at, compared);
  }

  private static boolean ranks(Resource<?> object) {
    return switch (object.spec()) {
      case DestinationRule rule ->
          policies(rule).anyMatch(policy -> policy.outliers() || policy.setting() != null);
      case Service service ->
          !service.spec().trafficDistribution().isEmpty()
              || object.metadata().annotations().containsKey(MeshService.DISTRIBUTION);
      case ServiceEntry entry ->
          object.metadata().annotations().containsKey(MeshService.DISTRIBUTION);
      default -> false;
    };
  }

  /** The part of a policy that ranks endpoints. */
  private record Ranking(@Nullable LocalityLb setting, boolean outliers) {}

  private static Stream<Ranking> policies(DestinationRule rule) {
    return Stream.concat(
            Stream.ofNullable(rule.trafficPolicy()),
            rule.subsets().stream().map(Subset::trafficPolicy).filter(p -> p != null))
        .flatMap(Localities::rankings);
  }

  private static Stream<Ranking> rankings(TrafficPolicy policy) {
    return Stream.concat(
        Stream.of(new Ranking(setting(policy.loadBalancer()), policy.outlierDetection() != null)),
        policy.portLevelSettings().stream()
            .map(
                port ->
                    new Ranking(setting(port.loadBalancer()), port.outlierDetection() != null)));
  }

  private static @Nullable LocalityLb setting(@Nullable LoadBalancer balancer) {
    return balancer == null ? null : balancer.localityLbSetting();
  }

  private static List<String> computeAsked(QueryContext context, ObjectKey key) {
    Resource<?> object = context.read(MeshObjects.OBJECTS, key);
    Set<String> labels = new TreeSet<>();
    if (object != null && object.spec() instanceof DestinationRule rule) {
      policies(rule)
          .map(Ranking::setting)
          .filter(setting -> setting != null)
          .flatMap(setting -> setting.failoverPriority().stream())
          .forEach(label -> labels.add(key(label)));
    } else if (object != null) {
      labels.addAll(SAME_NODE);
    }
    return List.copyOf(labels);
  }

  private List<String> computeAllAsked(QueryContext context, String group) {
    Set<String> labels = new TreeSet<>();
    for (ObjectKey key : context.keys(askers, group)) {
      labels.addAll(context.get(asked, key));
    }
    return List.copyOf(labels);
  }

  /**
   * The plan of a cluster, or null when its endpoints are not ranked: the rule's setting, else the
   * service's, else the mesh's; {@code enabled: false} on a level ends the search there.
   *
   * @param outliers whether the cluster ejects endpoints, without which no priority would ever be
   *     left
   */
  static @Nullable Plan plan(
      @Nullable LoadBalancer rule, MeshService service, LocalityLb mesh, boolean outliers) {
    LocalityLb own = setting(rule);
    if (own != null) {
      return plan(own, outliers);
    }
    return switch (service.nearness()) {
      case ZONE -> new Plan(List.of(), List.of(), SAME_ZONE);
      case NODE -> new Plan(List.of(), List.of(), SAME_NODE);
      case ANY -> plan(mesh, outliers);
    };
  }

  private static @Nullable Plan plan(LocalityLb setting, boolean outliers) {
    boolean off = setting.enabled() != null && !setting.enabled();
    if (off || (setting.distribute().isEmpty() && !outliers)) {
      return null;
    }
    return new Plan(setting.distribute(), setting.failover(), setting.failoverPriority());
  }

  /**
   * Whether the localities' weights count in Envoy; otherwise they would only disturb least request
   * (Istio {@code cluster_traffic_policy.go:applyLocalityLoadBalancer}).
   */
  static boolean weighted(@Nullable Plan plan) {
    return plan != null
        && !(plan.distribute().isEmpty()
            && plan.failover().isEmpty()
            && plan.priorities().isEmpty());
  }

  /** Groups by locality as one caller should use them. */
  static List<Group> ranked(List<Group> groups, Plan plan, Vantage from) {
    if (!plan.distribute().isEmpty()) {
      return distributed(groups, plan.distribute(), from.where());
    }
    List<Group> ranked = groups;
    if (!plan.priorities().isEmpty()) {
      ranked = compacted(byLabels(groups, plan.priorities(), from.labels()));
    }
    if (plan.priorities().isEmpty() || !plan.failover().isEmpty()) {
      ranked = compacted(byLocality(ranked, plan.failover(), from.where()));
    }
    return ranked;
  }

  /** Shares of the first entry for the caller's locality; what no pattern covers gets nothing. */
  private static List<Group> distributed(
      List<Group> groups, List<Distribute> distribute, Locality from) {
    for (Distribute entry : distribute) {
      if (covers(entry.from(), from)) {
        return shared(groups, entry.to());
      }
    }
    return groups;
  }

  private static List<Group> shared(List<Group> groups, Map<String, Integer> shares) {
    List<Group> left = new ArrayList<>(groups);
    List<Group> out = new ArrayList<>();
    for (String pattern : narrowFirst(shares.keySet())) {
      List<Group> covered =
          left.stream().filter(group -> covers(pattern, group.locality())).toList();
      left.removeAll(covered);
      long total = covered.stream().mapToLong(Group::weight).sum();
      for (Group group : covered) {
        long weight = Math.ceilDiv(group.weight() * shares.getOrDefault(pattern, 0), total);
        if (weight > 0) {
          out.add(new Group(group.locality(), group.endpoints(), group.priority(), weight));
        }
      }
    }
    return out;
  }

  /** Patterns that overlap are refused by validation; where they got through, the longer wins. */
  private static List<String> narrowFirst(Set<String> patterns) {
    return patterns.stream()
        .sorted(Comparator.comparing(String::length).reversed().thenComparing(p -> p))
        .toList();
  }

  /** Whether a pattern {@code region/zone/subzone}, with {@code *} for the rest, covers it. */
  private static boolean covers(String pattern, Locality locality) {
    Locality wanted = Locality.parse(pattern);
    return (wanted.region().equals("*") || wanted.region().equals(locality.region()))
        && covered(wanted.zone(), locality.zone())
        && covered(wanted.subZone(), locality.subZone());
  }

  private static boolean covered(String wanted, String actual) {
    return wanted.isEmpty() || wanted.equals("*") || wanted.equals(actual);
  }

  private static List<Group> byLocality(
      List<Group> groups, List<Failover> failover, Locality from) {
    return groups.stream()
        .map(
            group ->
                new Group(
                    group.locality(),
                    group.endpoints(),
                    group.priority() * 5 + distance(from, group.locality(), failover),
                    group.weight()))
        .toList();
  }

  /** 0 the same, 1 the same zone, 2 the same region, 3 elsewhere, 4 not where it fails over to. */
  private static int distance(Locality from, Locality to, List<Failover> failover) {
    if (from.region().equals(to.region())) {
      if (!from.zone().equals(to.zone())) {
        return 2;
      }
      return from.subZone().equals(to.subZone()) ? 0 : 1;
    }
    for (Failover entry : failover) {
      if (entry.from().equals(from.region())) {
        return entry.to().equals(to.region()) ? 3 : 4;
      }
    }
    return 3;
  }

  private static List<Group> byLabels(
      List<Group> groups, List<String> priorities, Map<String, String> caller) {
    List<Group> out = new ArrayList<>();
    for (Group group : groups) {
      Map<Integer, List<Endpoint>> split = new TreeMap<>();
      for (Endpoint endpoint : group.endpoints()) {
        split
            .computeIfAbsent(rank(endpoint, priorities, caller), r -> new ArrayList<>())
            .add(endpoint);
      }
      split.forEach((rank, endpoints) -> out.add(Group.of(group.locality(), endpoints, rank)));
    }
    return out;
  }

  /**
   * The later the first label that differs, the better. A first label for the network does not end
   * the comparison: whatever lies in another network comes after all of the own one.
   */
  private static int rank(Endpoint endpoint, List<String> priorities, Map<String, String> caller) {
    int worse = 0;
    for (int i = 0; i < priorities.size(); i++) {
      String key = key(priorities.get(i));
      String wanted =
          priorities.get(i).length() > key.length()
              ? priorities.get(i).substring(key.length() + 1)
              : caller.getOrDefault(key, "");
      if (!wanted.equals(endpoint.labels().getOrDefault(key, ""))) {
        if (i > 0 || !key.equals(Topology.NETWORK)) {
          return worse + priorities.size() - i;
        }
        worse = priorities.size();
      }
    }
    return worse;
  }

  private static String key(String priority) {
    int equals = priority.indexOf('=');
    return equals < 0 ? priority : priority.substring(0, equals);
  }

  /** The same order of priorities without gaps, which Envoy demands. */
  private static List<Group> compacted(List<Group> groups) {
    Map<Integer, Integer> places = new LinkedHashMap<>();
    groups.stream()
        .map(Group::priority)
        .distinct()
        .sorted()
        .forEach(priority -> places.put(priority, places.size()));
    return groups.stream()
        .map(
            group ->
                new Group(
                    group.locality(),
                    group.endpoints(),
                    places.getOrDefault(group.priority(), 0),
                    group.weight()))
        .toList();
  }
}
