package dev.layar.proxy.filter.rbac;

import java.net.InetAddress;

/**
 * A range of addresses, matched against {@code ip:port} as text ({@code Envoy core.v3.CidrRange}).
 * Immutable; allocates for IPv6 only.
 */
public final class AddressRange {
  private final byte[] prefix;
  private final int bits;

  /**
   * @param bits length of the prefix, at most that of the address
   */
  public AddressRange(InetAddress prefix, int bits) {
    this.prefix = prefix.getAddress();
    this.bits = bits;
  }

  /** Whether {@code 1.2.3.4:80} or {@code [::1]:80} begins with an address of the range. */
  boolean contains(byte[] address) {
    if (address.length == 0) {
      return false;
    }
    if (address[0] == '[') {
      return prefix.length == 16 && contains6(address);
    }
    return prefix.length == 4 && contains4(address);
  }

  private boolean contains4(byte[] text) {
    int address = 0;
    int part = 0;
    for (byte value : text) {
      if (value >= '0' && value <= '9') {
        part = part * 10 + value - '0';
      } else {
        address = address << 8 | part;
        part = 0;
        if (value == ':') {
          break;
        }
      }
    }
    int wanted =
        (prefix[0] & 255) << 24
            | (prefix[1] & 255) << 16
            | (prefix[2] & 255) << 8
            | prefix[3] & 255;
    return bits == 0 || (address ^ wanted) >>> 32 - bits == 0;
  }

  private boolean contains6(byte[] text) {
    String whole = new String(text, java.nio.charset.StandardCharsets.ISO_8859_1);
    byte[] address = InetAddress.ofLiteral(whole.substring(1, whole.indexOf(']'))).getAddress();
    if (address.length != prefix.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> (bit & 7);
      if (((prefix[bit >> 3] ^ address[bit >> 3]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    try {
      return InetAddress.getByAddress(prefix).getHostAddress() + "/" + bits;
    } catch (java.net.UnknownHostException impossible) {
      throw new IllegalStateException("an address has 4 or 16 bytes", impossible);
    }
  }
}
