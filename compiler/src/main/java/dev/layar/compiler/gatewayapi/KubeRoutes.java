package dev.layar.compiler.gatewayapi;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.gatewayapi.Backends.Found;
import dev.layar.compiler.gatewayapi.GatewayStatus.ListenerStatus;
import dev.layar.compiler.gatewayapi.HttpRules.Ranked;
import dev.layar.compiler.gatewayapi.HttpRules.Translated;
import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.Age;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.Kind;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.gatewayapi.BackendReference;
import dev.layar.model.gatewayapi.GatewayClass;
import dev.layar.model.gatewayapi.GrpcRouteResource;
import dev.layar.model.gatewayapi.HttpRouteResource;
import dev.layar.model.gatewayapi.KubeGateway;
import dev.layar.model.gatewayapi.KubeGateway.AllowedRoutes;
import dev.layar.model.gatewayapi.KubeGateway.FromNamespaces;
import dev.layar.model.gatewayapi.KubeGateway.Listener;
import dev.layar.model.gatewayapi.KubeGateway.ListenerTls;
import dev.layar.model.gatewayapi.KubeGateway.SecretReference;
import dev.layar.model.gatewayapi.ParentReference;
import dev.layar.model.gatewayapi.TcpRouteResource;
import dev.layar.model.gatewayapi.TlsRouteResource;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.L4Match;
import dev.layar.model.istio.VirtualService.RouteDestination;
import dev.layar.model.istio.VirtualService.TcpRoute;
import dev.layar.model.istio.VirtualService.TlsMatch;
import dev.layar.model.istio.VirtualService.TlsRoute;
import dev.layar.model.k8s.Service;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Queries from Gateways and routes of the Gateway API to Istio's (Istio {@code
 * config/kube/gateway}): a Gateway for each listener, and a VirtualService for each host of a
 * listener or of a service in the mesh, with the rules of all routes by their rank. One per
 * compiler; it holds no state, only the queries' definitions.
 */
final class KubeRoutes {
  /** What one object comes to. */
  record Made(List<Resource<?>> objects, GatewayStatus status) {}

  /** One of a route's parents, by its place in the list. */
  private record RouteAt(ObjectKey route, int parent) {}

  /**
   * A route's rules for one host of a listener.
   *
   * @param listener empty for a service of the mesh
   */
  private record Piece(
      String listener, String host, List<Ranked> http, List<TlsRoute> tls, List<TcpRoute> tcp) {}

  private record Attached(List<Piece> pieces, RouteStatus.Parent status) {}

  /** All that the kinds of routes have in common. */
  private record AnyRoute(
      ObjectKey key, Age age, List<ParentReference> parents, List<String> hostnames, Object spec) {}

  private static final String ALL = "all";
  private static final String CONTROLLER = "istio.io/gateway-controller";
  private static final Set<String> CLASSES = Set.of("istio", "istio-remote");

  private final MeshSettings settings;
  private final Backends backends;
  private final HttpRules http;
  private final Index<ObjectKey, Resource<?>, String> gateways;
  private final Index<ObjectKey, Resource<?>, String> routes;
  private final Index<ObjectKey, Resource<?>, ObjectKey> byParent;

  private final Query<RouteAt, Attached> attached =
      new Query<>("attachedRoute", this::computeAttached);
  private final Query<ObjectKey, Made> ofGateway = new Query<>("kubeGateway", this::computeGateway);
  private final Query<ObjectKey, List<Resource<?>>> ofService =
      new Query<>("meshRoutes", this::computeService);

  KubeRoutes(MeshSettings settings, Backends backends, Comparator<ObjectKey> order) {
    this.settings = settings;
    this.backends = backends;
    this.http = new HttpRules(backends);
    this.gateways =
        new Index<>(
            "kubeGateways",
            MeshObjects.OBJECTS,
            order,
            (key, object) -> object.spec() instanceof KubeGateway ? List.of(ALL) : List.of());
    this.routes =
        new Index<>(
            "kubeRoutes",
            MeshObjects.OBJECTS,
            order,
            (key, object) -> any(object) == null ? List.of() : List.of(ALL));
    this.byParent =
        new Index<>(
            "routesByParent",
            MeshObjects.OBJECTS,
            order,
            (key, object) -> {
              AnyRoute route = any(object);
              return route == null
                  ? Set.of()
                  : new LinkedHashSet<>(
                      route.parents().stream().map(parent -> parentOf(key, parent)).toList());
            });
  }

