package dev.layar.proxy.observe;

import java.security.GeneralSecurityException;
import java.security.MessageDigest;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HexFormat;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.jspecify.annotations.Nullable;

/**
 * What logs and headers may say about one certificate. Immutable.
 *
 * @param subject RFC 2253, empty when the certificate has none
 * @param sha256 of the whole certificate, lower-case hex
 * @param sha1 the same, for {@code FINGERPRINT_1}
 * @param serial hex
 */
public record CertificateFacts(
    String subject,
    String issuer,
    List<String> uris,
    List<String> dnsNames,
    List<String> ips,
    List<String> emails,
    String sha256,
    String sha1,
    String serial,
    Instant notBefore,
    Instant notAfter) {
  private static final int EMAIL = 1;
  private static final int DNS = 2;
  private static final int URI = 6;
  private static final int IP = 7;

  public CertificateFacts {
    uris = List.copyOf(uris);
    dnsNames = List.copyOf(dnsNames);
    ips = List.copyOf(ips);
    emails = List.copyOf(emails);
  }

  /** The facts of a certificate. */
  public static CertificateFacts of(X509Certificate certificate) {
    return new CertificateFacts(
        certificate.getSubjectX500Principal().getName(X500Principal.RFC2253),
        certificate.getIssuerX500Principal().getName(X500Principal.RFC2253),
        names(certificate, URI),
        names(certificate, DNS),
        names(certificate, IP),
        names(certificate, EMAIL),
        digest(certificate, "SHA-256"),
        digest(certificate, "SHA-1"),
        certificate.getSerialNumber().toString(16),
        certificate.getNotBefore().toInstant(),
        certificate.getNotAfter().toInstant());
  }

  private static List<String> names(X509Certificate certificate, int kind) {
    List<String> names = new ArrayList<>();
    for (List<?> name : alternatives(certificate)) {
      if (name.get(0) instanceof Integer type && type == kind && name.get(1) instanceof String s) {
        names.add(s);
      }
    }
    return names;
  }

  /** A certificate whose names cannot be read has none. */
  private static Collection<List<?>> alternatives(X509Certificate certificate) {
    try {
      @Nullable Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      return names == null ? List.of() : names;
    } catch (CertificateParsingException unreadable) {
      return List.of();
    }
  }

  private static String digest(X509Certificate certificate, String algorithm) {
    try {
      byte[] hash = MessageDigest.getInstance(algorithm).digest(certificate.getEncoded());
      return HexFormat.of().formatHex(hash);
    } catch (CertificateEncodingException unreadable) {
      return "";
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("every JDK has " + algorithm, missing);
    }
  }
}
