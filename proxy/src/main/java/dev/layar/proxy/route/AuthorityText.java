package dev.layar.proxy.route;

/** The parts of an authority ({@code host[:port]}, RFC 3986 §3.2) as slices. */
public final class AuthorityText {
  private AuthorityText() {}

  /**
   * Length of the slice without its port: the last colon outside an IPv6 bracket and the digits
   * behind it, if that is what is there.
   */
  public static int withoutPort(byte[] bytes, int start, int length) {
    int at = length - 1;
    while (at >= 0 && bytes[start + at] >= '0' && bytes[start + at] <= '9') {
      at--;
    }
    boolean port = at > 0 && at < length - 1 && bytes[start + at] == ':';
    return port && !bareIpv6(bytes, start, at) ? at : length;
  }

  /** Whether there is another colon and no closing bracket at the end: an address without port. */
  private static boolean bareIpv6(byte[] bytes, int start, int length) {
    if (bytes[start + length - 1] == ']') {
      return false;
    }
    for (int i = 0; i < length; i++) {
      if (bytes[start + i] == ':') {
        return true;
      }
    }
    return false;
  }
}
