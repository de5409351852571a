package dev.layar.compiler.build;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.build.OpaqueRoutes.Chain;
import dev.layar.compiler.build.RouteBuilder.Site;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.MeshService.Port;
import dev.layar.compiler.registry.Protocol;
import dev.layar.compiler.registry.Registry;
import dev.layar.compiler.registry.Registry.PortUse;
import dev.layar.compiler.registry.Registry.ServiceRef;
import dev.layar.model.istio.VirtualService;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Queries for the outbound listeners of sidecars (Istio {@code listener.go}). One per compiler; it
 * holds no state, only the queries' definitions.
 */
public final class Listeners {
  private static final String ANY = "0.0.0.0";
  private static final FilterChainMatch PLAIN_HTTP =
      FilterChainMatch.newBuilder()
          .setTransportProtocol("raw_buffer")
          .addApplicationProtocols("http/1.1")
          .addApplicationProtocols("h2c")
          .build();

  /**
   * Listeners by name, and the route configurations that they ask for, in order.
   *
   * @param pods addresses of pods among the listeners' own
   */
  record ListenerSet(Map<String, XdsResource> listeners, List<String> routes, Set<String> pods) {}

  /** Listeners of one service's addresses. */
  private record ServiceListeners(
      List<XdsResource> listeners, List<String> routes, List<String> pods) {}

  private record PortIn(Scope scope, int port) {}

  private record HttpProxyAt(String address, int port) {}

  private final MeshSettings settings;
  private final Outbound outbound;
  private final Registry registry;
  private final ListenerParts parts;
  private final OpaqueRoutes opaque;

  private final Query<Scope, ListenerSet> redirected =
      new Query<>("listeners", this::computeRedirected);
  private final Query<PortIn, Optional<XdsResource>> wildcard =
      new Query<>("portListener", this::computeWildcard);
  private final Query<Clusters.ServiceIn, ServiceListeners> ofService =
      new Query<>("addressListeners", this::computeOfService);
  private final Query<HttpProxyAt, XdsResource> httpProxy =
      new Query<>("httpProxyListener", this::computeHttpProxy);

  Listeners(
      MeshSettings settings,
      Outbound outbound,
      Registry registry,
      ListenerParts parts,
      OpaqueRoutes opaque) {
    this.settings = settings;
    this.outbound = outbound;
    this.registry = registry;
    this.parts = parts;
    this.opaque = opaque;
  }

  /** The listeners of a sidecar whose connections are redirected. */
  ListenerSet redirected(QueryContext context, Scope scope) {
    return context.get(redirected, scope);
  }

  /** The listener that workloads use as their HTTP proxy. */
  XdsResource httpProxy(QueryContext context, String address, int port) {
    return context.get(httpProxy, new HttpProxyAt(address, port));
  }

  private XdsResource computeHttpProxy(QueryContext context, HttpProxyAt at) {
    String name = at.address() + "_" + at.port();
    return resource(
        listener(name, at.address(), at.port())
            .addFilterChains(parts.http("outbound_" + name, VirtualHosts.HTTP_PROXY)));
  }

  private ListenerSet computeRedirected(QueryContext context, Scope scope) {
    Map<String, XdsResource> listeners = new TreeMap<>();
    Set<String> routes = new LinkedHashSet<>();
    Map<Integer, PortUse> ports = registry.ports(context, scope.viewer());
    for (Map.Entry<Integer, PortUse> entry : ports.entrySet()) {
      context
          .get(wildcard, new PortIn(scope, entry.getKey()))
          .ifPresent(listener -> listeners.put(listener.name(), listener));
      if (asksForRoutes(entry.getValue())) {
        routes.add(Integer.toString(entry.getKey()));
      }
    }
    Set<String> pods = new TreeSet<>();
    Set<String> hosts = new LinkedHashSet<>();
    ports.values().forEach(use -> hosts.addAll(use.opaque()));
    ports.values().forEach(use -> hosts.addAll(use.detected()));
    for (String host : hosts) {
      ServiceListeners own = context.get(ofService, new Clusters.ServiceIn(scope, host));
      own.listeners().forEach(listener -> listeners.putIfAbsent(listener.name(), listener));
      routes.addAll(own.routes());
      pods.addAll(own.pods());
    }
    XdsResource unknown = virtualOutbound(outbound.cluster(context, scope.viewer()));
    listeners.put(unknown.name(), unknown);
    return new ListenerSet(
        Collections.unmodifiableMap(listeners),
        List.copyOf(routes),
        Collections.unmodifiableSet(pods));
  }

