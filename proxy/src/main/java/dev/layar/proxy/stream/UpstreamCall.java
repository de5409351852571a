package dev.layar.proxy.stream;

import dev.layar.proxy.http.Head;
import io.netty.buffer.ByteBuf;

/**
 * Whoever sends one request over an upstream connection and takes its response. Called on the event
 * loop; after {@link #failed} or {@link #responseEnd} nothing more comes.
 */
interface UpstreamCall {
  /** There is a stream for it: send the request. */
  void ready(UpstreamStream stream);

  /** Where the response head is to be parsed into. */
  Head responseHead();

  /** Where trailers are to be put, if any come, before {@link #responseEnd}. */
  Head responseTrailers();

  /** Whether the request is HEAD, whose response has no body (RFC 9112 §6.3). */
  boolean isHeadRequest();

  /** The response head is complete. 1xx heads do not come here. */
  void responseHead(boolean endOfStream);

  /** {@code size} bytes of body are at the reader index of {@code in}; takes exactly these. */
  void responseBody(ByteBuf in, int size);

  /** The response is complete. The stream has left the call already. */
  void responseEnd();

  /**
   * There will be no response, or not the rest of it.
   *
   * @param transportReason what the operating system said, empty when nothing
   */
  void failed(UpstreamFailure failure, String transportReason);

  /** The stream takes more again, or no more for now. */
  void writable(boolean writable);
}
