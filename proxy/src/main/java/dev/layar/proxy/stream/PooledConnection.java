package dev.layar.proxy.stream;

import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Outbox;
import dev.layar.proxy.net.Timer;
import dev.layar.proxy.observe.TlsFacts;
import dev.layar.proxy.tls.ClientTls;
import io.netty.buffer.Unpooled;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.socket.DuplexChannel;
import java.net.InetSocketAddress;
import org.jspecify.annotations.Nullable;

/**
 * A connection to an endpoint from its dialling to its end, without what it speaks. Event-loop
 * confined; one per socket.
 */
abstract class PooledConnection extends ChannelInboundHandlerAdapter {
  private enum Life {
    CONNECTING,
    OPEN,
    CLOSED
  }

  final Loop loop;
  final HostPool pool;
  final Timer timer = new Timer(this::onTimer);
  private final long startedNanos;
  private final int identity;

  private Life life = Life.CONNECTING;
  private @Nullable Channel channel;
  private @Nullable Outbox outbox;
  private byte[] localAddress = new byte[0];

  PooledConnection(Loop loop, HostPool pool) {
    this.loop = loop;
    this.pool = pool;
    this.startedNanos = loop.now();
    this.identity = pool.identity();
  }

  /** The socket is connected; bytes may come. */
  abstract void opened();

  /** The timer fired while open. */
  abstract void onOpenTimer();

  /** The peer closed, or the socket failed, while open. */
  abstract void closedByPeer();

  /** Closes unless something is under way, and takes no more calls. */
  abstract void retire();

  // ---- connecting

  final void connecting(ChannelFuture future, long timeoutNanos) {
    channel = future.channel();
    loop.arm(timer, startedNanos + timeoutNanos);
    future.addListener(done -> onConnected(future));
  }

  private void onConnected(ChannelFuture future) {
    if (life != Life.CONNECTING) {
      future.channel().close();
      return;
    }
    loop.cancel(timer);
    if (!future.isSuccess()) {
      life = Life.CLOSED;
      pool.connectFailed(this, UpstreamFailure.REFUSED, text(future.cause()));
    } else {
      Channel connected = future.channel();
      life = Life.OPEN;
      outbox = new Outbox(loop, connected);
      localAddress = Ascii.bytes(Endpoint.text((InetSocketAddress) connected.localAddress()));
      stats()
          .metrics()
          .record(
              loop.index(),
              ClusterStats.UPSTREAM_CX_CONNECT_MS,
              (loop.now() - startedNanos) / 1000);
      opened();
    }
    loop.endTurn();
  }

  private static String text(@Nullable Throwable cause) {
    return cause == null || cause.getMessage() == null ? "" : cause.getMessage();
  }

  private void onTimer() {
    switch (life) {
      case CONNECTING -> connectTimedOut();
      case OPEN -> onOpenTimer();
      case CLOSED -> loop.cancel(timer);
    }
  }

  private void connectTimedOut() {
    life = Life.CLOSED;
    close();
    stats().increment(loop.index(), ClusterStats.UPSTREAM_CX_CONNECT_TIMEOUT);
    pool.connectFailed(this, UpstreamFailure.CONNECT_TIMEOUT, "");
  }

  // ---- open

  final boolean isOpen() {
    return life == Life.OPEN;
  }

  /** Closes the socket and tells the pool, once. */
  final void end() {
    if (life == Life.CLOSED) {
      return;
    }
    life = Life.CLOSED;
    loop.cancel(timer);
    Outbox box = outbox;
    if (box != null) {
      box.discard();
    }
    close();
    pool.closed(this);
  }

  private void close() {
    Channel open = channel;
    if (open != null) {
      open.close();
    }
  }

  final Outbox outbox() {
    Outbox box = outbox;
    if (box == null) {
      throw new IllegalStateException("not connected");
    }
    return box;
  }

  /** Which certificates it was opened with, by {@link HostPool#identity}. */
  final int identity() {
    return identity;
  }

  /** What is known of its TLS; null for plain text. */
  public final @Nullable TlsFacts tls() {
    Channel open = channel;
    return open == null ? null : open.attr(ClientTls.FACTS).get();
  }

  /** {@code ip:port} of this end. */
  public final byte[] localAddress() {
    return localAddress;
  }

  /** Says that nothing more will be sent, behind everything that was. */
  final void halfClose() {
    Channel open = channel;
    if (open == null) {
      return;
    }
    outbox().flush();
    open.writeAndFlush(Unpooled.EMPTY_BUFFER)
        .addListener(
            done -> {
              if (open instanceof DuplexChannel duplex && open.isActive()) {
                duplex.shutdownOutput();
              }
            });
  }

  /** Stops or resumes reading from the socket. */
  final void autoRead(boolean on) {
    Channel open = channel;
    if (open != null && open.config().isAutoRead() != on) {
      open.config().setAutoRead(on);
    }
  }

  final ClusterStats stats() {
    return pool.stats();
  }

  @Override
  public void channelReadComplete(ChannelHandlerContext context) {
    loop.endTurn();
  }

  @Override
  public void channelInactive(ChannelHandlerContext context) {
    if (life == Life.OPEN) {
      closedByPeer();
    }
    loop.endTurn();
  }

  /** A reset arrives as an exception before the channel goes inactive. */
  @Override
  public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
    context.close();
  }
}
