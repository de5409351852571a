package dev.layar.compiler.build;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.MeshSettings.OutboundTrafficPolicy;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.MeshService.Port;
import dev.layar.compiler.registry.Protocol;
import dev.layar.compiler.registry.Registry;
import dev.layar.compiler.registry.Registry.PortUse;
import dev.layar.compiler.registry.Registry.ServiceRef;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Queries for the outbound listeners of sidecars (Istio {@code listener.go}). One per compiler; it
 * holds no state, only the queries' definitions.
 */
public final class Listeners {
  private static final String ANY = "0.0.0.0";
  private static final List<String> HTTP_PROTOCOLS = List.of("http/1.1", "h2c");

  /** Listeners by name, and the route configurations that they ask for, in order. */
  public record ListenerSet(Map<String, XdsResource> listeners, List<String> routes) {}

  /** Listeners of one service's addresses. */
  private record ServiceListeners(List<XdsResource> listeners, List<String> routes) {}

  private record PortIn(Scope scope, int port) {}

  private record HttpProxyAt(String address, int port) {}

  private final MeshSettings settings;
  private final Registry registry;
  private final ListenerParts parts;

  private final Query<Scope, ListenerSet> redirected =
      new Query<>("listeners", this::computeRedirected);
  private final Query<PortIn, Optional<XdsResource>> wildcard =
      new Query<>("portListener", this::computeWildcard);
  private final Query<Clusters.ServiceIn, ServiceListeners> ofService =
      new Query<>("addressListeners", this::computeOfService);
  private final Query<HttpProxyAt, XdsResource> httpProxy =
      new Query<>("httpProxyListener", this::computeHttpProxy);

