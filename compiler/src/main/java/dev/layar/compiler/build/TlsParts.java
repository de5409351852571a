package dev.layar.compiler.build;

import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.core.v3.AggregatedConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiConfigSource;
import io.envoyproxy.envoy.config.core.v3.ApiVersion;
import io.envoyproxy.envoy.config.core.v3.ConfigSource;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SdsSecretConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters.TlsProtocol;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.Collection;
import java.util.List;

/**
 * The pieces of TLS that both directions share (Istio {@code security/model/authentication.go}).
 */
final class TlsParts {
  /** The cluster, from the proxy's bootstrap, at which the workload's own secrets are asked for. */
  static final String SECRETS = "sds-grpc";

  /** The workload's own certificate and key. */
  private static final String OWN = "default";

  /** The authorities of the mesh. */
  private static final String ROOTS = "ROOTCA";

  static final String SPIFFE = "spiffe://";

  /** What Istio's servers agree to speak with each other (Istio {@code filterchain_options.go}). */
  static final List<String> MESH_ALPN =
      List.of("istio-peer-exchange", "istio", "istio-http/1.0", "istio-http/1.1", "istio-h2");

  private static final List<String> CIPHERS =
      List.of(
          "ECDHE-ECDSA-AES256-GCM-SHA384",
          "ECDHE-RSA-AES256-GCM-SHA384",
          "ECDHE-ECDSA-AES128-GCM-SHA256",
          "ECDHE-RSA-AES128-GCM-SHA256",
          "AES256-GCM-SHA384",
          "AES128-GCM-SHA256");

  private TlsParts() {}

  static TransportSocket socket(Message context) {
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.tls")
        .setTypedConfig(Xds.any(context))
        .build();
  }

  static TransportSocket plain() {
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.raw_buffer")
        .setTypedConfig(Xds.any(RawBuffer.getDefaultInstance()))
        .build();
  }

  /** A context with the workload's own certificate, which trusts the mesh's authorities. */
  static CommonTlsContext.Builder ofMesh(
      Collection<SubjectAltNameMatcher> names, List<String> protocols) {
    return CommonTlsContext.newBuilder()
        .setTlsParams(versions(TlsProtocol.TLSv1_2, TlsProtocol.TLSv1_3))
        .addAllAlpnProtocols(protocols)
        .addTlsCertificateSdsSecretConfigs(ownSecret(OWN))
        .setCombinedValidationContext(
            CombinedCertificateValidationContext.newBuilder()
                .setDefaultValidationContext(
                    CertificateValidationContext.newBuilder()
                        .addAllMatchTypedSubjectAltNames(names))
                .setValidationContextSdsSecretConfig(ownSecret(ROOTS)));
  }

  static TlsParameters.Builder versions(TlsProtocol lowest, TlsProtocol highest) {
    return TlsParameters.newBuilder()
        .setTlsMinimumProtocolVersion(lowest)
        .setTlsMaximumProtocolVersion(highest);
  }

  static List<String> ciphers() {
    return CIPHERS;
  }

  /** A secret of the workload itself, from its agent; waited for without limit. */
  private static SdsSecretConfig ownSecret(String name) {
    return SdsSecretConfig.newBuilder()
        .setName(name)
        .setSdsConfig(
            ConfigSource.newBuilder()
                .setApiConfigSource(
                    ApiConfigSource.newBuilder()
                        .setApiType(ApiConfigSource.ApiType.GRPC)
                        .setTransportApiVersion(ApiVersion.V3)
                        .setSetNodeOnFirstMessageOnly(true)
                        .addGrpcServices(
                            GrpcService.newBuilder()
                                .setEnvoyGrpc(
                                    GrpcService.EnvoyGrpc.newBuilder().setClusterName(SECRETS))))
                .setInitialFetchTimeout(com.google.protobuf.Duration.getDefaultInstance())
                .setResourceApiVersion(ApiVersion.V3))
        .build();
  }

  /**
   * A Kubernetes Secret of the proxy's namespace, from the control plane. With Envoy's own limit of
   * waiting, so that one that is missing does not hold up a listener for ever.
   */
  static SdsSecretConfig kubernetesSecret(String name) {
    return SdsSecretConfig.newBuilder()
        .setName(name.contains("://") ? name : "kubernetes://" + name)
        .setSdsConfig(
            ConfigSource.newBuilder()
                .setAds(AggregatedConfigSource.getDefaultInstance())
                .setResourceApiVersion(ApiVersion.V3))
        .build();
  }

  /** An alternative name of any type, exactly. */
  static List<SubjectAltNameMatcher> names(Collection<String> names) {
    return names.stream()
        .flatMap(
            name ->
                List.of(SubjectAltNameMatcher.SanType.DNS, SubjectAltNameMatcher.SanType.URI)
                    .stream()
                    .map(type -> name(type, StringMatcher.newBuilder().setExact(name).build())))
        .toList();
  }

  /** SPIFFE identities, exactly. */
  static List<SubjectAltNameMatcher> identities(Collection<String> identities) {
    return identities.stream()
        .map(
            identity ->
                name(
                    SubjectAltNameMatcher.SanType.URI,
                    StringMatcher.newBuilder().setExact(identity).build()))
        .toList();
  }

  /** Every SPIFFE identity of some trust domains. */
  static List<SubjectAltNameMatcher> anyone(List<String> trustDomains) {
    return trustDomains.stream()
        .map(
            domain ->
                name(
                    SubjectAltNameMatcher.SanType.URI,
                    StringMatcher.newBuilder().setPrefix(SPIFFE + domain + "/").build()))
        .toList();
  }

  private static SubjectAltNameMatcher name(
      SubjectAltNameMatcher.SanType type, StringMatcher matcher) {
    return SubjectAltNameMatcher.newBuilder().setSanType(type).setMatcher(matcher).build();
  }

  static DataSource file(String path) {
    return DataSource.newBuilder().setFilename(path).build();
  }
}
