package dev.layar.compiler.build;

import com.google.protobuf.Value;
import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.MeshSettings.RetryDefaults;
import dev.layar.compiler.authz.AuthzFilters;
import dev.layar.compiler.policy.HostRule;
import dev.layar.compiler.policy.PeerPolicies;
import dev.layar.compiler.policy.PeerPolicies.Mode;
import dev.layar.compiler.policy.Policies;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.Protocol;
import dev.layar.compiler.registry.Registry;
import dev.layar.compiler.registry.Registry.Target;
import dev.layar.compiler.registry.Registry.Workload;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import dev.layar.model.istio.MeshConfig.MeshTlsVersion;
import dev.layar.model.istio.MeshConfig.TlsSettings;
import dev.layar.model.istio.VirtualService.HttpRetry;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.DiscoveryType;
import io.envoyproxy.envoy.config.core.v3.BindConfig;
import io.envoyproxy.envoy.config.core.v3.Metadata;
import io.envoyproxy.envoy.config.core.v3.SocketAddress;
import io.envoyproxy.envoy.config.core.v3.TrafficDirection;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.route.v3.Decorator;
import io.envoyproxy.envoy.config.route.v3.RetryPolicy;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteAction;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.VirtualHost;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import org.jspecify.annotations.Nullable;

/**
 * Queries for what reaches a workload through its sidecar (Istio {@code listener_inbound.go},
 * {@code filterchain_options.go}). One per compiler; it holds no state, only the queries'
 * definitions.
 *
 * <p>Implementation notes. What a workload is called at is settled first, as a value of its own, so
 * that the replicas of a workload share listeners and clusters.
 */
final class Inbound {
  static final String PASSTHROUGH = "InboundPassthroughCluster";

  /** Address from which a proxy calls its own workload, so that redirection leaves it alone. */
  private static final String OWN_SOURCE = "127.0.0.6";

  private static final String ANY = "0.0.0.0";
  private static final RetryDefaults INBOUND_RETRY =
      new RetryDefaults(2, List.of("reset-before-request"));
  private static final String LISTENER = "virtualInbound";
  private static final List<String> HTTP_ALPN = List.of("h2", "http/1.1");
  private static final List<String> TCP_ALPN = List.of("istio-peer-exchange", "h2", "http/1.1");
  private static final List<String> MESH_HTTP =
      List.of("istio-http/1.0", "istio-http/1.1", "istio-h2");
  private static final List<String> MESH_TCP = List.of("istio-peer-exchange", "istio");
  private static final List<String> PLAIN_HTTP = List.of("http/1.1", "h2c");

  /** Listeners and clusters by name. */
  record Resources(Map<String, XdsResource> listeners, Map<String, XdsResource> clusters) {}

  /**
   * A port of a workload with all that shapes it.
   *
   * @param number the port at which callers arrive; 0 for all others
   * @param real where the workload listens
   * @param target the service behind it, null for none
   */
  record Inlet(int number, int real, Protocol protocol, Mode mode, @Nullable Target target) {
    String cluster() {
      return number == 0 ? PASSTHROUGH : "inbound|" + number + "||";
    }
  }

  /**
   * Everything that the inbound side of a workload is made of.
   *
   * @param address to listen on without redirection, empty with it
   * @param workload the address on which the workload listens without redirection, empty with it
   * @param guards what decides who may call
   */
  record Shape(
      String namespace, String address, String workload, List<Inlet> inlets, Guards guards) {
    /** Of a proxy through which nothing reaches its workload. */
    static final Shape NONE = new Shape("", "", "", List.of(), Guards.NONE);

    Shape {
      inlets = List.copyOf(inlets);
    }
  }

  private final MeshSettings settings;
  private final Registry registry;
  private final Policies policies;
  private final PeerPolicies peers;
  private final AuthzFilters authz;
  private final ListenerParts parts;
  private final Query<Shape, Resources> built = new Query<>("inbound", this::compute);

  Inbound(
      MeshSettings settings,
      Registry registry,
      Policies policies,
      PeerPolicies peers,
      AuthzFilters authz,
      ListenerParts parts) {
    this.settings = settings;
    this.registry = registry;
    this.policies = policies;
    this.peers = peers;
    this.authz = authz;
    this.parts = parts;
  }

  /** What a shape is made of. */
  Resources resources(QueryContext context, Shape shape) {
    return context.get(built, shape);
  }

