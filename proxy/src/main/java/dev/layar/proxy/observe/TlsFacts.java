package dev.layar.proxy.observe;

import org.jspecify.annotations.Nullable;

/**
 * What logs and headers may say about one TLS connection. Immutable.
 *
 * @param version for example {@code TLSv1.3}
 * @param cipher OpenSSL's name where the engine gives it
 * @param alpn what was agreed on; empty for nothing
 * @param sessionId hex; empty for none
 * @param peer the peer's certificate; null when it showed none
 * @param verified whether the peer's certificate was verified
 * @param peerPem the peer's certificate and then the rest of its chain, as PEM text
 * @param local the certificate of this end; null when none was shown
 */
public record TlsFacts(
    String version,
    String cipher,
    String alpn,
    String sessionId,
    @Nullable CertificateFacts peer,
    boolean verified,
    java.util.List<String> peerPem,
    @Nullable CertificateFacts local) {
  public TlsFacts {
    peerPem = java.util.List.copyOf(peerPem);
  }
}