  List<Index<?, ?, ?>> indexes() {
    return List.of(gateways, routes, byParent);
  }

  /** Every object that stands for others. */
  List<Resource<?>> objects(QueryContext context) {
    List<Resource<?>> all = new ArrayList<>();
    for (ObjectKey key : context.keys(gateways, ALL)) {
      all.addAll(context.get(ofGateway, key).objects());
    }
    Set<ObjectKey> services = new LinkedHashSet<>();
    for (ObjectKey key : context.keys(routes, ALL)) {
      AnyRoute route = read(context, key);
      if (route != null) {
        route.parents().stream()
            .map(parent -> parentOf(key, parent))
            .filter(parent -> parent.kind().equals(Kinds.SERVICE))
            .forEach(services::add);
      }
    }
    services.forEach(service -> all.addAll(context.get(ofService, service)));
    return all;
  }

  List<GatewayStatus> gatewayStatuses(QueryContext context) {
    return context.keys(gateways, ALL).stream()
        .map(key -> context.get(ofGateway, key).status())
        .filter(GatewayStatus::ours)
        .toList();
  }

  List<RouteStatus> routeStatuses(QueryContext context) {
    List<RouteStatus> all = new ArrayList<>();
    for (ObjectKey key : context.keys(routes, ALL)) {
      AnyRoute route = Objects.requireNonNull(read(context, key));
      List<RouteStatus.Parent> parents = new ArrayList<>();
      for (int i = 0; i < route.parents().size(); i++) {
        RouteStatus.Parent status = context.get(attached, new RouteAt(key, i)).status();
        if (status.ours()) {
          parents.add(status);
        }
      }
      all.add(new RouteStatus(key, parents));
    }
    return all;
  }

  private static @Nullable AnyRoute read(QueryContext context, ObjectKey key) {
    Resource<?> object = context.read(MeshObjects.OBJECTS, key);
    return object == null ? null : any(object);
  }

  private static @Nullable AnyRoute any(Resource<?> object) {
    Age age = Age.of(object.metadata());
    return switch (object.spec()) {
      case HttpRouteResource route ->
          new AnyRoute(object.key(), age, route.parentRefs(), route.hostnames(), route);
      case GrpcRouteResource route ->
          new AnyRoute(object.key(), age, route.parentRefs(), route.hostnames(), route);
      case TlsRouteResource route ->
          new AnyRoute(object.key(), age, route.parentRefs(), route.hostnames(), route);
      case TcpRouteResource route ->
          new AnyRoute(object.key(), age, route.parentRefs(), List.of(), route);
      default -> null;
    };
  }

  private static ObjectKey parentOf(ObjectKey route, ParentReference parent) {
    Kind kind = parent.kind().equals("Service") ? Kinds.SERVICE : Kinds.KUBE_GATEWAY;
    String namespace = parent.namespace().isEmpty() ? route.namespace() : parent.namespace();
    return new ObjectKey(kind, namespace, parent.name());
  }

  // ---- routes

  private Attached computeAttached(QueryContext context, RouteAt at) {
    AnyRoute route = read(context, at.route());
    if (route == null || at.parent() >= route.parents().size()) {
      return new Attached(List.of(), RouteStatus.Parent.foreign());
    }
    ObjectKey parent = parentOf(at.route(), route.parents().get(at.parent()));
    return parent.kind().equals(Kinds.SERVICE)
        ? toService(context, route, at.parent(), parent)
        : toGateway(context, route, at.parent(), parent);
  }

