package dev.layar.proxy.tcp;

import dev.layar.proxy.net.HalfClose;
import dev.layar.proxy.observe.TlsFacts;
import dev.layar.proxy.tls.ClientTls;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFutureListener;
import io.netty.channel.ChannelOption;
import io.netty.channel.WriteBufferWaterMark;
import io.netty.channel.socket.ChannelInputShutdownEvent;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/** One side of a TCP session: its channel with bounded sending and half close. Loop confined. */
final class Relay {
  /** Smaller pieces are copied, so that what waits costs about as much memory as it has bytes. */
  private static final int BY_REFERENCE = 8192;

  private final Channel channel;

  /** Takes the channel over, with reading off. */
  Relay(Channel channel, int bufferLimit) {
    this.channel = channel;
    int high = Math.max(1024, bufferLimit);
    channel.config().setAutoRead(false);
    channel.config().setOption(ChannelOption.ALLOW_HALF_CLOSURE, true);
    channel.config().setWriteBufferWaterMark(new WriteBufferWaterMark(high / 2, high));
  }

  /** Whether a pipeline event says that the peer will send no more. */
  static boolean ended(Object event) {
    return event == ChannelInputShutdownEvent.INSTANCE;
  }

  /** Queues bytes; takes the buffer. */
  void write(ByteBuf in) {
    int size = in.readableBytes();
    if (size == 0) {
      in.release();
    } else if (size < BY_REFERENCE) {
      ByteBuf copy = channel.alloc().directBuffer(size).writeBytes(in);
      in.release();
      channel.write(copy, channel.voidPromise());
    } else {
      channel.write(in, channel.voidPromise());
    }
  }

  void flush() {
    channel.flush();
  }

  /** Whether so much is unsent that the source should pause. */
  boolean full() {
    return !channel.isWritable();
  }

  /** Stops reading; whether it was on. */
  boolean pause() {
    boolean was = channel.config().isAutoRead();
    channel.config().setAutoRead(false);
    return was;
  }

  /** Starts reading; whether it was off. */
  boolean resume() {
    boolean was = channel.config().isAutoRead();
    channel.config().setAutoRead(true);
    return !was;
  }

  /** Ends sending once everything is sent; receiving goes on. */
  void endOutput() {
    HalfClose.after(channel);
  }

  void closeWhenSent() {
    channel.writeAndFlush(Unpooled.EMPTY_BUFFER).addListener(ChannelFutureListener.CLOSE);
  }

  /** The close to come is a reset: the other side was reset. */
  void resetOnClose() {
    channel.config().setOption(ChannelOption.SO_LINGER, 0);
  }

  void close() {
    channel.close();
  }

  /** What is known of its TLS toward an upstream; null for plain text. */
  @Nullable TlsFacts tls() {
    return channel.attr(ClientTls.FACTS).get();
  }

  InetSocketAddress localAddress() {
    return (InetSocketAddress) channel.localAddress();
  }
}
