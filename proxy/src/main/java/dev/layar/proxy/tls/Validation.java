package dev.layar.proxy.tls;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What a peer's certificate has to be ({@code Envoy CertificateValidationContext}). Immutable.
 *
 * @param trustedCa PEM text of the roots; empty when none are given, and then nothing is verified
 * @param trustDomains roots by SPIFFE trust domain ({@code SPIFFECertValidatorConfig}): the
 *     certificate's own trust domain chooses; empty without
 * @param sans at least one has to match; empty when any name will do
 * @param certificateHashes SHA-256 of the leaf, in lower-case hex, one of which it has to be
 * @param spkiHashes SHA-256 of the leaf's public key, in base64
 * @param acceptUntrusted {@code trust_chain_verification: ACCEPT_UNTRUSTED}
 * @param allowExpired {@code allow_expired_certificate}
 */
public record Validation(
    String trustedCa,
    Map<String, String> trustDomains,
    List<SanMatcher> sans,
    List<String> certificateHashes,
    List<String> spkiHashes,
    boolean acceptUntrusted,
    boolean allowExpired) {
  public static final Validation NONE =
      new Validation("", Map.of(), List.of(), List.of(), List.of(), false, false);

  public Validation {
    trustDomains = Map.copyOf(trustDomains);
    sans = List.copyOf(sans);
    certificateHashes = List.copyOf(certificateHashes);
    spkiHashes = List.copyOf(spkiHashes);
  }

  /** Whether anything is asked of a certificate. */
  public boolean verifies() {
    return !trustedCa.isEmpty()
        || !trustDomains.isEmpty()
        || !certificateHashes.isEmpty()
        || !spkiHashes.isEmpty();
  }

  /** This as the default, with what a secret says merged over it ({@code Message.MergeFrom}). */
  public Validation merge(Validation over) {
    Map<String, String> domains = new LinkedHashMap<>(trustDomains);
    domains.putAll(over.trustDomains);
    return new Validation(
        over.trustedCa.isEmpty() ? trustedCa : over.trustedCa,
        domains,
        both(sans, over.sans),
        both(certificateHashes, over.certificateHashes),
        both(spkiHashes, over.spkiHashes),
        acceptUntrusted || over.acceptUntrusted,
        allowExpired || over.allowExpired);
  }

  private static <T> List<T> both(List<T> first, List<T> second) {
    List<T> all = new ArrayList<>(first);
    all.addAll(second);
    return all;
  }
}
