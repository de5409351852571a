package dev.layar.proxy.net;

import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelHandlerContext;
import io.netty.channel.ChannelInboundHandlerAdapter;
import io.netty.channel.ChannelOption;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.util.concurrent.Future;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/**
 * A port that is listened on by all loops: each with a socket of its own where the transport shares
 * ports, else one socket whose connections go round the loops. Thread-safe.
 */
public final class Listening {
  private static final int BACKLOG = 4096;

  /** Makes the handler of a connection that was accepted for this loop. */
  @FunctionalInterface
  public interface Handlers {
    ChannelHandler handler(Loop loop, Channel connection);
  }

  private final List<Channel> sockets;
  private final InetSocketAddress address;

  private Listening(List<Channel> sockets, InetSocketAddress address) {
    this.sockets = List.copyOf(sockets);
    this.address = address;
  }

  /**
   * Binds. Blocks; not for event loops.
   *
   * @param port 0 lets the system choose
   * @throws IOException when the address cannot be had, with the system's reason as message
   */
  public static Listening bind(
      Transport transport,
      List<Loop> loops,
      ByteBufAllocator allocator,
      InetSocketAddress wanted,
      Handlers handlers)
      throws IOException {
    boolean shared = transport.reusesPorts() && loops.size() > 1;
    if (shared && wanted.getPort() != 0) {
      refuseForeign(wanted);
    }
    List<Channel> sockets = new ArrayList<>();
    InetSocketAddress address = wanted;
    try {
      for (Loop loop : shared ? loops : loops.subList(0, 1)) {
        List<Loop> targets = shared ? List.of(loop) : loops;
        ServerSocketChannel socket = transport.newServerSocket(address);
        socket.config().setBacklog(BACKLOG).setReuseAddress(true);
        if (shared) {
          transport.sharePort(socket);
        }
        socket.pipeline().addLast(new Acceptor(targets, allocator, handlers));
        sockets.add(socket);
        await(loop.eventLoop().register(socket));
        await(socket.bind(address));
        address = socket.localAddress();
      }
    } catch (IOException e) {
      sockets.forEach(Channel::close);
      throw e;
    }
    return new Listening(sockets, address);
  }

  /** Where it listens, with the port that the system chose. */
  public InetSocketAddress address() {
    return address;
  }

  /** Stops accepting. Blocks until the port is free; not for event loops. */
  public void close() {
    List<ChannelFuture> closing = sockets.stream().map(Channel::close).toList();
    closing.forEach(ChannelFuture::awaitUninterruptibly);
  }

  /**
   * Sharing a port is between sockets of one user, whatever their process: without this look a
   * second proxy would silently take half of the first one's connections.
   */
  private static void refuseForeign(InetSocketAddress wanted) throws IOException {
    try (ServerSocket probe = new ServerSocket()) {
      probe.setReuseAddress(true);
      probe.bind(wanted);
    }
  }

  private static void await(ChannelFuture future) throws IOException {
    future.awaitUninterruptibly();
    Throwable cause = future.cause();
    if (cause != null) {
      throw new IOException(cause.getMessage(), cause);
    }
  }

  /** Takes accepted connections to their loops. Confined to the listening socket's loop. */
  private static final class Acceptor extends ChannelInboundHandlerAdapter {
    private final List<Loop> loops;
    private final ByteBufAllocator allocator;
    private final Handlers handlers;
    private int next;

    Acceptor(List<Loop> loops, ByteBufAllocator allocator, Handlers handlers) {
      this.loops = loops;
      this.allocator = allocator;
      this.handlers = handlers;
    }

    @Override
    public void channelRead(ChannelHandlerContext context, Object message) {
      Channel connection = (Channel) message;
      Loop loop = loops.get(next);
      next = (next + 1) % loops.size();
      connection
          .config()
          .setAllocator(allocator)
          .setRecvByteBufAllocator(loop.buffers())
          .setWriteBufferWaterMark(Sockets.WATER_MARK);
      connection.config().setOption(ChannelOption.TCP_NODELAY, true);
      connection.pipeline().addLast(handlers.handler(loop, connection));
      loop.eventLoop().register(connection).addListener(done -> closeIfFailed(done, connection));
    }

    private static void closeIfFailed(Future<?> registered, Channel connection) {
      if (!registered.isSuccess()) {
        connection.unsafe().closeForcibly();
      }
    }

    /** Out of file descriptors, mostly: trying again at once would only spin. */
    @Override
    public void exceptionCaught(ChannelHandlerContext context, Throwable cause) {
      Channel socket = context.channel();
      socket.config().setAutoRead(false);
      socket.eventLoop().schedule(() -> socket.config().setAutoRead(true), 1, TimeUnit.SECONDS);
    }
  }
}
