package dev.layar.compiler.build;

import dev.layar.compiler.build.Listeners.ListenerSet;
import dev.layar.compiler.build.RouteBuilder.Site;
import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.Age;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.compiler.registry.Protocol;
import dev.layar.compiler.registry.Registry;
import dev.layar.compiler.registry.ServicePorts;
import dev.layar.model.IntOrString;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.SortedMap;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Queries for the listeners and routes of gateways (Istio {@code gateway.go}, {@code
 * model/gateway.go:mergeGateways}). One per compiler; it holds no state, only the queries'
 * definitions.
 *
 * <p>Gateways that select the same pod are merged by the port that is listened on: plain HTTP
 * servers of one port share {@code http.PORT}. Servers that terminate or pass TLS, and opaque ones,
 * are left out with a finding.
 */
public final class Gateways {
  /**
   * A gateway's pod.
   *
   * @param labels all of its labels
   * @param bind address to listen on where a server names none
   */
  public record GatewayPod(
      Scope scope, String name, SortedMap<String, String> labels, String bind) {}

  /**
   * One server of one Gateway.
   *
   * @param listenPort the port of the pod that the server's port stands for
   */
  private record ServerAt(ObjectKey gateway, Gateway.Server server, int listenPort) {}

  private record ListenerAt(String bind, int port) {}

  private record RoutesAt(GatewayPod pod, int port) {}

  private static final String ALL = "all";

  private final Registry registry;
  private final Rules rules;
  private final RouteBuilder routes;
  private final ListenerParts parts;
  private final Index<ObjectKey, Resource<?>, String> gateways;

  private final Query<GatewayPod, List<ServerAt>> servers =
      new Query<>("gatewayServers", this::computeServers);
  private final Query<GatewayPod, ListenerSet> listeners =
      new Query<>("gatewayListeners", this::computeListeners);
  private final Query<RoutesAt, XdsResource> configs =
      new Query<>("gatewayRoutes", this::computeRoutes);

  Gateways(
      Registry registry,
      Rules rules,
      RouteBuilder routes,
      ListenerParts parts,
      Comparator<ObjectKey> order) {
    this.registry = registry;
    this.rules = rules;
    this.routes = routes;
    this.parts = parts;
    this.gateways =
        new Index<>(
            "gateways",
            MeshObjects.OBJECTS,
            order,
            (key, object) -> object.spec() instanceof Gateway ? List.of(ALL) : List.of());
  }

  /** Every index that these queries read, for the engine. */
  List<Index<?, ?, ?>> indexes() {
    return List.of(gateways);
  }

  ListenerSet listeners(QueryContext context, GatewayPod pod) {
    return context.get(listeners, pod);
  }

  /** The route configuration {@code http.PORT}. */
  XdsResource routes(QueryContext context, GatewayPod pod, String name) {
    int port = Integer.parseInt(name.substring(name.indexOf('.') + 1));
    return context.get(configs, new RoutesAt(pod, port));
  }

  /** Whether a server is compiled: HTTP that is not encrypted, on a port. */
  static boolean isServed(Gateway.Server server) {
    return isPlainHttp(server) && !server.bind().startsWith("unix:");
  }

  static boolean isPlainHttp(Gateway.Server server) {
    return Protocol.ofDeclared(server.port().number(), server.port().protocol()).isHttp();
  }

  private List<ServerAt> computeServers(QueryContext context, GatewayPod pod) {
    List<Resource<Gateway>> selected = new ArrayList<>();
    for (ObjectKey key : context.keys(gateways, ALL)) {
      Resource<Gateway> gateway = MeshObjects.read(context, key, Gateway.class);
      if (gateway != null
          && pod.labels().entrySet().containsAll(gateway.spec().selector().entrySet())) {
        selected.add(gateway);
      }
    }
    selected.sort(Comparator.comparing(gateway -> Age.of(gateway.metadata())));
    List<ServerAt> found = new ArrayList<>();
    for (Resource<Gateway> gateway : selected) {
      for (Gateway.Server server : gateway.spec().servers()) {
        if (isServed(server)) {
          int port = listenPort(context, pod, server.port().number());
          found.add(new ServerAt(gateway.key(), server, port));
        }
      }
    }
    return List.copyOf(found);
  }

  /**
   * The pod's port for a server's port, through a Service of the gateway's namespace that selects
   * the pod; the port itself when there is none (Istio {@code resolvePorts}).
   */
  private int listenPort(QueryContext context, GatewayPod pod, int number) {
    for (ObjectKey key : registry.servicesIn(context, pod.scope().viewer().namespace())) {
      Resource<Service> service = MeshObjects.read(context, key, Service.class);
      if (service == null || !selects(service.spec().spec(), pod)) {
        continue;
      }
      for (Service.ServicePort port : service.spec().spec().ports()) {
        if (port.port() == number) {
          int target = targetPort(context, pod, port);
          return target == 0 ? number : target;
        }
      }
    }
    return number;
  }

  private static boolean selects(Service.ServiceSpec service, GatewayPod pod) {
    return !service.selector().isEmpty()
        && pod.labels().entrySet().containsAll(service.selector().entrySet());
  }

  private static int targetPort(QueryContext context, GatewayPod pod, Service.ServicePort port) {
    if (!(port.targetPort() instanceof IntOrString.Text)) {
      return ServicePorts.targetPort(
          port, new Pod.PodSpec(List.of(), List.of(), "", "", Map.of(), "", "", "", null));
    }
    Resource<Pod> object =
        MeshObjects.read(
            context,
            new ObjectKey(Kinds.POD, pod.scope().viewer().namespace(), pod.name()),
            Pod.class);
    return object == null ? 0 : ServicePorts.targetPort(port, object.spec().spec());
  }

