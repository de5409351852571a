package dev.layar.compiler.build;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.compiler.ProxyIdentity.Capture;
import dev.layar.compiler.ProxyIdentity.Type;
import dev.layar.compiler.authz.AuthzFilters;
import dev.layar.compiler.build.Gateways.GatewayPod;
import dev.layar.compiler.build.Inbound.Shape;
import dev.layar.compiler.build.Listeners.ListenerSet;
import dev.layar.compiler.build.Localities.Vantage;
import dev.layar.compiler.patch.EnvoyFilters;
import dev.layar.compiler.patch.EnvoyFilters.Patches;
import dev.layar.compiler.policy.PeerPolicies;
import dev.layar.compiler.policy.Policies;
import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.MeshService.Locality;
import dev.layar.compiler.registry.Registry;
import dev.layar.compiler.registry.Registry.Viewer;
import dev.layar.compiler.registry.Registry.Workload;
import dev.layar.compiler.sidecar.SidecarScopes;
import dev.layar.compiler.telemetry.Telemetries;
import dev.layar.compiler.telemetry.Telemetries.View;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.EnumMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/** The query for everything that one proxy gets, and the assembly of all that it reads. */
public final class Proxies {
  /** All of an identity that configuration depends on. */
  public record ProxyKey(
      Type type,
      String ip,
      String name,
      String namespace,
      Map<String, String> labels,
      Locality locality,
      String node,
      String network,
      Capture capture,
      ProxyIdentity.Scope scope,
      boolean certified) {
    public static ProxyKey of(ProxyIdentity proxy) {
      return new ProxyKey(
          proxy.type(),
          proxy.ip(),
          proxy.name(),
          proxy.namespace(),
          proxy.labels(),
          new Locality(
              proxy.locality().region(), proxy.locality().zone(), proxy.locality().subZone()),
          proxy.metadata().getOrDefault("NODE_NAME", ""),
          proxy.metadata().getOrDefault("NETWORK", ""),
          proxy.capture(),
          proxy.scope(),
          proxy.certified());
    }
  }

  /** Listeners and the route configurations that they ask for. */
  private record Entry(
      Map<String, XdsResource> listeners, Map<String, XdsResource> routes, Set<String> pods) {
    /** Without the listeners on a pod's own address, to which it connects without its proxy. */
    Entry without(String ip) {
      if (!pods.contains(ip)) {
        return this;
      }
      Map<String, XdsResource> left = new LinkedHashMap<>(listeners);
      left.keySet().removeIf(name -> name.startsWith(ip + "_"));
      return new Entry(Collections.unmodifiableMap(left), routes, pods);
    }
  }

  /** Both sides of a proxy. */
  private record Ends(Scope scope, Vantage from, Shape shape, boolean forwards) {}

  /** Listeners of both sides that log and trace as a workload's Telemetry says. */
  private record Dressed(Ends ends, View view) {}

  private final MeshSettings settings;
  private final SidecarScopes sidecars;
  private final Registry registry;
  private final Policies policies;
  private final PeerPolicies peers;
  private final AuthzFilters authz;
  private final Rules rules;
  private final Localities localities;
  private final Clusters clusters;
  private final VirtualHosts virtualHosts;
  private final Listeners listeners;
  private final Inbound inbound;
  private final Gateways gateways;
  private final Telemetries telemetries;
  private final EnvoyFilters envoyFilters;
  private final Support support;

  private final Query<ProxyKey, Map<ResourceType, Map<String, XdsResource>>> resources =
      new Query<>("proxy", this::compute);
  private final Query<Scope, Entry> redirected = new Query<>("sidecar", this::computeRedirected);
  private final Query<Scope, Map<String, XdsResource>> proxied =
      new Query<>("httpProxyRoutes", this::computeProxied);
  private final Query<Ends, Map<String, XdsResource>> allClusters =
      new Query<>("bothClusters", this::computeAllClusters);
  private final Query<Ends, Map<String, XdsResource>> allListeners =
      new Query<>("bothListeners", this::computeAllListeners);
  private final Query<Dressed, Map<String, XdsResource>> dressedListeners =
      new Query<>("dressedListeners", this::computeDressedListeners);
  private final Query<GatewayPod, Entry> gateway = new Query<>("gateway", this::computeGateway);

