package dev.layar.proxy.net;

import io.netty.channel.ChannelFuture;
import io.netty.channel.ChannelHandler;
import java.net.InetSocketAddress;

/** Opens connections to upstreams. Passed in, so that a test can be the network. */
@FunctionalInterface
public interface Dialer {
  /**
   * Starts to connect; the channel lives on {@code loop}.
   *
   * @param address resolved, or a name that the dialer resolves
   * @param handler the channel's only handler
   */
  ChannelFuture connect(Loop loop, InetSocketAddress address, ChannelHandler handler);
}
