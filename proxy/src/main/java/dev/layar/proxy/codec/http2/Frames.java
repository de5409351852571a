package dev.layar.proxy.codec.http2;

import dev.layar.proxy.http.Ascii;
import io.netty.buffer.ByteBuf;

/** Frame types, flags, settings, and the writing of frames (RFC 9113 §4 and §6). Stateless. */
final class Frames {
  static final int HEADER = 9;

  static final int DATA = 0;
  static final int HEADERS = 1;
  static final int PRIORITY = 2;
  static final int RST_STREAM = 3;
  static final int SETTINGS = 4;
  static final int PUSH_PROMISE = 5;
  static final int PING = 6;
  static final int GOAWAY = 7;
  static final int WINDOW_UPDATE = 8;
  static final int CONTINUATION = 9;

  static final int END_STREAM = 0x1;
  static final int ACK = 0x1;
  static final int END_HEADERS = 0x4;
  static final int PADDED = 0x8;
  static final int WITH_PRIORITY = 0x20;

  static final int HEADER_TABLE_SIZE = 1;
  static final int ENABLE_PUSH = 2;
  static final int MAX_CONCURRENT_STREAMS = 3;
  static final int INITIAL_WINDOW_SIZE = 4;
  static final int MAX_FRAME_SIZE = 5;
  static final int MAX_HEADER_LIST_SIZE = 6;
  static final int ENABLE_CONNECT_PROTOCOL = 8;

  /** RFC 9113 §6.9.2. */
  static final int DEFAULT_WINDOW = 65_535;

  /** RFC 9113 §4.2: the least that may be announced, and what is sent at most here. */
  static final int DEFAULT_FRAME_SIZE = 16_384;

  static final int LARGEST_FRAME_SIZE = 16_777_215;

  /** RFC 9113 §3.4. */
  static final byte[] PREFACE = Ascii.bytes("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");

  private Frames() {}

  static void header(ByteBuf out, int length, int type, int flags, int stream) {
    out.writeMedium(length);
    out.writeByte(type);
    out.writeByte(flags);
    out.writeInt(stream);
  }

  static void setting(ByteBuf out, int id, int value) {
    out.writeShort(id);
    out.writeInt(value);
  }

  static void settingsAck(ByteBuf out) {
    header(out, 0, SETTINGS, ACK, 0);
  }

  static void ping(ByteBuf out, boolean ack, long opaque) {
    header(out, 8, PING, ack ? ACK : 0, 0);
    out.writeLong(opaque);
  }

  static void reset(ByteBuf out, int stream, int code) {
    header(out, 4, RST_STREAM, 0, stream);
    out.writeInt(code);
  }

  static void goAway(ByteBuf out, int lastStream, int code) {
    header(out, 8, GOAWAY, 0, 0);
    out.writeInt(lastStream);
    out.writeInt(code);
  }

  static void windowUpdate(ByteBuf out, int stream, int increment) {
    header(out, 4, WINDOW_UPDATE, 0, stream);
    out.writeInt(increment);
  }
}
