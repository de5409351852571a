package dev.layar.apiserver.auth;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.math.BigInteger;
import java.net.InetAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermissions;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.security.spec.PKCS8EncodedKeySpec;
import java.security.spec.X509EncodedKeySpec;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Date;
import java.util.HexFormat;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.asn1.x509.SubjectPublicKeyInfo;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/**
 * The server's own keys and certificates, kept in a directory that only its owner can read: a CA,
 * the key that signs service account tokens, the administrator's token. Made once, read again at
 * the next start, so that kubeconfigs and tokens outlive a restart. Immutable; thread-safe.
 */
public final class Credentials {
  private static final Duration CA_LIFE = Duration.ofDays(3650);
  private static final Duration LEAF_LIFE = Duration.ofDays(365);
  private static final Duration SKEW = Duration.ofMinutes(5);
  private static final SecureRandom RANDOM = new SecureRandom();

  private final X509Certificate ca;
  private final PrivateKey caKey;
  private final KeyPair tokens;
  private final String adminToken;
  private final InstantSource clock;

  /** A certificate with its key. */
  public record Identity(PrivateKey key, X509Certificate certificate) {}

  private Credentials(
      X509Certificate ca,
      PrivateKey caKey,
      KeyPair tokens,
      String adminToken,
      InstantSource clock) {
    this.ca = ca;
    this.caKey = caKey;
    this.tokens = tokens;
    this.adminToken = adminToken;
    this.clock = clock;
  }

  /** Reads what is in the directory and makes what is missing. */
  public static Credentials in(Path directory, InstantSource clock) throws IOException {
    Files.createDirectories(
        directory,
        PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
    Files.setPosixFilePermissions(directory, PosixFilePermissions.fromString("rwx------"));
    try {
      KeyPair caPair = keyPair(directory, "ca");
      Path caFile = directory.resolve("ca.crt");
      if (!Files.exists(caFile) || expired(read(caFile), clock)) {
        writePrivate(caFile, pem(selfSigned(caPair, clock)));
      }
      return new Credentials(
          read(caFile),
          caPair.getPrivate(),
          keyPair(directory, "sa"),
          token(directory.resolve("admin.token")),
          clock);
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IOException("cannot read or make the keys in " + directory, e);
    }
  }

  public X509Certificate ca() {
    return ca;
  }

  public String caPem() {
    return pem(ca);
  }

  /** The keys of service account tokens. */
  public KeyPair tokenKeys() {
    return tokens;
  }

  /** The bearer token of the administrator. Never to be logged. */
  public String adminToken() {
    return adminToken;
  }

  /** A server certificate for these names and addresses. */
  public Identity server(List<String> hosts) {
    List<GeneralName> names = new ArrayList<>();
    for (String host : hosts) {
      names.add(
          new GeneralName(
              isAddress(host) ? GeneralName.iPAddress : GeneralName.dNSName, unscoped(host)));
    }
    return issue(new X500Principal("CN=layar-apiserver"), KeyPurposeId.id_kp_serverAuth, names);
  }

  /** A client certificate: the common name is the user, organizations are groups. */
  public Identity client(String user, List<String> groups) {
    StringBuilder subject = new StringBuilder("CN=\"" + user.replace("\"", "\\\"") + "\"");
    groups.forEach(
        group -> subject.append(",O=\"").append(group.replace("\"", "\\\"")).append('"'));
    return issue(new X500Principal(subject.toString()), KeyPurposeId.id_kp_clientAuth, List.of());
  }

  private Identity issue(X500Principal subject, KeyPurposeId purpose, List<GeneralName> names) {
    try {
      KeyPair pair = newPair();
      X509v3CertificateBuilder builder =
          builder(ca.getSubjectX500Principal(), subject, pair.getPublic(), LEAF_LIFE, clock)
              .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
              .addExtension(Extension.keyUsage, true, new KeyUsage(KeyUsage.digitalSignature))
              .addExtension(Extension.extendedKeyUsage, false, new ExtendedKeyUsage(purpose));
      if (!names.isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            false,
            new GeneralNames(names.toArray(GeneralName[]::new)));
      }
      return new Identity(pair.getPrivate(), sign(builder, caKey));
    } catch (GeneralSecurityException | OperatorCreationException e) {
      throw new IllegalStateException("cannot issue a certificate", e);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static X509Certificate selfSigned(KeyPair pair, InstantSource clock)
      throws GeneralSecurityException, OperatorCreationException, IOException {
    X500Principal name = new X500Principal("CN=layar-ca");
    return sign(
        builder(name, name, pair.getPublic(), CA_LIFE, clock)
            .addExtension(Extension.basicConstraints, true, new BasicConstraints(0))
            .addExtension(
                Extension.keyUsage,
                true,
                new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign | KeyUsage.digitalSignature)),
        pair.getPrivate());
  }

  private static X509v3CertificateBuilder builder(
      X500Principal issuer,
      X500Principal subject,
      PublicKey key,
      Duration life,
      InstantSource clock) {
    Instant now = clock.instant();
    return new X509v3CertificateBuilder(
        X500Name.getInstance(issuer.getEncoded()),
        new BigInteger(127, RANDOM),
        Date.from(now.minus(SKEW)),
        Date.from(now.plus(life)),
        X500Name.getInstance(subject.getEncoded()),
        SubjectPublicKeyInfo.getInstance(key.getEncoded()));
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws GeneralSecurityException, OperatorCreationException {
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(key)));
  }

