package dev.layar.apiserver.http;

import dev.layar.apiserver.Caller;
import dev.layar.apiserver.auth.Callers;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.DefaultHttpContent;
import io.netty.handler.codec.http.DefaultHttpResponse;
import io.netty.handler.codec.http.FullHttpRequest;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpHeaders;
import io.netty.handler.codec.http.HttpResponse;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpUtil;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.LastHttpContent;
import java.io.IOException;
import java.io.InterruptedIOException;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.security.cert.Certificate;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLPeerUnverifiedException;
import org.jspecify.annotations.Nullable;

/**
 * A request and its answer. Used by one virtual thread, which may block in it; {@link #lost} comes
 * from the event loop. The body was copied, so that nothing here is reference-counted.
 */
final class Exchange {
  /** A client that takes no byte for so long is gone. */
  private static final long STALLED_SECONDS = 60;

  /** RFC 9110 §5.6.7. */
  private static final DateTimeFormatter DATE =
      DateTimeFormatter.ofPattern("EEE, dd MMM yyyy HH:mm:ss 'GMT'", Locale.ROOT)
          .withZone(ZoneOffset.UTC);

  private final Channel channel;
  private final HttpConnection connection;
  private final String method;
  private final String path;
  private final String rawQuery;
  private final HttpHeaders headers;
  private final byte[] body;
  private final boolean keepAlive;
  private final List<String> warnings = new ArrayList<>();
  private @Nullable Query query;
  private Caller caller = Callers.ANONYMOUS;
  private String actor = "";
  private int status;
  private volatile boolean gone;
  private volatile @Nullable Runnable whenLost;

  Exchange(Channel channel, FullHttpRequest request, HttpConnection connection) {
    this.channel = channel;
    this.connection = connection;
    this.method = request.method().name();
    String uri = request.uri();
    int mark = uri.indexOf('?');
    this.path = mark < 0 ? uri : uri.substring(0, mark);
    this.rawQuery = mark < 0 ? "" : uri.substring(mark + 1);
    this.headers = request.headers();
    this.body = ByteBufUtil.getBytes(request.content());
    this.keepAlive = HttpUtil.isKeepAlive(request);
  }