  /** Of a workload whose inbound connections are redirected. */
  Shape redirected(QueryContext context, Workload workload, boolean certified) {
    List<Inlet> inlets = new ArrayList<>();
    inlets.add(new Inlet(0, 0, Protocol.AUTO, mode(context, workload, 0, certified), null));
    for (Target target : registry.targets(context, workload)) {
      Mode mode = mode(context, workload, target.port(), certified);
      inlets.add(new Inlet(target.port(), target.port(), target.protocol(), mode, target));
    }
    return new Shape(workload.pod().namespace(), "", "", inlets, guards(context, workload));
  }

  /** Of a workload whose proxy listens at the workload's address in its stead. */
  Shape inFront(
      QueryContext context,
      Workload workload,
      boolean certified,
      String address,
      String at,
      Map<Integer, Integer> ports) {
    Map<Integer, Target> targets = new TreeMap<>();
    registry.targets(context, workload).forEach(target -> targets.put(target.port(), target));
    List<Inlet> inlets = new ArrayList<>();
    ports.forEach(
        (known, real) -> {
          Target target = targets.get(known);
          Protocol protocol = target == null ? Protocol.AUTO : target.protocol();
          inlets.add(
              new Inlet(known, real, protocol, mode(context, workload, known, certified), target));
        });
    return new Shape(workload.pod().namespace(), address, at, inlets, guards(context, workload));
  }

  private Guards guards(QueryContext context, Workload workload) {
    return Guards.of(
        context,
        authz,
        new dev.layar.compiler.authz.Workload(
            workload.pod().namespace(), workload.labels(), false));
  }

  private Mode mode(QueryContext context, Workload workload, int port, boolean certified) {
    return certified
        ? peers.ofWorkload(context, workload.pod().namespace(), workload.labels(), port)
        : Mode.DISABLE;
  }

  private Resources compute(QueryContext context, Shape shape) {
    Map<String, XdsResource> clusters = new TreeMap<>();
    for (Inlet inlet : shape.inlets()) {
      Cluster cluster = cluster(context, shape, inlet);
      clusters.put(
          cluster.getName(), Xds.resource(ResourceType.CLUSTER, cluster.getName(), cluster));
    }
    Map<String, XdsResource> listeners = new TreeMap<>();
    if (shape.inlets().isEmpty()) {
      return new Resources(Map.of(), Map.of());
    }
    if (shape.address().isEmpty()) {
      put(listeners, virtual(shape));
    } else {
      shape.inlets().forEach(inlet -> put(listeners, bound(shape, inlet)));
    }
    return new Resources(
        Collections.unmodifiableMap(listeners), Collections.unmodifiableMap(clusters));
  }

  private static void put(Map<String, XdsResource> listeners, Listener listener) {
    listeners.put(
        listener.getName(), Xds.resource(ResourceType.LISTENER, listener.getName(), listener));
  }

  /** Takes every redirected connection and tells them apart by the port they were for. */
  private Listener virtual(Shape shape) {
    int port = settings.proxyInboundListenPort();
    Listener.Builder out =
        listener(LISTENER, ANY, port)
            .addListenerFilters(
                ListenerFilter.newBuilder()
                    .setName("envoy.filters.listener.original_dst")
                    .setTypedConfig(Xds.any(OriginalDst.getDefaultInstance())));
    out.addFilterChains(
        parts.tcp("virtualInbound-blackhole", Clusters.BLACK_HOLE, Clusters.BLACK_HOLE).toBuilder()
            .setFilterChainMatch(FilterChainMatch.newBuilder().setDestinationPort(Xds.uint(port))));
    for (Inlet inlet : shape.inlets()) {
      chains(inlet, inlet.number(), ANY, shape.guards()).forEach(out::addFilterChains);
    }
    detect(out, shape.inlets());
    return out.build();
  }

  private Listener bound(Shape shape, Inlet inlet) {
    String address = shape.address();
    Listener.Builder out = listener(address + "_" + inlet.number(), address, inlet.number());
    chains(inlet, 0, address, shape.guards()).forEach(out::addFilterChains);
    detect(out, List.of(inlet));
    return out.build();
  }

  private Listener.Builder listener(String name, String address, int port) {
    return Listener.newBuilder()
        .setName(name)
        .setAddress(Xds.socket(address, port))
        .setTrafficDirection(TrafficDirection.INBOUND)
        .addAllAccessLog(parts.listenerLog());
  }

