package dev.layar.samples.http;

import java.io.BufferedInputStream;
import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A blocking HTTP/1.1 client with one kept-alive connection, honouring {@code http_proxy} and
 * {@code no_proxy} as curl does. Not thread-safe: one instance a worker.
 */
public final class HttpClient implements AutoCloseable {
  private final Map<String, String> environment;
  private final Duration timeout;
  private @Nullable Socket socket;
  private @Nullable InputStream in;
  private String connectedTo = "";

  /**
   * An answer, its body whole.
   *
   * @param closing whether the peer closes the connection after it
   */
  public record Answer(int status, List<Header> headers, byte[] body, boolean closing) {
    public Optional<String> header(String name) {
      return headers.stream().filter(h -> h.is(name)).map(Header::value).findFirst();
    }

    public String text() {
      return new String(body, StandardCharsets.UTF_8);
    }
  }

  /**
   * @param environment where {@code http_proxy} and {@code no_proxy} are looked up
   * @param timeout limit for connecting and for each read
   */
  public HttpClient(Map<String, String> environment, Duration timeout) {
    this.environment = environment;
    this.timeout = timeout;
  }

  public Answer get(String url, List<Header> headers) throws IOException {
    return send("GET", url, headers, new byte[0]);
  }

  /** Sends one request; a kept connection that turns out closed before any answer is redialled. */
  public Answer send(String method, String url, List<Header> headers, byte[] body)
      throws IOException {
    URI uri = URI.create(url);
    if (uri.getHost() == null || !"http".equals(uri.getScheme())) {
      throw new IOException("not an http URL: " + url);
    }
    Optional<URI> proxy = proxyFor(uri);
    byte[] head = head(method, uri, proxy.isPresent(), headers, body.length);
    URI peer = proxy.orElse(uri);
    boolean reused = connect(peer.getHost(), peer.getPort() < 0 ? 80 : peer.getPort());
    try {
      return exchange(method, head, body);
    } catch (EOFException | java.net.SocketException closed) {
      close();
      if (!reused) {
        throw closed;
      }
      connect(peer.getHost(), peer.getPort() < 0 ? 80 : peer.getPort());
      return exchange(method, head, body);
    } catch (IOException e) {
      close();
      throw e;
    }
  }

  @Override
  public void close() {
    Socket open = socket;
    socket = null;
    in = null;
    if (open != null) {
      try {
        open.close();
      } catch (IOException e) {
        System.err.println("closing: " + e.getMessage());
      }
    }
  }

  private Optional<URI> proxyFor(URI uri) {
    String proxy = environment.getOrDefault("http_proxy", "");
    if (proxy.isEmpty()) {
      return Optional.empty();
    }
    for (String direct : environment.getOrDefault("no_proxy", "").split(",")) {
      String name = direct.strip();
      if (name.equals("*") || matchesNoProxy(uri, name)) {
        return Optional.empty();
      }
    }
    return Optional.of(URI.create(proxy.contains("://") ? proxy : "http://" + proxy));
  }

  private static boolean matchesNoProxy(URI uri, String name) {
    String host = uri.getHost();
    String bare = name.startsWith(".") ? name.substring(1) : name;
    return !bare.isEmpty()
        && (host.equals(bare)
            || host.endsWith("." + bare)
            || (host + ":" + uri.getPort()).equals(bare));
  }

  private byte[] head(
      String method, URI uri, boolean absolute, List<Header> headers, int bodyLength) {
    String path = uri.getRawPath().isEmpty() ? "/" : uri.getRawPath();
    String origin = uri.getRawQuery() == null ? path : path + "?" + uri.getRawQuery();
    StringBuilder text = new StringBuilder(256);
    text.append(method).append(' ');
    if (absolute) {
      text.append("http://").append(uri.getRawAuthority());
    }
    text.append(origin).append(" HTTP/1.1\r\n");
    if (headers.stream().noneMatch(h -> h.is("Host"))) {
      text.append("Host: ").append(uri.getRawAuthority()).append("\r\n");
    }
    if (headers.stream().noneMatch(h -> h.is("User-Agent"))) {
      text.append("User-Agent: layar-fetch/1\r\n");
    }
    if (headers.stream().noneMatch(h -> h.is("Accept"))) {
      text.append("Accept: */*\r\n");
    }
    for (Header header : headers) {
      text.append(header.name()).append(": ").append(header.value()).append("\r\n");
    }
    if (bodyLength > 0 || method.equals("POST") || method.equals("PUT")) {
      text.append("Content-Length: ").append(bodyLength).append("\r\n");
    }
    return text.append("\r\n").toString().getBytes(StandardCharsets.ISO_8859_1);
  }

  /** Returns whether an open connection is reused. */
  private boolean connect(String host, int port) throws IOException {
    String target = host + ":" + port;
    if (socket != null && connectedTo.equals(target)) {
      return true;
    }
    close();
    Socket fresh = new Socket();
    try {
      fresh.setTcpNoDelay(true);
      fresh.setSoTimeout((int) timeout.toMillis());
      fresh.connect(new InetSocketAddress(host, port), (int) timeout.toMillis());
    } catch (IOException e) {
      fresh.close();
      throw e;
    }
    socket = fresh;
    in = new BufferedInputStream(fresh.getInputStream(), 8192);
    connectedTo = target;
    return false;
  }

  private Answer exchange(String method, byte[] head, byte[] body) throws IOException {
    Socket open = socket;
    InputStream input = in;
    if (open == null || input == null) {
      throw new IOException("not connected");
    }
    byte[] message = new byte[head.length + body.length];
    System.arraycopy(head, 0, message, 0, head.length);
    System.arraycopy(body, 0, message, head.length, body.length);
    open.getOutputStream().write(message);
    Answer answer = read(method, input);
    if (answer.closing()) {
      close();
    }
    return answer;
  }

  private static Answer read(String method, InputStream in) throws IOException {
    String status = Wire.line(in);
    if (!status.startsWith("HTTP/1.") || status.length() < 12) {
      throw new BadRequest("bad status line");
    }
    int code;
    try {
      code = Integer.parseInt(status.substring(9, 12));
    } catch (NumberFormatException e) {
      throw new BadRequest("bad status line");
    }
    List<Header> headers = Wire.headers(in);
    if (code >= 100 && code < 200) {
      return read(method, in);
    }
    boolean close = Wire.closes(status.substring(0, 8), headers);
    if (method.equals("HEAD") || code == 204 || code == 304) {
      return new Answer(code, headers, new byte[0], close);
    }
    if (Wire.chunked(headers)) {
      return new Answer(code, headers, Wire.chunks(in), close);
    }
    long length = Wire.contentLength(headers);
    if (length >= 0) {
      return new Answer(code, headers, Wire.exactly(in, length), close);
    }
    return new Answer(code, headers, in.readNBytes(Wire.MAX_BODY), true);
  }
}