  public Proxies(MeshSettings settings, Comparator<ObjectKey> order) {
    this.settings = settings;
    this.sidecars = new SidecarScopes(settings.domain(), settings.rootNamespace(), order);
    this.registry =
        new Registry(
            settings.domain(), settings.config().defaultServiceExportTo(), order, sidecars);
    Outbound outbound = new Outbound(settings, sidecars);
    this.policies = new Policies(settings, order);
    this.rules = new Rules(settings, registry, order);
    this.localities = new Localities(registry, order);
    this.peers = new PeerPolicies(settings.rootNamespace(), order);
    // Without providers CUSTOM refuses everything, which is what is left until the proxy asks them.
    this.authz = new AuthzFilters(settings.rootNamespace(), order, List.of());
    this.clusters = new Clusters(settings, registry, policies, peers);
    Targets targets = new Targets(settings, registry, clusters);
    RouteBuilder routes = new RouteBuilder(settings, targets);
    ListenerParts parts = new ListenerParts(settings);
    OpaqueRoutes opaque = new OpaqueRoutes(registry, rules, targets, parts);
    this.virtualHosts = new VirtualHosts(outbound, registry, rules, routes);
    this.listeners = new Listeners(settings, outbound, registry, parts, opaque);
    this.inbound = new Inbound(settings, registry, policies, peers, authz, parts);
    this.gateways =
        new Gateways(settings, registry, rules, clusters, routes, opaque, parts, authz, order);
    this.telemetries = new Telemetries(settings, order);
    this.envoyFilters = new EnvoyFilters(settings, order);
    this.support = new Support(settings, registry, clusters, order);
  }

  /** Every index that these queries read, for the engine. */
  public List<Index<?, ?, ?>> indexes() {
    List<Index<?, ?, ?>> all = new ArrayList<>(registry.indexes());
    all.addAll(sidecars.indexes());
    all.addAll(policies.indexes());
    all.addAll(rules.indexes());
    all.addAll(peers.indexes());
    all.addAll(authz.indexes());
    all.addAll(localities.indexes());
    all.addAll(gateways.indexes());
    all.addAll(telemetries.indexes());
    all.addAll(envoyFilters.indexes());
    all.addAll(support.indexes());
    return all;
  }

  /** What a proxy gets, by type and name. */
  public Query<ProxyKey, Map<ResourceType, Map<String, XdsResource>>> resources() {
    return resources;
  }

  /** What the compiler does not do with the objects, by object. */
  public Support support() {
    return support;
  }

  private Map<ResourceType, Map<String, XdsResource>> compute(
      QueryContext context, ProxyKey proxy) {
    Scope scope = scopeOf(context, proxy);
    Entry entry = entryOf(context, proxy, scope);
    Map<ResourceType, Map<String, XdsResource>> out = new EnumMap<>(ResourceType.class);
    Vantage from = vantageOf(context, proxy);
    Shape shape = shapeOf(context, proxy);
    boolean forwards =
        proxy.type() == Type.ROUTER && gateways.forwardsAutomatically(context, podOf(proxy, scope));
    Ends ends = new Ends(scope, clusters.vantage(context, scope, from), shape, forwards);
    out.put(ResourceType.CLUSTER, context.get(allClusters, ends));
    out.put(ResourceType.ENDPOINT, clusters.allAssignments(context, scope, from));
    out.put(ResourceType.LISTENER, listenersOf(context, proxy, entry, shape));
    out.put(ResourceType.ROUTE, entry.routes());
    patch(context, proxy, out);
    return Collections.unmodifiableMap(out);
  }

