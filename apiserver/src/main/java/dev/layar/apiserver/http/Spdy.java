package dev.layar.apiserver.http;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelPipeline;
import io.netty.channel.ChannelPromise;
import io.netty.handler.codec.MessageToMessageCodec;
import io.netty.handler.codec.http.DefaultFullHttpResponse;
import io.netty.handler.codec.http.HttpHeaderNames;
import io.netty.handler.codec.http.HttpObjectAggregator;
import io.netty.handler.codec.http.HttpResponseStatus;
import io.netty.handler.codec.http.HttpServerCodec;
import io.netty.handler.codec.http.HttpVersion;
import io.netty.handler.codec.http.websocketx.BinaryWebSocketFrame;
import io.netty.handler.codec.http.websocketx.CloseWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PingWebSocketFrame;
import io.netty.handler.codec.http.websocketx.PongWebSocketFrame;
import io.netty.handler.codec.http.websocketx.WebSocketFrame;
import io.netty.handler.codec.spdy.DefaultSpdyDataFrame;
import io.netty.handler.codec.spdy.DefaultSpdySynReplyFrame;
import io.netty.handler.codec.spdy.SpdyDataFrame;
import io.netty.handler.codec.spdy.SpdyFrameCodec;
import io.netty.handler.codec.spdy.SpdySynStreamFrame;
import io.netty.handler.codec.spdy.SpdyVersion;
import java.io.IOException;
import java.util.List;

/**
 * Switches to SPDY/3.1, of which Kubernetes' clients use streams without flow control; bare, or
 * inside of WebSocket messages as kubectl's port-forward has it. Stateless.
 */
final class Spdy {
  private static final int CHUNK = 32 << 10;
  private static final int MOST_HEADERS = 16 << 10;

  private Spdy() {}

  /**
   * Netty's codec, which frees what it inflates when the channel is closed: it must decode nothing
   * after that. Event-loop confined.
   */
  private static final class Codec extends SpdyFrameCodec {
    Codec() {
      super(SpdyVersion.SPDY_3_1, CHUNK, MOST_HEADERS, 6, 15, 8, false);
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, ByteBuf in, List<Object> out)
        throws Exception {
      if (ctx.channel().isOpen()) {
        super.decode(ctx, in, out);
      } else {
        in.skipBytes(in.readableBytes());
      }
    }
  }

  /** Answers 101 to an {@code Upgrade: SPDY/3.1} and switches. */
  static Upgraded accept(Exchange exchange, String protocol) throws IOException {
    Upgraded upgraded = new Upgraded(exchange.channel());
    ChannelPromise done = exchange.channel().newPromise();
    exchange.channel().eventLoop().execute(() -> switchOver(exchange, protocol, upgraded, done));
    exchange.switched();
    Exchange.await(done);
    return upgraded;
  }

  private static void switchOver(
      Exchange exchange, String protocol, Upgraded upgraded, ChannelPromise done) {
    ChannelPipeline pipeline = exchange.channel().pipeline();
    ChannelHandlerContext last = pipeline.context(HttpConnection.class);
    if (last == null) {
      done.setFailure(new IOException("the client is gone"));
      return;
    }
    DefaultFullHttpResponse response =
        new DefaultFullHttpResponse(
            HttpVersion.HTTP_1_1, HttpResponseStatus.SWITCHING_PROTOCOLS, Unpooled.EMPTY_BUFFER);
    response
        .headers()
        .set(HttpHeaderNames.CONNECTION, "Upgrade")
        .set(HttpHeaderNames.UPGRADE, "SPDY/3.1")
        .set("X-Stream-Protocol-Version", protocol);
    exchange.connection().upgrade(upgraded);
    exchange
        .channel()
        .writeAndFlush(response)
        .addListener(
            (ChannelFutureListener)
                sent -> {
                  if (!sent.isSuccess()) {
                    done.setFailure(sent.cause());
                    return;
                  }
                  pipeline.remove(HttpObjectAggregator.class);
                  pipeline.addBefore(last.name(), "spdy", new Codec());
                  pipeline.remove(HttpServerCodec.class);
                  done.setSuccess();
                });
  }

  /**
   * Lays SPDY into the messages of a WebSocket connection. On the event loop, before any message.
   */
  static void tunnel(ChannelPipeline pipeline) {
    ChannelHandlerContext last = pipeline.context(HttpConnection.class);
    if (last != null) {
      pipeline.addBefore(last.name(), "tunnel", new Tunnel());
      pipeline.addBefore(last.name(), "spdy", new Codec());
    }
  }

  /** Binary messages to bytes and back; message boundaries mean nothing. Event-loop confined. */
  private static final class Tunnel extends MessageToMessageCodec<WebSocketFrame, ByteBuf> {
    @Override
    protected void encode(ChannelHandlerContext ctx, ByteBuf bytes, List<Object> out) {
      out.add(new BinaryWebSocketFrame(bytes.retain()));
    }

    @Override
    protected void decode(ChannelHandlerContext ctx, WebSocketFrame frame, List<Object> out) {
      switch (frame) {
        case PingWebSocketFrame ping ->
            ctx.writeAndFlush(new PongWebSocketFrame(ping.content().retain()));
        case CloseWebSocketFrame _ -> ctx.channel().close();
        default -> {
          if (frame.content().isReadable()) {
            out.add(frame.content().retain());
          }
        }
      }
    }

    @Override
    public void close(ChannelHandlerContext ctx, ChannelPromise promise) {
      ctx.writeAndFlush(new CloseWebSocketFrame(1000, "")).addListener(_ -> ctx.close(promise));
    }
  }

  /** Takes a stream. Go refuses an empty header block, so one header is sent. */
  static DefaultSpdySynReplyFrame reply(SpdySynStreamFrame stream) {
    DefaultSpdySynReplyFrame reply = new DefaultSpdySynReplyFrame(stream.streamId());
    reply.headers().set("streamtype", header(stream, "streamtype"));
    return reply;
  }

  static String header(SpdySynStreamFrame stream, String name) {
    CharSequence value = stream.headers().get(name);
    return value == null ? "" : value.toString();
  }

  static SpdyDataFrame data(int stream, byte[] bytes, int length) {
    return new DefaultSpdyDataFrame(stream, Unpooled.copiedBuffer(bytes, 0, length));
  }

  /** The last frame of a stream. */
  static SpdyDataFrame end(int stream, byte[] bytes) {
    return new DefaultSpdyDataFrame(stream, Unpooled.copiedBuffer(bytes)).setLast(true);
  }
}
