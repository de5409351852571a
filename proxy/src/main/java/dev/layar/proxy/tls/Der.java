package dev.layar.proxy.tls;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;

/** As much of DER (X.690) as a certificate signing request needs. Pure. */
final class Der {
  static final String EC_PUBLIC_KEY = "1.2.840.10045.2.1";
  static final String ECDSA_SHA256 = "1.2.840.10045.4.3.2";

  /** PKCS #9 extensionRequest (RFC 2985 §5.4.2). */
  static final String EXTENSION_REQUEST = "1.2.840.113549.1.9.14";

  static final String SUBJECT_ALT_NAME = "2.5.29.17";

  private Der() {}

  static byte[] sequence(byte[]... parts) {
    return tagged(0x30, parts);
  }

  static byte[] set(byte[]... parts) {
    return tagged(0x31, parts);
  }

  /** A small number. */
  static byte[] integer(int value) {
    return tagged(0x02, new byte[] {(byte) value});
  }

  static byte[] octets(byte[] content) {
    return tagged(0x04, content);
  }

  static byte[] bits(byte[] content) {
    return tagged(0x03, new byte[] {0}, content);
  }

  static byte[] bool(boolean value) {
    return tagged(0x01, new byte[] {(byte) (value ? 0xff : 0)});
  }

  /** A context-specific primitive with ASCII content, as GeneralName's URI is ({@code [6]}). */
  static byte[] ascii(int tag, String text) {
    return tagged(0x80 | tag, text.getBytes(StandardCharsets.US_ASCII));
  }

  static byte[] oid(String dotted) {
    String[] parts = dotted.split("\\.");
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    out.write(Integer.parseInt(parts[0]) * 40 + Integer.parseInt(parts[1]));
    for (int i = 2; i < parts.length; i++) {
      base128(Integer.parseInt(parts[i]), out);
    }
    return tagged(0x06, out.toByteArray());
  }

  private static void base128(int value, ByteArrayOutputStream out) {
    for (int shift = 28; shift > 0; shift -= 7) {
      if (value >>> shift != 0) {
        out.write(value >>> shift & 0x7f | 0x80);
      }
    }
    out.write(value & 0x7f);
  }

  static byte[] tagged(int tag, byte[]... parts) {
    int length = 0;
    for (byte[] part : parts) {
      length += part.length;
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream(length + 6);
    out.write(tag);
    if (length < 0x80) {
      out.write(length);
    } else {
      int bytes = length < 0x100 ? 1 : length < 0x10000 ? 2 : 3;
      out.write(0x80 | bytes);
      for (int shift = (bytes - 1) * 8; shift >= 0; shift -= 8) {
        out.write(length >>> shift);
      }
    }
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }
}
