package dev.layar.samples.http;

import java.io.BufferedInputStream;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A keep-alive HTTP/1.1 server: one virtual thread a connection, at most {@value #MAX_CONNECTIONS}
 * connections. Stopping refuses new connections first, then lets requests in flight finish.
 */
public final class HttpServer implements AutoCloseable {
  private static final int MAX_CONNECTIONS = 4096;

  /** Answers one request, on the connection's thread. */
  @FunctionalInterface
  public interface Handler {
    Response handle(Request request) throws IOException;
  }

  /** Told about each answered request, after the last byte was written. */
  @FunctionalInterface
  public interface AccessLog {
    void answered(Request request, int status, long bodyBytes, Duration took);
  }

  private final ServerSocket listener;
  private final Handler handler;
  private final AccessLog log;
  private final Semaphore slots = new Semaphore(MAX_CONNECTIONS);
  private final Set<Connection> connections = ConcurrentHashMap.newKeySet();
  private final AtomicInteger inFlight = new AtomicInteger();
  private volatile boolean stopping;

  private HttpServer(ServerSocket listener, Handler handler, AccessLog log) {
    this.listener = listener;
    this.handler = handler;
    this.log = log;
  }

  /** Binds and starts answering. Port 0 picks a free one, see {@link #port}. */
  public static HttpServer start(InetAddress bind, int port, Handler handler, AccessLog log)
      throws IOException {
    ServerSocket socket = new ServerSocket();
    socket.setReuseAddress(true);
    try {
      socket.bind(new InetSocketAddress(bind, port), 1024);
    } catch (IOException e) {
      socket.close();
      throw new IOException(
          "cannot listen on " + bind.getHostAddress() + ":" + port + ": " + e.getMessage(), e);
    }
    HttpServer server = new HttpServer(socket, handler, log);
    Thread.ofPlatform().name("accept").start(server::accept);
    return server;
  }

  public int port() {
    return listener.getLocalPort();
  }

  /** Refuses new connections, closes idle ones, waits for requests in flight up to the limit. */
  public void stop(Duration limit) {
    stopping = true;
    closeListener();
    connections.forEach(Connection::closeIfIdle);
    long deadline = System.nanoTime() + limit.toNanos();
    synchronized (inFlight) {
      while (inFlight.get() > 0) {
        long left = TimeUnit.NANOSECONDS.toMillis(deadline - System.nanoTime());
        if (left <= 0) {
          break;
        }
        try {
          inFlight.wait(left);
        } catch (InterruptedException e) {
          Thread.currentThread().interrupt();
          break;
        }
      }
    }
    connections.forEach(Connection::close);
  }

  @Override
  public void close() {
    stop(Duration.ZERO);
  }

  private void closeListener() {
    try {
      listener.close();
    } catch (IOException e) {
      System.err.println("closing the listener: " + e.getMessage());
    }
  }

  private void accept() {
    while (!stopping) {
      slots.acquireUninterruptibly();
      try {
        Connection connection = new Connection(listener.accept());
        connections.add(connection);
        Thread.ofVirtual().start(connection);
      } catch (IOException e) {
        slots.release();
        if (!stopping) {
          System.err.println("accept: " + e.getMessage());
        }
      }
    }
  }

  private final class Connection implements Runnable {
    private final Socket socket;
    private boolean busy;

    Connection(Socket socket) {
      this.socket = socket;
    }

    @Override
    public void run() {
      try (socket) {
        socket.setTcpNoDelay(true);
        InputStream in = new BufferedInputStream(socket.getInputStream(), 8192);
        OutputStream out = new BufferedOutputStream(socket.getOutputStream(), 8192);
        boolean open = true;
        while (open && !stopping) {
          open = exchange(in, out);
        }
      } catch (SocketException | java.io.EOFException gone) {
        // The peer hung up, which ends the connection and concerns nobody else.
        return;
      } catch (IOException e) {
        System.err.println("connection: " + e.getMessage());
      } finally {
        connections.remove(this);
        slots.release();
      }
    }

    private boolean exchange(InputStream in, OutputStream out) throws IOException {
      in.mark(1);
      if (in.read() < 0) {
        return false;
      }
      in.reset();
      if (!begin()) {
        return false;
      }
      try {
        return answer(in, out);
      } catch (BadRequest bad) {
        write(out, Response.text(400, bad.getMessage() + "\n"), false, true);
        return false;
      } finally {
        end();
      }
    }

    private boolean answer(InputStream in, OutputStream out) throws IOException {
      Request request = read(in, out);
      long start = System.nanoTime();
      Response response = respond(request);
      boolean close = stopping || Wire.closes(request.version(), request.headers());
      long bytes = write(out, response, request.method().equals("HEAD"), close);
      log.answered(request, response.status(), bytes, Duration.ofNanos(System.nanoTime() - start));
      return !close;
    }

    private Response respond(Request request) {
      try {
        return handler.handle(request);
      } catch (IOException | RuntimeException e) {
        System.err.println(request.method() + " " + request.target() + ": " + e);
        return Response.text(500, "Internal Server Error\n");
      }
    }

    private Request read(InputStream in, OutputStream out) throws IOException {
      String line = Wire.line(in);
      String[] parts = line.split(" ", -1);
      if (parts.length != 3 || !parts[2].startsWith("HTTP/1.")) {
        throw new BadRequest("bad request line");
      }
      var headers = Wire.headers(in);
      if (headers.stream().anyMatch(h -> h.is("Expect") && h.value().equals("100-continue"))) {
        out.write("HTTP/1.1 100 Continue\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
        out.flush();
      }
      byte[] body =
          Wire.chunked(headers)
              ? Wire.chunks(in)
              : Wire.exactly(in, Math.max(0, Wire.contentLength(headers)));
      String peer = socket.getInetAddress().getHostAddress();
      return new Request(parts[0], parts[1], parts[2], headers, body, peer);
    }

    private long write(OutputStream out, Response response, boolean head, boolean close)
        throws IOException {
      StringBuilder text = new StringBuilder(256);
      text.append("HTTP/1.1 ").append(response.status()).append(' ');
      text.append(Response.reason(response.status())).append("\r\n");
      for (Header header : response.headers()) {
        text.append(header.name()).append(": ").append(header.value()).append("\r\n");
      }
      if (close) {
        text.append("Connection: close\r\n");
      }
      boolean bodiless = head || response.status() == 204 || response.status() == 304;
      long bytes =
          switch (response.body()) {
            case Response.Body.Bytes(byte[] body) -> {
              if (response.status() != 204) {
                text.append("Content-Length: ").append(body.length).append("\r\n");
              }
              writeHead(out, text);
              if (!bodiless) {
                out.write(body);
              }
              yield bodiless ? 0 : body.length;
            }
            case Response.Body.Stream(Response.Writer writer) -> {
              text.append("Transfer-Encoding: chunked\r\n");
              writeHead(out, text);
              yield bodiless ? 0 : stream(out, writer);
            }
          };
      out.flush();
      return bytes;
    }

    private void writeHead(OutputStream out, StringBuilder text) throws IOException {
      out.write(text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1));
    }

    private long stream(OutputStream out, Response.Writer writer) throws IOException {
      ChunkedOutput chunks = new ChunkedOutput(out);
      writer.writeTo(chunks);
      chunks.finish();
      return chunks.written();
    }

    private synchronized boolean begin() {
      if (stopping && !busy && socket.isClosed()) {
        return false;
      }
      busy = true;
      inFlight.incrementAndGet();
      return true;
    }

    private synchronized void end() {
      busy = false;
      synchronized (inFlight) {
        inFlight.decrementAndGet();
        inFlight.notifyAll();
      }
    }

    synchronized void closeIfIdle() {
      if (!busy) {
        close();
      }
    }

    void close() {
      try {
        socket.close();
      } catch (IOException e) {
        System.err.println("closing a connection: " + e.getMessage());
      }
    }
  }
}