  /** Detection only on ports that need it: it would keep waiting where servers speak first. */
  private void detect(Listener.Builder out, List<Inlet> inlets) {
    List<Integer> tls = new ArrayList<>();
    List<Integer> http = new ArrayList<>();
    for (Inlet inlet : inlets) {
      if (inlet.mode() == Mode.DISABLE) {
        tls.add(inlet.number());
      }
      if (inlet.protocol() != Protocol.AUTO || inlet.mode() == Mode.STRICT) {
        http.add(inlet.number());
      }
    }
    parts.detect(
        out,
        tls.size() < inlets.size(),
        http.size() < inlets.size(),
        new TreeSet<>(tls),
        new TreeSet<>(http));
  }

  /** One way in which connections of a port arrive. */
  private record Way(String transport, List<String> alpn, boolean http, boolean mutual) {}

  private static List<Way> ways(Inlet inlet) {
    boolean http = inlet.protocol().isHttp();
    boolean auto = inlet.protocol() == Protocol.AUTO;
    List<Way> ways = new ArrayList<>();
    switch (inlet.mode()) {
      case STRICT -> {
        if (auto) {
          ways.add(new Way("tls", MESH_HTTP, true, true));
        }
        ways.add(new Way("tls", List.of(), http, true));
      }
      case PERMISSIVE -> {
        if (auto) {
          ways.add(new Way("tls", MESH_HTTP, true, true));
          ways.add(new Way("raw_buffer", PLAIN_HTTP, true, false));
          ways.add(new Way("tls", MESH_TCP, false, true));
        } else {
          ways.add(new Way("tls", TlsParts.MESH_ALPN, http, true));
        }
        ways.add(new Way("raw_buffer", List.of(), http, false));
        if (!http) {
          ways.add(new Way("tls", List.of(), false, false));
        }
      }
      case DISABLE -> {
        if (auto) {
          ways.add(new Way("raw_buffer", PLAIN_HTTP, true, false));
        }
        // Without an inspector TLS arrives as raw bytes, and goes on as such.
        ways.add(new Way("raw_buffer", List.of(), http, false));
      }
    }
    return ways;
  }

  private List<FilterChain> chains(Inlet inlet, int port, String bind, Guards guards) {
    List<FilterChain> chains = new ArrayList<>();
    for (Way way : ways(inlet)) {
      FilterChainMatch.Builder match =
          FilterChainMatch.newBuilder()
              .setTransportProtocol(way.transport())
              .addAllApplicationProtocols(way.alpn());
      if (port != 0) {
        match.setDestinationPort(Xds.uint(port));
      }
      FilterChain.Builder chain =
          chain(inlet, way, bind, guards).toBuilder().setFilterChainMatch(match);
      if (way.mutual()) {
        chain.setTransportSocket(TlsParts.socket(mutual(way.http() ? HTTP_ALPN : TCP_ALPN)));
      }
      chains.add(chain.build());
    }
    return chains;
  }

  private FilterChain chain(Inlet inlet, Way way, String bind, Guards guards) {
    boolean rest = inlet.number() == 0;
    String name = rest ? LISTENER : bind + "_" + inlet.number();
    if (!way.http()) {
      return ListenerParts.guarded(parts.tcp(name, inlet.cluster(), inlet.cluster()), guards);
    }
    String prefix = rest ? PASSTHROUGH : "inbound_" + name;
    return parts.inbound(
        rest ? "virtualInbound-catchall-http" : name, prefix, routes(inlet), guards);
  }

  private DownstreamTlsContext mutual(List<String> protocols) {
    TlsSettings mesh = settings.config().meshMTLS();
    List<String> ciphers = mesh == null ? List.of() : mesh.cipherSuites();
    TlsProtocol lowest =
        mesh != null && mesh.minProtocolVersion() == MeshTlsVersion.TLSV1_3
            ? TlsProtocol.TLSv1_3
            : TlsProtocol.TLSv1_2;
    DownstreamTlsContext.Builder out = DownstreamTlsContext.newBuilder();
    out.setCommonTlsContext(
            TlsParts.ofMesh(TlsParts.anyone(settings.trustDomains()), protocols)
                .setTlsParams(
                    TlsParts.versions(lowest, TlsProtocol.TLSv1_3)
                        .addAllCipherSuites(ciphers.isEmpty() ? TlsParts.ciphers() : ciphers)))
        .setRequireClientCertificate(Xds.bool(true));
    return out.build();
  }

