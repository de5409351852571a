package dev.layar.proxy.config;

import java.net.InetAddress;

/** A range of addresses ({@code Envoy CidrRange}). */
public record Cidr(InetAddress prefix, int prefixLength) {
  public boolean contains(InetAddress address) {
    byte[] wanted = prefix.getAddress();
    byte[] actual = address.getAddress();
    if (wanted.length != actual.length) {
      return false;
    }
    for (int bit = 0; bit < prefixLength; bit++) {
      int mask = 0x80 >> (bit & 7);
      if ((wanted[bit >> 3] & mask) != (actual[bit >> 3] & mask)) {
        return false;
      }
    }
    return true;
  }
}
