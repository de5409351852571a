package dev.layar.compiler.build;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.Age;
import dev.layar.compiler.registry.Audience;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.compiler.registry.Registry;
import dev.layar.compiler.registry.Registry.Viewer;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.DestinationRule;
import dev.layar.model.istio.VirtualService;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BiFunction;

/**
 * Queries for which VirtualService governs what. One per compiler; it holds no state, only the
 * queries' definitions.
 *
 * <p>Implementation notes. On sidecars one VirtualService owns a host: the most specific host
 * first, and among equal hosts those private to the caller's namespace, then those exported to it
 * by name, then public ones, each by {@link Age}; nothing is merged (Istio {@code
 * virtualservice.go:SelectVirtualServices}). What is read of an object here is its {@link Head}, so
 * that an edit of its rules touches nothing that only asked for the owner.
 */
public final class Rules {
  /** The part of a VirtualService that decides where it applies. */
  public record Head(
      ObjectKey key, Age age, Audience exportTo, List<String> hosts, boolean merged) {
    /** The hosts, resolved to full names. */
    public Head {
      hosts = List.copyOf(hosts);
    }
  }

  /** A host that has rules and no service. */
  public record VirtualName(String host, ObjectKey rules) {}

  private record HostFor(Viewer viewer, String host) {}

  private static final String ALL = "all";

  private final String domain;
  private final List<String> exportTo;
  private final Registry registry;
  private final Index<ObjectKey, Resource<?>, String> meshByHost;
  private final Index<ObjectKey, Resource<?>, String> mesh;
  private final Index<ObjectKey, Resource<?>, String> byGateway;
  private final Index<ObjectKey, Resource<?>, String> selecting;

  private final Query<ObjectKey, Optional<Head>> heads = new Query<>("ruleHead", this::computeHead);
  private final Query<HostFor, Optional<ObjectKey>> owners =
      new Query<>("ruleOwner", this::computeOwner);
  private final Query<Viewer, List<VirtualName>> virtualNames =
      new Query<>("virtualNames", this::computeVirtualNames);
  private final Query<ObjectKey, List<String>> askedLabels =
      new Query<>("askedLabels", Rules::computeAskedLabels);
  private final Query<String, List<String>> allAskedLabels =
      new Query<>("allAskedLabels", this::computeAllAskedLabels);

  public Rules(MeshSettings settings, Registry registry, Comparator<ObjectKey> order) {
    this.domain = settings.domain();
    this.exportTo = settings.config().defaultVirtualServiceExportTo();
    this.registry = registry;
    this.meshByHost =
        index(
            "meshRulesByHost",
            order,
            (key, vs) -> vs.appliesToMesh() ? hostsOf(vs, key.namespace()) : List.of());
    this.mesh =
        index("meshRules", order, (key, vs) -> vs.appliesToMesh() ? List.of(ALL) : List.of());
    this.byGateway = index("rulesByGateway", order, (key, vs) -> gatewaysOf(vs, key.namespace()));
    this.selecting =
        new Index<>(
            "labelAskers",
            MeshObjects.OBJECTS,
            order,
            (key, object) -> labelsAskedBy(object).isEmpty() ? List.of() : List.of(ALL));
  }

  private static Index<ObjectKey, Resource<?>, String> index(
      String name,
      Comparator<ObjectKey> order,
      BiFunction<ObjectKey, VirtualService, Collection<String>> groups) {
    return new Index<>(
        name,
        MeshObjects.OBJECTS,
        order,
        (key, object) ->
            object.spec() instanceof VirtualService vs ? groups.apply(key, vs) : List.of());
  }

  /** Every index that these queries read, for the engine. */
  public List<Index<?, ?, ?>> indexes() {
    return List.of(meshByHost, mesh, byGateway, selecting);
  }

  /** The VirtualService that governs calls from a viewer's sidecars to a host. */
  public Optional<ObjectKey> owner(QueryContext context, Viewer viewer, String host) {
    return context.get(owners, new HostFor(viewer, host));
  }

