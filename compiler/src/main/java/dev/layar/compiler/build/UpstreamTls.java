package dev.layar.compiler.build;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.policy.HostRule;
import dev.layar.compiler.policy.PeerPolicies;
import dev.layar.compiler.policy.PeerPolicies.Mode;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.MeshService;
import dev.layar.compiler.registry.MeshService.Port;
import dev.layar.compiler.registry.Protocol;
import dev.layar.compiler.registry.Registry;
import dev.layar.compiler.registry.Registry.ServiceRef;
import dev.layar.model.istio.DestinationRule.ClientTls;
import dev.layar.model.istio.DestinationRule.ProxyProtocol;
import dev.layar.model.istio.DestinationRule.ProxyProtocolVersion;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.DiscoveryType;
import io.envoyproxy.envoy.config.cluster.v3.Cluster.TransportSocketMatch;
import io.envoyproxy.envoy.config.core.v3.ProxyProtocolConfig;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How clusters encrypt (Istio {@code cluster_tls.go}): as their DestinationRule says, else with the
 * mesh's own certificates where both sides have them. Called by queries, through whose context it
 * reads.
 */
final class UpstreamTls {
  /** The common place of the system's authorities on Linux. */
  private static final String SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

  private static final String ISTIO = "istio";

  private final MeshSettings settings;
  private final Registry registry;
  private final PeerPolicies peers;

  UpstreamTls(MeshSettings settings, Registry registry, PeerPolicies peers) {
    this.settings = settings;
    this.registry = registry;
    this.peers = peers;
  }

  /** Whether the server name is taken from each request's Host. */
  static boolean namesServerByHost(@Nullable ClientTls tls) {
    if (tls == null) {
      return false;
    }
    return switch (tls.mode()) {
      case SIMPLE, MUTUAL -> tls.sni().isEmpty();
      case DISABLE, ISTIO_MUTUAL -> false;
    };
  }

  /**
   * Whether a credential is out of a proxy's reach: a sidecar asks for secrets only where the rule
   * names the workloads that may have them.
   */
  static boolean isOutOfReach(ClientTls tls, boolean router, boolean selective) {
    return !tls.credentialName().isEmpty()
        && !tls.credentialName().startsWith("configmap://")
        && !router
        && !selective;
  }

  /** Gives a cluster its transport. */
  void apply(
      QueryContext context,
      Cluster.Builder cluster,
      Scope scope,
      MeshService service,
      Port port,
      String subset,
      @Nullable HostRule rule,
      @Nullable TrafficPolicy policy) {
    ClientTls tls = policy == null ? null : policy.tls();
    if (tls == null) {
      automatic(context, cluster, scope, service, port, subset);
    } else {
      written(context, cluster, scope, service, port, subset, rule, tls);
    }
    if (policy != null && policy.proxyProtocol() != null) {
      announce(cluster, policy.proxyProtocol());
    }
  }

  private void written(
      QueryContext context,
      Cluster.Builder cluster,
      Scope scope,
      MeshService service,
      Port port,
      String subset,
      @Nullable HostRule rule,
      ClientTls tls) {
    boolean selective = rule != null && !rule.selector().isEmpty();
    switch (tls.mode()) {
      case DISABLE -> {}
      case SIMPLE, MUTUAL -> {
        if (!isOutOfReach(tls, scope.router(), selective)) {
          cluster.setTransportSocket(TlsParts.socket(own(tls, service, port)));
        }
      }
      case ISTIO_MUTUAL -> {
        // DEVIATION: a proxy that has no certificate speaks plain text; Istio's proxies all have
        // one.
        if (scope.certified()) {
          List<String> names =
              tls.subjectAltNames().isEmpty()
                  ? identities(context, service)
                  : tls.subjectAltNames();
          String sni = tls.sni().isEmpty() ? sni(service, port, subset) : tls.sni();
          cluster.setTransportSocket(mutual(sni, port.protocol(), names));
        }
      }
    }
  }

  /**
   * Mutual TLS where an endpoint's proxy accepts it. Callers that choose the endpoint themselves
   * cannot be told apart by endpoint, so that all must have a proxy.
   */
  private void automatic(
      QueryContext context,
      Cluster.Builder cluster,
      Scope scope,
      MeshService service,
      Port port,
      String subset) {
    if (!settings.autoMtls()
        || !scope.certified()
        || service.external()
        || scope.viewer().serviceNetwork()
        || peers.ofNamespace(context, service.namespace()) == Mode.DISABLE) {
      return;
    }
    ServiceRef ref = new ServiceRef(service.source(), service.host());
    boolean dialled = cluster.getType() == DiscoveryType.ORIGINAL_DST;
    if (dialled && !registry.allMutual(context, ref)) {
      return;
    }
    TransportSocket mutual =
        mutual(sni(service, port, subset), port.protocol(), identities(context, service));
    if (dialled) {
      cluster.setTransportSocket(mutual);
      return;
    }
    cluster
        .addTransportSocketMatches(
            TransportSocketMatch.newBuilder()
                .setName("tlsMode-" + ISTIO)
                .setMatch(Xds.struct(Map.of("tlsMode", Xds.text(ISTIO))))
                .setTransportSocket(mutual))
        .addTransportSocketMatches(
            TransportSocketMatch.newBuilder()
                .setName("tlsMode-disabled")
                .setMatch(com.google.protobuf.Struct.getDefaultInstance())
                .setTransportSocket(TlsParts.plain()));
  }