  private void patch(
      QueryContext context, ProxyKey proxy, Map<ResourceType, Map<String, XdsResource>> out) {
    if (proxy.scope() == ProxyIdentity.Scope.SERVICE_NETWORK) {
      return;
    }
    Patches patches = envoyFilters.patches(context, proxy.namespace(), proxy.labels());
    if (!patches.isEmpty()) {
      boolean router = proxy.type() == Type.ROUTER;
      for (ResourceType type :
          List.of(ResourceType.CLUSTER, ResourceType.LISTENER, ResourceType.ROUTE)) {
        out.computeIfPresent(
            type, (same, all) -> envoyFilters.apply(context, type, all, router, patches));
      }
    }
  }

  private Scope scopeOf(QueryContext context, ProxyKey proxy) {
    boolean serviceNetwork = proxy.scope() == ProxyIdentity.Scope.SERVICE_NETWORK;
    Map<String, String> labels = new TreeMap<>();
    if (!serviceNetwork) {
      labels.putAll(proxy.labels());
      labels.keySet().retainAll(rules.askedLabels(context));
    }
    return new Scope(
        new Viewer(proxy.namespace(), serviceNetwork, sidecarOf(context, proxy)),
        labels,
        proxy.type() == Type.ROUTER,
        proxy.certified());
  }

  /** What reaches the workload through the proxy. */
  private Shape shapeOf(QueryContext context, ProxyKey proxy) {
    if (proxy.type() != Type.SIDECAR || proxy.scope() == ProxyIdentity.Scope.SERVICE_NETWORK) {
      return Shape.NONE;
    }
    Workload workload =
        new Workload(new ObjectKey(Kinds.POD, proxy.namespace(), proxy.name()), proxy.labels());
    return switch (proxy.capture()) {
      case Capture.Redirect redirect -> inbound.redirected(context, workload, proxy.certified());
      case Capture.HttpProxy(int port, Map<Integer, Integer> ports, String at) ->
          inbound.inFront(
              context,
              workload,
              proxy.certified(),
              proxy.ip(),
              at.isEmpty() ? proxy.ip() : at,
              ports);
    };
  }

  private Map<String, XdsResource> computeAllClusters(QueryContext context, Ends ends) {
    Map<String, XdsResource> own =
        new TreeMap<>(inbound.resources(context, ends.shape()).clusters());
    if (ends.forwards()) {
      clusters
          .forwarded(context, ends.scope())
          .forEach(forwarded -> own.put(forwarded.name(), forwarded.cluster()));
    }
    return JoinedMap.of(clusters.all(context, ends.scope(), ends.from()), own);
  }

  /** Shared by all with the same scope and shape, unless something of it is the proxy's own. */
  private Map<String, XdsResource> listenersOf(
      QueryContext context, ProxyKey proxy, Entry entry, Shape shape) {
    Optional<View> view =
        proxy.scope() == ProxyIdentity.Scope.SERVICE_NETWORK
            ? Optional.empty()
            : telemetries.view(context, proxy.namespace(), proxy.labels());
    boolean plain =
        proxy.capture() instanceof Capture.Redirect
            && proxy.type() == Type.SIDECAR
            && settings.proxyHttpPort() == 0
            && !entry.pods().contains(proxy.ip());
    if (plain) {
      Ends ends = new Ends(scopeOf(context, proxy), Vantage.ANYWHERE, shape, false);
      return view.isEmpty()
          ? context.get(allListeners, ends)
          : context.get(dressedListeners, new Dressed(ends, view.get()));
    }
    Map<String, XdsResource> own =
        JoinedMap.of(entry.listeners(), inbound.resources(context, shape).listeners());
    return view.isEmpty() ? own : dressed(context, own, view.get());
  }

  private Map<String, XdsResource> computeDressedListeners(QueryContext context, Dressed key) {
    return dressed(context, context.get(allListeners, key.ends()), key.view());
  }

  private Map<String, XdsResource> dressed(
      QueryContext context, Map<String, XdsResource> listeners, View view) {
    Map<String, XdsResource> out = new LinkedHashMap<>();
    listeners.forEach(
        (name, listener) -> out.put(name, telemetries.dress(context, listener, view)));
    return Collections.unmodifiableMap(out);
  }

