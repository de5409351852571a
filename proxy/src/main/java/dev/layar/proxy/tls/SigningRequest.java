package dev.layar.proxy.tls;

import java.security.GeneralSecurityException;
import java.security.KeyPair;
import java.security.KeyPairGenerator;
import java.security.Signature;
import java.security.spec.ECGenParameterSpec;

/**
 * A certificate signing request (RFC 2986) for a workload: an EC P-256 key, an empty subject, one
 * URI as subject alternative name, as Istio's agent asks. Immutable.
 */
public final class SigningRequest {
  /** {@code uniformResourceIdentifier [6]} of GeneralName (RFC 5280 §4.2.1.6). */
  private static final int URI = 6;

  private final KeyPair keys;
  private final String pem;

  private SigningRequest(KeyPair keys, String pem) {
    this.keys = keys;
    this.pem = pem;
  }

  /** With a fresh key, signed by it. */
  public static SigningRequest of(String uri) {
    try {
      KeyPairGenerator generator = KeyPairGenerator.getInstance("EC");
      generator.initialize(new ECGenParameterSpec("secp256r1"));
      KeyPair keys = generator.generateKeyPair();
      byte[] info =
          Der.sequence(
              Der.integer(0),
              Der.sequence(),
              keys.getPublic().getEncoded(),
              Der.tagged(0xa0, attributes(uri)));
      Signature signature = Signature.getInstance("SHA256withECDSA");
      signature.initSign(keys.getPrivate());
      signature.update(info);
      byte[] request =
          Der.sequence(info, Der.sequence(Der.oid(Der.ECDSA_SHA256)), Der.bits(signature.sign()));
      return new SigningRequest(keys, Pem.encode("CERTIFICATE REQUEST", request));
    } catch (GeneralSecurityException e) {
      throw new IllegalStateException("every JDK has P-256 and SHA-256", e);
    }
  }

  /** PKCS #9 extensionRequest with the critical subjectAltName of a certificate without subject. */
  private static byte[] attributes(String uri) {
    byte[] names = Der.sequence(Der.ascii(URI, uri));
    byte[] extension =
        Der.sequence(Der.oid(Der.SUBJECT_ALT_NAME), Der.bool(true), Der.octets(names));
    return Der.sequence(Der.oid(Der.EXTENSION_REQUEST), Der.set(Der.sequence(extension)));
  }

  /** The request. */
  public String pem() {
    return pem;
  }

  /**
   * The certificate that came of it, with this request's key.
   *
   * @param chain PEM, the leaf first
   * @throws GeneralSecurityException when it is not for this key
   */
  public KeyPairPem answered(String chain) throws GeneralSecurityException {
    var certificates = Pem.certificates(chain);
    if (certificates.isEmpty()
        || !certificates.getFirst().getPublicKey().equals(keys.getPublic())) {
      throw new GeneralSecurityException("the certificate is not for the key that was sent");
    }
    return new KeyPairPem(chain, Pem.encode("PRIVATE KEY", keys.getPrivate().getEncoded()));
  }
}