  private RouteConfiguration routes(Inlet inlet) {
    com.google.protobuf.Duration none = com.google.protobuf.Duration.getDefaultInstance();
    RouteAction.Builder action =
        RouteAction.newBuilder()
            .setCluster(inlet.cluster())
            .setTimeout(none)
            .setMaxStreamDuration(
                RouteAction.MaxStreamDuration.newBuilder()
                    .setMaxStreamDuration(none)
                    .setGrpcTimeoutHeaderMax(none));
    if (!isGrpc(inlet.protocol())) {
      retries().ifPresent(action::setRetryPolicy);
    }
    Target target = inlet.target();
    String host = target == null ? "" : target.service().host();
    int port = target == null ? inlet.number() : target.servicePort();
    Route.Builder route =
        Route.newBuilder()
            .setName("default")
            .setMatch(RouteMatches.EVERYTHING)
            .setRoute(action)
            .setDecorator(Decorator.newBuilder().setOperation(host + ":" + port + "/*"));
    if (target != null) {
      route.setMetadata(OpaqueRoutes.metadata(Xds.provenance(target.service().source())));
    }
    return RouteConfiguration.newBuilder()
        .setName(inlet.cluster())
        .setValidateClusters(Xds.bool(false))
        .addVirtualHosts(
            VirtualHost.newBuilder()
                .setName("inbound|http|" + port)
                .addDomains("*")
                .addRoutes(route))
        .build();
  }

  /** MeshConfig {@code defaultInboundHttpRetryPolicy}, else Istio's own. */
  private Optional<RetryPolicy> retries() {
    HttpRetry written = settings.config().defaultInboundHttpRetryPolicy();
    return written == null
        ? Optional.of(
            RetryPolicy.newBuilder()
                .setRetryOn("reset-before-request")
                .setNumRetries(Xds.uint(2))
                .build())
        : Optional.ofNullable(Retries.of(written, INBOUND_RETRY, true));
  }

  private static boolean isGrpc(Protocol protocol) {
    return switch (protocol) {
      case GRPC, GRPC_WEB -> true;
      case HTTP, HTTP2, HTTPS, TLS, TCP, UDP, AUTO -> false;
    };
  }

  private Cluster cluster(QueryContext context, Shape shape, Inlet inlet) {
    Cluster.Builder out =
        Cluster.newBuilder()
            .setName(inlet.cluster())
            .setAltStatName(inlet.cluster() + ";")
            .setConnectTimeout(Xds.duration(settings.connectTimeout()));
    if (shape.address().isEmpty()) {
      out.setType(DiscoveryType.ORIGINAL_DST)
          .setLbPolicy(Cluster.LbPolicy.CLUSTER_PROVIDED)
          .setUpstreamBindConfig(
              BindConfig.newBuilder()
                  .setSourceAddress(SocketAddress.newBuilder().setAddress(OWN_SOURCE)));
    } else {
      out.setType(DiscoveryType.STATIC).setLoadAssignment(at(inlet, shape.workload()));
    }
    Target target = inlet.target();
    TrafficPolicy policy = target == null ? null : policyOf(context, shape.namespace(), target);
    ClusterOptions.connections(out, policy, inlet.protocol());
    if (target != null) {
      out.setMetadata(metadata(target));
    }
    return out.build();
  }

  private static ClusterLoadAssignment at(Inlet inlet, String address) {
    ClusterLoadAssignment.Builder out =
        ClusterLoadAssignment.newBuilder().setClusterName(inlet.cluster());
    out.addEndpointsBuilder()
        .addLbEndpointsBuilder()
        .getEndpointBuilder()
        .setAddress(Xds.socket(address, inlet.real()));
    return out.build();
  }

  /** The service's own rule as its namespace sees it; rules for single callers do not count. */
  private @Nullable TrafficPolicy policyOf(QueryContext context, String namespace, Target target) {
    HostRule rule = policies.ruleFor(context, namespace, Map.of(), target.service()).orElse(null);
    return rule == null ? null : rule.effective(target.servicePort(), "");
  }

  private static Metadata metadata(Target target) {
    MeshService service = target.service();
    Map<String, Value> own = Xds.provenance(service.source());
    return Metadata.newBuilder()
        .putFilterMetadata(
            "istio", Xds.struct(Map.of("services", ClusterOptions.services(service))))
        .putFilterMetadata(Xds.PROVENANCE, Xds.struct(own))
        .build();
  }
}
