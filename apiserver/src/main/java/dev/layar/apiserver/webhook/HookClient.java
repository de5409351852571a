package dev.layar.apiserver.webhook;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.time.Duration;
import java.util.Locale;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.TrustManagerFactory;

/**
 * One POST over TLS to an address that the host's name need not resolve to: a Service's name is
 * only in the certificate. Stateless; blocks the calling thread until the deadline at most.
 */
final class HookClient {
  private static final int MOST_BYTES = 4 << 20;

  private HookClient() {}

  /**
   * Where to call.
   *
   * @param address where to connect to
   * @param host the name that the certificate must have
   * @param path with a leading slash
   * @param trusted certificates in PEM; empty for the JDK's
   */
  record Target(InetSocketAddress address, String host, String path, byte[] trusted) {}

  /** Posts JSON; the answer's body. */
  static byte[] post(Target target, byte[] body, Duration timeout) throws IOException {
    long end = System.nanoTime() + timeout.toNanos();
    try (Socket plain = new Socket()) {
      plain.connect(target.address(), left(end));
      plain.setSoTimeout(left(end));
      try (SSLSocket socket =
          (SSLSocket)
              tls(target.trusted())
                  .getSocketFactory()
                  .createSocket(plain, target.host(), target.address().getPort(), true)) {
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        socket.getOutputStream().write(head(target, body.length));
        socket.getOutputStream().write(body);
        socket.getOutputStream().flush();
        return answer(socket, end);
      }
    }
  }

  private static int left(long end) throws SocketTimeoutException {
    long millis = (end - System.nanoTime()) / 1_000_000;
    if (millis <= 0) {
      throw new SocketTimeoutException("context deadline exceeded");
    }
    return (int) millis;
  }

  private static byte[] head(Target target, int length) {
    return ("POST "
            + target.path()
            + " HTTP/1.1\r\nHost: "
            + target.host()
            + "\r\nContent-Type: application/json\r\nAccept: application/json\r\n"
            + "User-Agent: layar-apiserver\r\nConnection: close\r\nContent-Length: "
            + length
            + "\r\n\r\n")
        .getBytes(StandardCharsets.US_ASCII);
  }

  private static SSLContext tls(byte[] trusted) throws IOException {
    try {
      SSLContext context = SSLContext.getInstance("TLS");
      if (trusted.length == 0) {
        context.init(null, null, null);
        return context;
      }
      KeyStore store = KeyStore.getInstance(KeyStore.getDefaultType());
      store.load(null, null);
      int index = 0;
      for (Certificate each :
          CertificateFactory.getInstance("X.509")
              .generateCertificates(new ByteArrayInputStream(trusted))) {
        store.setCertificateEntry("ca-" + index++, each);
      }
      TrustManagerFactory trust =
          TrustManagerFactory.getInstance(TrustManagerFactory.getDefaultAlgorithm());
      trust.init(store);
      context.init(null, trust.getTrustManagers(), null);
      return context;
    } catch (GeneralSecurityException e) {
      throw new IOException("caBundle is not usable: " + e.getMessage(), e);
    }
  }

  /** Everything until the end: we asked for the connection to be closed. */
  private static byte[] answer(SSLSocket socket, long end) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    InputStream in = socket.getInputStream();
    byte[] chunk = new byte[16 << 10];
    socket.setSoTimeout(left(end));
    int read = in.read(chunk);
    while (read >= 0 && !isComplete(all, chunk, read)) {
      if (all.size() > MOST_BYTES) {
        throw new IOException("the answer is longer than " + MOST_BYTES + " bytes");
      }
      socket.setSoTimeout(left(end));
      read = in.read(chunk);
    }
    return body(all.toByteArray());
  }

  /** Takes what was read in; whether the answer is there by its {@code Content-Length}. */
  private static boolean isComplete(ByteArrayOutputStream all, byte[] chunk, int length) {
    all.write(chunk, 0, length);
    byte[] bytes = all.toByteArray();
    int head = headEnd(bytes);
    String size = head < 0 ? "" : header(bytes, head, "content-length");
    return size.matches("\\d{1,8}") && bytes.length >= head + Integer.parseInt(size);
  }

  private static int headEnd(byte[] bytes) {
    for (int i = 3; i < bytes.length; i++) {
      if (bytes[i] == '\n' && bytes[i - 1] == '\r' && bytes[i - 2] == '\n') {
        return i + 1;
      }
    }
    return -1;
  }

  private static String header(byte[] bytes, int end, String name) {
    for (String line : new String(bytes, 0, end, StandardCharsets.ISO_8859_1).split("\r\n")) {
      int colon = line.indexOf(':');
      if (colon > 0 && line.substring(0, colon).toLowerCase(Locale.ROOT).equals(name)) {
        return line.substring(colon + 1).strip();
      }
    }
    return "";
  }

  private static byte[] body(byte[] bytes) throws IOException {
    int head = headEnd(bytes);
    if (head < 0) {
      throw new IOException("EOF");
    }
    String status = new String(bytes, 0, Math.min(head, 12), StandardCharsets.ISO_8859_1);
    if (!status.matches("HTTP/1\\.[01] 200")) {
      throw new IOException("the server answered " + status);
    }
    byte[] rest = java.util.Arrays.copyOfRange(bytes, head, bytes.length);
    return header(bytes, head, "transfer-encoding").toLowerCase(Locale.ROOT).equals("chunked")
        ? unchunked(rest)
        : rest;
  }

  /** RFC 9112 §7.1. */
  static byte[] unchunked(byte[] bytes) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    int at = 0;
    while (true) {
      int line = at;
      while (line < bytes.length && bytes[line] != '\n') {
        line++;
      }
      String size =
          new String(bytes, at, line - at, StandardCharsets.ISO_8859_1).split(";")[0].strip();
      if (!size.matches("[0-9a-fA-F]{1,7}")) {
        throw new IOException("the answer's chunks are malformed");
      }
      int length = Integer.parseInt(size, 16);
      int start = line + 1;
      if (length == 0) {
        return out.toByteArray();
      }
      if (start + length > bytes.length) {
        throw new IOException("unexpected EOF");
      }
      out.write(bytes, start, length);
      at = Math.min(start + length + 2, bytes.length);
    }
  }
}
