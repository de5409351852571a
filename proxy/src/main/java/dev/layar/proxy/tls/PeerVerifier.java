package dev.layar.proxy.tls;

import dev.layar.proxy.observe.CertificateFacts;
import java.net.Socket;
import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertPathValidator;
import java.security.cert.CertPathValidatorException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.PKIXParameters;
import java.security.cert.TrustAnchor;
import java.security.cert.X509Certificate;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedTrustManager;

/**
 * Verifies a peer's certificate as {@code Envoy DefaultCertValidator} does: the chain up to a
 * trusted root, its times and purpose, pinned hashes, then the subject alternative names. Host
 * names are compared only where a matcher says so. Thread-safe.
 */
final class PeerVerifier extends X509ExtendedTrustManager {
  private static final String SERVER_AUTH = "1.3.6.1.5.5.7.3.1";
  private static final String CLIENT_AUTH = "1.3.6.1.5.5.7.3.2";
  private static final String ANY_PURPOSE = "2.5.29.37.0";

  private final Validation validation;
  private final InstantSource clock;
  private final List<X509Certificate> roots;
  private final Set<TrustAnchor> anchors;
  private final Map<String, Set<TrustAnchor>> byDomain = new HashMap<>();

  /**
   * @throws GeneralSecurityException when a root cannot be read
   */
  PeerVerifier(Validation validation, InstantSource clock) throws GeneralSecurityException {
    this.validation = validation;
    this.clock = clock;
    this.roots = Pem.certificates(validation.trustedCa());
    this.anchors = anchors(roots);
    for (Map.Entry<String, String> domain : validation.trustDomains().entrySet()) {
      byDomain.put(domain.getKey(), anchors(Pem.certificates(domain.getValue())));
    }
  }

  private static Set<TrustAnchor> anchors(List<X509Certificate> roots) {
    Set<TrustAnchor> anchors = new HashSet<>();
    roots.forEach(root -> anchors.add(new TrustAnchor(root, null)));
    return anchors;
  }

  // ---- verification

  private void verify(X509Certificate[] chain, String purpose) throws CertificateException {
    if (!validation.verifies()) {
      return;
    }
    if (chain.length == 0) {
      throw new PeerRefused(PeerRefused.Why.NO_CERTIFICATE, "no certificate was presented");
    }
    CertificateFacts leaf = CertificateFacts.of(chain[0]);
    if (!validation.acceptUntrusted()
        && (!anchors.isEmpty() || !validation.trustDomains().isEmpty())) {
      chain(chain, leaf, purpose);
    }
    hashes(chain[0], leaf);
    names(leaf);
  }

  private void chain(X509Certificate[] chain, CertificateFacts leaf, String purpose)
      throws PeerRefused {
    Set<TrustAnchor> trusted = validation.trustDomains().isEmpty() ? anchors : domain(leaf);
    purpose(chain[0], purpose);
    try {
      PKIXParameters parameters = new PKIXParameters(trusted);
      parameters.setRevocationEnabled(false);
      parameters.setDate(
          validation.allowExpired() ? chain[0].getNotAfter() : Date.from(clock.instant()));
      CertPathValidator.getInstance("PKIX")
          .validate(
              CertificateFactory.getInstance("X.509").generateCertPath(path(chain, trusted)),
              parameters);
    } catch (CertPathValidatorException e) {
      throw new PeerRefused(PeerRefused.Why.CHAIN, explain(e));
    } catch (GeneralSecurityException e) {
      throw new PeerRefused(PeerRefused.Why.CHAIN, String.valueOf(e.getMessage()));
    }
  }

  /** The chain as sent, up to a root that is trusted by itself. */
  private static List<X509Certificate> path(X509Certificate[] chain, Set<TrustAnchor> trusted) {
    List<X509Certificate> path = new ArrayList<>();
    for (X509Certificate one : chain) {
      boolean root = trusted.stream().anyMatch(anchor -> one.equals(anchor.getTrustedCert()));
      if (root && !path.isEmpty()) {
        break;
      }
      path.add(one);
    }
    return path;
  }