  private Attached toService(QueryContext context, AnyRoute route, int index, ObjectKey parent) {
    ParentReference reference = route.parents().get(index);
    if (MeshObjects.read(context, parent, Service.class) == null) {
      return new Attached(
          List.of(), new RouteStatus.Parent(true, index, reference, "NoMatchingParent", ""));
    }
    String host = HostNames.service(parent.name(), parent.namespace(), settings.domain());
    Reasons reasons = new Reasons();
    Piece piece = piece(context, route, "", host, reference.port(), false, reasons);
    return new Attached(
        List.of(piece),
        new RouteStatus.Parent(true, index, reference, reasons.accepted(), reasons.refs));
  }

  private Attached toGateway(QueryContext context, AnyRoute route, int index, ObjectKey parent) {
    ParentReference reference = route.parents().get(index);
    Resource<KubeGateway> gateway = MeshObjects.read(context, parent, KubeGateway.class);
    if (gateway == null || !isOurs(context, gateway.spec())) {
      return new Attached(List.of(), RouteStatus.Parent.foreign());
    }
    List<Listener> named =
        gateway.spec().listeners().stream()
            .filter(
                listener ->
                    (reference.sectionName().isEmpty()
                            || reference.sectionName().equals(listener.name()))
                        && (reference.port() == 0 || reference.port() == listener.port()))
            .toList();
    List<Listener> open =
        named.stream()
            .filter(listener -> carries(listener, route.key().kind()))
            .filter(listener -> admits(context, parent.namespace(), listener, route.key()))
            .toList();
    Reasons reasons = new Reasons();
    List<Piece> pieces = new ArrayList<>();
    for (Listener listener : open) {
      for (String host : common(listener.hostname(), route.hostnames())) {
        boolean ends = listener.tls() == null || terminates(listener.tls());
        pieces.add(piece(context, route, listener.name(), host, 0, ends, reasons));
      }
    }
    String accepted =
        named.isEmpty()
            ? "NoMatchingParent"
            : open.isEmpty()
                ? "NotAllowedByListeners"
                : pieces.isEmpty() ? "NoMatchingListenerHostname" : reasons.accepted();
    return new Attached(
        List.copyOf(pieces),
        new RouteStatus.Parent(true, index, reference, accepted, reasons.refs));
  }

  /** Collected while a route is translated. */
  private static final class Reasons {
    private String refs = "";
    private boolean unsupported;

    void refs(String reason) {
      refs = refs.isEmpty() ? reason : refs;
    }

    String accepted() {
      return unsupported ? "UnsupportedValue" : "";
    }
  }

  private Piece piece(
      QueryContext context,
      AnyRoute route,
      String listener,
      String host,
      int port,
      boolean plain,
      Reasons reasons) {
    return switch (route.spec()) {
      case HttpRouteResource spec ->
          http(context, route, listener, host, port, spec.rules(), reasons);
      case GrpcRouteResource spec ->
          http(
              context,
              route,
              listener,
              host,
              port,
              spec.rules().stream().map(HttpRules::ofGrpc).toList(),
              reasons);
      case TlsRouteResource spec ->
          opaque(context, route, listener, host, port, spec.rules(), !plain, reasons);
      case TcpRouteResource spec ->
          opaque(context, route, listener, host, port, spec.rules(), false, reasons);
      default -> throw new IllegalStateException("not a route: " + route.key());
    };
  }

  private Piece http(
      QueryContext context,
      AnyRoute route,
      String listener,
      String host,
      int port,
      List<HttpRouteResource.Rule> rules,
      Reasons reasons) {
    Translated translated = http.translate(context, route.key(), route.age(), rules, port);
    reasons.refs(translated.reason());
    reasons.unsupported |= translated.unsupported();
    return new Piece(listener, host, translated.rules(), List.of(), List.of());
  }