  private static boolean asksForRoutes(PortUse use) {
    return !use.http().isEmpty() || use.detected().stream().anyMatch(use.homeless()::contains);
  }

  /** Takes every redirected connection, hands it on by its original destination. */
  private XdsResource virtualOutbound(String unknown) {
    int port = settings.proxyListenPort();
    FilterChain loopGuard =
        parts.tcp("virtualOutbound-blackhole", Clusters.BLACK_HOLE, Clusters.BLACK_HOLE).toBuilder()
            .setFilterChainMatch(FilterChainMatch.newBuilder().setDestinationPort(Xds.uint(port)))
            .build();
    return resource(
        listener("virtualOutbound", ANY, port)
            .setUseOriginalDst(Xds.bool(true))
            .addFilterChains(loopGuard)
            .addFilterChains(parts.tcp("virtualOutbound-catchall-tcp", unknown, unknown))
            .addAllAccessLog(parts.listenerLog()));
  }

  /**
   * {@code 0.0.0.0_PORT}: all HTTP services of a port, and those without an address of their own
   * (Istio {@code listener.go:buildSidecarOutboundListener}).
   */
  private Optional<XdsResource> computeWildcard(QueryContext context, PortIn key) {
    PortUse use = registry.ports(context, key.scope().viewer()).get(key.port());
    if (use == null || (use.http().isEmpty() && use.homeless().isEmpty())) {
      return Optional.empty();
    }
    Shared shared = shared(context, key, use);
    String name = ANY + "_" + key.port();
    Listener.Builder out = listener(name, ANY, key.port()).setBindToPort(Xds.bool(false));
    FilterChain http =
        shared.http() ? parts.http("outbound_" + name, Integer.toString(key.port())) : null;
    assemble(out, http, shared.opaque(), unknownChain(context, key.scope()));
    return Optional.of(resource(out));
  }

  /** What is on a listener for any address. */
  private record Shared(boolean http, List<Chain> opaque) {}

  /**
   * The oldest service goes first, and of two chains with the same condition the first stays. Where
   * servers speak first HTTP and TCP cannot be told apart, and the older keeps the port.
   */
  private Shared shared(QueryContext context, PortIn key, PortUse use) {
    List<MeshService> homeless = byAge(context, key.scope(), use.homeless());
    boolean http = !use.http().isEmpty();
    if (http && !homeless.isEmpty() && Protocol.isServerFirst(key.port())) {
      MeshService oldest = byAge(context, key.scope(), use.http()).getFirst();
      if (oldest.age().compareTo(homeless.getFirst().age()) < 0) {
        return new Shared(true, List.of());
      }
      http = false;
    }
    List<Chain> chains = new ArrayList<>();
    for (MeshService service : homeless) {
      Port port = service.port(key.port());
      if (port != null) {
        http |= port.protocol() == Protocol.AUTO;
        chains.addAll(
            opaque.ofService(context, mesh(key), service, port.protocol(), service.ranges(), true));
      }
    }
    return new Shared(http, chains);
  }

  private static Site mesh(PortIn key) {
    return new Site(key.scope(), Set.of(VirtualService.MESH), key.port());
  }

  private List<MeshService> byAge(QueryContext context, Scope scope, List<String> hosts) {
    return hosts.stream()
        .flatMap(host -> registry.service(context, scope.viewer(), host).stream())
        .sorted(Comparator.comparing(MeshService::age).thenComparing(MeshService::host))
        .toList();
  }

