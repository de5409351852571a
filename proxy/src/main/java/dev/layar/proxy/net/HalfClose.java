package dev.layar.proxy.net;

import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.socket.DuplexChannel;
import io.netty.handler.ssl.SslHandler;

/** Ends what a connection sends while it goes on receiving. For the channel's event loop. */
public final class HalfClose {
  private HalfClose() {}

  /** Once everything written is sent; over TLS with a {@code close_notify} (RFC 8446 §6.1). */
  public static void after(Channel channel) {
    SslHandler tls = channel.pipeline().get(SslHandler.class);
    if (tls != null) {
      channel
          .writeAndFlush(Unpooled.EMPTY_BUFFER)
          .addListener(sent -> tls.closeOutbound().addListener(told -> shutdown(channel)));
    } else {
      channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(sent -> shutdown(channel));
    }
  }

  private static void shutdown(Channel channel) {
    if (channel instanceof DuplexChannel duplex && channel.isActive()) {
      duplex.shutdownOutput();
    }
  }
}
