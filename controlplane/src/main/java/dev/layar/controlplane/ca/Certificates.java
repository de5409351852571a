package dev.layar.controlplane.ca;

import java.io.IOException;
import java.math.BigInteger;
import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.PrivateKey;
import java.security.PublicKey;
import java.security.SecureRandom;
import java.security.cert.X509Certificate;
import java.security.interfaces.ECPublicKey;
import java.security.interfaces.RSAPublicKey;
import java.security.spec.ECGenParameterSpec;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.asn1.x509.BasicConstraints;
import org.bouncycastle.asn1.x509.ExtendedKeyUsage;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralNames;
import org.bouncycastle.asn1.x509.KeyPurposeId;
import org.bouncycastle.asn1.x509.KeyUsage;
import org.bouncycastle.cert.X509v3CertificateBuilder;
import org.bouncycastle.cert.jcajce.JcaX509CertificateConverter;
import org.bouncycastle.cert.jcajce.JcaX509ExtensionUtils;
import org.bouncycastle.cert.jcajce.JcaX509v3CertificateBuilder;
import org.bouncycastle.operator.OperatorCreationException;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;

/** Builds certificates. Pure but for randomness; a failure of the crypto library is a bug. */
final class Certificates {
  private static final int SERIAL_BITS = 127;
  private static final int MIN_RSA_BITS = 2048;
  private static final int MAX_RSA_BITS = 8192;
  private static final int MIN_EC_BITS = 256;

  /** Istio's {@code ClockSkewGracePeriod}. */
  private static final Duration SKEW = Duration.ofMinutes(2);

  private Certificates() {}

  static KeyPair keyPair(SecureRandom random) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"), random);
      return generator.generateKeyPair();
    } catch (GeneralSecurityException missing) {
      throw new IllegalStateException("every JDK has P-256", missing);
    }
  }

  /** A self-signed root of its own key. */
  static Signer root(
      String trustDomain, Duration ttl, Instant now, Instant signsFrom, SecureRandom random) {
    KeyPair pair = keyPair(random);
    X500Principal name = new X500Principal("O=" + trustDomain);
    X509v3CertificateBuilder builder =
        builder(name, pair.getPublic(), name, now, now.plus(ttl), random);
    try {
      JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(true))
          .addExtension(
              Extension.keyUsage, true, new KeyUsage(KeyUsage.keyCertSign | KeyUsage.cRLSign))
          .addExtension(
              Extension.subjectKeyIdentifier,
              false,
              utils.createSubjectKeyIdentifier(pair.getPublic()));
      X509Certificate certificate = sign(builder, pair.getPrivate());
      return new Signer(pair.getPrivate(), List.of(certificate), signsFrom);
    } catch (GeneralSecurityException | IOException | OperatorCreationException bug) {
      throw new IllegalStateException("a root cannot be made", bug);
    }
  }

  /**
   * A workload's certificate: an X.509-SVID with one URI. As the subject is empty the URI's
   * extension is critical (RFC 5280 §4.2.1.6).
   */
  static X509Certificate workload(
      Signer signer,
      PublicKey key,
      SpiffeId id,
      List<String> dnsNames,
      Instant now,
      Instant until,
      SecureRandom random) {
    X509Certificate issuer = signer.certificate();
    X509v3CertificateBuilder builder =
        builder(issuer.getSubjectX500Principal(), key, new X500Principal(""), now, until, random);
    try {
      JcaX509ExtensionUtils utils = new JcaX509ExtensionUtils();
      builder
          .addExtension(Extension.basicConstraints, true, new BasicConstraints(false))
          .addExtension(
              Extension.keyUsage,
              true,
              new KeyUsage(KeyUsage.digitalSignature | KeyUsage.keyEncipherment))
          .addExtension(
              Extension.extendedKeyUsage,
              false,
              new ExtendedKeyUsage(
                  new KeyPurposeId[] {
                    KeyPurposeId.id_kp_serverAuth, KeyPurposeId.id_kp_clientAuth
                  }))
          .addExtension(
              Extension.authorityKeyIdentifier,
              false,
              utils.createAuthorityKeyIdentifier(issuer.getPublicKey()))
          .addExtension(Extension.subjectAlternativeName, true, names(id, dnsNames));
      return sign(builder, signer.key());
    } catch (GeneralSecurityException | IOException | OperatorCreationException bug) {
      throw new IllegalStateException("a certificate cannot be made", bug);
    }
  }

  private static GeneralNames names(SpiffeId id, List<String> dnsNames) {
    List<GeneralName> names = new ArrayList<>();
    names.add(new GeneralName(GeneralName.uniformResourceIdentifier, id.uri()));
    dnsNames.forEach(name -> names.add(new GeneralName(GeneralName.dNSName, name)));
    return new GeneralNames(names.toArray(GeneralName[]::new));
  }

  /** What is wrong with a key that somebody wants certified; empty when nothing is. */
  static String weakness(PublicKey key) {
    if (key instanceof RSAPublicKey rsa) {
      int bits = rsa.getModulus().bitLength();
      return bits < MIN_RSA_BITS || bits > MAX_RSA_BITS ? "an RSA key of " + bits + " bits" : "";
    }
    if (key instanceof ECPublicKey ec) {
      int bits = ec.getParams().getCurve().getField().getFieldSize();
      return bits < MIN_EC_BITS ? "an EC key of " + bits + " bits" : "";
    }
    return key.getAlgorithm().equals("EdDSA") ? "" : "a key of type " + key.getAlgorithm();
  }

  private static X509v3CertificateBuilder builder(
      X500Principal issuer,
      PublicKey key,
      X500Principal subject,
      Instant now,
      Instant until,
      SecureRandom random) {
    return new JcaX509v3CertificateBuilder(
        issuer,
        new BigInteger(SERIAL_BITS, random).add(BigInteger.ONE),
        Date.from(now.minus(SKEW)),
        Date.from(until),
        subject,
        key);
  }

  private static X509Certificate sign(X509v3CertificateBuilder builder, PrivateKey key)
      throws OperatorCreationException, GeneralSecurityException {
    String algorithm =
        switch (key.getAlgorithm()) {
          case "RSA" -> "SHA256withRSA";
          case "EC" -> "SHA256withECDSA";
          default -> "Ed25519";
        };
    return new JcaX509CertificateConverter()
        .getCertificate(builder.build(new JcaContentSignerBuilder(algorithm).build(key)));
  }
}