  private Set<TrustAnchor> domain(CertificateFacts leaf) throws PeerRefused {
    for (String uri : leaf.uris()) {
      if (uri.startsWith("spiffe://")) {
        int end = uri.indexOf('/', 9);
        Set<TrustAnchor> known = byDomain.get(end < 0 ? uri.substring(9) : uri.substring(9, end));
        if (known != null) {
          return known;
        }
      }
    }
    throw new PeerRefused(PeerRefused.Why.CHAIN, "no trust bundle for the certificate's domain");
  }

  private static void purpose(X509Certificate leaf, String purpose) throws PeerRefused {
    try {
      List<String> purposes = leaf.getExtendedKeyUsage();
      if (purposes != null && !purposes.contains(purpose) && !purposes.contains(ANY_PURPOSE)) {
        throw new PeerRefused(
            PeerRefused.Why.CHAIN,
            "certificate verification error at depth 0: unsuitable certificate purpose");
      }
    } catch (java.security.cert.CertificateParsingException e) {
      throw new PeerRefused(PeerRefused.Why.CHAIN, "unreadable extended key usage");
    }
  }

  /** In OpenSSL's words, which operators search for. */
  private static String explain(CertPathValidatorException e) {
    String words =
        switch (e.getReason().toString()) {
          case "EXPIRED" -> "certificate has expired";
          case "NOT_YET_VALID" -> "certificate is not yet valid";
          case "NO_TRUST_ANCHOR" -> "unable to get local issuer certificate";
          case "INVALID_SIGNATURE" -> "certificate signature failure";
          case "NOT_CA_CERT" -> "invalid CA certificate";
          case "PATH_TOO_LONG" -> "path length constraint exceeded";
          default -> String.valueOf(e.getMessage());
        };
    return "certificate verification error at depth " + Math.max(0, e.getIndex()) + ": " + words;
  }

  private void hashes(X509Certificate leaf, CertificateFacts facts) throws PeerRefused {
    if (validation.certificateHashes().isEmpty() && validation.spkiHashes().isEmpty()) {
      return;
    }
    if (!validation.certificateHashes().contains(facts.sha256())
        && !validation.spkiHashes().contains(spki(leaf))) {
      throw new PeerRefused(PeerRefused.Why.HASH, "certificate hash does not match");
    }
  }

  private static String spki(X509Certificate leaf) {
    try {
      byte[] key = leaf.getPublicKey().getEncoded();
      return Base64.getEncoder().encodeToString(MessageDigest.getInstance("SHA-256").digest(key));
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("every JDK has SHA-256", missing);
    }
  }

  private void names(CertificateFacts leaf) throws PeerRefused {
    if (validation.sans().isEmpty()) {
      return;
    }
    for (SanMatcher matcher : validation.sans()) {
      if (any(matcher, SanMatcher.Type.URI, leaf.uris())
          || any(matcher, SanMatcher.Type.DNS, leaf.dnsNames())
          || any(matcher, SanMatcher.Type.IP, leaf.ips())
          || any(matcher, SanMatcher.Type.EMAIL, leaf.emails())) {
        return;
      }
    }
    throw new PeerRefused(PeerRefused.Why.SAN, "SAN matcher");
  }

  private static boolean any(SanMatcher matcher, SanMatcher.Type type, List<String> names) {
    return names.stream().anyMatch(name -> matcher.matches(type, name));
  }

  // ---- X509ExtendedTrustManager

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    verify(chain, CLIENT_AUTH);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType)
      throws CertificateException {
    verify(chain, SERVER_AUTH);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    verify(chain, CLIENT_AUTH);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, Socket socket)
      throws CertificateException {
    verify(chain, SERVER_AUTH);
  }

  @Override
  public void checkClientTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    verify(chain, CLIENT_AUTH);
  }

  @Override
  public void checkServerTrusted(X509Certificate[] chain, String authType, SSLEngine engine)
      throws CertificateException {
    verify(chain, SERVER_AUTH);
  }

  /** The roots, whose names a server tells its clients. */
  @Override
  public X509Certificate[] getAcceptedIssuers() {
    return roots.toArray(X509Certificate[]::new);
  }
}
