package dev.layar.controlplane.ca;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Result;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.FileAttribute;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.SecureRandom;
import java.security.Signature;
import java.security.cert.X509Certificate;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;

/**
 * A certificate authority's keys in a directory that only its owner may read. Two forms: what a
 * user supplies, with the names that Istio's {@code cacerts} secret has ({@code ca-cert.pem},
 * {@code ca-key.pem}, {@code root-cert.pem}, {@code cert-chain.pem}); and the roots that are made
 * here, {@code root-<epoch second from which it signs>.pem}, each with its key.
 */
public final class CaStore {
  private static final String OWN_PREFIX = "root-";
  private static final String SUFFIX = ".pem";
  private static final String SUPPLIED = "root-cert.pem";
  private static final Set<PosixFilePermission> OWNER_ONLY =
      PosixFilePermissions.fromString("rw-------");

  private CaStore() {}

  /** The authority that a directory holds; in an empty one, a new root is made and kept. */
  public static Result<CertificateAuthority> open(
      Path directory, String trustDomain, CaOptions options, InstantSource clock) {
    try {
      if (Files.exists(directory.resolve("ca-key.pem"))) {
        return supplied(directory, trustDomain, options, clock);
      }
      List<Signer> signers = own(directory);
      if (signers.isEmpty()) {
        CertificateAuthority made = CertificateAuthority.selfSigned(trustDomain, options, clock);
        save(made, directory);
        return new Result.Ok<>(made, List.of());
      }
      return new Result.Ok<>(
          new CertificateAuthority(trustDomain, options, clock, new SecureRandom(), signers),
          List.of());
    } catch (IOException | GeneralSecurityException unusable) {
      return rejected(directory, "cannot be used: " + unusable.getMessage(), "readable PEM files");
    }
  }

  /**
   * Keeps the roots that were made here; to be called after {@link CertificateAuthority#rotate}.
   */
  public static void save(CertificateAuthority authority, Path directory) throws IOException {
    Files.createDirectories(directory);
    for (Signer signer : authority.signers()) {
      Path file = directory.resolve(OWN_PREFIX + signer.signsFrom().getEpochSecond() + SUFFIX);
      if (!Files.exists(file)) {
        writePrivate(file, Pem.of(signer.key()) + Pem.of(signer.chain()));
      }
    }
  }

  /** Never readable by others, not even for a moment, and never half written. */
  private static void writePrivate(Path file, String text) throws IOException {
    boolean posix = Files.getFileStore(file.getParent()).supportsFileAttributeView("posix");
    FileAttribute<?>[] attributes =
        posix
            ? new FileAttribute<?>[] {PosixFilePermissions.asFileAttribute(OWNER_ONLY)}
            : new FileAttribute<?>[0];
    Path aside = file.resolveSibling(file.getFileName() + ".new");
    try {
      Files.createFile(aside, attributes);
    } catch (FileAlreadyExistsException leftOver) {
      Files.delete(aside);
      Files.createFile(aside, attributes);
    }
    Files.writeString(aside, text, StandardCharsets.US_ASCII);
    Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
  }

  private static List<Signer> own(Path directory) throws IOException, GeneralSecurityException {
    if (!Files.isDirectory(directory)) {
      return List.of();
    }
    List<Signer> signers = new ArrayList<>();
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        String name = file.getFileName().toString();
        if (name.matches(OWN_PREFIX + "-?\\d+\\" + SUFFIX)) {
          long from =
              Long.parseLong(name.substring(OWN_PREFIX.length(), name.length() - SUFFIX.length()));
          String text = Files.readString(file, StandardCharsets.US_ASCII);
          signers.add(
              new Signer(
                  Pem.privateKey(text), Pem.certificates(text), Instant.ofEpochSecond(from)));
        }
      }
    }
    signers.sort(Comparator.comparing(Signer::signsFrom));
    return signers;
  }

  private static Result<CertificateAuthority> supplied(
      Path directory, String trustDomain, CaOptions options, InstantSource clock)
      throws IOException, GeneralSecurityException {
    PrivateKey key = Pem.privateKey(read(directory, "ca-key.pem"));
    List<X509Certificate> chain = new ArrayList<>();
    chain.addAll(Pem.certificates(read(directory, "ca-cert.pem")));
    if (Files.exists(directory.resolve("cert-chain.pem"))) {
      Pem.certificates(read(directory, "cert-chain.pem")).stream()
          .filter(certificate -> !chain.contains(certificate))
          .forEach(chain::add);
    }
    List<X509Certificate> roots = Pem.certificates(read(directory, SUPPLIED));
    if (chain.isEmpty() || roots.isEmpty()) {
      return rejected(directory, "holds no certificate", "ca-cert.pem and root-cert.pem");
    }
    if (!chain.contains(roots.getFirst())) {
      chain.add(roots.getFirst());
    }
    String wrong = wrong(key, chain, clock.instant());
    if (!wrong.isEmpty()) {
      return rejected(directory, wrong, "a CA certificate of that key, valid now, up to its root");
    }
    Signer signer = new Signer(key, chain, chain.getFirst().getNotBefore().toInstant());
    return new Result.Ok<>(
        new CertificateAuthority(trustDomain, options, clock, new SecureRandom(), List.of(signer)),
        readable(directory.resolve("ca-key.pem")));
  }

  private static String read(Path directory, String name) throws IOException {
    return Files.readString(directory.resolve(name), StandardCharsets.US_ASCII);
  }

  private static String wrong(PrivateKey key, List<X509Certificate> chain, Instant now) {
    X509Certificate own = chain.getFirst();
    if (own.getBasicConstraints() < 0) {
      return "ca-cert.pem is no certificate of an authority";
    }
    for (X509Certificate certificate : chain) {
      if (certificate.getNotAfter().toInstant().isBefore(now)) {
        return "the certificate of " + certificate.getSubjectX500Principal() + " has expired";
      }
    }
    try {
      for (int i = 0; i + 1 < chain.size(); i++) {
        chain.get(i).verify(chain.get(i + 1).getPublicKey());
      }
    } catch (GeneralSecurityException broken) {
      return "the chain does not lead to root-cert.pem";
    }
    return belongs(key, own) ? "" : "ca-key.pem is not the key of ca-cert.pem";
  }

  private static boolean belongs(PrivateKey key, X509Certificate certificate) {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    try {
      byte[] probe = {1, 2, 3};
      Signature signing = Signature.getInstance(algorithm);
      signing.initSign(key);
      signing.update(probe);
      Signature verifying = Signature.getInstance(algorithm);
      verifying.initVerify(certificate.getPublicKey());
      verifying.update(probe);
      return verifying.verify(signing.sign());
    } catch (GeneralSecurityException different) {
      return false;
    }
  }

  /** A warning when others may read the key. */
  private static List<Finding> readable(Path key) throws IOException {
    if (!Files.getFileStore(key).supportsFileAttributeView("posix")
        || OWNER_ONLY.containsAll(Files.getPosixFilePermissions(key))) {
      return List.of();
    }
    return List.of(
        Finding.warning(
            "LYR0922",
            new Location(key.toString(), 0, 0),
            "",
            "others may read this private key",
            PosixFilePermissions.toString(Files.getPosixFilePermissions(key)),
            "rw-------"));
  }

  private static <T> Result<T> rejected(Path directory, String message, String expected) {
    return new Result.Rejected<>(
        List.of(
            Finding.error(
                "LYR0921", new Location(directory.toString(), 0, 0), "", message, "", expected)));
  }
}
