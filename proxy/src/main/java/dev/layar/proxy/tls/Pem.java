package dev.layar.proxy.tls;

import java.io.ByteArrayInputStream;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PrivateKey;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.security.spec.PKCS8EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;

/** PEM text (RFC 7468) to certificates and keys, and back. Pure. */
public final class Pem {
  private static final String BEGIN = "-----BEGIN ";
  private static final String DASHES = "-----";

  /** 1.2.840.113549.1.1.1 with NULL parameters (RFC 8017 appendix A.1). */
  private static final byte[] RSA = {
    0x30, 0x0d, 0x06, 0x09, 0x2a, (byte) 0x86, 0x48, (byte) 0x86, (byte) 0xf7, 0x0d, 1, 1, 1, 5, 0
  };

  private record Block(String label, byte[] bytes) {}

  private Pem() {}

  /**
   * All certificates of a text, in order.
   *
   * @throws GeneralSecurityException when one cannot be read, with the reason for people
   */
  public static List<X509Certificate> certificates(String text) throws GeneralSecurityException {
    CertificateFactory factory = CertificateFactory.getInstance("X.509");
    List<X509Certificate> certificates = new ArrayList<>();
    for (Block block : blocks(text)) {
      if (block.label().endsWith("CERTIFICATE")) {
        certificates.add(
            (X509Certificate) factory.generateCertificate(new ByteArrayInputStream(block.bytes())));
      }
    }
    return certificates;
  }

  /**
   * The first private key of a text: PKCS #8, PKCS #1 (RSA) or SEC 1 (EC).
   *
   * @throws GeneralSecurityException when there is none that can be read; says nothing of its bytes
   */
  public static PrivateKey privateKey(String text) throws GeneralSecurityException {
    for (Block block : blocks(text)) {
      switch (block.label()) {
        case "PRIVATE KEY" -> {
          return pkcs8(block.bytes());
        }
        case "RSA PRIVATE KEY" -> {
          return pkcs8(wrap(RSA, block.bytes()));
        }
        case "EC PRIVATE KEY" -> {
          return pkcs8(wrap(ecAlgorithm(block.bytes()), block.bytes()));
        }
        case "ENCRYPTED PRIVATE KEY" ->
            throw new GeneralSecurityException("the private key is encrypted");
        default -> {
          // Certificates and EC parameters may stand in the same file.
        }
      }
    }
    throw new GeneralSecurityException("no private key in PEM form");
  }

  /** A PEM block. */
  public static String encode(String label, byte[] der) {
    String body = Base64.getMimeEncoder(64, new byte[] {'\n'}).encodeToString(der);
    return BEGIN + label + DASHES + "\n" + body + "\n-----END " + label + DASHES + "\n";
  }

  private static PrivateKey pkcs8(byte[] der) throws GeneralSecurityException {
    PKCS8EncodedKeySpec spec = new PKCS8EncodedKeySpec(der);
    for (String algorithm : List.of("EC", "RSA", "Ed25519")) {
      try {
        return KeyFactory.getInstance(algorithm).generatePrivate(spec);
      } catch (java.security.spec.InvalidKeySpecException another) {
        continue;
      }
    }
    throw new GeneralSecurityException("the private key is neither EC, RSA nor Ed25519");
  }

  private static byte[] wrap(byte[] algorithm, byte[] key) {
    return Der.sequence(Der.integer(0), algorithm, Der.octets(key));
  }

  /** The curve stands in the key itself (RFC 5915 §3): {@code [0] parameters}. */
  private static byte[] ecAlgorithm(byte[] sec1) throws GeneralSecurityException {
    for (int i = 0; i + 2 < sec1.length; i++) {
      int length = sec1[i + 1];
      if (sec1[i] == (byte) 0xa0
          && length > 2
          && i + 2 + length <= sec1.length
          && sec1[i + 2] == 6) {
        byte[] curve = java.util.Arrays.copyOfRange(sec1, i + 2, i + 2 + length);
        return Der.sequence(Der.oid(Der.EC_PUBLIC_KEY), curve);
      }
    }
    throw new GeneralSecurityException("the EC key names no curve");
  }

  private static List<Block> blocks(String text) throws GeneralSecurityException {
    List<Block> blocks = new ArrayList<>();
    int at = text.indexOf(BEGIN);
    while (at >= 0) {
      int labelEnd = text.indexOf(DASHES, at + BEGIN.length());
      String label = labelEnd < 0 ? "" : text.substring(at + BEGIN.length(), labelEnd);
      int end = labelEnd < 0 ? -1 : text.indexOf("-----END " + label + DASHES, labelEnd);
      if (end < 0) {
        throw new GeneralSecurityException("a PEM block does not end");
      }
      blocks.add(new Block(label, decode(text.substring(labelEnd + DASHES.length(), end))));
      at = text.indexOf(BEGIN, end);
    }
    return blocks;
  }

  private static byte[] decode(String body) throws GeneralSecurityException {
    try {
      return Base64.getMimeDecoder().decode(body.getBytes(StandardCharsets.ISO_8859_1));
    } catch (IllegalArgumentException e) {
      throw new GeneralSecurityException("a PEM block is not base64", e);
    }
  }
}
