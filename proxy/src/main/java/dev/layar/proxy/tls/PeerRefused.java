package dev.layar.proxy.tls;

import java.security.cert.CertificateException;

/** A peer's certificate is not what it has to be; the message says why, in words for logs. */
final class PeerRefused extends CertificateException {
  private static final long serialVersionUID = 1;

  /** Which of Envoy's counters it belongs to. */
  enum Why {
    NO_CERTIFICATE,
    CHAIN,
    SAN,
    HASH
  }

  private final Why why;

  PeerRefused(Why why, String message) {
    super(message);
    this.why = why;
  }

  Why why() {
    return why;
  }
}