  private ListenerSet computeListeners(QueryContext context, GatewayPod pod) {
    Map<ListenerAt, String> names = new LinkedHashMap<>();
    for (ServerAt at : context.get(servers, pod)) {
      String bind = at.server().bind().isEmpty() ? pod.bind() : at.server().bind();
      names.putIfAbsent(new ListenerAt(bind, at.listenPort()), "http." + at.listenPort());
    }
    Map<String, XdsResource> built = new TreeMap<>();
    names.forEach((at, config) -> add(built, at, config));
    return new ListenerSet(
        Collections.unmodifiableMap(built), names.values().stream().distinct().toList(), Set.of());
  }

  private void add(Map<String, XdsResource> built, ListenerAt at, String config) {
    String name = at.bind() + "_" + at.port();
    Listener listener =
        Listener.newBuilder()
            .setName(name)
            .setAddress(Xds.socket(at.bind(), at.port()))
            .setTrafficDirection(TrafficDirection.OUTBOUND)
            .addFilterChains(parts.http("outbound_" + name, config, true))
            .addAllAccessLog(parts.listenerLog())
            .build();
    built.put(name, Xds.resource(ResourceType.LISTENER, name, listener));
  }

  private XdsResource computeRoutes(QueryContext context, RoutesAt key) {
    String name = "http." + key.port();
    Map<String, VirtualHost.Builder> hosts = new TreeMap<>();
    for (ServerAt at : context.get(servers, key.pod())) {
      if (at.listenPort() == key.port()) {
        addServer(context, key.pod(), at, hosts);
      }
    }
    RouteConfiguration.Builder out =
        RouteConfiguration.newBuilder()
            .setName(name)
            .setValidateClusters(Xds.bool(false))
            .setIgnorePortInHostMatching(true)
            .setMaxDirectResponseBodySizeBytes(Xds.uint(1 << 20));
    for (VirtualHost.Builder host : hosts.values()) {
      out.addVirtualHosts(catchAllsLast(host));
    }
    if (hosts.isEmpty()) {
      out.addVirtualHostsBuilder().setName("blackhole:" + key.port()).addDomains("*");
    }
    return Xds.resource(ResourceType.ROUTE, name, out.build());
  }

  private void addServer(
      QueryContext context, GatewayPod pod, ServerAt at, Map<String, VirtualHost.Builder> hosts) {
    int port = at.server().port().number();
    boolean redirect = at.server().tls() != null && at.server().tls().httpsRedirect();
    Site site =
        new Site(pod.scope(), Set.of(at.gateway().namespace() + "/" + at.gateway().name()), port);
    String viewer = pod.scope().viewer().namespace();
    for (Rules.Head head : rules.boundTo(context, at.gateway(), viewer)) {
      List<Route> built = null;
      for (String host : common(at, head)) {
        if (built == null) {
          built = build(context, site, head.key());
        }
        if (!built.isEmpty()) {
          host(hosts, host, port, redirect).addAllRoutes(built);
        }
      }
    }
    if (redirect) {
      for (String written : at.server().hosts()) {
        host(hosts, dnsName(written), port, true);
      }
    }
  }

  private List<Route> build(QueryContext context, Site site, ObjectKey key) {
    Resource<VirtualService> vs = MeshObjects.read(context, key, VirtualService.class);
    return vs == null ? List.of() : routes.routes(context, site, vs);
  }

  private static VirtualHost.Builder host(
      Map<String, VirtualHost.Builder> hosts, String host, int port, boolean redirect) {
    VirtualHost.Builder builder =
        hosts.computeIfAbsent(
            host,
            h ->
                VirtualHost.newBuilder()
                    .setName(h + ":" + port)
                    .addDomains(h)
                    .setIncludeRequestAttemptCount(true));
    if (redirect) {
      builder.setRequireTls(VirtualHost.TlsRequirementType.ALL);
    }
    return builder;
  }

  /** The hosts that both a server and a VirtualService have, the more specific of each pair. */
  private static Set<String> common(ServerAt at, Rules.Head head) {
    Set<String> hosts = new LinkedHashSet<>();
    for (String host : head.hosts()) {
      for (String written : at.server().hosts()) {
        String both = namespaceFits(written, at, head) ? narrower(dnsName(written), host) : null;
        if (both != null) {
          hosts.add(both);
        }
      }
    }
    return hosts;
  }

  private static @Nullable String narrower(String server, String host) {
    if (HostNames.covers(server, host)) {
      return host;
    }
    return HostNames.covers(host, server) ? server : null;
  }

  private static String dnsName(String written) {
    return written.substring(written.indexOf('/') + 1).toLowerCase(Locale.ROOT);
  }

  /** The part before the slash restricts where VirtualServices may come from. */
  private static boolean namespaceFits(String written, ServerAt at, Rules.Head head) {
    int slash = written.indexOf('/');
    String wanted = slash < 0 ? "*" : written.substring(0, slash);
    return switch (wanted) {
      case "*" -> true;
      case "." -> head.key().namespace().equals(at.gateway().namespace());
      default -> head.key().namespace().equals(wanted);
    };
  }

  /** So that one VirtualService cannot hide another's routes for the same host. */
  private static VirtualHost catchAllsLast(VirtualHost.Builder host) {
    List<Route> sorted = new ArrayList<>(host.getRoutesList());
    sorted.sort(Comparator.comparing(route -> RouteMatches.isCatchAll(route.getMatch())));
    return host.clearRoutes().addAllRoutes(sorted).build();
  }
}
