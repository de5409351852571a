package dev.layar.controlplane.ca;

import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.List;

/**
 * A key that signs certificates, with what vouches for it. Immutable; its text shows no key.
 *
 * @param chain the signer's own certificate first, the root last; one certificate when it is the
 *     root
 * @param signsFrom when it takes over from the signer before it
 */
record Signer(PrivateKey key, List<X509Certificate> chain, Instant signsFrom) {
  Signer {
    chain = List.copyOf(chain);
  }

  X509Certificate certificate() {
    return chain.getFirst();
  }

  X509Certificate root() {
    return chain.getLast();
  }

  @Override
  public String toString() {
    return certificate().getSubjectX500Principal() + " from " + signsFrom;
  }
}
