package dev.layar.compiler.build;

import com.google.protobuf.Message;
import com.google.protobuf.Value;
import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.telemetry.AccessLogs;
import dev.layar.model.istio.MeshConfig;
import dev.layar.model.istio.MeshConfig.ForwardClientCert;
import dev.layar.model.istio.MeshConfig.NormalizationType;
import io.envoyproxy.envoy.config.accesslog.v3.AccessLog;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilterChainMatchPredicate;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ForwardClientCertDetails;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.PathWithEscapedSlashesAction;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.ServerHeaderTransformation;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.SetCurrentClientCertDetails;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager.UpgradeConfig;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.Rds;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.type.v3.Int32Range;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * The pieces that listeners share (Istio {@code listener_builder.go}, {@code networkfilter.go}).
 */
final class ListenerParts {
  private static final String HCM = "envoy.filters.network.http_connection_manager";

  private final MeshSettings settings;

  private final MeshConfig.@Nullable ProxyHeaders headers;

  ListenerParts(MeshSettings settings) {
    this.settings = settings;
    MeshConfig.MeshProxyConfig proxy = settings.config().defaultConfig();
    this.headers = proxy == null ? null : proxy.proxyHeaders();
  }

  /** An HTTP chain of a sidecar's callers, whose routes come by name. */
  FilterChain http(String statPrefix, String routes) {
    return http(statPrefix, routes, false, List.of());
  }

  /** A gateway's HTTP chain, whose routes come by name. */
  FilterChain gateway(String statPrefix, String routes, Guards guards) {
    return http(statPrefix, routes, true, guards.http());
  }

  private FilterChain http(
      String statPrefix, String routes, boolean gateway, List<HttpFilter> first) {
    HttpConnectionManager.Builder hcm =
        http(statPrefix, first)
            .setRds(Rds.newBuilder().setConfigSource(Xds.ads()).setRouteConfigName(routes))
            .setUseRemoteAddress(Xds.bool(gateway));
    if (gateway) {
      serverName(hcm);
      topology(hcm);
    }
    return FilterChain.newBuilder().addFilters(filter(HCM, hcm.build())).build();
  }

  /** An HTTP chain before the proxy's own workload. */
  FilterChain inbound(String name, String statPrefix, RouteConfiguration routes, Guards guards) {
    HttpConnectionManager.Builder hcm =
        http(statPrefix, guards.http())
            .setRouteConfig(routes)
            .setUseRemoteAddress(Xds.bool(false))
            .setForwardClientCertDetails(ForwardClientCertDetails.APPEND_FORWARD)
            .setSetCurrentClientCertDetails(
                SetCurrentClientCertDetails.newBuilder()
                    .setSubject(Xds.bool(true))
                    .setUri(true)
                    .setDns(true));
    serverName(hcm);
    return FilterChain.newBuilder().setName(name).addFilters(filter(HCM, hcm.build())).build();
  }

  private HttpConnectionManager.Builder http(String statPrefix, List<HttpFilter> first) {
    HttpConnectionManager.Builder hcm =
        HttpConnectionManager.newBuilder()
            .setStatPrefix(statPrefix + ";")
            .setCodecType(HttpConnectionManager.CodecType.AUTO);
    normalize(hcm);
    return hcm.setGenerateRequestId(Xds.bool(!isOff(headers == null ? null : headers.requestId())))
        .setStreamIdleTimeout(com.google.protobuf.Duration.getDefaultInstance())
        .addUpgradeConfigs(UpgradeConfig.newBuilder().setUpgradeType("websocket"))
        .addAllHttpFilters(first)
        .addAllHttpFilters(httpFilters())
        .addAllAccessLog(accessLog());
  }

  /** MeshConfig {@code pathNormalization}. */
  private void normalize(HttpConnectionManager.Builder hcm) {
    MeshConfig.PathNormalization written = settings.config().pathNormalization();
    NormalizationType type = written == null ? NormalizationType.DEFAULT : written.normalization();
    hcm.setNormalizePath(Xds.bool(type != NormalizationType.NONE));
    switch (type) {
      case DEFAULT, NONE, BASE -> {}
      case MERGE_SLASHES -> hcm.setMergeSlashes(true);
      case DECODE_AND_MERGE_SLASHES ->
          hcm.setMergeSlashes(true)
              .setPathWithEscapedSlashesAction(PathWithEscapedSlashesAction.UNESCAPE_AND_FORWARD);
    }
  }

  /** ProxyConfig {@code proxyHeaders.server}. */
  private void serverName(HttpConnectionManager.Builder hcm) {
    MeshConfig.ServerHeader server = headers == null ? null : headers.server();
    if (server != null && server.disabled() != null && server.disabled()) {
      hcm.setServerHeaderTransformation(ServerHeaderTransformation.PASS_THROUGH);
    } else {
      hcm.setServerName(
          server == null || server.value().isEmpty() ? "istio-envoy" : server.value());
    }
  }