  /** A route of connections has one rule. */
  private Piece opaque(
      QueryContext context,
      AnyRoute route,
      String listener,
      String host,
      int port,
      List<TlsRouteResource.Rule> rules,
      boolean byName,
      Reasons reasons) {
    List<RouteDestination> destinations = new ArrayList<>();
    for (BackendReference backend :
        rules.isEmpty() ? List.<BackendReference>of() : rules.getFirst().backendRefs()) {
      Found found = backends.find(context, route.key(), backend);
      reasons.refs(found.reason());
      int share = backend.weight() == null ? 1 : backend.weight();
      if (share > 0) {
        found.destination().ifPresent(to -> destinations.add(new RouteDestination(to, share)));
      }
    }
    if (destinations.isEmpty()) {
      return new Piece(listener, host, List.of(), List.of(), List.of());
    }
    if (byName) {
      TlsMatch match = new TlsMatch(List.of(host), List.of(), port, Map.of(), List.of(), "");
      return new Piece(
          listener,
          host,
          List.of(),
          List.of(new TlsRoute(List.of(match), destinations)),
          List.of());
    }
    List<L4Match> match =
        port == 0 ? List.of() : List.of(new L4Match(List.of(), port, "", Map.of(), List.of(), ""));
    return new Piece(
        listener, host, List.of(), List.of(), List.of(new TcpRoute(match, destinations)));
  }

  /** The hosts that a listener and a route have in common, the more specific of each pair. */
  private static Set<String> common(String listener, List<String> hostnames) {
    String own = listener.isEmpty() ? "*" : listener.toLowerCase(Locale.ROOT);
    if (hostnames.isEmpty()) {
      return Set.of(own);
    }
    Set<String> hosts = new LinkedHashSet<>();
    for (String written : hostnames) {
      String host = written.toLowerCase(Locale.ROOT);
      if (HostNames.covers(own, host)) {
        hosts.add(host);
      } else if (HostNames.covers(host, own)) {
        hosts.add(own);
      }
    }
    return hosts;
  }

  // ---- listeners

  private static boolean isOurs(QueryContext context, KubeGateway gateway) {
    Resource<GatewayClass> found =
        MeshObjects.read(
            context,
            new ObjectKey(Kinds.GATEWAY_CLASS, "", gateway.gatewayClassName()),
            GatewayClass.class);
    return found == null
        ? CLASSES.contains(gateway.gatewayClassName())
        : found.spec().controllerName().equals(CONTROLLER);
  }

  private static boolean terminates(ListenerTls tls) {
    return switch (tls.mode()) {
      case Terminate -> true;
      case Passthrough -> false;
    };
  }

  /** The kinds of routes that a protocol carries (Gateway API ProtocolType). */
  private static List<Kind> kindsOf(Listener listener) {
    return switch (listener.protocol()) {
      case "HTTP", "HTTPS" -> List.of(Kinds.HTTP_ROUTE, Kinds.GRPC_ROUTE);
      case "TLS" ->
          listener.tls() != null && terminates(listener.tls())
              ? List.of(Kinds.TLS_ROUTE, Kinds.TCP_ROUTE)
              : List.of(Kinds.TLS_ROUTE);
      case "TCP" -> List.of(Kinds.TCP_ROUTE);
      default -> List.of();
    };
  }

  private static List<Kind> admitted(Listener listener) {
    List<Kind> carried = kindsOf(listener);
    AllowedRoutes allowed = listener.allowedRoutes();
    if (allowed == null || allowed.kinds().isEmpty()) {
      return carried;
    }
    return carried.stream()
        .filter(
            kind ->
                allowed.kinds().stream()
                    .anyMatch(
                        wanted ->
                            wanted.kind().equals(kind.kind())
                                && (wanted.group().isEmpty()
                                    || wanted.group().equals(kind.group()))))
        .toList();
  }

  private static boolean carries(Listener listener, Kind kind) {
    return admitted(listener).contains(kind);
  }

  private static boolean admits(
      QueryContext context, String home, Listener listener, ObjectKey route) {
    AllowedRoutes allowed = listener.allowedRoutes();
    FromNamespaces from =
        allowed == null || allowed.namespaces() == null
            ? FromNamespaces.Same
            : allowed.namespaces().from();
    return switch (from) {
      case All -> true;
      case Same -> route.namespace().equals(home);
      case None -> false;
      case Selector -> {
        Resource<?> namespace =
            context.read(
                MeshObjects.OBJECTS, new ObjectKey(Kinds.NAMESPACE, "", route.namespace()));
        yield namespace != null
            && allowed != null
            && allowed.namespaces() != null
            && allowed.namespaces().selector() != null
            && allowed.namespaces().selector().matches(namespace.metadata().labels());
      }
    };
  }

