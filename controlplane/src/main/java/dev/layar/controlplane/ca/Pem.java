package dev.layar.controlplane.ca;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.PrivateKey;
import java.security.cert.Certificate;
import java.security.cert.CertificateEncodingException;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collection;
import java.util.List;
import java.util.regex.Pattern;
import org.bouncycastle.asn1.pkcs.PrivateKeyInfo;
import org.bouncycastle.openssl.PEMKeyPair;
import org.bouncycastle.openssl.PEMParser;
import org.bouncycastle.openssl.jcajce.JcaPEMKeyConverter;

/** The text form of certificates and keys (RFC 7468). Pure. */
public final class Pem {
  private static final int LINE = 64;
  private static final Pattern CERTIFICATE =
      Pattern.compile("-----BEGIN CERTIFICATE-----[^-]*-----END CERTIFICATE-----");

  private Pem() {}

  public static String of(Collection<X509Certificate> certificates) {
    StringBuilder out = new StringBuilder();
    for (X509Certificate certificate : certificates) {
      try {
        out.append(block("CERTIFICATE", certificate.getEncoded()));
      } catch (CertificateEncodingException unencodable) {
        throw new IllegalStateException("a certificate that was read can be written", unencodable);
      }
    }
    return out.toString();
  }

  static String of(PrivateKey key) {
    return block("PRIVATE KEY", key.getEncoded());
  }

  /** Every certificate in a text that may hold other things too. */
  public static List<X509Certificate> certificates(String text) throws CertificateException {
    StringBuilder blocks = new StringBuilder();
    CERTIFICATE.matcher(text).results().forEach(block -> blocks.append(block.group()).append('\n'));
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    byte[] bytes = blocks.toString().getBytes(StandardCharsets.US_ASCII);
    for (Certificate certificate : factory.generateCertificates(new ByteArrayInputStream(bytes))) {
      certificates.add((X509Certificate) certificate);
    }
    return certificates;
  }

  /** The first private key in a text: PKCS #8, or OpenSSL's older forms. */
  static PrivateKey privateKey(String text) throws GeneralSecurityException {
    try (PEMParser parser = new PEMParser(new StringReader(text))) {
      JcaPEMKeyConverter converter = new JcaPEMKeyConverter();
      for (Object read = parser.readObject(); read != null; read = parser.readObject()) {
        if (read instanceof PrivateKeyInfo info) {
          return converter.getPrivateKey(info);
        }
        if (read instanceof PEMKeyPair pair) {
          return converter.getPrivateKey(pair.getPrivateKeyInfo());
        }
      }
      throw new GeneralSecurityException("there is no private key in it");
    } catch (IOException malformed) {
      throw new GeneralSecurityException("the private key cannot be read");
    }
  }

  private static String block(String label, byte[] der) {
    String body = Base64.getMimeEncoder(LINE, new byte[] {'\n'}).encodeToString(der);
    return "-----BEGIN " + label + "-----\n" + body + "\n-----END " + label + "-----\n";
  }
}
