package dev.layar.proxy.server;

import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.Locale;

/** A client on a plain socket that sends exactly the bytes it is given. */
final class TestClient implements AutoCloseable {
  /**
   * A response.
   *
   * @param head as it came, in lower case
   */
  record Answer(int status, String head, String body) {
    String header(String name) {
      int at = head.indexOf("\r\n" + name + ": ");
      return at < 0 ? "" : head.substring(at + name.length() + 4, head.indexOf('\r', at + 2));
    }
  }

  /** Long enough for any machine, short enough for a hanging test. */
  private static final int PATIENCE_MILLIS = 20_000;

  private final Socket socket;
  private final InputStream in;

  TestClient(InetSocketAddress to) throws IOException {
    this(new Socket(to.getAddress(), to.getPort()));
  }

  /** On a connection that somebody made, with TLS perhaps. */
  TestClient(Socket connected) throws IOException {
    socket = connected;
    socket.setSoTimeout(PATIENCE_MILLIS);
    socket.setTcpNoDelay(true);
    in = new BufferedInputStream(socket.getInputStream());
  }

  void send(String text) throws IOException {
    socket.getOutputStream().write(text.getBytes(StandardCharsets.ISO_8859_1));
  }

  /** Sends a GET on this connection and reads its answer. */
  Answer get(String path, String... headers) throws IOException {
    send("GET " + path + " HTTP/1.1\r\nhost: test\r\n" + lines(headers) + "\r\n");
    return read();
  }

  static String lines(String... headers) {
    return headers.length == 0 ? "" : String.join("\r\n", headers) + "\r\n";
  }

  Answer read() throws IOException {
    return read(false);
  }

  Answer read(boolean toHead) throws IOException {
    String head = TestUpstream.Wire.head(in);
    if (head == null) {
      return new Answer(0, "", "");
    }
    String lower = head.toLowerCase(Locale.ROOT);
    int status = Integer.parseInt(head.substring(9, 12));
    boolean bodiless = toHead || status == 204 || status == 304 || status < 200;
    String body = bodiless ? "" : TestUpstream.Wire.body(in, head, true);
    return new Answer(status, lower, body);
  }

  /** Reads a head and leaves what follows. */
  Answer head() throws IOException {
    return read(true);
  }

  /** Reads so many bytes that are no HTTP. */
  String bytes(int size) throws IOException {
    return new String(in.readNBytes(size), StandardCharsets.ISO_8859_1);
  }

  /** Whether the proxy has closed: the stream ends, orderly or not. */
  boolean closed() throws IOException {
    try {
      return in.read() < 0;
    } catch (java.net.SocketException e) {
      return true;
    }
  }

  void reset() throws IOException {
    socket.setSoLinger(true, 0);
    socket.close();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
