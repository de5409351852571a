package dev.layar.compiler.build;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.authz.AuthzFilters;
import dev.layar.compiler.authz.Workload;
import dev.layar.compiler.build.Listeners.ListenerSet;
import dev.layar.compiler.build.RouteBuilder.Site;
import dev.layar.compiler.gatewayapi.Internal;
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
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashSet;
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
 * <p>Gateways that select the same pod are merged by the port that is listened on, the oldest
 * first: plain HTTP servers of one port share {@code http.PORT}, servers that terminate TLS have a
 * chain each, by server name, and one that does not go with those before it is left out.
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
  private record ServerAt(ObjectKey gateway, Gateway.Server server, int listenPort) {
    /** Istio's name for the routes, empty for a server without any. */
    String routes() {
      Gateway.Port port = server.port();
      return switch (kind()) {
        case HTTP -> "http." + listenPort;
        case HTTPS ->
            String.join(
                ".",
                "https",
                Integer.toString(listenPort),
                port.name(),
                gateway.name(),
                gateway.namespace());
        case TLS, PASSED, TCP -> "";
      };
    }

    Kind kind() {
      Gateway.ServerTls tls = server.tls();
      Protocol protocol = Protocol.ofDeclared(server.port().number(), server.port().protocol());
      if (protocol.isHttp()) {
        return Kind.HTTP;
      }
      if (tls == null || !OpaqueRoutes.isTls(protocol)) {
        return Kind.TCP;
      }
      if (!DownstreamTls.terminates(tls)) {
        return Kind.PASSED;
      }
      return protocol == Protocol.HTTPS ? Kind.HTTPS : Kind.TLS;
    }
  }

  /** What a server does with connections. */
  private enum Kind {
    /** Reads requests. */
    HTTP,
    /** Terminates TLS and reads requests. */
    HTTPS,
    /** Terminates TLS and hands the content on. */
    TLS,
    /** Hands TLS on as it is. */
    PASSED,
    /** Hands bytes on. */
    TCP;

    /** Whether servers of both kinds can share a port. */
    boolean goesWith(Kind other) {
      return (this == HTTP) == (other == HTTP) && (this == TCP) == (other == TCP);
    }
  }

  private record ListenerAt(String bind, int port) {}

  private record RoutesAt(GatewayPod pod, String name) {}

  private static final String ALL = "all";

  private final MeshSettings settings;
  private final Registry registry;
  private final Clusters clusters;
  private final OpaqueRoutes opaque;
  private final Rules rules;
  private final RouteBuilder routes;
  private final ListenerParts parts;
  private final AuthzFilters authz;
  private final Index<ObjectKey, Resource<?>, String> gateways;

  private final Query<GatewayPod, List<ServerAt>> servers =
      new Query<>("gatewayServers", this::computeServers);
  private final Query<GatewayPod, ListenerSet> listeners =
      new Query<>("gatewayListeners", this::computeListeners);
  private final Query<RoutesAt, XdsResource> configs =
      new Query<>("gatewayRoutes", this::computeRoutes);

  Gateways(
      MeshSettings settings,
      Registry registry,
      Rules rules,
      Clusters clusters,
      RouteBuilder routes,
      OpaqueRoutes opaque,
      ListenerParts parts,
      AuthzFilters authz,
      Comparator<ObjectKey> order) {
    this.settings = settings;
    this.clusters = clusters;
    this.opaque = opaque;
    this.registry = registry;
    this.rules = rules;
    this.routes = routes;
    this.parts = parts;
    this.authz = authz;
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

  /** The route configuration of this name. */
  XdsResource routes(QueryContext context, GatewayPod pod, String name) {
    return context.get(configs, new RoutesAt(pod, name));
  }

  private List<ServerAt> computeServers(QueryContext context, GatewayPod pod) {
    List<Resource<Gateway>> selected = new ArrayList<>();
    for (ObjectKey key : context.keys(gateways, ALL)) {
      Resource<Gateway> gateway = MeshObjects.read(context, key, Gateway.class);
      if (gateway != null
          && Internal.selectsIn(gateway.metadata(), pod.scope().viewer().namespace())
          && pod.labels().entrySet().containsAll(gateway.spec().selector().entrySet())) {
        selected.add(gateway);
      }
    }
    selected.sort(Comparator.comparing(gateway -> Age.of(gateway.metadata())));
    List<ServerAt> found = new ArrayList<>();
    for (Resource<Gateway> gateway : selected) {
      for (Gateway.Server server : gateway.spec().servers()) {
        if (!server.bind().startsWith("unix:")) {
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
    Map<ListenerAt, List<ServerAt>> byListener = new LinkedHashMap<>();
    for (ServerAt at : context.get(servers, pod)) {
      String bind = at.server().bind().isEmpty() ? pod.bind() : at.server().bind();
      List<ServerAt> own =
          byListener.computeIfAbsent(new ListenerAt(bind, at.listenPort()), l -> new ArrayList<>());
      if (own.isEmpty() || (own.getFirst().kind().goesWith(at.kind()) && !isRepeated(own, at))) {
        own.add(at);
      }
    }
    Map<String, XdsResource> built = new TreeMap<>();
    Set<String> names = new LinkedHashSet<>();
    byListener.forEach((at, own) -> add(context, pod, at, own, built, names));
    return new ListenerSet(Collections.unmodifiableMap(built), List.copyOf(names), Set.of());
  }

  /** Whether a TLS server has a host that another on the port has: no connection would find it. */
  private static boolean isRepeated(List<ServerAt> before, ServerAt at) {
    return at.kind() != Kind.HTTP
        && before.stream()
            .flatMap(other -> other.server().hosts().stream())
            .map(Gateways::dnsName)
            .anyMatch(
                host -> at.server().hosts().stream().map(Gateways::dnsName).anyMatch(host::equals));
  }

  private void add(
      QueryContext context,
      GatewayPod pod,
      ListenerAt at,
      List<ServerAt> own,
      Map<String, XdsResource> built,
      Set<String> names) {
    String name = at.bind() + "_" + at.port();
    Listener.Builder listener =
        Listener.newBuilder()
            .setName(name)
            .setAddress(Xds.socket(at.bind(), at.port()))
            .setTrafficDirection(TrafficDirection.OUTBOUND)
            .addAllAccessLog(parts.listenerLog());
    Set<FilterChainMatch> taken = new HashSet<>();
    for (ServerAt server : own) {
      for (FilterChain chain : chains(context, pod, server, name)) {
        if (taken.add(chain.getFilterChainMatch())) {
          listener.addFilterChains(chain);
          names.add(server.routes());
        }
      }
    }
    names.remove("");
    if (listener.getFilterChainsCount() == 0) {
      return;
    }
    if (own.getFirst().kind() != Kind.HTTP && own.getFirst().kind() != Kind.TCP) {
      listener.addListenerFilters(ListenerParts.tlsInspector());
    }
    built.put(name, Xds.resource(ResourceType.LISTENER, name, listener.build()));
  }

  private List<FilterChain> chains(
      QueryContext context, GatewayPod pod, ServerAt at, String listener) {
    return switch (at.kind()) {
      case HTTP ->
          List.of(parts.gateway("outbound_" + listener, at.routes(), guards(context, pod)));
      case HTTPS ->
          encrypted(
              pod,
              at,
              parts.gateway("outbound_" + listener, at.routes(), guards(context, pod)),
              HTTP_ALPN);
      case TLS -> {
        FilterChain inner = tcp(context, pod, at);
        yield inner == null ? List.of() : encrypted(pod, at, inner, TCP_ALPN);
      }
      case PASSED -> passed(context, pod, at);
      case TCP -> {
        FilterChain chain = tcp(context, pod, at);
        yield chain == null ? List.of() : List.of(chain);
      }
    };
  }

  private Guards guards(QueryContext context, GatewayPod pod) {
    return Guards.of(
        context, authz, new Workload(pod.scope().viewer().namespace(), pod.labels(), true));
  }

  private static final List<String> HTTP_ALPN = List.of("h2", "http/1.1");
  private static final List<String> TCP_ALPN = List.of("istio-peer-exchange", "h2", "http/1.1");

  /** A chain for the server's names; none where it needs a certificate that the proxy lacks. */
  private List<FilterChain> encrypted(
      GatewayPod pod, ServerAt at, FilterChain inner, List<String> protocols) {
    Gateway.ServerTls tls = at.server().tls();
    if (tls == null || (tls.mode() == Gateway.TlsMode.ISTIO_MUTUAL && !pod.scope().certified())) {
      return List.of();
    }
    List<String> names =
        at.server().hosts().stream().map(Gateways::dnsName).distinct().sorted().toList();
    FilterChain.Builder chain =
        inner.toBuilder()
            .setTransportSocket(
                TlsParts.socket(DownstreamTls.context(tls, protocols, settings.trustDomains())))
            .setTransportSocketConnectTimeout(Xds.duration(Duration.ofSeconds(15)));
    if (!names.contains("*")) {
      chain.setFilterChainMatch(FilterChainMatch.newBuilder().addAllServerNames(names));
    }
    return List.of(chain.build());
  }

  private @Nullable FilterChain tcp(QueryContext context, GatewayPod pod, ServerAt at) {
    for (Rules.Head head : boundTo(context, pod, at)) {
      Resource<VirtualService> vs = read(context, head.key());
      FilterChain chain =
          vs == null || common(at, head).isEmpty()
              ? null
              : opaque.tcpOfGateway(context, site(pod, at), vs);
      if (chain != null) {
        return ListenerParts.guarded(chain, guards(context, pod));
      }
    }
    return null;
  }

  private List<FilterChain> passed(QueryContext context, GatewayPod pod, ServerAt at) {
    if (at.server().tls() != null && at.server().tls().mode() == Gateway.TlsMode.AUTO_PASSTHROUGH) {
      return automatic(context, pod, at);
    }
    List<FilterChain> chains = new ArrayList<>();
    for (Rules.Head head : boundTo(context, pod, at)) {
      Resource<VirtualService> vs = read(context, head.key());
      List<String> hosts =
          at.server().hosts().stream()
              .filter(written -> namespaceFits(written, at, head))
              .map(Gateways::dnsName)
              .toList();
      if (vs != null) {
        opaque
            .tlsOfGateway(context, site(pod, at), vs, hosts)
            .forEach(
                chain -> chains.add(ListenerParts.guarded(chain.built(), guards(context, pod))));
      }
    }
    return chains;
  }

  /** A chain for each cluster of the mesh, by the server name that the mesh's callers send. */
  private List<FilterChain> automatic(QueryContext context, GatewayPod pod, ServerAt at) {
    List<FilterChain> chains = new ArrayList<>();
    List<String> hosts = at.server().hosts().stream().map(Gateways::dnsName).toList();
    for (Clusters.Forwarded one : clusters.forwarded(context, pod.scope())) {
      if (hosts.stream().anyMatch(host -> HostNames.covers(host, one.host()))) {
        chains.add(
            parts.tcp("", one.name(), one.name()).toBuilder()
                .setFilterChainMatch(
                    FilterChainMatch.newBuilder()
                        .addServerNames(one.name())
                        .addAllApplicationProtocols(TlsParts.MESH_ALPN))
                .build());
      }
    }
    return chains;
  }

  /**
   * Whether some server forwards the mesh's TLS by server name, which needs clusters of its own.
   */
  boolean forwardsAutomatically(QueryContext context, GatewayPod pod) {
    return context.get(servers, pod).stream()
        .anyMatch(
            at ->
                at.server().tls() != null
                    && at.server().tls().mode() == Gateway.TlsMode.AUTO_PASSTHROUGH);
  }

  private List<Rules.Head> boundTo(QueryContext context, GatewayPod pod, ServerAt at) {
    return rules.boundTo(context, at.gateway(), pod.scope().viewer().namespace());
  }

  private static @Nullable Resource<VirtualService> read(QueryContext context, ObjectKey key) {
    return MeshObjects.read(context, key, VirtualService.class);
  }

  private static Site site(GatewayPod pod, ServerAt at) {
    return new Site(
        pod.scope(),
        Set.of(at.gateway().namespace() + "/" + at.gateway().name()),
        at.server().port().number());
  }

  private XdsResource computeRoutes(QueryContext context, RoutesAt key) {
    Map<String, VirtualHost.Builder> hosts = new TreeMap<>();
    int port = 0;
    for (ServerAt at : context.get(servers, key.pod())) {
      if (at.routes().equals(key.name())) {
        port = at.listenPort();
        addServer(context, key.pod(), at, hosts);
      }
    }
    RouteConfiguration.Builder out =
        RouteConfiguration.newBuilder()
            .setName(key.name())
            .setValidateClusters(Xds.bool(false))
            .setIgnorePortInHostMatching(true)
            .setMaxDirectResponseBodySizeBytes(Xds.uint(1 << 20));
    for (VirtualHost.Builder host : hosts.values()) {
      out.addVirtualHosts(catchAllsLast(host));
    }
    if (hosts.isEmpty()) {
      out.addVirtualHostsBuilder().setName("blackhole:" + port).addDomains("*");
    }
    return Xds.resource(ResourceType.ROUTE, key.name(), out.build());
  }

  private void addServer(
      QueryContext context, GatewayPod pod, ServerAt at, Map<String, VirtualHost.Builder> hosts) {
    int port = at.server().port().number();
    boolean redirect = at.server().tls() != null && at.server().tls().httpsRedirect();
    Site site = site(pod, at);
    for (Rules.Head head : boundTo(context, pod, at)) {
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
    Resource<VirtualService> vs = read(context, key);
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