  private Map<String, XdsResource> computeAllListeners(QueryContext context, Ends ends) {
    return JoinedMap.of(
        context.get(redirected, ends.scope()).listeners(),
        inbound.resources(context, ends.shape()).listeners());
  }

  private Vantage vantageOf(QueryContext context, ProxyKey proxy) {
    return localities.vantage(
        context,
        proxy.locality(),
        new ObjectKey(Kinds.POD, proxy.namespace(), proxy.name()),
        proxy.labels(),
        proxy.node(),
        proxy.network());
  }

  /** Gateways have no Sidecar, and the service network knows nothing of Istio. */
  private @Nullable ObjectKey sidecarOf(QueryContext context, ProxyKey proxy) {
    return proxy.type() == Type.SIDECAR && proxy.scope() != ProxyIdentity.Scope.SERVICE_NETWORK
        ? sidecars.of(context, proxy.namespace(), proxy.labels()).orElse(null)
        : null;
  }

  private Entry entryOf(QueryContext context, ProxyKey proxy, Scope scope) {
    return switch (proxy.type()) {
      case ROUTER -> context.get(gateway, podOf(proxy, scope));
      case SIDECAR, WAYPOINT ->
          switch (proxy.capture()) {
            case Capture.Redirect redirect -> redirected(context, proxy, scope);
            case Capture.HttpProxy(int port, Map<Integer, Integer> ports, String at) ->
                proxied(context, proxy, scope, port);
          };
    };
  }

  private static GatewayPod podOf(ProxyKey proxy, Scope scope) {
    return new GatewayPod(
        scope, proxy.name(), new TreeMap<>(proxy.labels()), loopbackOr(proxy.ip(), "0.0.0.0"));
  }

  /** A workload on a loopback address of its own is reached there and nowhere else. */
  private static String loopbackOr(String ip, String otherwise) {
    return ip.startsWith("127.") ? ip : otherwise;
  }

  private Entry redirected(QueryContext context, ProxyKey proxy, Scope scope) {
    Entry entry = context.get(redirected, scope).without(proxy.ip());
    if (settings.proxyHttpPort() == 0) {
      return entry;
    }
    Entry proxied = proxied(context, proxy, scope, settings.proxyHttpPort());
    return new Entry(
        union(entry.listeners(), proxied.listeners()),
        union(entry.routes(), proxied.routes()),
        Set.of());
  }

  private static Map<String, XdsResource> union(
      Map<String, XdsResource> a, Map<String, XdsResource> b) {
    Map<String, XdsResource> union = new LinkedHashMap<>(a);
    union.putAll(b);
    return Collections.unmodifiableMap(union);
  }

  private Entry proxied(QueryContext context, ProxyKey proxy, Scope scope, int port) {
    XdsResource listener = listeners.httpProxy(context, loopbackOr(proxy.ip(), "127.0.0.1"), port);
    return new Entry(Map.of(listener.name(), listener), context.get(proxied, scope), Set.of());
  }

  private Map<String, XdsResource> computeProxied(QueryContext context, Scope scope) {
    return virtualHosts
        .config(context, scope, VirtualHosts.HTTP_PROXY)
        .map(config -> Map.of(config.name(), config))
        .orElse(Map.of());
  }

  private Entry computeRedirected(QueryContext context, Scope scope) {
    ListenerSet set = listeners.redirected(context, scope);
    Map<String, XdsResource> routes = new LinkedHashMap<>();
    for (String name : set.routes()) {
      virtualHosts.config(context, scope, name).ifPresent(c -> routes.put(c.name(), c));
    }
    return new Entry(set.listeners(), Collections.unmodifiableMap(routes), set.pods());
  }

  private Entry computeGateway(QueryContext context, GatewayPod pod) {
    ListenerSet set = gateways.listeners(context, pod);
    Map<String, XdsResource> routes = new LinkedHashMap<>();
    for (String name : set.routes()) {
      routes.put(name, gateways.routes(context, pod, name));
    }
    return new Entry(set.listeners(), Collections.unmodifiableMap(routes), set.pods());
  }
}
