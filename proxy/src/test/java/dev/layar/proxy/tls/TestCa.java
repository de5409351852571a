package dev.layar.proxy.tls;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.KeyStore;
import java.security.PublicKey;
import java.security.cert.X509Certificate;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.concurrent.atomic.AtomicLong;
import javax.net.ssl.KeyManagerFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.TrustManagerFactory;
import org.bouncycastle.asn1.x500.X500Name;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.jspecify.annotations.Nullable;

/** A small certificate authority for tests. */
public final class TestCa {
  private static final AtomicLong SERIAL = new AtomicLong(1);

  /** A certificate with its key, in the forms that tests need. */
  public record Leaf(KeyPair keys, X509Certificate certificate, X509Certificate issuer) {
    public String chainPem() {
      try {
        return Pem.encode("CERTIFICATE", certificate.getEncoded());
      } catch (GeneralSecurityException e) {
        throw new IllegalStateException(e);
      }
    }

    public String keyPem() {
      return Pem.encode("PRIVATE KEY", keys.getPrivate().getEncoded());
    }
  }

  private final KeyPair keys;
  private final X509Certificate root;

  private TestCa(KeyPair keys, X509Certificate root) {
    this.keys = keys;
    this.root = root;
  }

  /** A fresh authority of this name. */
  public static TestCa named(String name) {
    try {
      KeyPair keys = ec();
      X509Certificate root =
          sign("CN=" + name, keys.getPublic(), keys, null, true, List.of(), Duration.ofDays(1));
      return new TestCa(keys, root);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  public X509Certificate root() {
    return root;
  }

  public String rootPem() {
    try {
      return Pem.encode("CERTIFICATE", root.getEncoded());
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException(e);
    }
  }

  /** A leaf with these names: {@code spiffe://…} for a URI, digits and dots for an address. */
  public Leaf leaf(String... names) {
    return leaf(Duration.ofHours(1), names);
  }

  /**
   * @param life until it expires; negative for one that has
   */
  public Leaf leaf(Duration life, String... names) {
    try {
      KeyPair own = ec();
      return new Leaf(own, certify(own.getPublic(), life, names), root);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  /** A certificate for somebody else's key. */
  public X509Certificate certify(PublicKey key, Duration life, String... names) {
    try {
      List<GeneralName> all = new ArrayList<>();
      for (String name : names) {
        int kind =
            name.contains("://")
                ? GeneralName.uniformResourceIdentifier
                : name.matches("[0-9.]+") ? GeneralName.iPAddress : GeneralName.dNSName;
        all.add(new GeneralName(kind, name));
      }
      return sign("", key, keys, root, false, all, life);
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }

  private static KeyPair ec() throws GeneralSecurityException {
    KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
    generator.initialize(new ECGenParameterSpec("secp256r1"));
    return generator.generateKeyPair();
  }

  private static X509Certificate sign(
      String subject,
      PublicKey key,
      KeyPair by,
      @Nullable X509Certificate issuer,
      boolean ca,
      List<GeneralName> names,
      Duration life)
      throws IOException, GeneralSecurityException, OperatorException {
    Instant end = Instant.now().plus(life);
    Instant start = end.minus(Duration.ofDays(2));
    X500Name own = new X500Name(subject);
    X500Name by500 =
        issuer == null ? own : new X500Name(issuer.getSubjectX500Principal().getName());
    JcaX509v3CertificateBuilder builder =
        new JcaX509v3CertificateBuilder(
            by500,
            BigInteger.valueOf(SERIAL.getAndIncrement()),
            Date.from(start),
            Date.from(end),
            own,
            key);
    builder.addExtension(Extension.basicConstraints, true, new BasicConstraints(ca));
    if (!ca) {
      builder.addExtension(
          Extension.extendedKeyUsage,
          false,
          new ExtendedKeyUsage(
              new KeyPurposeId[] {KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth}));
      if (!names.isEmpty()) {
        builder.addExtension(
            Extension.subjectAlternativeName,
            subject.isEmpty(),
            new GeneralNames(names.toArray(GeneralName[]::new)));
      }
    }
    return new JcaX509CertificateConverter()
        .getCertificate(
            builder.build(new JcaContentSignerBuilder("SHA256withECDSA").build(by.getPrivate())));
  }

  /**
   * The JDK's side of a connection: trusts this authority.
   *
   * @param own what it shows of itself; null for nothing
   */
  public SSLContext jdk(@Nullable Leaf own) {
    try {
      KeyManagerFactory managers =
          KeyManagerFactory.getInstance(KeyManagerFactory.getDefaultAlgorithm());
      KeyStore store = KeyStore.getInstance("PKCS12");
      store.load(null, null);
      if (own != null) {
        store.setKeyEntry(
            "own", own.keys().getPrivate(), new char[0], new X509Certificate[] {own.certificate()});
      }
      managers.init(store, new char[0]);
      KeyStore trust = KeyStore.getInstance("PKCS12");
      trust.load(null, null);
      trust.setCertificateEntry("root", root);
      TrustManagerFactory trusted =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trusted.init(trust);
      SSLContext context = SSLContext.getInstance("TLS");
      context.init(managers.getKeyManagers(), trusted.getTrustManagers(), null);
      return context;
    } catch (Exception e) {
      throw new IllegalStateException(e);
    }
  }
}
