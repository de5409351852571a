package dev.layar.proxy.listener;

import io.netty.channel.Channel;
import io.netty.channel.ChannelException;
import io.netty.channel.unix.RawUnixChannelOption;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.ByteBuffer;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Asks the kernel where a redirected connection was meant to go ({@code SO_ORIGINAL_DST}). */
public final class OriginalDst {
  /** SOL_IP 0 and SOL_IPV6 41; the option is 80 in both (linux/netfilter_ipv4.h). */
  private static final RawUnixChannelOption V4 =
      new RawUnixChannelOption("SO_ORIGINAL_DST", 0, 80, 16);

  private static final RawUnixChannelOption V6 =
      new RawUnixChannelOption("IP6T_SO_ORIGINAL_DST", 41, 80, 28);

  private static final int V6_ADDRESS = 8;

  private OriginalDst() {}

  /** Null when the connection was not redirected, or this transport cannot ask. */
  public static @Nullable InetSocketAddress of(Channel connection) {
    boolean six =
        connection.localAddress() instanceof InetSocketAddress local
            && local.getAddress().getAddress().length == 16;
    try {
      ByteBuffer raw = connection.config().getOption(six ? V6 : V4);
      return raw == null ? null : address(raw, six);
    } catch (ChannelException notRedirected) {
      return null;
    }
  }

  /** A {@code sockaddr_in} or {@code sockaddr_in6}: family, port in network order, address. */
  private static @Nullable InetSocketAddress address(ByteBuffer raw, boolean six) {
    byte[] bytes = new byte[raw.remaining()];
    raw.get(bytes);
    int port = (bytes[2] & 255) << 8 | bytes[3] & 255;
    byte[] ip =
        six
            ? Arrays.copyOfRange(bytes, V6_ADDRESS, V6_ADDRESS + 16)
            : Arrays.copyOfRange(bytes, 4, 8);
    try {
      return port == 0 ? null : new InetSocketAddress(InetAddress.getByAddress(ip), port);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address has 4 or 16 bytes", impossible);
    }
  }
}
