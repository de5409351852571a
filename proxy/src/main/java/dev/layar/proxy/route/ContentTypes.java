package dev.layar.proxy.route;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;

/** Content types that mean something to a proxy. */
public final class ContentTypes {
  private static final byte[] GRPC = Ascii.bytes("application/grpc");

  private ContentTypes() {}

  /** Whether the content type is {@code application/grpc} or {@code application/grpc+…}. */
  public static boolean isGrpc(Head head) {
    int at = head.find(HeaderName.CONTENT_TYPE);
    if (at < 0 || head.valueLength(at) < GRPC.length) {
      return false;
    }
    int start = head.valueStart(at);
    return Ascii.equalIgnoreCase(head.bytes(), start, GRPC.length, GRPC)
        && (head.valueLength(at) == GRPC.length || head.bytes()[start + GRPC.length] == '+');
  }
}
