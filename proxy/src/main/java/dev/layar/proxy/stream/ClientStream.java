package dev.layar.proxy.stream;

import dev.layar.proxy.observe.StreamInfo;
import io.netty.buffer.ByteBuf;

/**
 * The client's end of one exchange, whatever protocol it speaks: where the response goes, and what
 * holds the request's body back. Event-loop confined. The exchange calls; the stream calls the
 * exchange back with {@link Exchange#requestBody}, {@link Exchange#requestEnd} and {@link
 * Exchange#clientGone}.
 */
interface ClientStream {
  long connectionId();

  /** What is known about the connection. */
  Arrival arrival();

  /** What the client spoke in this request. */
  StreamInfo.Protocol protocol();

  /** Sends {@code 100 Continue}. */
  void sendContinue();

  /**
   * Sends the response head of the exchange, framed as this protocol does.
   *
   * @param ends whether nothing follows
   * @return bytes that it took
   */
  int sendHead(Exchange of, boolean ends);

  /** Sends {@code size} body bytes from the reader index; takes exactly these. */
  void sendBody(ByteBuf in, int size);

  /** Sends a whole small body; {@link #sendEnd} follows. */
  void sendBody(byte[] body);

  /** Ends the response, unless its head did. */
  void sendEnd(Exchange of);

  /** Whether so much is unsent that the source should pause. */
  boolean full();

  /** Stops or resumes the request's body. */
  void pauseBody(boolean on);

  /** Breaks the response off in a way that the client must notice. */
  void breakOff();

  /**
   * The exchange is over, and forgets this stream.
   *
   * @param closeNow whether the connection should end, where one exchange decides that
   */
  void exchangeEnded(boolean closeNow);
}