  // ---- gateways

  private Made computeGateway(QueryContext context, ObjectKey key) {
    Resource<KubeGateway> gateway = MeshObjects.read(context, key, KubeGateway.class);
    if (gateway == null || !isOurs(context, gateway.spec())) {
      return new Made(List.of(), GatewayStatus.foreign(key));
    }
    Map<String, Map<String, List<Piece>>> byListener = new TreeMap<>();
    Map<String, Integer> counts = new TreeMap<>();
    for (ObjectKey routeKey : context.keys(byParent, key)) {
      Set<String> listeners = new LinkedHashSet<>();
      for (Piece piece : pieces(context, routeKey, key)) {
        listeners.add(piece.listener());
        byListener
            .computeIfAbsent(piece.listener(), l -> new TreeMap<>())
            .computeIfAbsent(piece.host(), h -> new ArrayList<>())
            .add(piece);
      }
      listeners.forEach(listener -> counts.merge(listener, 1, Integer::sum));
    }
    List<Resource<?>> made = new ArrayList<>();
    List<ListenerStatus> statuses = new ArrayList<>();
    for (Listener listener : gateway.spec().listeners()) {
      String refs = certificates(context, key, listener);
      boolean known = !kindsOf(listener).isEmpty();
      statuses.add(
          new ListenerStatus(
              listener.name(),
              admitted(listener).stream().map(Kind::kind).toList(),
              counts.getOrDefault(listener.name(), 0),
              known ? "" : "UnsupportedProtocol",
              refs));
      if (known && refs.isEmpty()) {
        Resource<Gateway> server = server(context, gateway, listener);
        made.add(server);
        byListener
            .getOrDefault(listener.name(), Map.of())
            .forEach((host, pieces) -> made.add(rules(server, host, pieces)));
      }
    }
    return new Made(List.copyOf(made), new GatewayStatus(key, true, statuses));
  }

  private List<Piece> pieces(QueryContext context, ObjectKey routeKey, ObjectKey parent) {
    AnyRoute route = Objects.requireNonNull(read(context, routeKey));
    List<Piece> pieces = new ArrayList<>();
    for (int i = 0; i < route.parents().size(); i++) {
      if (parentOf(routeKey, route.parents().get(i)).equals(parent)) {
        pieces.addAll(context.get(attached, new RouteAt(routeKey, i)).pieces());
      }
    }
    return pieces.stream().distinct().toList();
  }

  /** Why a listener has no certificate, empty when it has or needs none. */
  private static String certificates(QueryContext context, ObjectKey key, Listener listener) {
    ListenerTls tls = listener.tls();
    boolean needed =
        listener.protocol().equals("HTTPS")
            || (listener.protocol().equals("TLS") && (tls == null || terminates(tls)));
    if (!needed) {
      return "";
    }
    if (tls == null || tls.certificateRefs().isEmpty()) {
      return "InvalidCertificateRef";
    }
    for (SecretReference secret : tls.certificateRefs()) {
      if (!secret.group().isEmpty()
          || !(secret.kind().isEmpty() || secret.kind().equals("Secret"))) {
        return "InvalidCertificateRef";
      }
      // DEVIATION: a gateway's proxy gets secrets of its own namespace alone, even with a grant.
      if (!secret.namespace().isEmpty() && !secret.namespace().equals(key.namespace())) {
        return "RefNotPermitted";
      }
      if (context.read(
              MeshObjects.OBJECTS, new ObjectKey(Kinds.SECRET, key.namespace(), secret.name()))
          == null) {
        return "InvalidCertificateRef";
      }
    }
    return "";
  }