  /** The answer to what is not HTTP. */
  static HttpResponse unreadable(ByteBufAllocator alloc) {
    ByteBuf text = ByteBufUtil.writeUtf8(alloc, "400 Bad Request");
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.BAD_REQUEST, text);
    response.headers().set(HttpHeaderNames.CONTENT_TYPE, "text/plain");
    response.headers().set(HttpHeaderNames.CONTENT_LENGTH, text.readableBytes());
    return response;
  }

  String method() {
    return method;
  }

  /** As it came: still encoded. */
  String path() {
    return path;
  }

  Query query() {
    Query parsed = query;
    if (parsed == null) {
      parsed = Query.parse(rawQuery);
      query = parsed;
    }
    return parsed;
  }

  /** The first header of this name, or the empty string. */
  String header(CharSequence name) {
    String value = headers.get(name);
    return value == null ? "" : value;
  }

  List<String> headers(CharSequence name) {
    return headers.getAll(name);
  }

  byte[] body() {
    return body;
  }

  Caller caller() {
    return caller;
  }

  void caller(Caller found) {
    caller = found;
  }

  /** From now on the caller counts as somebody else. */
  void actAs(Caller other) {
    actor = caller.user();
    caller = other;
  }

  /** Who acts as the caller; empty when that is the caller himself. */
  String actor() {
    return actor;
  }

  /** What was answered; 0 when nothing was yet. */
  int status() {
    return status;
  }

  boolean answered() {
    return status != 0;
  }

  String remote() {
    return channel.remoteAddress() instanceof InetSocketAddress address
        ? address.getAddress().getHostAddress()
        : "";
  }

  /** The certificate that the client showed; null for none. TLS has checked its chain. */
  @Nullable Certificate clientCertificate() {
    io.netty.handler.ssl.SslHandler tls =
        channel.pipeline().get(io.netty.handler.ssl.SslHandler.class);
    if (tls == null) {
      return null;
    }
    try {
      return tls.engine().getSession().getPeerCertificates()[0];
    } catch (SSLPeerUnverifiedException none) {
      return null;
    }
  }

  boolean wants(String upgrade) {
    return header(HttpHeaderNames.UPGRADE).equalsIgnoreCase(upgrade)
        && headers.containsValue(HttpHeaderNames.CONNECTION, "upgrade", true);
  }

  /** For {@code Warning} headers of the answer (RFC 7234 §5.5, code 299). */
  void warn(List<String> texts) {
    warnings.addAll(texts);
  }

  void respond(int code, String contentType, byte[] content) throws IOException {
    respond(code, contentType, content, List.of());
  }

  /**
   * Answers at once.
   *
   * @param more further headers: name, value, name, value
   */
  void respond(int code, String contentType, byte[] content, List<String> more) throws IOException {
    boolean empty = method.equals("HEAD") || code == 304;
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1,
            HttpResponseStatus.valueOf(code),
            empty ? Unpooled.EMPTY_BUFFER : Unpooled.wrappedBuffer(content));
    head(response, contentType);
    for (int i = 0; i < more.size(); i += 2) {
      response.headers().set(more.get(i), more.get(i + 1));
    }
    if (code != 304) {
      response.headers().set(HttpHeaderNames.CONTENT_LENGTH, content.length);
    }
    status = code;
    await(channel.writeAndFlush(response));
    finish(keepAlive);
  }

  private void head(HttpResponse response, String contentType) {
    HttpHeaders to = response.headers();
    to.set(HttpHeaderNames.DATE, DATE.format(Instant.now()));
    to.set(HttpHeaderNames.CACHE_CONTROL, "no-cache, private");
    to.set("X-Content-Type-Options", "nosniff");
    if (!contentType.isEmpty()) {
      to.set(HttpHeaderNames.CONTENT_TYPE, contentType);
    }
    if (!keepAlive) {
      to.set(HttpHeaderNames.CONNECTION, "close");
    }
    for (String warning : warnings) {
      to.add("Warning", "299 - \"" + quoted(warning) + "\"");
    }
  }

  private static String quoted(String text) {
    return text.replace("\\", "\\\\").replace("\"", "\\\"").replaceAll("[\\r\\n]+", " ");
  }

  /** Answers in parts; every write is sent at once and waits until the client can take more. */
  OutputStream stream(int code, String contentType) throws IOException {
    DefaultHttpResponse response =
        new DefaultHttpResponse(HttpVersion.HTTP_1_1, HttpResponseStatus.valueOf(code));
    head(response, contentType);
    HttpUtil.setTransferEncodingChunked(response, true);
    status = code;
    await(channel.writeAndFlush(response));
    return new Parts();
  }

  private final class Parts extends OutputStream {
    private boolean ended;

    @Override
    public void write(int b) throws IOException {
      write(new byte[] {(byte) b}, 0, 1);
    }

    @Override
    public void write(byte[] bytes, int from, int length) throws IOException {
      if (length > 0) {
        await(
            channel.writeAndFlush(
                new DefaultHttpContent(Unpooled.copiedBuffer(bytes, from, length))));
      }
    }

    @Override
    public void close() throws IOException {
      if (!ended) {
        ended = true;
        await(channel.writeAndFlush(LastHttpContent.EMPTY_LAST_CONTENT));
        finish(keepAlive);
      }
    }
  }

  /** Ends the connection, whatever was sent so far. */
  void abort() {
    channel.close();
  }

  /** Whether the client has closed its connection. */
  boolean isGone() {
    return gone;
  }

  /** Runs once, when or if the client is gone; on any thread. */
  void onLost(Runnable action) {
    whenLost = action;
    if (gone) {
      action.run();
    }
  }

  void lost() {
    gone = true;
    Runnable action = whenLost;
    if (action != null) {
      action.run();
    }
  }

  private void finish(boolean keep) {
    channel
        .eventLoop()
        .execute(
            () -> {
              ChannelHandlerContext ctx = channel.pipeline().context(HttpConnection.class);
              if (ctx != null) {
                connection.finished(ctx, keep);
              }
            });
  }

  Channel channel() {
    return channel;
  }

  HttpConnection connection() {
    return connection;
  }

  HttpHeaders allHeaders() {
    return headers;
  }

  /** A switch of protocols was answered. */
  void switched() {
    status = 101;
  }

  /** Blocks until it is done. */
  static void await(ChannelFuture future) throws IOException {
    try {
      if (!future.await(STALLED_SECONDS, TimeUnit.SECONDS)) {
        future.channel().close();
        throw new IOException("the client takes no data");
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new InterruptedIOException("stopped");
    }
    if (!future.isSuccess()) {
      throw new IOException("the client is gone", future.cause());
    }
  }
}
