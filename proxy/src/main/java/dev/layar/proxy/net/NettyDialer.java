package dev.layar.proxy.net;

import io.netty.bootstrap.Bootstrap;
import io.netty.buffer.ByteBufAllocator;
import io.netty.channel.Channel;
import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import io.netty.channel.ChannelOption;
import io.netty.resolver.AddressResolverGroup;
import io.netty.resolver.NoopAddressResolverGroup;
import java.net.InetSocketAddress;

/** Dials over a {@link Transport}. Stateless; used by all loops. */
public final class NettyDialer implements Dialer {
  private final Transport transport;
  private final ByteBufAllocator allocator;
  private final AddressResolverGroup<InetSocketAddress> resolver;

  /**
   * @param resolver for addresses that come as names; must not block
   */
  public NettyDialer(
      Transport transport,
      ByteBufAllocator allocator,
      AddressResolverGroup<InetSocketAddress> resolver) {
    this.transport = transport;
    this.allocator = allocator;
    this.resolver = resolver;
  }

  @Override
  public ChannelFuture connect(Loop loop, InetSocketAddress address, ChannelHandler handler) {
    Bootstrap bootstrap =
        new Bootstrap()
            .group(loop.eventLoop())
            .channelFactory(() -> (Channel) transport.newSocket(address))
            .option(ChannelOption.ALLOCATOR, allocator)
            .option(ChannelOption.TCP_NODELAY, true)
            .option(ChannelOption.RECVBUF_ALLOCATOR, loop.buffers())
            .option(ChannelOption.WRITE_BUFFER_WATER_MARK, Sockets.WATER_MARK)
            .option(ChannelOption.CONNECT_TIMEOUT_MILLIS, 0)
            .handler(handler);
    if (address.isUnresolved()) {
      bootstrap.resolver(resolver);
    } else {
      bootstrap.resolver(NoopAddressResolverGroup.INSTANCE);
    }
    return bootstrap.connect(address);
  }
}
