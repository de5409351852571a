package dev.layar.proxy.codec.http2;

import io.netty.buffer.ByteBuf;

/** Takes frames whose syntax is right, in the order in which they came. */
interface FrameHandler {
  /** Whether more frames are wanted; none come after it said no. */
  boolean open();

  /**
   * A DATA frame begins.
   *
   * @param length of its payload, padding included: what flow control counts
   */
  void dataBegins(int stream, int length);

  /** {@code size} bytes of data are at the reader index; takes exactly these. */
  void data(ByteBuf in, int size);

  void dataEnds(boolean endOfStream);

  /** A whole header block, of which the bytes are the handler's during the call only. */
  void headers(int stream, boolean endOfStream, byte[] block, int start, int length);

  /** A dependency, in a PRIORITY frame or at the front of HEADERS. */
  void priority(int stream, int dependsOn);

  void reset(int stream, int code);

  void setting(int id, int value);

  void settingsEnd();

  void settingsAck();

  void ping(boolean ack, long opaque);

  void goAway(int lastStream, int code);

  void windowUpdate(int stream, int increment);

  /** A frame of any type, before anything else is said of it. */
  void frame(int type, int length, int flags);

  /** The peer broke the protocol; the connection ends. */
  void connectionError(int code, String details);

  /** The peer broke the protocol in one stream. */
  void streamError(int stream, int code);
}
