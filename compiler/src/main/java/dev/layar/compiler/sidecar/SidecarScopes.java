package dev.layar.compiler.sidecar;

import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.Age;
import dev.layar.compiler.registry.Audience;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.Destination;
import dev.layar.model.istio.Sidecar;
import dev.layar.model.istio.Sidecar.OutboundTrafficPolicy;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.HttpRoute;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Queries for the one Sidecar of a workload and what it imports. One per compiler; it holds no
 * state, only the queries' definitions.
 */
public final class SidecarScopes {
  /** A Sidecar as it acts on workloads of a namespace, which for a mesh-wide one is another. */
  private record Acting(ObjectKey sidecar, String namespace) {}

  /** Whom a Sidecar is for. */
  private record Head(ObjectKey key, Age age, Map<String, String> selector, boolean selects) {}

  /** Where a VirtualService applies, and the hosts that it sends calls to. */
  private record Route(
      String namespace, Audience exportTo, List<String> hosts, Set<String> destinations) {}

  private static final String ALL = "all";

  private final String domain;
  private final String rootNamespace;
  private final Index<ObjectKey, Resource<?>, String> byNamespace;
  private final Index<ObjectKey, Resource<?>, String> meshRules;
  private final Query<ObjectKey, Head> heads = new Query<>("sidecarHead", SidecarScopes::head);
  private final Query<String, List<Head>> headsIn = new Query<>("sidecarsOf", this::computeHeadsIn);
  private final Query<Acting, Imports> imports = new Query<>("imports", this::computeImports);
  private final Query<ObjectKey, Route> routes = new Query<>("ruleDestinations", this::route);
  private final Query<ObjectKey, Optional<OutboundTrafficPolicy>> outbound =
      new Query<>("sidecarOutbound", SidecarScopes::computeOutbound);

  public SidecarScopes(String domain, String rootNamespace, Comparator<ObjectKey> order) {
    this.domain = domain;
    this.rootNamespace = rootNamespace;
    this.byNamespace =
        new Index<>(
            "sidecarsByNamespace",
            MeshObjects.OBJECTS,
            order,
            (key, object) ->
                key.kind().equals(Kinds.SIDECAR) ? List.of(key.namespace()) : List.of());
    this.meshRules =
        new Index<>(
            "rulesThatImport",
            MeshObjects.OBJECTS,
            order,
            (key, object) ->
                object.spec() instanceof VirtualService vs && vs.appliesToMesh()
                    ? List.of(ALL)
                    : List.of());
  }

  /** Every index that these queries read, for the engine. */
  public List<Index<?, ?, ?>> indexes() {
    return List.of(byNamespace, meshRules);
  }

  /**
   * The Sidecar of a workload: the oldest of its namespace that selects it, else the oldest there
   * without selector, else the oldest without selector of the root namespace. Sidecars are not
   * merged.
   */
  public Optional<ObjectKey> of(
      QueryContext context, String namespace, Map<String, String> labels) {
    List<Head> own = context.get(headsIn, namespace);
    return own.stream()
        .filter(Head::selects)
        .filter(head -> labels.entrySet().containsAll(head.selector().entrySet()))
        .findFirst()
        .or(() -> own.stream().filter(head -> !head.selects()).findFirst())
        .or(
            () ->
                context.get(headsIn, rootNamespace).stream()
                    .filter(head -> !head.selects())
                    .findFirst())
        .map(Head::key);
  }

  /** What a Sidecar imports for workloads of a namespace. */
  public Imports imports(QueryContext context, ObjectKey sidecar, String namespace) {
    return context.get(imports, new Acting(sidecar, namespace));
  }

  /** What a Sidecar says of unknown destinations; absent when it leaves that to the mesh. */
  public Optional<OutboundTrafficPolicy> outbound(QueryContext context, ObjectKey sidecar) {
    return context.get(outbound, sidecar);
  }

  private static Optional<OutboundTrafficPolicy> computeOutbound(
      QueryContext context, ObjectKey key) {
    return Optional.ofNullable(read(context, key).spec().outboundTrafficPolicy());
  }

  private static Resource<Sidecar> read(QueryContext context, ObjectKey key) {
    Resource<Sidecar> sidecar = MeshObjects.read(context, key, Sidecar.class);
    if (sidecar == null) {
      throw new IllegalStateException(key + " was found and is not there");
    }
    return sidecar;
  }

  private static Head head(QueryContext context, ObjectKey key) {
    Resource<Sidecar> sidecar = read(context, key);
    var selector = sidecar.spec().workloadSelector();
    return new Head(
        key,
        Age.of(sidecar.metadata()),
        selector == null ? Map.of() : selector.labels(),
        selector != null && !selector.labels().isEmpty());
  }

  /** The oldest first. */
  private List<Head> computeHeadsIn(QueryContext context, String namespace) {
    List<Head> found = new ArrayList<>();
    context.keys(byNamespace, namespace).forEach(key -> found.add(context.get(heads, key)));
    found.sort(Comparator.comparing(Head::age));
    return List.copyOf(found);
  }

  private Imports computeImports(QueryContext context, Acting acting) {
    Sidecar spec = read(context, acting.sidecar()).spec();
    if (spec.egress().isEmpty()) {
      return Imports.ALL;
    }
    List<String> hosts = spec.egress().stream().flatMap(e -> e.hosts().stream()).toList();
    Imports listed = Imports.of(hosts, acting.namespace());
    Set<String> routed = new TreeSet<>();
    for (ObjectKey key : context.keys(meshRules, ALL)) {
      Route route = context.get(routes, key);
      if (route.exportTo().includes(acting.namespace())
          && listed.rules(route.namespace(), route.hosts())) {
        routed.addAll(route.destinations());
      }
    }
    return listed.withRouted(routed);
  }

  private Route route(QueryContext context, ObjectKey key) {
    Resource<VirtualService> vs = MeshObjects.read(context, key, VirtualService.class);
    if (vs == null) {
      throw new IllegalStateException(key + " was found and is not there");
    }
    VirtualService spec = vs.spec();
    Set<String> destinations = new TreeSet<>();
    destinations(spec)
        .forEach(d -> destinations.add(HostNames.resolve(d.host(), key.namespace(), domain)));
    return new Route(
        key.namespace(),
        Audience.of(spec.exportTo(), key.namespace()),
        spec.hosts().stream().map(h -> HostNames.resolve(h, key.namespace(), domain)).toList(),
        Collections.unmodifiableSet(destinations));
  }

  private static List<Destination> destinations(VirtualService spec) {
    List<Destination> all = new ArrayList<>();
    for (HttpRoute rule : spec.http()) {
      rule.route().forEach(r -> all.add(r.destination()));
      rule.mirrors().forEach(m -> all.add(m.destination()));
      if (rule.mirror() != null) {
        all.add(rule.mirror());
      }
    }
    spec.tls().forEach(rule -> rule.route().forEach(r -> all.add(r.destination())));
    spec.tcp().forEach(rule -> rule.route().forEach(r -> all.add(r.destination())));
    return all;
  }
}
