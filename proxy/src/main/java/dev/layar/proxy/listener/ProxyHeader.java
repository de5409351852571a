package dev.layar.proxy.listener;

import io.netty.buffer.ByteBuf;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/**
 * The PROXY protocol's header, versions 1 and 2 (haproxy.org proxy-protocol.txt §2). Pure; bounded
 * by the format.
 *
 * @param length bytes of the header
 * @param source the client; null when the header leaves the socket's own
 * @param destination where it connected to; null likewise
 */
record ProxyHeader(
    int length, @Nullable InetSocketAddress source, @Nullable InetSocketAddress destination) {
  private static final byte[] V2 = {
    0x0d, 0x0a, 0x0d, 0x0a, 0x00, 0x0d, 0x0a, 0x51, 0x55, 0x49, 0x54, 0x0a
  };
  private static final byte[] V1 = "PROXY ".getBytes(StandardCharsets.US_ASCII);
  private static final int V1_MAX = 107;
  private static final int V2_FIXED = 16;
  private static final int TCP4 = 0x11;
  private static final int TCP6 = 0x21;
  private static final int TCP4_LENGTH = 12;
  private static final int TCP6_LENGTH = 36;

  /** More bytes are needed. */
  static final ProxyHeader MORE = new ProxyHeader(-1, null, null);

  /** It begins as a header and is none. */
  static final ProxyHeader BAD = new ProxyHeader(-2, null, null);

  /** It does not begin as one. */
  static final ProxyHeader ABSENT = new ProxyHeader(0, null, null);

  /** Looks at the readable bytes and consumes nothing. */
  static ProxyHeader look(ByteBuf in) {
    int size = in.readableBytes();
    if (size == 0) {
      return MORE;
    }
    if (begins(in, V2)) {
      return size < V2.length ? MORE : version2(in);
    }
    if (begins(in, V1)) {
      return size < V1.length ? MORE : version1(in);
    }
    return ABSENT;
  }

  private static boolean begins(ByteBuf in, byte[] with) {
    int compared = Math.min(in.readableBytes(), with.length);
    for (int i = 0; i < compared; i++) {
      if (in.getByte(in.readerIndex() + i) != with[i]) {
        return false;
      }
    }
    return true;
  }

  private static ProxyHeader version1(ByteBuf in) {
    int start = in.readerIndex();
    int limit = Math.min(in.readableBytes(), V1_MAX);
    int end = in.indexOf(start, start + limit, (byte) '\n');
    if (end < 0) {
      return in.readableBytes() < V1_MAX ? MORE : BAD;
    }
    if (in.getByte(end - 1) != '\r') {
      return BAD;
    }
    int length = end + 1 - start;
    String[] parts = in.toString(start, length - 2, StandardCharsets.US_ASCII).split(" ", -1);
    if (parts.length >= 2 && parts[1].equals("UNKNOWN")) {
      return new ProxyHeader(length, null, null);
    }
    boolean known = parts.length == 6 && (parts[1].equals("TCP4") || parts[1].equals("TCP6"));
    InetSocketAddress source = known ? address(parts[2], parts[4], parts[1]) : null;
    InetSocketAddress destination = known ? address(parts[3], parts[5], parts[1]) : null;
    return source == null || destination == null
        ? BAD
        : new ProxyHeader(length, source, destination);
  }

  private static @Nullable InetSocketAddress address(String host, String port, String family) {
    if (!port.matches("[0-9]{1,5}") || !host.matches("[0-9a-fA-F.:]+")) {
      return null;
    }
    try {
      InetAddress address = InetAddress.ofLiteral(host);
      int number = Integer.parseInt(port);
      boolean fits = (address.getAddress().length == 4) == family.equals("TCP4");
      return fits && number <= 65535 ? new InetSocketAddress(address, number) : null;
    } catch (IllegalArgumentException notAnAddress) {
      return null;
    }
  }

  private static ProxyHeader version2(ByteBuf in) {
    int start = in.readerIndex();
    if (in.readableBytes() < V2_FIXED) {
      return MORE;
    }
    int command = in.getUnsignedByte(start + 12);
    int rest = in.getUnsignedShort(start + 14);
    if (command != 0x20 && command != 0x21) {
      return BAD;
    }
    if (in.readableBytes() < V2_FIXED + rest) {
      return MORE;
    }
    int length = V2_FIXED + rest;
    int family = in.getUnsignedByte(start + 13);
    if (command == 0x20 || (family != TCP4 && family != TCP6)) {
      return new ProxyHeader(length, null, null);
    }
    int bytes = family == TCP4 ? 4 : 16;
    if (rest < (family == TCP4 ? TCP4_LENGTH : TCP6_LENGTH)) {
      return BAD;
    }
    int at = start + V2_FIXED;
    return new ProxyHeader(
        length,
        new InetSocketAddress(ip(in, at, bytes), in.getUnsignedShort(at + 2 * bytes)),
        new InetSocketAddress(ip(in, at + bytes, bytes), in.getUnsignedShort(at + 2 * bytes + 2)));
  }

  private static InetAddress ip(ByteBuf in, int at, int length) {
    byte[] bytes = new byte[length];
    in.getBytes(at, bytes);
    try {
      return InetAddress.getByAddress(bytes);
    } catch (UnknownHostException impossible) {
      throw new IllegalStateException("an address has 4 or 16 bytes", impossible);
    }
  }
}
