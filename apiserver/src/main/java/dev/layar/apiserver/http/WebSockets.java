package dev.layar.apiserver.http;

import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.http.DefaultFullHttpRequest;
import io.netty.handler.codec.http.DefaultHttpHeaders;
import io.netty.handler.codec.http.EmptyHttpHeaders;
import io.netty.handler.codec.http.HttpMethod;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.WebSocketDecoderConfig;
import io.netty.handler.codec.http.websocketx.WebSocketFrameAggregator;
import io.netty.handler.codec.http.websocketx.WebSocketHandshakeException;
import io.netty.handler.codec.http.websocketx.WebSocketServerHandshaker13;
import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** Answers WebSocket upgrades (RFC 6455). Stateless. */
final class WebSockets {
  /** How long a client may take to answer our Close. */
  static final Duration CLOSE_GRACE = Duration.ofSeconds(5);

  /** kubectl sends at most 32 KiB in a message. */
  private static final int MOST_BYTES = 1 << 20;

  private static final WebSocketDecoderConfig DECODER =
      WebSocketDecoderConfig.newBuilder()
          .maxFramePayloadLength(MOST_BYTES)
          .allowExtensions(false)
          .expectMaskedFrames(true)
          .withUTF8Validator(false)
          .build();

  /** The first protocol of the client's that we speak, or empty. */
  static String choose(Exchange exchange, List<String> ours) {
    List<String> theirs = new ArrayList<>();
    for (String header : exchange.headers("Sec-WebSocket-Protocol")) {
      for (String each : header.split(",")) {
        theirs.add(each.strip());
      }
    }
    return ours.stream().filter(theirs::contains).findFirst().orElse("");
  }

  /**
   * Answers 101 and switches.
   *
   * @param protocol the chosen subprotocol, empty for none
   */
  Upgraded accept(Exchange exchange, String protocol) throws IOException {
    return accept(exchange, protocol, _ -> {});
  }

  /**
   * As {@link #accept(Exchange, String)}.
   *
   * @param then changes the pipeline after the switch, on the event loop, before any message
   */
  Upgraded accept(Exchange exchange, String protocol, Consumer<ChannelPipeline> then)
      throws IOException {
    if (!exchange.header("Sec-WebSocket-Version").equals("13")) {
      throw Statuses.badRequest("expected Sec-WebSocket-Version: 13 (RFC 6455 §4.1)");
    }
    if (exchange.header("Sec-WebSocket-Key").length() != 24) {
      throw Statuses.badRequest("expected a Sec-WebSocket-Key of 16 bytes (RFC 6455 §4.1)");
    }
    Upgraded upgraded = new Upgraded(exchange.channel());
    ChannelPromise done = exchange.channel().newPromise();
    done.addListener(
        switched -> {
          if (switched.isSuccess()) {
            then.accept(exchange.channel().pipeline());
          }
        });
    exchange.channel().eventLoop().execute(() -> switchOver(exchange, protocol, upgraded, done));
    exchange.switched();
    Exchange.await(done);
    return upgraded;
  }

  private static void switchOver(
      Exchange exchange, String protocol, Upgraded upgraded, ChannelPromise done) {
    ChannelHandlerContext ctx = exchange.channel().pipeline().context(HttpConnection.class);
    if (ctx == null) {
      done.setFailure(new IOException("the client is gone"));
      return;
    }
    exchange.connection().upgrade(upgraded);
    exchange
        .channel()
        .pipeline()
        .addBefore(ctx.name(), "ws-whole", new WebSocketFrameAggregator(MOST_BYTES));
    DefaultFullHttpRequest request =
        new DefaultFullHttpRequest(
            HttpVersion.HTTP_1_1,
            HttpMethod.GET,
            exchange.path(),
            Unpooled.EMPTY_BUFFER,
            exchange.allHeaders(),
            EmptyHttpHeaders.INSTANCE);
    try {
      new WebSocketServerHandshaker13(
              exchange.path(), protocol.isEmpty() ? null : protocol, DECODER)
          .handshake(exchange.channel(), request, new DefaultHttpHeaders(), done);
    } catch (WebSocketHandshakeException e) {
      done.setFailure(e);
    }
  }
}
