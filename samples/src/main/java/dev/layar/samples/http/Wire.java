package dev.layar.samples.http;

import java.io.ByteArrayOutputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/** Reading HTTP/1.1 messages (RFC 9112) from a blocking stream, with limits. */
final class Wire {
  static final int MAX_LINE = 16 * 1024;
  static final int MAX_HEADERS = 128;
  static final int MAX_BODY = 8 * 1024 * 1024;

  private Wire() {}

  /** One line without its CRLF; a bare LF is accepted too (RFC 9112 §2.2). */
  static String line(InputStream in) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream(64);
    while (true) {
      int b = in.read();
      if (b < 0) {
        throw new EOFException("connection closed");
      }
      if (b == '\n') {
        break;
      }
      if (out.size() == MAX_LINE) {
        throw new BadRequest("line too long");
      }
      out.write(b);
    }
    String line = out.toString(StandardCharsets.ISO_8859_1);
    return line.endsWith("\r") ? line.substring(0, line.length() - 1) : line;
  }

  static List<Header> headers(InputStream in) throws IOException {
    List<Header> headers = new ArrayList<>();
    for (String line = line(in); !line.isEmpty(); line = line(in)) {
      int colon = line.indexOf(':');
      if (colon <= 0 || headers.size() == MAX_HEADERS) {
        throw new BadRequest("bad header");
      }
      headers.add(new Header(line.substring(0, colon), line.substring(colon + 1).strip()));
    }
    return headers;
  }

  static boolean chunked(List<Header> headers) {
    return headers.stream()
        .anyMatch(
            h ->
                h.is("Transfer-Encoding")
                    && h.value().toLowerCase(Locale.ROOT).endsWith("chunked"));
  }

  /** Declared length, -1 when none is declared. */
  static long contentLength(List<Header> headers) throws BadRequest {
    for (Header header : headers) {
      if (header.is("Content-Length")) {
        try {
          return Long.parseLong(header.value());
        } catch (NumberFormatException e) {
          throw new BadRequest("bad content-length");
        }
      }
    }
    return -1;
  }

  static byte[] exactly(InputStream in, long length) throws IOException {
    if (length > MAX_BODY || length < 0) {
      throw new BadRequest("body too large");
    }
    byte[] body = in.readNBytes((int) length);
    if (body.length < length) {
      throw new EOFException("connection closed in body");
    }
    return body;
  }

  static byte[] chunks(InputStream in) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    while (true) {
      String line = line(in);
      int semicolon = line.indexOf(';');
      int size;
      try {
        size = Integer.parseInt((semicolon < 0 ? line : line.substring(0, semicolon)).strip(), 16);
      } catch (NumberFormatException e) {
        throw new BadRequest("bad chunk size");
      }
      if (size == 0) {
        headers(in);
        return out.toByteArray();
      }
      if (size < 0 || out.size() + (long) size > MAX_BODY) {
        throw new BadRequest("body too large");
      }
      out.write(exactly(in, size));
      if (!line(in).isEmpty()) {
        throw new BadRequest("chunk without end");
      }
    }
  }

  static boolean closes(String version, List<Header> headers) {
    for (Header header : headers) {
      if (header.is("Connection")) {
        String value = header.value().toLowerCase(Locale.ROOT);
        if (value.contains("close")) {
          return true;
        }
        if (value.contains("keep-alive")) {
          return false;
        }
      }
    }
    return !version.equals("HTTP/1.1");
  }
}
