package dev.layar.proxy.tls;

/**
 * A certificate chain with its key ({@code Envoy TlsCertificate}), as PEM text. Immutable.
 *
 * @param chain the leaf first
 * @param key PKCS #8, PKCS #1 or SEC 1, not encrypted
 */
public record KeyPairPem(String chain, String key) {
  /** Says nothing: keys do not belong in logs. */
  @Override
  public String toString() {
    return "a certificate and its key";
  }
}
