package dev.layar.compiler.build;

import dev.layar.model.istio.Gateway.ServerTls;
import dev.layar.model.istio.Gateway.TlsCertificate;
import dev.layar.model.istio.Gateway.TlsProtocol;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CertificateValidationContext.TrustChainVerification;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.CommonTlsContext.CombinedCertificateValidationContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsParameters;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * How a gateway's server terminates TLS (Istio {@code gateway.go:BuildListenerTLSContext}); pure
 * functions of the server's settings.
 */
final class DownstreamTls {
  private DownstreamTls() {}

  /** Whether the server terminates TLS, as opposed to passing it on. */
  static boolean terminates(ServerTls tls) {
    return switch (tls.mode()) {
      case SIMPLE, MUTUAL, OPTIONAL_MUTUAL, ISTIO_MUTUAL -> true;
      case PASSTHROUGH, AUTO_PASSTHROUGH -> false;
    };
  }

  /**
   * @param protocols application protocols that the server speaks
   * @param trustDomains of the callers that ISTIO_MUTUAL admits
   */
  static DownstreamTlsContext context(
      ServerTls tls, List<String> protocols, List<String> trustDomains) {
    CommonTlsContext.Builder common =
        switch (tls.mode()) {
          case ISTIO_MUTUAL ->
              TlsParts.ofMesh(
                  tls.subjectAltNames().isEmpty()
                      ? TlsParts.anyone(trustDomains)
                      : TlsParts.identities(tls.subjectAltNames()),
                  protocols);
          case SIMPLE, MUTUAL, OPTIONAL_MUTUAL -> own(tls, protocols);
          case PASSTHROUGH, AUTO_PASSTHROUGH ->
              throw new IllegalArgumentException(tls.mode() + " does not terminate TLS");
        };
    boolean required =
        switch (tls.mode()) {
          case MUTUAL, ISTIO_MUTUAL -> true;
          case SIMPLE, OPTIONAL_MUTUAL, PASSTHROUGH, AUTO_PASSTHROUGH -> false;
        };
    return DownstreamTlsContext.newBuilder()
        .setCommonTlsContext(common.setTlsParams(parameters(tls)))
        .setRequireClientCertificate(Xds.bool(required))
        .build();
  }

  private static TlsParameters parameters(ServerTls tls) {
    return TlsParts.versions(
            version(tls.minProtocolVersion(), TlsParameters.TlsProtocol.TLSv1_2),
            version(tls.maxProtocolVersion(), TlsParameters.TlsProtocol.TLSv1_3))
        .addAllCipherSuites(tls.cipherSuites().isEmpty() ? TlsParts.ciphers() : tls.cipherSuites())
        .build();
  }

  private static TlsParameters.TlsProtocol version(
      TlsProtocol written, TlsParameters.TlsProtocol otherwise) {
    return switch (written) {
      case TLS_AUTO -> otherwise;
      case TLSV1_0 -> TlsParameters.TlsProtocol.TLSv1_0;
      case TLSV1_1 -> TlsParameters.TlsProtocol.TLSv1_1;
      case TLSV1_2 -> TlsParameters.TlsProtocol.TLSv1_2;
      case TLSV1_3 -> TlsParameters.TlsProtocol.TLSv1_3;
    };
  }

  private static CommonTlsContext.Builder own(ServerTls tls, List<String> protocols) {
    CommonTlsContext.Builder common = CommonTlsContext.newBuilder().addAllAlpnProtocols(protocols);
    List<String> secrets = secrets(tls);
    secrets.forEach(
        name -> common.addTlsCertificateSdsSecretConfigs(TlsParts.kubernetesSecret(name)));
    if (secrets.isEmpty()) {
      certificates(tls).forEach(common::addTlsCertificates);
    }
    boolean asks =
        switch (tls.mode()) {
          case MUTUAL, OPTIONAL_MUTUAL -> true;
          case SIMPLE, PASSTHROUGH, AUTO_PASSTHROUGH, ISTIO_MUTUAL -> false;
        };
    if (asks) {
      validation(common, tls, secrets);
    }
    return common;
  }

  private static List<String> secrets(ServerTls tls) {
    return tls.credentialName().isEmpty() ? tls.credentialNames() : List.of(tls.credentialName());
  }

  // DEVIATION: files are named in the context itself; Istio asks its agent for them over SDS.
  private static List<io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate>
      certificates(ServerTls tls) {
    List<TlsCertificate> written = new ArrayList<>(tls.tlsCertificates());
    if (written.isEmpty()) {
      written.add(
          new TlsCertificate(tls.serverCertificate(), tls.privateKey(), tls.caCertificates()));
    }
    return written.stream()
        .map(
            one ->
                io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.TlsCertificate.newBuilder()
                    .setCertificateChain(TlsParts.file(one.serverCertificate()))
                    .setPrivateKey(TlsParts.file(one.privateKey()))
                    .build())
        .toList();
  }

  private static void validation(
      CommonTlsContext.Builder common, ServerTls tls, List<String> secrets) {
    CertificateValidationContext.Builder context =
        CertificateValidationContext.newBuilder()
            .addAllMatchTypedSubjectAltNames(TlsParts.names(tls.subjectAltNames()))
            .addAllVerifyCertificateSpki(tls.verifyCertificateSpki())
            .addAllVerifyCertificateHash(tls.verifyCertificateHash());
    if (!tls.caCrl().isEmpty()) {
      context.setCrl(TlsParts.file(tls.caCrl()));
    }
    if (tls.insecureSkipVerify() != null && tls.insecureSkipVerify()) {
      common.setValidationContext(
          context.setTrustChainVerification(TrustChainVerification.ACCEPT_UNTRUSTED));
      return;
    }
    String secret = authoritiesSecret(tls, secrets);
    if (secret != null) {
      common.setCombinedValidationContext(
          CombinedCertificateValidationContext.newBuilder()
              .setDefaultValidationContext(context)
              .setValidationContextSdsSecretConfig(TlsParts.kubernetesSecret(secret)));
      return;
    }
    String file =
        tls.caCertificates().isEmpty() && !tls.tlsCertificates().isEmpty()
            ? tls.tlsCertificates().getFirst().caCertificates()
            : tls.caCertificates();
    common.setValidationContext(context.setTrustedCa(TlsParts.file(file)));
  }

  /** The secret with the authorities of clients, null where files say. */
  private static @Nullable String authoritiesSecret(ServerTls tls, List<String> secrets) {
    if (!tls.caCertCredentialName().isEmpty()) {
      return tls.caCertCredentialName();
    }
    return secrets.isEmpty() ? null : secrets.getFirst() + "-cacert";
  }
}