  /**
   * Puts chains together so that every connection finds one: HTTP is told from the rest by its
   * first bytes, the chain without condition becomes the default, and without one unknown traffic's
   * does.
   */
  private void assemble(
      Listener.Builder out, @Nullable FilterChain http, List<Chain> opaque, FilterChain unknown) {
    Map<FilterChainMatch, Chain> distinct = new LinkedHashMap<>();
    opaque.forEach(chain -> distinct.putIfAbsent(chain.match(), chain));
    Chain rest = distinct.remove(FilterChainMatch.getDefaultInstance());
    boolean mixed = http != null && !(distinct.isEmpty() && rest == null);
    if (http != null) {
      out.addFilterChains(mixed ? http.toBuilder().setFilterChainMatch(PLAIN_HTTP).build() : http);
    }
    distinct.values().forEach(chain -> out.addFilterChains(chain.built()));
    if (out.getFilterChainsCount() == 0 && rest != null) {
      out.addFilterChains(rest.chain());
    } else {
      out.setDefaultFilterChain(rest == null ? unknown : rest.chain());
    }
    boolean names =
        distinct.keySet().stream().anyMatch(condition -> condition.getServerNamesCount() > 0);
    parts.detect(out, names || mixed, mixed);
  }

  /** What matched the listener and none of its chains goes where unknown traffic goes. */
  private FilterChain unknownChain(QueryContext context, Scope scope) {
    String unknown = outbound.cluster(context, scope.viewer());
    return parts.tcp(unknown, unknown, unknown);
  }

  private ServiceListeners computeOfService(QueryContext context, Clusters.ServiceIn key) {
    MeshService service = registry.service(context, key.scope().viewer(), key.host()).orElse(null);
    List<XdsResource> listeners = new ArrayList<>();
    List<String> routes = new ArrayList<>();
    if (service != null) {
      for (Port port : service.ports()) {
        if (!port.protocol().isHttp()) {
          addAddresses(context, key.scope(), service, port, listeners, routes);
        }
      }
    }
    List<String> pods =
        service == null || !service.headless() ? List.of() : addresses(context, service);
    return new ServiceListeners(List.copyOf(listeners), List.copyOf(routes), pods);
  }

  private void addAddresses(
      QueryContext context,
      Scope scope,
      MeshService service,
      Port port,
      List<XdsResource> listeners,
      List<String> routes) {
    List<String> addresses = addresses(context, service);
    if (addresses.isEmpty()) {
      return;
    }
    boolean detected = port.protocol() == Protocol.AUTO;
    String config = service.host() + ":" + port.number();
    List<Chain> chains =
        opaque.ofService(
            context,
            mesh(new PortIn(scope, port.number())),
            service,
            port.protocol(),
            List.of(),
            false);
    for (String address : addresses) {
      String name = address + "_" + port.number();
      Listener.Builder out = listener(name, address, port.number()).setBindToPort(Xds.bool(false));
      assemble(
          out,
          detected ? parts.http("outbound_" + name, config) : null,
          chains,
          unknownChain(context, scope));
      listeners.add(resource(out));
    }
    if (detected) {
      routes.add(config);
    }
  }

  /** Virtual addresses; those of the endpoints when callers connect to them themselves. */
  private List<String> addresses(QueryContext context, MeshService service) {
    if (!service.headless()) {
      return service.addresses().stream().filter(a -> !a.contains("/")).toList();
    }
    ServiceRef ref = new ServiceRef(service.source(), service.host());
    return registry.endpoints(context, ref).stream()
        .map(MeshService.Endpoint::address)
        .distinct()
        .toList();
  }

  private static Listener.Builder listener(String name, String address, int port) {
    return Listener.newBuilder()
        .setName(name)
        .setAddress(Xds.socket(address, port))
        .setTrafficDirection(TrafficDirection.OUTBOUND);
  }

  private static XdsResource resource(Listener.Builder listener) {
    return Xds.resource(ResourceType.LISTENER, listener.getName(), listener.build());
  }
}
