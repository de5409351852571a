package dev.layar.controlplane.ca;

import java.io.StringWriter;
import java.security.KeyPair;
import java.security.SecureRandom;
import javax.security.auth.x500.X500Principal;
import org.bouncycastle.openssl.jcajce.JcaPEMWriter;
import org.bouncycastle.operator.jcajce.JcaContentSignerBuilder;
import org.bouncycastle.pkcs.jcajce.JcaPKCS10CertificationRequestBuilder;

/** Certificate requests, as an agent makes them. */
final class Csr {
  private Csr() {}

  static KeyPair ec() {
    return Certificates.keyPair(new SecureRandom());
  }

  static String of(KeyPair pair) throws Exception {
    return of(pair, pair);
  }

  /** A request for one key, signed by another. */
  static String of(KeyPair pair, KeyPair signedBy) throws Exception {
    String algorithm =
        pair.getPrivate().getAlgorithm().equals("RSA") ? "SHA256withRSA" : "SHA256withECDSA";
    StringWriter out = new StringWriter();
    try (JcaPEMWriter writer = new JcaPEMWriter(out)) {
      writer.writeObject(
          new JcaPKCS10CertificationRequestBuilder(new X500Principal(""), pair.getPublic())
              .build(new JcaContentSignerBuilder(algorithm).build(signedBy.getPrivate())));
    }
    return out.toString();
  }
}