  /** ProxyConfig {@code gatewayTopology}. */
  private void topology(HttpConnectionManager.Builder hcm) {
    MeshConfig.MeshProxyConfig proxy = settings.config().defaultConfig();
    MeshConfig.GatewayTopology topology = proxy == null ? null : proxy.gatewayTopology();
    ForwardClientCert forward =
        topology == null || topology.forwardClientCertDetails() == null
            ? ForwardClientCert.UNDEFINED
            : topology.forwardClientCertDetails();
    hcm.setForwardClientCertDetails(
        switch (forward) {
          case UNDEFINED, SANITIZE_SET -> ForwardClientCertDetails.SANITIZE_SET;
          case SANITIZE -> ForwardClientCertDetails.SANITIZE;
          case FORWARD_ONLY -> ForwardClientCertDetails.FORWARD_ONLY;
          case APPEND_FORWARD -> ForwardClientCertDetails.APPEND_FORWARD;
          case ALWAYS_FORWARD_ONLY -> ForwardClientCertDetails.ALWAYS_FORWARD_ONLY;
        });
    if (topology != null && topology.numTrustedProxies() > 0) {
      hcm.setXffNumTrustedHops(topology.numTrustedProxies());
    }
  }

  private static boolean isOff(MeshConfig.@Nullable HeaderSwitch header) {
    return header != null && header.disabled() != null && header.disabled();
  }

  /**
   * DEVIATION: Istio's own filters (peer metadata, ALPN, statistics, gRPC statistics) are left out:
   * a proxy without Istio's extensions refuses them, and nothing here depends on them.
   */
  private static List<HttpFilter> httpFilters() {
    return List.of(
        httpFilter(RouteFilters.FAULT, HTTPFault.getDefaultInstance()),
        httpFilter(RouteFilters.CORS, Cors.getDefaultInstance()),
        httpFilter("envoy.filters.http.router", Router.getDefaultInstance()));
  }

  private static HttpFilter httpFilter(String name, Message config) {
    return HttpFilter.newBuilder().setName(name).setTypedConfig(Xds.any(config)).build();
  }

  /** The same chain behind what decides who may connect. */
  static FilterChain guarded(FilterChain chain, Guards guards) {
    return guards.tcp().isEmpty()
        ? chain
        : chain.toBuilder()
            .clearFilters()
            .addAllFilters(guards.tcp())
            .addAllFilters(chain.getFiltersList())
            .build();
  }

  /** A chain that hands bytes to one cluster. */
  FilterChain tcp(String name, String statPrefix, String cluster) {
    return opaque(
        name, TcpProxy.newBuilder().setStatPrefix(statPrefix).setCluster(cluster), Map.of());
  }

  /**
   * A chain that hands bytes on.
   *
   * @param provenance where it comes from; empty for what the mesh itself adds
   */
  FilterChain opaque(String name, TcpProxy.Builder proxy, Map<String, Value> provenance) {
    TcpProxy config = proxy.addAllAccessLog(accessLog()).build();
    FilterChain.Builder chain =
        FilterChain.newBuilder()
            .setName(name)
            .addFilters(filter("envoy.filters.network.tcp_proxy", config));
    if (!provenance.isEmpty()) {
      chain.setMetadata(OpaqueRoutes.metadata(provenance));
    }
    return chain.build();
  }

  private static Filter filter(String name, Message config) {
    return Filter.newBuilder().setName(name).setTypedConfig(Xds.any(config)).build();
  }

  List<AccessLog> accessLog() {
    return AccessLogs.ofMesh(settings);
  }

  /** A listener's own log: connections for which no chain was found. */
  List<AccessLog> listenerLog() {
    return AccessLogs.ofListener(accessLog());
  }

  /** Looks for TLS and its server name on a listener where nothing else can come. */
  static ListenerFilter tlsInspector() {
    return ListenerFilter.newBuilder()
        .setName("envoy.filters.listener.tls_inspector")
        .setTypedConfig(Xds.any(TlsInspector.getDefaultInstance()))
        .build();
  }

  /** Looks at the first bytes: for TLS and its server name, then for HTTP. */
  void detect(Listener.Builder listener, boolean tls, boolean http) {
    detect(listener, tls, http, Set.of(), Set.of());
  }

  /**
   * Looks at the first bytes, except of connections for some ports.
   *
   * @param noTls ports, sorted, where TLS is not looked for; 0 means all that are not named
   * @param noHttp the same for HTTP
   */
  void detect(
      Listener.Builder listener,
      boolean tls,
      boolean http,
      Set<Integer> noTls,
      Set<Integer> noHttp) {
    if (tls) {
      listener.addListenerFilters(
          except(noTls)
              .setName("envoy.filters.listener.tls_inspector")
              .setTypedConfig(Xds.any(TlsInspector.getDefaultInstance())));
    }
    if (http) {
      listener.addListenerFilters(
          except(noHttp)
              .setName("envoy.filters.listener.http_inspector")
              .setTypedConfig(Xds.any(HttpInspector.getDefaultInstance())));
    }
    if (tls || http) {
      listener
          .setListenerFiltersTimeout(Xds.duration(settings.protocolDetectionTimeout()))
          .setContinueOnListenerFiltersTimeout(true);
    }
  }

  private static ListenerFilter.Builder except(Set<Integer> ports) {
    ListenerFilter.Builder out = ListenerFilter.newBuilder();
    List<ListenerFilterChainMatchPredicate> named =
        ports.stream().filter(port -> port != 0).map(ListenerParts::port).toList();
    if (named.size() == 1) {
      out.setFilterDisabled(named.getFirst());
    } else if (!named.isEmpty()) {
      out.setFilterDisabled(
          ListenerFilterChainMatchPredicate.newBuilder()
              .setOrMatch(
                  ListenerFilterChainMatchPredicate.MatchSet.newBuilder().addAllRules(named)));
    }
    return out;
  }

  private static ListenerFilterChainMatchPredicate port(int port) {
    return ListenerFilterChainMatchPredicate.newBuilder()
        .setDestinationPortRange(Int32Range.newBuilder().setStart(port).setEnd(port + 1))
        .build();
  }
}
