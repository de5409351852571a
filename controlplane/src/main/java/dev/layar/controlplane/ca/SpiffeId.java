package dev.layar.controlplane.ca;

import java.security.cert.CertificateParsingException;
import java.security.cert.X509Certificate;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A workload's identity ({@code spiffe://<trust domain>/ns/<namespace>/sa/<service account>},
 * SPIFFE ID §2 as Istio writes it). Immutable.
 */
public record SpiffeId(String trustDomain, String namespace, String serviceAccount) {
  private static final Pattern DOMAIN = Pattern.compile("[a-z0-9._-]{1,255}");
  private static final Pattern NAME = Pattern.compile("[A-Za-z0-9._-]{1,253}");
  private static final Pattern URI = Pattern.compile("spiffe://([^/]+)/ns/([^/]+)/sa/([^/]+)");

  /** GeneralName's choice {@code uniformResourceIdentifier} (RFC 5280 §4.2.1.6). */
  private static final int URI_NAME = 6;

  public SpiffeId {
    if (!DOMAIN.matcher(trustDomain).matches()
        || !NAME.matcher(namespace).matches()
        || !NAME.matcher(serviceAccount).matches()) {
      throw new IllegalArgumentException(
          "not an identity: " + trustDomain + ", " + namespace + ", " + serviceAccount);
    }
  }

  /** Reads an identity; empty when the text is none. */
  public static Optional<SpiffeId> parse(String uri) {
    Matcher parts = URI.matcher(uri);
    if (!parts.matches()
        || !DOMAIN.matcher(parts.group(1)).matches()
        || !NAME.matcher(parts.group(2)).matches()
        || !NAME.matcher(parts.group(3)).matches()) {
      return Optional.empty();
    }
    return Optional.of(new SpiffeId(parts.group(1), parts.group(2), parts.group(3)));
  }

  /** The identity in a certificate; an X.509-SVID has exactly one URI (SPIFFE X509-SVID §2). */
  public static Optional<SpiffeId> of(X509Certificate certificate) {
    try {
      Collection<List<?>> names = certificate.getSubjectAlternativeNames();
      if (names == null) {
        return Optional.empty();
      }
      List<String> uris =
          names.stream()
              .filter(name -> name.getFirst().equals(URI_NAME))
              .map(name -> String.valueOf(name.get(1)))
              .toList();
      return uris.size() == 1 ? parse(uris.getFirst()) : Optional.empty();
    } catch (CertificateParsingException malformed) {
      return Optional.empty();
    }
  }

  public String uri() {
    return "spiffe://" + trustDomain + "/ns/" + namespace + "/sa/" + serviceAccount;
  }

  @Override
  public String toString() {
    return uri();
  }
}