  /**
   * Every VirtualService for sidecars whose hosts overlap with a host, those nearest to the caller
   * first, then by {@link Age}: rules for TLS and TCP of all of them count, other than for HTTP.
   */
  List<ObjectKey> concerning(QueryContext context, Viewer viewer, String host) {
    Set<ObjectKey> keys = new LinkedHashSet<>(context.keys(meshByHost, host));
    HostNames.wildcardsOver(host).forEach(over -> keys.addAll(context.keys(meshByHost, over)));
    if (HostNames.isWildcard(host)) {
      keys.addAll(context.keys(mesh, ALL));
    }
    return keys.stream()
        .flatMap(key -> context.get(heads, key).stream())
        .filter(head -> acts(context, head, viewer))
        .filter(head -> head.hosts().stream().anyMatch(own -> HostNames.overlap(own, host)))
        .sorted(byNearness(viewer.namespace()))
        .map(Head::key)
        .toList();
  }

  /**
   * The VirtualServices whose rules for a host count together, in order: the owner alone unless it
   * and others of the same host want to be merged.
   */
  List<ObjectKey> owners(QueryContext context, Viewer viewer, String host) {
    ObjectKey owner = owner(context, viewer, host).orElse(null);
    if (owner == null) {
      return List.of();
    }
    Head head = context.get(heads, owner).orElse(null);
    if (head == null || !head.merged()) {
      return List.of(owner);
    }
    String own = head.hosts().contains(host) ? host : widest(context, viewer, host);
    return context.keys(meshByHost, own).stream()
        .flatMap(key -> context.get(heads, key).stream())
        .filter(other -> other.merged() && acts(context, other, viewer))
        .sorted(byNearness(viewer.namespace()))
        .map(Head::key)
        .toList();
  }

  /** The wildcard by which a host has its owner. */
  private String widest(QueryContext context, Viewer viewer, String host) {
    return HostNames.wildcardsOver(host).stream()
        .filter(wildcard -> firstFor(context, viewer, wildcard).isPresent())
        .findFirst()
        .orElse(host);
  }

  /** Hosts that have rules for sidecars of a namespace but are no service, sorted by host. */
  public List<VirtualName> virtualNames(QueryContext context, Viewer viewer) {
    return context.get(virtualNames, viewer);
  }

  /** The VirtualServices bound to a Gateway that a namespace may see, the oldest first. */
  public List<Head> boundTo(QueryContext context, ObjectKey gateway, String namespace) {
    List<Head> bound = new ArrayList<>();
    for (ObjectKey key : context.keys(byGateway, gateway.namespace() + "/" + gateway.name())) {
      context.get(heads, key).filter(h -> h.exportTo().includes(namespace)).ifPresent(bound::add);
    }
    bound.sort(Comparator.comparing(Head::age));
    return bound;
  }

  /** The label keys that any rule asks callers about, sorted. */
  public List<String> askedLabels(QueryContext context) {
    return context.get(allAskedLabels, ALL);
  }

  /** A VirtualService's gateways as {@code namespace/name}, {@code mesh} left out. */
  static Set<String> gatewaysOf(VirtualService vs, String namespace) {
    return gatewayNames(vs.gateways(), namespace);
  }

  /**
   * Gateway names as {@code namespace/name}: {@code name} and {@code ./name} are of the own
   * namespace, and {@code name.namespace.svc.…} is an old way to write {@code namespace/name}.
   */
  static Set<String> gatewayNames(Collection<String> names, String namespace) {
    Set<String> resolved = new LinkedHashSet<>();
    for (String name : names) {
      if (!name.equals(VirtualService.MESH)) {
        resolved.add(gatewayName(name, namespace));
      }
    }
    return resolved;
  }

  private static String gatewayName(String name, String namespace) {
    if (name.startsWith("./")) {
      return namespace + name.substring(1);
    }
    if (name.contains("/")) {
      return name;
    }
    String[] parts = name.split("\\.", 3);
    return parts.length > 1 ? parts[1] + "/" + parts[0] : namespace + "/" + name;
  }

  private List<String> hostsOf(VirtualService vs, String namespace) {
    return vs.hosts().stream().map(h -> HostNames.resolve(h, namespace, domain)).toList();
  }

