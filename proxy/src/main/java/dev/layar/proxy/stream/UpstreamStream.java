package dev.layar.proxy.stream;

import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.TlsFacts;
import io.netty.buffer.ByteBuf;
import org.jspecify.annotations.Nullable;

/**
 * The upstream's end of one call, whatever protocol it speaks: where the request goes, and what
 * holds the response back. Event-loop confined. What comes from it goes to its {@link
 * UpstreamCall}.
 */
interface UpstreamStream {
  /** {@code ip:port} of this end. */
  byte[] localAddress();

  /** What is known of the connection's TLS; null for plain text. */
  @Nullable TlsFacts tls();

  /** Whether an earlier call went over a connection that carries one at a time. */
  boolean used();

  /** Sends the request head; may append what the framing needs. */
  void sendHead(Head request, boolean ends);

  /** Sends {@code size} body bytes from the reader index; takes exactly these. */
  void sendBody(ByteBuf in, int size);

  /**
   * Ends the request, unless its head did.
   *
   * @param trailers what follows the body, null for nothing
   */
  void sendEnd(@Nullable Head trailers);

  /** Whether so much is unsent that the source should pause. */
  boolean full();

  /** Stops or resumes the response: the client is slower than the upstream. */
  void reading(boolean on);

  /** The call gives up; nothing more comes to it. */
  void abandon();
}