  private static KeyPair newPair() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  /** Both halves of a pair in one file each. */
  private static KeyPair keyPair(Path directory, String name)
      throws IOException, GeneralSecurityException {
    Path secret = directory.resolve(name + ".key");
    Path open = directory.resolve(name + ".pub");
    if (!Files.exists(secret) || !Files.exists(open)) {
      KeyPair made = newPair();
      writePrivate(open, pem("PUBLIC KEY", made.getPublic().getEncoded()));
      writePrivate(secret, pem("PRIVATE KEY", made.getPrivate().getEncoded()));
      return made;
    }
    KeyFactory keys = KeyFactory.getInstance("EC");
    return new KeyPair(
        keys.generatePublic(new X509EncodedKeySpec(unpem(open))),
        keys.generatePrivate(new PKCS8EncodedKeySpec(unpem(secret))));
  }

  private static String token(Path file) throws IOException {
    if (!Files.exists(file)) {
      byte[] bytes = new byte[32];
      RANDOM.nextBytes(bytes);
      writePrivate(file, HexFormat.of().formatHex(bytes));
    }
    String token = Files.readString(file).strip();
    if (token.length() < 32) {
      throw new IOException(file + " holds no token of at least 32 characters; delete it");
    }
    return token;
  }

  private static boolean expired(X509Certificate certificate, InstantSource clock) {
    return certificate.getNotAfter().toInstant().isBefore(clock.instant().plus(LEAF_LIFE));
  }

  private static X509Certificate read(Path file) throws IOException, GeneralSecurityException {
    try (var in = Files.newInputStream(file)) {
      return (X509Certificate) CertificateFactory.getInstance("X.509").generateCertificate(in);
    }
  }

  /** A certificate in PEM. */
  public static String pem(X509Certificate certificate) {
    try {
      return pem("CERTIFICATE", certificate.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A private key in PEM. */
  public static String pem(PrivateKey key) {
    return pem("PRIVATE KEY", key.getEncoded());
  }

  private static String pem(String what, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + what + "-----\n" + body + "\n-----END " + what + "-----\n";
  }

  private static byte[] unpem(Path file) throws IOException {
    String body = Files.readString(file).replaceAll("-----[^-]+-----", "");
    try {
      return Base64.getMimeDecoder().decode(body);
    } catch (IllegalArgumentException e) {
      throw new IOException(file + " is not PEM", e);
    }
  }

  /** Writes a file that its owner alone can read, in one step. */
  static void writePrivate(Path file, String text) throws IOException {
    Path directory = file.toAbsolutePath().getParent();
    Path aside =
        Files.createTempFile(
            directory,
            ".new",
            "",
            PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
    try {
      Files.writeString(aside, text);
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(aside);
    }
  }

  private static boolean isAddress(String host) {
    try {
      return host.contains(":") || !InetAddress.ofLiteral(host).isAnyLocalAddress();
    } catch (IllegalArgumentException notAnAddress) {
      return false;
    }
  }

  private static String unscoped(String host) {
    int scope = host.indexOf('%');
    return scope < 0 ? host : host.substring(0, scope);
  }
}