  private Optional<Head> computeHead(QueryContext context, ObjectKey key) {
    Resource<VirtualService> vs = MeshObjects.read(context, key, VirtualService.class);
    return vs == null
        ? Optional.empty()
        : Optional.of(
            new Head(
                key,
                Age.of(vs.metadata()),
                Audience.of(vs.spec().exportTo(), exportTo, key.namespace()),
                hostsOf(vs.spec(), key.namespace()),
                OptIns.isMerged(vs.metadata())));
  }

  private Optional<ObjectKey> computeOwner(QueryContext context, HostFor wanted) {
    Optional<ObjectKey> exact = firstFor(context, wanted.viewer(), wanted.host());
    if (exact.isPresent()) {
      return exact;
    }
    for (String wildcard : HostNames.wildcardsOver(wanted.host())) {
      Optional<ObjectKey> owner = firstFor(context, wanted.viewer(), wildcard);
      if (owner.isPresent()) {
        return owner;
      }
    }
    return Optional.empty();
  }

  private Optional<ObjectKey> firstFor(QueryContext context, Viewer viewer, String host) {
    return context.keys(meshByHost, host).stream()
        .flatMap(key -> context.get(heads, key).stream())
        .filter(head -> acts(context, head, viewer))
        .min(byNearness(viewer.namespace()))
        .map(Head::key);
  }

  private boolean acts(QueryContext context, Head head, Viewer viewer) {
    return head.exportTo().includes(viewer.namespace())
        && registry.imports(context, viewer).rules(head.key().namespace(), head.hosts());
  }

  private static Comparator<Head> byNearness(String namespace) {
    return Comparator.<Head>comparingInt(
            head -> head.exportTo().isPrivateTo(namespace) ? 0 : head.exportTo().everyone() ? 2 : 1)
        .thenComparing(Head::age);
  }

  private List<VirtualName> computeVirtualNames(QueryContext context, Viewer viewer) {
    if (viewer.serviceNetwork()) {
      return List.of();
    }
    Set<String> hosts = new TreeSet<>();
    for (ObjectKey key : context.keys(mesh, ALL)) {
      context
          .get(heads, key)
          .filter(head -> acts(context, head, viewer))
          .ifPresent(head -> hosts.addAll(head.hosts()));
    }
    List<String> catalog = registry.catalog(context, viewer);
    List<VirtualName> names = new ArrayList<>();
    for (String host : hosts) {
      boolean known =
          HostNames.isWildcard(host)
              ? catalog.stream().anyMatch(service -> HostNames.covers(host, service))
              : registry.service(context, viewer, host).isPresent();
      if (!known) {
        firstFor(context, viewer, host).ifPresent(key -> names.add(new VirtualName(host, key)));
      }
    }
    return List.copyOf(names);
  }

  private static Set<String> labelsAskedBy(Resource<?> object) {
    Set<String> labels = new TreeSet<>();
    if (object.spec() instanceof VirtualService vs) {
      vs.http().stream()
          .flatMap(rule -> rule.match().stream())
          .forEach(match -> labels.addAll(match.sourceLabels().keySet()));
      vs.tls().stream()
          .flatMap(rule -> rule.match().stream())
          .forEach(match -> labels.addAll(match.sourceLabels().keySet()));
      vs.tcp().stream()
          .flatMap(rule -> rule.match().stream())
          .forEach(match -> labels.addAll(match.sourceLabels().keySet()));
    } else if (object.spec() instanceof DestinationRule rule && rule.workloadSelector() != null) {
      labels.addAll(rule.workloadSelector().matchLabels().keySet());
    }
    return labels;
  }

  private static List<String> computeAskedLabels(QueryContext context, ObjectKey key) {
    Resource<?> object = context.read(MeshObjects.OBJECTS, key);
    return object == null ? List.of() : List.copyOf(labelsAskedBy(object));
  }

  private List<String> computeAllAskedLabels(QueryContext context, String group) {
    Set<String> labels = new TreeSet<>();
    for (ObjectKey key : context.keys(selecting, group)) {
      labels.addAll(context.get(askedLabels, key));
    }
    return List.copyOf(labels);
  }
}
