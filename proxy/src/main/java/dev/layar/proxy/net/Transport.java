package dev.layar.proxy.net;

import io.netty.bootstrap.ServerBootstrap;
import io.netty.channel.IoHandlerFactory;
import io.netty.channel.epoll.Epoll;
import io.netty.channel.epoll.EpollChannelOption;
import io.netty.channel.epoll.EpollIoHandler;
import io.netty.channel.epoll.EpollServerSocketChannel;
import io.netty.channel.epoll.EpollSocketChannel;
import io.netty.channel.nio.NioIoHandler;
import io.netty.channel.socket.ServerSocketChannel;
import io.netty.channel.socket.SocketChannel;
import io.netty.channel.socket.nio.NioServerSocketChannel;
import io.netty.channel.socket.nio.NioSocketChannel;
import io.netty.channel.uring.IoUring;
import io.netty.channel.uring.IoUringChannelOption;
import io.netty.channel.uring.IoUringIoHandler;
import io.netty.channel.uring.IoUringIoHandlerConfig;
import io.netty.channel.uring.IoUringServerSocketChannel;
import io.netty.channel.uring.IoUringSocketChannel;
import java.util.Locale;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** How bytes get in and out of the kernel. Everything above is the same for all three. */
public enum Transport {
  IO_URING,
  EPOLL,
  NIO;

  private static final Logger LOG = LoggerFactory.getLogger(Transport.class);
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

  IoHandlerFactory ioHandler() {
    return switch (this) {
      case IO_URING ->
          IoUringIoHandler.newFactory(new IoUringIoHandlerConfig().setRingSize(RING_ENTRIES));
      case EPOLL -> EpollIoHandler.newFactory();
      case NIO -> NioIoHandler.newFactory();
    };
  }

  Class<? extends ServerSocketChannel> serverChannel() {
    return switch (this) {
      case IO_URING -> IoUringServerSocketChannel.class;
      case EPOLL -> EpollServerSocketChannel.class;
      case NIO -> NioServerSocketChannel.class;
    };
  }

  SocketChannel newSocket() {
    return switch (this) {
      case IO_URING -> new IoUringSocketChannel();
      case EPOLL -> new EpollSocketChannel();
      case NIO -> new NioSocketChannel();
    };
  }

  void sharePort(ServerBootstrap bootstrap) {
    switch (this) {
      case IO_URING -> bootstrap.option(IoUringChannelOption.SO_REUSEPORT, true);
      case EPOLL -> bootstrap.option(EpollChannelOption.SO_REUSEPORT, true);
      case NIO -> LOG.debug("this transport has one listener for all loops");
    }
  }
}
