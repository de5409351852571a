package dev.layar.controlplane.ca;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Result;
import java.io.IOException;
import java.io.StringReader;
import java.security.GeneralSecurityException;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentVerifierProviderBuilder;
import org.bouncycastle.pkcs.PKCS10CertificationRequest;
import org.bouncycastle.pkcs.PKCSException;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequest;

/**
 * Signs workloads' certificates and says whom to trust. Thread-safe; holds keys in memory and shows
 * them to nobody.
 *
 * <p>A root is replaced in three steps, so that nobody meets a certificate that it cannot verify:
 * the new root is trusted beside the old one, after the overlap it signs, and when everything that
 * the old one signed has expired it is no longer trusted. All three follow from the clock.
 */
public final class CertificateAuthority {
  private static final int MAX_CSR_CHARACTERS = 32 << 10;

  private final String trustDomain;
  private final CaOptions options;
  private final InstantSource clock;
  private final SecureRandom random;

  /** Oldest first; never empty. */
  private volatile List<Signer> signers;

  CertificateAuthority(
      String trustDomain,
      CaOptions options,
      InstantSource clock,
      SecureRandom random,
      List<Signer> signers) {
    this.trustDomain = trustDomain;
    this.options = options;
    this.clock = clock;
    this.random = random;
    this.signers = List.copyOf(signers);
  }

  /** With a root that lives as long as this object; see {@link CaStore} for one that stays. */
  public static CertificateAuthority selfSigned(
      String trustDomain, CaOptions options, InstantSource clock) {
    SecureRandom random = new SecureRandom();
    Instant now = clock.instant();
    Signer root = Certificates.root(trustDomain, options.rootTtl(), now, now, random);
    return new CertificateAuthority(trustDomain, options, clock, random, List.of(root));
  }

  public String trustDomain() {
    return trustDomain;
  }

  /** The certificates to trust now, the signing one first. */
  public List<X509Certificate> roots() {
    Instant now = clock.instant();
    List<Signer> all = signers;
    Set<X509Certificate> roots = new LinkedHashSet<>();
    roots.add(current(now).root());
    for (int i = 0; i < all.size(); i++) {
      boolean retired =
          i + 1 < all.size() && all.get(i + 1).signsFrom().plus(options.maxTtl()).isBefore(now);
      if (!retired) {
        roots.add(all.get(i).root());
      }
    }
    return List.copyOf(roots);
  }

  /**
   * Certifies a key for an identity. What the request says of itself beside its key is ignored, as
   * istiod does: who the caller is decides.
   *
   * @param csr PKCS #10 in PEM
   * @param ttl zero or less for the default
   * @return leaf first, root last
   */
  public Result<List<X509Certificate>> sign(String csr, SpiffeId id, Duration ttl) {
    if (!id.trustDomain().equals(trustDomain)) {
      return rejected("identity", id.uri(), "an identity of " + trustDomain);
    }
    boolean given = !ttl.isNegative() && !ttl.isZero();
    Duration wanted = given ? ttl : options.defaultTtl();
    if (wanted.compareTo(options.maxTtl()) > 0) {
      return rejected("validity_duration", wanted.toString(), "at most " + options.maxTtl());
    }
    return switch (keyOf(csr)) {
      case Result.Ok<PublicKey>(PublicKey key, var findings) ->
          new Result.Ok<>(issue(key, id, List.of(), wanted), findings);
      case Result.Rejected<PublicKey>(var findings) -> new Result.Rejected<>(findings);
    };
  }

  /** The control plane's own certificate, which is also known by DNS names. */
  List<X509Certificate> issueServer(
      PublicKey key, SpiffeId id, List<String> dnsNames, Duration ttl) {
    return issue(key, id, dnsNames, ttl);
  }

  private List<X509Certificate> issue(
      PublicKey key, SpiffeId id, List<String> dnsNames, Duration ttl) {
    Instant now = clock.instant();
    Signer signer = current(now);
    Instant until = now.plus(ttl);
    Instant end = signer.certificate().getNotAfter().toInstant();
    List<X509Certificate> chain = new ArrayList<>();
    chain.add(
        Certificates.workload(
            signer, key, id, dnsNames, now, until.isAfter(end) ? end : until, random));
    chain.addAll(signer.chain());
    return List.copyOf(chain);
  }

  private static Result<PublicKey> keyOf(String csr) {
    if (csr.length() > MAX_CSR_CHARACTERS) {
      return rejected("csr", "", "at most " + MAX_CSR_CHARACTERS + " characters");
    }
    try (PEMParser parser = new PEMParser(new StringReader(csr))) {
      if (!(parser.readObject() instanceof PKCS10CertificationRequest request)) {
        return rejected("csr", "", "a PKCS #10 request in PEM");
      }
      PublicKey key = new JcaPKCS10CertificationRequest(request).getPublicKey();
      if (!request.isSignatureValid(new JcaContentVerifierProviderBuilder().build(key))) {
        return rejected("csr", "", "a signature by the key that it holds");
      }
      String weakness = Certificates.weakness(key);
      return weakness.isEmpty()
          ? new Result.Ok<>(key, List.of())
          : rejected("csr", weakness, "RSA of 2048 to 8192 bits, EC of 256 or more, or Ed25519");
    } catch (IOException
        | GeneralSecurityException
        | OperatorCreationException
        | PKCSException
        | RuntimeException malformed) { // the parser throws unchecked ones for malformed ASN.1
      return rejected("csr", "", "a PKCS #10 request in PEM with a key that Java knows");
    }
  }

  private static <T> Result<T> rejected(String path, String value, String expected) {
    return new Result.Rejected<>(
        List.of(
            Finding.error(
                "LYR0920",
                Location.UNKNOWN,
                path,
                "the certificate request is refused",
                value,
                expected)));
  }

  /**
   * Begins to replace the root.
   *
   * @param overlap how long the new root is only trusted, before it signs: longer than it takes
   *     until every proxy trusts it
   */
  public synchronized void rotate(Duration overlap) {
    Instant now = clock.instant();
    List<Signer> next = new ArrayList<>(signers);
    next.add(Certificates.root(trustDomain, options.rootTtl(), now, now.plus(overlap), random));
    signers = List.copyOf(next);
  }

  /** For {@link CaStore}. */
  List<Signer> signers() {
    return signers;
  }

  private Signer current(Instant now) {
    Signer current = signers.getFirst();
    for (Signer signer : signers) {
      if (!signer.signsFrom().isAfter(now)) {
        current = signer;
      }
    }
    return current;
  }
}
