package dev.layar.compiler.build;

import dev.layar.compiler.registry.MeshService;
import dev.layar.model.istio.DestinationRule.ClientTls;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.core.v3.DataSource;
import io.envoyproxy.envoy.config.core.v3.TransportSocket;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SubjectAltNameMatcher;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** TLS towards a destination (Istio {@code cluster_tls.go}). */
final class UpstreamTls {
  /** The common place of the system's authorities on Linux. */
  private static final String SYSTEM_AUTHORITIES = "/etc/ssl/certs/ca-certificates.crt";

  private UpstreamTls() {}

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

  static void apply(Cluster.Builder cluster, ClientTls tls, MeshService service) {
    switch (tls.mode()) {
      case SIMPLE, MUTUAL -> cluster.setTransportSocket(socket(context(tls, service)));
      // DEVIATION: without an identity for workloads ISTIO_MUTUAL is plain text, with a finding.
      case DISABLE, ISTIO_MUTUAL -> {}
    }
  }

  private static TransportSocket socket(UpstreamTlsContext context) {
    return TransportSocket.newBuilder()
        .setName("envoy.transport_sockets.tls")
        .setTypedConfig(Xds.any(context))
        .build();
  }

  // DEVIATION: files are named in the context itself; Istio asks its agent for them over SDS.
  private static UpstreamTlsContext context(ClientTls tls, MeshService service) {
    CommonTlsContext.Builder common = CommonTlsContext.newBuilder();
    if (!tls.clientCertificate().isEmpty()) {
      common.addTlsCertificates(
          TlsCertificate.newBuilder()
              .setCertificateChain(file(tls.clientCertificate()))
              .setPrivateKey(file(tls.privateKey())));
    }
    boolean unchecked = tls.insecureSkipVerify() != null && tls.insecureSkipVerify();
    if (!unchecked) {
      common.setValidationContext(validation(tls, service));
    }
    return UpstreamTlsContext.newBuilder().setCommonTlsContext(common).setSni(tls.sni()).build();
  }

  private static CertificateValidationContext validation(ClientTls tls, MeshService service) {
    CertificateValidationContext.Builder validation = CertificateValidationContext.newBuilder();
    validation.setTrustedCa(
        file(tls.caCertificates().isEmpty() ? SYSTEM_AUTHORITIES : tls.caCertificates()));
    if (!tls.caCrl().isEmpty()) {
      validation.setCrl(file(tls.caCrl()));
    }
    List<String> names =
        tls.subjectAltNames().isEmpty() ? service.subjectAltNames() : tls.subjectAltNames();
    for (String name : names) {
      StringMatcher matcher = StringMatcher.newBuilder().setExact(name).build();
      for (SubjectAltNameMatcher.SanType type :
          List.of(SubjectAltNameMatcher.SanType.DNS, SubjectAltNameMatcher.SanType.URI)) {
        validation.addMatchTypedSubjectAltNames(
            SubjectAltNameMatcher.newBuilder().setSanType(type).setMatcher(matcher));
      }
    }
    return validation.build();
  }

  private static DataSource file(String path) {
    return DataSource.newBuilder().setFilename(path).build();
  }
}