  public Listeners(MeshSettings settings, Registry registry) {
    this.settings = settings;
    this.registry = registry;
    this.parts = new ListenerParts(settings);
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
            .addFilterChains(parts.http("outbound_" + name, VirtualHosts.HTTP_PROXY, false)));
  }

  private ListenerSet computeRedirected(QueryContext context, Scope scope) {
    Map<String, XdsResource> listeners = new TreeMap<>();
    Set<String> routes = new LinkedHashSet<>();
    Map<Integer, PortUse> ports = registry.ports(context, scope.viewer());
    for (Map.Entry<Integer, PortUse> entry : ports.entrySet()) {
      context
          .get(wildcard, new PortIn(scope, entry.getKey()))
          .ifPresent(listener -> listeners.put(listener.name(), listener));
      if (!entry.getValue().http().isEmpty()) {
        routes.add(Integer.toString(entry.getKey()));
      }
    }
    Set<String> hosts = new LinkedHashSet<>();
    ports.values().forEach(use -> hosts.addAll(use.opaque()));
    ports.values().forEach(use -> hosts.addAll(use.detected()));
    for (String host : hosts) {
      ServiceListeners own = context.get(ofService, new Clusters.ServiceIn(scope, host));
      own.listeners().forEach(listener -> listeners.putIfAbsent(listener.name(), listener));
      routes.addAll(own.routes());
    }
    XdsResource outbound = virtualOutbound();
    listeners.put(outbound.name(), outbound);
    return new ListenerSet(Collections.unmodifiableMap(listeners), List.copyOf(routes));
  }

  /** Takes every redirected connection, hands it on by its original destination. */
  private XdsResource virtualOutbound() {
    int port = settings.proxyListenPort();
    String unknown =
        settings.outboundTrafficPolicy() == OutboundTrafficPolicy.ALLOW_ANY
            ? Clusters.PASSTHROUGH
            : Clusters.BLACK_HOLE;
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

  /** {@code 0.0.0.0_PORT}: all HTTP services of a port, and one without an address of its own. */
  private Optional<XdsResource> computeWildcard(QueryContext context, PortIn key) {
    PortUse use = registry.ports(context, key.scope().viewer()).get(key.port());
    if (use == null) {
      return Optional.empty();
    }
    MeshService homeless = firstHomeless(context, key.scope(), use);
    String name = ANY + "_" + key.port();
    if (use.http().isEmpty() && homeless == null) {
      return Optional.empty();
    }
    Listener.Builder out = listener(name, ANY, key.port()).setBindToPort(Xds.bool(false));
    FilterChain http = parts.http("outbound_" + name, Integer.toString(key.port()), false);
    if (homeless == null) {
      return Optional.of(resource(out.addFilterChains(http).setDefaultFilterChain(unknownChain())));
    }
    String cluster = homeless.clusterName(key.port(), "");
    FilterChain tcp = parts.tcp("", cluster, cluster);
    if (use.http().isEmpty()) {
      return Optional.of(resource(out.addFilterChains(tcp)));
    }
    ListenerParts.detectHttp(out);
    return Optional.of(
        resource(
            out.addFilterChains(
                    http.toBuilder()
                        .setFilterChainMatch(
                            FilterChainMatch.newBuilder()
                                .addAllApplicationProtocols(HTTP_PROTOCOLS)))
                .setDefaultFilterChain(tcp)));
  }

  /** What matched the listener and none of its chains goes where unknown traffic goes. */
  private FilterChain unknownChain() {
    String unknown =
        settings.outboundTrafficPolicy() == OutboundTrafficPolicy.ALLOW_ANY
            ? Clusters.PASSTHROUGH
            : Clusters.BLACK_HOLE;
    return parts.tcp(unknown, unknown, unknown);
  }

  private @Nullable MeshService firstHomeless(QueryContext context, Scope scope, PortUse use) {
    for (String host : use.opaque()) {
      MeshService service = registry.service(context, scope.viewer(), host).orElse(null);
      if (service != null && service.addresses().isEmpty() && !service.headless()) {
        return service;
      }
    }
    return null;
  }

  private ServiceListeners computeOfService(QueryContext context, Clusters.ServiceIn key) {
    MeshService service = registry.service(context, key.scope().viewer(), key.host()).orElse(null);
    List<XdsResource> listeners = new ArrayList<>();
    List<String> routes = new ArrayList<>();
    if (service != null) {
      for (Port port : service.ports()) {
        if (!port.protocol().isHttp()) {
          addAddresses(context, service, port, listeners, routes);
        }
      }
    }
    return new ServiceListeners(List.copyOf(listeners), List.copyOf(routes));
  }

  private void addAddresses(
      QueryContext context,
      MeshService service,
      Port port,
      List<XdsResource> listeners,
      List<String> routes) {
    boolean detected = port.protocol() == Protocol.AUTO;
    String config = service.host() + ":" + port.number();
    List<String> addresses = addresses(context, service);
    for (String address : addresses) {
      listeners.add(
          detected ? detecting(service, port, address, config) : opaque(service, port, address));
    }
    if (detected && !addresses.isEmpty()) {
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

  private XdsResource opaque(MeshService service, Port port, String address) {
    String cluster = service.clusterName(port.number(), "");
    return resource(
        listener(address + "_" + port.number(), address, port.number())
            .setBindToPort(Xds.bool(false))
            .addFilterChains(parts.tcp("", cluster, cluster)));
  }

  private XdsResource detecting(MeshService service, Port port, String address, String config) {
    String name = address + "_" + port.number();
    String cluster = service.clusterName(port.number(), "");
    Listener.Builder out =
        listener(name, address, port.number())
            .setBindToPort(Xds.bool(false))
            .addFilterChains(
                parts.http("outbound_" + name, config, false).toBuilder()
                    .setFilterChainMatch(
                        FilterChainMatch.newBuilder()
                            .setTransportProtocol("raw_buffer")
                            .addAllApplicationProtocols(HTTP_PROTOCOLS)))
            .setDefaultFilterChain(parts.tcp("", cluster, cluster));
    ListenerParts.detectHttp(out);
    return resource(out);
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
