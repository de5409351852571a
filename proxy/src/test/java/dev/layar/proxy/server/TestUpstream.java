package dev.layar.proxy.server;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import javax.net.ServerSocketFactory;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLServerSocket;
import javax.net.ssl.SSLSession;
import javax.net.ssl.SSLSocket;
import org.jspecify.annotations.Nullable;

/** An upstream on plain sockets that does exactly what a test says. */
final class TestUpstream implements AutoCloseable {
  /** What happens on one connection. */
  @FunctionalInterface
  interface Script {
    void run(Connection connection) throws IOException, InterruptedException;
  }

  /** One accepted connection, as a script sees it. */
  final class Connection {
    private final Socket socket;
    private final InputStream in;
    private final OutputStream out;

    Connection(Socket socket) throws IOException {
      this.socket = socket;
      this.in = new BufferedInputStream(socket.getInputStream());
      this.out = socket.getOutputStream();
    }

    /** Reads one request head and its body by content-length or chunks; null at the end. */
    @Nullable String request() throws IOException {
      String head = Wire.head(in);
      if (head == null) {
        return null;
      }
      String request = head + Wire.body(in, head, false);
      requests.add(request);
      return request;
    }

    /** Reads one request head and leaves what follows; null at the end. */
    @Nullable String head() throws IOException {
      return Wire.head(in);
    }

    /** Reads so much of what follows a head. */
    void skip(int bytes) throws IOException {
      in.skipNBytes(bytes);
    }

    void send(String text) throws IOException {
      out.write(text.getBytes(StandardCharsets.ISO_8859_1));
      out.flush();
    }

    /** Reads nothing, until the upstream is closed. */
    void halt() throws InterruptedException {
      closing.await();
    }

    /** For a script that speaks something else. */
    Socket socket() {
      return socket;
    }

    /** Closes with a reset instead of an orderly end. */
    void reset() throws IOException {
      socket.setSoLinger(true, 0);
      socket.close();
    }

    void halfClose() throws IOException {
      socket.shutdownOutput();
    }

    /** The TLS session, where there is one. */
    SSLSession session() {
      return ((SSLSocket) socket).getSession();
    }

    /** Sends back what comes until the peer ends. */
    void echo() throws IOException {
      in.transferTo(out);
      out.flush();
    }

    /** Takes what comes until the peer ends. */
    void echoNothing() throws IOException {
      in.transferTo(OutputStream.nullOutputStream());
    }

    /** Takes what comes until the peer ends, and counts it. */
    long drain() throws IOException {
      return in.transferTo(OutputStream.nullOutputStream());
    }

    /** Does nothing until the upstream is closed or the peer goes away. */
    void beSilent() throws IOException {
      in.transferTo(OutputStream.nullOutputStream());
    }

    void close() throws IOException {
      socket.close();
    }
  }

  private final ServerSocket server;
  private final Script script;
  private final List<String> requests = new CopyOnWriteArrayList<>();
  private final Set<Socket> open = ConcurrentHashMap.newKeySet();
  private final CountDownLatch accepted = new CountDownLatch(1);
  private final CountDownLatch closing = new CountDownLatch(1);
  private volatile int connections;

  private TestUpstream(Script script, ServerSocketFactory sockets) throws IOException {
    this.script = script;
    this.server = sockets.createServerSocket(0, 256, InetAddress.getLoopbackAddress());
    Thread.ofVirtual().start(this::accept);
  }

  static TestUpstream of(Script script) throws IOException {
    return new TestUpstream(script, ServerSocketFactory.getDefault());
  }

  /**
   * Behind TLS.
   *
   * @param clients whether they have to show a certificate
   */
  static TestUpstream secure(SSLContext tls, boolean clients, Script script) throws IOException {
    TestUpstream upstream = new TestUpstream(script, tls.getServerSocketFactory());
    ((SSLServerSocket) upstream.server).setNeedClientAuth(clients);
    return upstream;
  }

  /** Answers every request, kept alive, with this body. */
  static TestUpstream answering(String body) throws IOException {
    return responding("HTTP/1.1 200 OK\r\ncontent-length: " + body.length() + "\r\n\r\n" + body);
  }

  /** Answers every request, kept alive, with these bytes. */
  static TestUpstream responding(String response) throws IOException {
    return of(
        connection -> {
          while (connection.request() != null) {
            connection.send(response);
          }
        });
  }

  /** A port on which nothing listens. */
  static int refusedPort() throws IOException {
    try (ServerSocket probe = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return probe.getLocalPort();
    }
  }

  int port() {
    return server.getLocalPort();
  }

  /** Every request so far, head and body. */
  List<String> requests() {
    return List.copyOf(requests);
  }

  int connections() {
    return connections;
  }

  void awaitConnection() throws InterruptedException {
    accepted.await();
  }

  private void accept() {
    try {
      while (!server.isClosed()) {
        Socket socket = server.accept();
        connections++;
        open.add(socket);
        accepted.countDown();
        Thread.ofVirtual().start(() -> serve(socket));
      }
    } catch (SocketException e) {
      accepted.countDown();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  private void serve(Socket socket) {
    try (socket) {
      script.run(new Connection(socket));
    } catch (IOException | InterruptedException e) {
      open.remove(socket);
    }
  }

  @Override
  public void close() throws IOException {
    closing.countDown();
    server.close();
    for (Socket socket : open) {
      socket.close();
    }
  }

  /** Bytes of the HTTP/1.1 wire for tests, slow and obvious. */
  static final class Wire {
    private Wire() {}

    /** A head with its empty line; null at the end of the stream. */
    static @Nullable String head(InputStream in) throws IOException {
      ByteArrayOutputStream head = new ByteArrayOutputStream();
      int last4 = 0;
      while (last4 != 0x0d0a0d0a) {
        int next = in.read();
        if (next < 0) {
          return head.size() == 0 ? null : head.toString(StandardCharsets.ISO_8859_1);
        }
        head.write(next);
        last4 = last4 << 8 | next;
      }
      return head.toString(StandardCharsets.ISO_8859_1);
    }

    /** The body that belongs to a head, chunks decoded. */
    static String body(InputStream in, String head, boolean untilClose) throws IOException {
      String lower = head.toLowerCase(Locale.ROOT);
      if (lower.contains("\r\ntransfer-encoding: chunked")) {
        return chunked(in);
      }
      int at = lower.indexOf("\r\ncontent-length: ");
      if (at >= 0) {
        int length = Integer.parseInt(lower.substring(at + 18, lower.indexOf('\r', at + 2)));
        return new String(in.readNBytes(length), StandardCharsets.ISO_8859_1);
      }
      return untilClose ? new String(in.readAllBytes(), StandardCharsets.ISO_8859_1) : "";
    }

    private static String chunked(InputStream in) throws IOException {
      StringBuilder body = new StringBuilder();
      while (true) {
        int size = Integer.parseInt(line(in), 16);
        body.append(new String(in.readNBytes(size), StandardCharsets.ISO_8859_1));
        line(in);
        if (size == 0) {
          return body.toString();
        }
      }
    }

    private static String line(InputStream in) throws IOException {
      StringBuilder line = new StringBuilder();
      int next = in.read();
      while (next >= 0 && next != '\n') {
        if (next != '\r') {
          line.append((char) next);
        }
        next = in.read();
      }
      return line.toString();
    }
  }
}
