package dev.layar.proxy.net;

import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollDatagramChannel;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.DatagramChannel;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.SocketProtocolFamily;
import io.netty.channel.socket.nio.NioDatagramChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringDatagramChannel;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.net.Inet4Address;
import java.net.InetSocketAddress;
import java.util.Locale;

/** How bytes get in and out of the kernel. Everything above is the same for all three. */
public enum Transport {
  IO_URING,
  EPOLL,
  NIO;

  private static final int RING_ENTRIES = 1024;

  /**
   * The transport to use.
   *
   * @param wanted {@code auto}, {@code io_uring}, {@code epoll} or {@code nio}. One that this
   *     machine lacks (a container's seccomp profile commonly forbids io_uring) gives the next that
   *     works
   */
  public static Transport choose(String wanted) {
    return switch (wanted.toLowerCase(Locale.ROOT)) {
      case "io_uring" -> IoUring.isAvailable() ? IO_URING : choose("epoll");
      case "auto", "epoll" -> Epoll.isAvailable() ? EPOLL : NIO;
      case "nio" -> NIO;
      default ->
          throw new IllegalArgumentException(
              "transport is auto, io_uring, epoll or nio, was " + wanted);
    };
  }

  /** Whether several loops may each listen on the same port, the kernel spreading connections. */
  public boolean reusesPorts() {
    return this != NIO;
  }

  /** Makes what drives an event loop. */
  public IoHandlerFactory ioHandler() {
    return switch (this) {
      case IO_URING ->
          IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(RING_ENTRIES));
      case EPOLL -> EpollIoHandler.newFactory();
      case NIO -> NioIoHandler.newFactory();
    };
  }

  /** A socket to listen on this address with. */
  ServerSocketChannel newServerSocket(InetSocketAddress local) {
    return switch (this) {
      case IO_URING -> new IoUringServerSocketChannel();
      case EPOLL ->
          isIpv4(local)
              ? new EpollServerSocketChannel(SocketProtocolFamily.INET)
              : new EpollServerSocketChannel();
      case NIO -> new NioServerSocketChannel();
    };
  }

  /** The kind of socket that name lookups use. */
  public Class<? extends DatagramChannel> datagrams() {
    return switch (this) {
      case IO_URING -> IoUringDatagramChannel.class;
      case EPOLL -> EpollDatagramChannel.class;
      case NIO -> NioDatagramChannel.class;
    };
  }

  /** A socket to connect to this address with. */
  SocketChannel newSocket(InetSocketAddress remote) {
    return switch (this) {
      case IO_URING -> new IoUringSocketChannel();
      case EPOLL ->
          isIpv4(remote)
              ? new EpollSocketChannel(SocketProtocolFamily.INET)
              : new EpollSocketChannel();
      case NIO -> new NioSocketChannel();
    };
  }

  /** A dual-stack socket would take the kernel's IPv6 way into every IPv4 packet. */
  private static boolean isIpv4(InetSocketAddress address) {
    return address.getAddress() instanceof Inet4Address;
  }

  /** Lets several sockets of this process share a port. */
  void sharePort(ServerSocketChannel channel) {
    switch (this) {
      case IO_URING -> channel.config().setOption(IoUringChannelOption.SO_REUSEPORT, true);
      case EPOLL -> channel.config().setOption(EpollChannelOption.SO_REUSEPORT, true);
      case NIO -> throw new IllegalStateException("this transport shares no ports");
    }
  }
}