  private Resource<Gateway> server(
      QueryContext context, Resource<KubeGateway> gateway, Listener listener) {
    ObjectKey key = gateway.key();
    Pods pods = pods(context, gateway);
    String host = listener.hostname().isEmpty() ? "*" : listener.hostname();
    Gateway.Server server =
        new Gateway.Server(
            new Gateway.Port(listener.port(), listener.protocol(), "default", 0),
            "",
            List.of("*/" + host),
            tls(listener),
            "",
            "");
    return Resource.of(
        Internal.gateway(
            key.namespace(),
            key.name() + Internal.GATEWAY_SUFFIX + listener.name(),
            gateway.metadata().creationTimestamp(),
            pods.namespace()),
        new Gateway(List.of(server), pods.labels()));
  }

  private record Pods(String namespace, Map<String, String> labels) {}

  /** The pods of the Service that an address names, else those that are made for the gateway. */
  private Pods pods(QueryContext context, Resource<KubeGateway> gateway) {
    for (KubeGateway.Address address : gateway.spec().addresses()) {
      String[] parts = address.value().split("\\.", 3);
      if (!address.type().equals("Hostname") || parts[0].isEmpty()) {
        continue;
      }
      String namespace = parts.length > 1 ? parts[1] : gateway.metadata().namespace();
      Resource<Service> service =
          MeshObjects.read(
              context, new ObjectKey(Kinds.SERVICE, namespace, parts[0]), Service.class);
      if (service != null && !service.spec().spec().selector().isEmpty()) {
        return new Pods(namespace, service.spec().spec().selector());
      }
    }
    return new Pods(
        gateway.metadata().namespace(),
        Map.of("gateway.networking.k8s.io/gateway-name", gateway.metadata().name()));
  }

  private static Gateway.@Nullable ServerTls tls(Listener listener) {
    ListenerTls tls = listener.tls();
    if (tls == null) {
      return null;
    }
    boolean ends = terminates(tls);
    List<String> secrets = tls.certificateRefs().stream().map(SecretReference::name).toList();
    return Servers.tls(
        ends ? Gateway.TlsMode.SIMPLE : Gateway.TlsMode.PASSTHROUGH, ends ? secrets : List.of());
  }

  private static Resource<VirtualService> rules(
      Resource<Gateway> server, String host, List<Piece> pieces) {
    String gateway = server.metadata().namespace() + "/" + server.metadata().name();
    return Resource.of(
        Internal.routes(
            server.metadata().namespace(),
            server.metadata().name() + "-" + Internal.part(host),
            server.metadata().creationTimestamp()),
        joined(host, List.of(gateway), List.of(), pieces));
  }

  private static VirtualService joined(
      String host, List<String> gateways, List<String> exportTo, List<Piece> pieces) {
    return new VirtualService(
        List.of(host),
        gateways,
        pieces.stream()
            .flatMap(piece -> piece.http().stream())
            .sorted(Comparator.comparing(Ranked::rank))
            .map(Ranked::route)
            .toList(),
        pieces.stream().flatMap(piece -> piece.tls().stream()).toList(),
        pieces.stream().flatMap(piece -> piece.tcp().stream()).toList(),
        exportTo);
  }

  // ---- mesh

  /** Routes of the service's namespace are for all, others for their own namespace's callers. */
  private List<Resource<?>> computeService(QueryContext context, ObjectKey service) {
    Map<String, List<Piece>> byNamespace = new TreeMap<>();
    for (ObjectKey routeKey : context.keys(byParent, service)) {
      List<Piece> pieces = pieces(context, routeKey, service);
      if (!pieces.isEmpty()) {
        byNamespace.computeIfAbsent(routeKey.namespace(), n -> new ArrayList<>()).addAll(pieces);
      }
    }
    List<Resource<?>> made = new ArrayList<>();
    byNamespace.forEach(
        (namespace, pieces) ->
            made.add(
                Resource.of(
                    Internal.routes(
                        namespace,
                        service.name() + Internal.GATEWAY_SUFFIX + "mesh-" + service.namespace(),
                        null),
                    joined(
                        pieces.getFirst().host(),
                        List.of(VirtualService.MESH),
                        namespace.equals(service.namespace()) ? List.of() : List.of("."),
                        pieces))));
    return made;
  }
}