  /** {@code outbound_.PORT_.SUBSET_.HOST}. */
  static String sni(MeshService service, Port port, String subset) {
    return "outbound_." + port.number() + "_." + subset + "_." + service.host();
  }

  private List<String> identities(QueryContext context, MeshService service) {
    List<String> identities = new ArrayList<>();
    ServiceRef ref = new ServiceRef(service.source(), service.host());
    for (String account : registry.serviceAccounts(context, ref)) {
      int slash = account.indexOf('/');
      for (String domain : settings.trustDomains()) {
        identities.add(
            TlsParts.SPIFFE
                + domain
                + "/ns/"
                + account.substring(0, slash)
                + "/sa/"
                + account.substring(slash + 1));
      }
    }
    identities.addAll(service.subjectAltNames());
    return identities;
  }

  private static TransportSocket mutual(String sni, Protocol protocol, List<String> names) {
    return TlsParts.socket(
        UpstreamTlsContext.newBuilder()
            .setCommonTlsContext(TlsParts.ofMesh(TlsParts.identities(names), protocols(protocol)))
            .setSni(sni)
            .build());
  }

  // DEVIATION: Istio's ALPN filter sets the protocols of each connection by the request; without
  // that filter a cluster offers what the filter would for its declared protocol.
  private static List<String> protocols(Protocol protocol) {
    return switch (protocol) {
      case HTTP -> List.of("istio-http/1.1", ISTIO, "http/1.1");
      case HTTP2, GRPC, GRPC_WEB -> List.of("istio-h2", ISTIO, "h2");
      case HTTPS, TLS, TCP, UDP, AUTO -> List.of("istio-peer-exchange", ISTIO);
    };
  }

  // DEVIATION: files are named in the context itself; Istio asks its agent for them over SDS.
  private static UpstreamTlsContext own(ClientTls tls, MeshService service, Port port) {
    CommonTlsContext.Builder common = CommonTlsContext.newBuilder();
    boolean unchecked = tls.insecureSkipVerify() != null && tls.insecureSkipVerify();
    List<String> names =
        tls.subjectAltNames().isEmpty() ? service.subjectAltNames() : tls.subjectAltNames();
    if (tls.credentialName().isEmpty()) {
      fromFiles(common, tls, unchecked, names);
    } else {
      fromSecret(common, tls, unchecked, names);
    }
    if (port.protocol().isHttp2()) {
      common.addAlpnProtocols("h2");
    }
    return UpstreamTlsContext.newBuilder().setCommonTlsContext(common).setSni(tls.sni()).build();
  }

  private static void fromFiles(
      CommonTlsContext.Builder common, ClientTls tls, boolean unchecked, List<String> names) {
    if (!tls.clientCertificate().isEmpty()) {
      common.addTlsCertificates(
          TlsCertificate.newBuilder()
              .setCertificateChain(TlsParts.file(tls.clientCertificate()))
              .setPrivateKey(TlsParts.file(tls.privateKey())));
    }
    if (!unchecked) {
      CertificateValidationContext.Builder validation =
          CertificateValidationContext.newBuilder()
              .setTrustedCa(
                  TlsParts.file(
                      tls.caCertificates().isEmpty() ? SYSTEM_AUTHORITIES : tls.caCertificates()))
              .addAllMatchTypedSubjectAltNames(TlsParts.names(names));
      if (!tls.caCrl().isEmpty()) {
        validation.setCrl(TlsParts.file(tls.caCrl()));
      }
      common.setValidationContext(validation);
    }
  }

  private static void fromSecret(
      CommonTlsContext.Builder common, ClientTls tls, boolean unchecked, List<String> names) {
    switch (tls.mode()) {
      case MUTUAL ->
          common.addTlsCertificateSdsSecretConfigs(TlsParts.kubernetesSecret(tls.credentialName()));
      case DISABLE, SIMPLE, ISTIO_MUTUAL -> {}
    }
    if (!unchecked) {
      common.setCombinedValidationContext(
          CombinedCertificateValidationContext.newBuilder()
              .setDefaultValidationContext(
                  CertificateValidationContext.newBuilder()
                      .addAllMatchTypedSubjectAltNames(TlsParts.names(names)))
              .setValidationContextSdsSecretConfig(
                  TlsParts.kubernetesSecret(tls.credentialName() + "-cacert")));
    }
  }

  /** Sends a PROXY header before everything else, TLS included. */
  private static void announce(Cluster.Builder cluster, ProxyProtocol protocol) {
    if (cluster.getTransportSocketMatchesCount() == 0) {
      cluster.setTransportSocket(
          announced(
              cluster.hasTransportSocket() ? cluster.getTransportSocket() : TlsParts.plain(),
              protocol));
    }
    for (TransportSocketMatch.Builder match : cluster.getTransportSocketMatchesBuilderList()) {
      match.setTransportSocket(announced(match.getTransportSocket(), protocol));
    }
  }

  private static TransportSocket announced(TransportSocket inner, ProxyProtocol protocol) {
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.upstream_proxy_protocol")
        .setTypedConfig(
            Xds.any(
                ProxyProtocolUpstreamTransport.newBuilder()
                    .setConfig(
                        ProxyProtocolConfig.newBuilder()
                            .setVersion(
                                protocol.version() == ProxyProtocolVersion.V2
                                    ? ProxyProtocolConfig.Version.V2
                                    : ProxyProtocolConfig.Version.V1))
                    .setTransportSocket(inner)
                    .build()))
        .build();
  }
}
