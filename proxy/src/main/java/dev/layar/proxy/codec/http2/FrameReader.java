package dev.layar.proxy.codec.http2;

import io.netty.buffer.ByteBuf;
import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * Cuts bytes into frames and checks what can be checked without knowing the streams (RFC 9113 §4
 * and §6). One per connection; event-loop confined.
 *
 * <p>Implementation notes. (1) DATA is handed on as it comes. Of any other frame the payload is
 * copied into an array first: the loop's scratch array when it has all come, else one of its own
 * for as long as it takes. (2) A header block in several frames is put together up to a limit in
 * bytes and in frames; more is a flood, not a head.
 */
final class FrameReader {
  private static final int MOST_CONTINUATIONS = 32;

  private final FrameHandler handler;
  private final byte[] scratch;
  private final int longestBlock;

  private int prefaceLeft;
  private boolean settingsSeen;
  private final byte[] header = new byte[Frames.HEADER];
  private int headerBytes;
  private int length;
  private int type;
  private int flags;
  private int stream;

  private byte @Nullable [] own;
  private int ownBytes;

  private boolean inData;
  private boolean padLengthWanted;
  private int dataLeft;
  private int paddingLeft;

  private int blockStream;
  private boolean blockEndsStream;
  private byte[] block = new byte[0];
  private int blockBytes;
  private int continuations;

  /**
   * @param scratch shared by all readers of one loop; holds the largest frame
   * @param server whether the peer is a client, who begins with the preface
   * @param longestBlock bytes of one header block
   */
  FrameReader(FrameHandler handler, byte[] scratch, boolean server, int longestBlock) {
    this.handler = handler;
    this.scratch = scratch;
    this.prefaceLeft = server ? Frames.PREFACE.length : 0;
    this.longestBlock = longestBlock;
  }

  /** Whether a header block has begun and is not complete. */
  boolean insideBlock() {
    return blockStream != 0;
  }

  /** Reads everything that is there, unless the handler has enough. */
  void read(ByteBuf in) {
    if (prefaceLeft > 0 && !preface(in)) {
      return;
    }
    while (handler.open() && (in.isReadable() || inData && dataLeft + paddingLeft == 0)) {
      if (inData) {
        data(in);
      } else if (own != null) {
        fillOwn(in);
      } else if (header(in)) {
        begin(in);
      }
    }
  }

  private boolean preface(ByteBuf in) {
    byte[] preface = Frames.PREFACE;
    while (prefaceLeft > 0 && in.isReadable()) {
      if (in.readByte() != preface[preface.length - prefaceLeft]) {
        fail(ErrorCode.PROTOCOL_ERROR, "http2.bad_preface");
        return false;
      }
      prefaceLeft--;
    }
    return prefaceLeft == 0;
  }

  private boolean header(ByteBuf in) {
    int take = Math.min(Frames.HEADER - headerBytes, in.readableBytes());
    in.readBytes(header, headerBytes, take);
    headerBytes += take;
    if (headerBytes < Frames.HEADER) {
      return false;
    }
    headerBytes = 0;
    length = (header[0] & 0xff) << 16 | (header[1] & 0xff) << 8 | header[2] & 0xff;
    type = header[3] & 0xff;
    flags = header[4] & 0xff;
    stream = int31(header, 5);
    return true;
  }

  private static int int31(byte[] bytes, int at) {
    return int32(bytes, at) & Integer.MAX_VALUE;
  }

  private static int int32(byte[] bytes, int at) {
    return (bytes[at] & 0xff) << 24
        | (bytes[at + 1] & 0xff) << 16
        | (bytes[at + 2] & 0xff) << 8
        | bytes[at + 3] & 0xff;
  }

  /** The header of a frame is there. */
  private void begin(ByteBuf in) {
    if (length > Frames.DEFAULT_FRAME_SIZE) {
      fail(ErrorCode.FRAME_SIZE_ERROR, "http2.frame_too_large");
      return;
    }
    if (!settingsSeen && (type != Frames.SETTINGS || (flags & Frames.ACK) != 0)) {
      fail(ErrorCode.PROTOCOL_ERROR, "http2.settings_expected");
      return;
    }
    boolean continues = type == Frames.CONTINUATION;
    if (continues != (blockStream != 0) || continues && stream != blockStream) {
      fail(ErrorCode.PROTOCOL_ERROR, "http2.continuation_expected");
      return;
    }
    settingsSeen = true;
    handler.frame(type, length, flags);
    if (!handler.open()) {
      return;
    }
    if (type == Frames.DATA) {
      beginData();
    } else if (in.readableBytes() >= length) {
      in.readBytes(scratch, 0, length);
      payload(scratch);
    } else {
      own = new byte[length];
      ownBytes = 0;
    }
  }

  private void fillOwn(ByteBuf in) {
    byte[] target = own;
    if (target == null) {
      return;
    }
    int take = Math.min(length - ownBytes, in.readableBytes());
    in.readBytes(target, ownBytes, take);
    ownBytes += take;
    if (ownBytes == length) {
      own = null;
      payload(target);
    }
  }

  // ---- DATA

  private void beginData() {
    if (stream == 0) {
      fail(ErrorCode.PROTOCOL_ERROR, "http2.data_on_connection");
      return;
    }
    boolean padded = (flags & Frames.PADDED) != 0;
    if (padded && length == 0) {
      fail(ErrorCode.FRAME_SIZE_ERROR, "http2.padding");
      return;
    }
    inData = true;
    padLengthWanted = padded;
    paddingLeft = 0;
    dataLeft = length;
    handler.dataBegins(stream, length);
  }

  private void data(ByteBuf in) {
    if (padLengthWanted) {
      padLengthWanted = false;
      dataLeft--;
      paddingLeft = in.readUnsignedByte();
      if (paddingLeft > dataLeft) {
        fail(ErrorCode.PROTOCOL_ERROR, "http2.padding");
        return;
      }
      dataLeft -= paddingLeft;
    }
    int take = Math.min(dataLeft, in.readableBytes());
    if (take > 0) {
      dataLeft -= take;
      handler.data(in, take);
    }
    if (dataLeft == 0) {
      int skip = Math.min(paddingLeft, in.readableBytes());
      in.skipBytes(skip);
      paddingLeft -= skip;
      if (paddingLeft == 0) {
        inData = false;
        handler.dataEnds((flags & Frames.END_STREAM) != 0);
      }
    }
  }

  // ---- everything else

  private void payload(byte[] bytes) {
    switch (type) {
      case Frames.HEADERS -> headers(bytes);
      case Frames.CONTINUATION -> continuation(bytes);
      case Frames.PRIORITY -> priority(bytes);
      case Frames.RST_STREAM -> reset(bytes);
      case Frames.SETTINGS -> settings(bytes);
      case Frames.PUSH_PROMISE -> fail(ErrorCode.PROTOCOL_ERROR, "http2.push");
      case Frames.PING -> ping(bytes);
      case Frames.GOAWAY -> goAway(bytes);
      case Frames.WINDOW_UPDATE -> windowUpdate(bytes);
      default -> {
        // RFC 9113 §5.5: frames of unknown types are ignored
      }
    }
  }

  private void headers(byte[] bytes) {
    if (stream == 0) {
      fail(ErrorCode.PROTOCOL_ERROR, "http2.headers_on_connection");
      return;
    }
    int start = 0;
    int end = length;
    if ((flags & Frames.PADDED) != 0) {
      if (end == 0) {
        fail(ErrorCode.FRAME_SIZE_ERROR, "http2.padding");
        return;
      }
      start = 1;
      end -= bytes[0] & 0xff;
    }
    int dependency = -1;
    if ((flags & Frames.WITH_PRIORITY) != 0) {
      if (end - start >= 5) {
        dependency = int31(bytes, start);
      }
      start += 5;
    }
    if (end < start) {
      fail(ErrorCode.PROTOCOL_ERROR, "http2.padding");
      return;
    }
    if (dependency >= 0) {
      handler.priority(stream, dependency);
    }
    boolean ends = (flags & Frames.END_STREAM) != 0;
    if ((flags & Frames.END_HEADERS) != 0) {
      handler.headers(stream, ends, bytes, start, end - start);
      return;
    }
    blockStream = stream;
    blockEndsStream = ends;
    blockBytes = 0;
    continuations = 0;
    append(bytes, start, end - start);
  }

  private void continuation(byte[] bytes) {
    if (++continuations > MOST_CONTINUATIONS) {
      fail(ErrorCode.ENHANCE_YOUR_CALM, "http2.continuation_flood");
      return;
    }
    append(bytes, 0, length);
    if (handler.open() && (flags & Frames.END_HEADERS) != 0) {
      byte[] whole = block;
      block = new byte[0];
      int of = blockStream;
      blockStream = 0;
      handler.headers(of, blockEndsStream, whole, 0, blockBytes);
    }
  }

  private void append(byte[] bytes, int start, int size) {
    if (blockBytes + size > longestBlock) {
      fail(ErrorCode.ENHANCE_YOUR_CALM, "http2.headers_too_large");
      return;
    }
    if (block.length < blockBytes + size) {
      block = Arrays.copyOf(block, Math.max(blockBytes + size, block.length * 2));
    }
    System.arraycopy(bytes, start, block, blockBytes, size);
    blockBytes += size;
  }

  private void priority(byte[] bytes) {
    if (stream == 0) {
      fail(ErrorCode.PROTOCOL_ERROR, "http2.priority_on_connection");
    } else if (length != 5) {
      handler.streamError(stream, ErrorCode.FRAME_SIZE_ERROR);
    } else {
      handler.priority(stream, int31(bytes, 0));
    }
  }

  private void reset(byte[] bytes) {
    if (length != 4) {
      fail(ErrorCode.FRAME_SIZE_ERROR, "http2.frame_size");
    } else if (stream == 0) {
      fail(ErrorCode.PROTOCOL_ERROR, "http2.reset_on_connection");
    } else {
      handler.reset(stream, int32(bytes, 0));
    }
  }

  private void settings(byte[] bytes) {
    if (stream != 0) {
      fail(ErrorCode.PROTOCOL_ERROR, "http2.settings_on_stream");
      return;
    }
    if ((flags & Frames.ACK) != 0) {
      if (length != 0) {
        fail(ErrorCode.FRAME_SIZE_ERROR, "http2.frame_size");
      } else {
        handler.settingsAck();
      }
      return;
    }
    if (length % 6 != 0) {
      fail(ErrorCode.FRAME_SIZE_ERROR, "http2.frame_size");
      return;
    }
    for (int at = 0; at < length && handler.open(); at += 6) {
      handler.setting((bytes[at] & 0xff) << 8 | bytes[at + 1] & 0xff, int32(bytes, at + 2));
    }
    if (handler.open()) {
      handler.settingsEnd();
    }
  }

  private void ping(byte[] bytes) {
    if (length != 8) {
      fail(ErrorCode.FRAME_SIZE_ERROR, "http2.frame_size");
    } else if (stream != 0) {
      fail(ErrorCode.PROTOCOL_ERROR, "http2.ping_on_stream");
    } else {
      long opaque = (long) int32(bytes, 0) << 32 | int32(bytes, 4) & 0xffff_ffffL;
      handler.ping((flags & Frames.ACK) != 0, opaque);
    }
  }

  private void goAway(byte[] bytes) {
    if (stream != 0) {
      fail(ErrorCode.PROTOCOL_ERROR, "http2.goaway_on_stream");
    } else if (length < 8) {
      fail(ErrorCode.FRAME_SIZE_ERROR, "http2.frame_size");
    } else {
      handler.goAway(int31(bytes, 0), int32(bytes, 4));
    }
  }

  private void windowUpdate(byte[] bytes) {
    if (length != 4) {
      fail(ErrorCode.FRAME_SIZE_ERROR, "http2.frame_size");
      return;
    }
    int increment = int31(bytes, 0);
    if (increment > 0) {
      handler.windowUpdate(stream, increment);
    } else if (stream == 0) {
      fail(ErrorCode.PROTOCOL_ERROR, "http2.window_update_of_nothing");
    } else {
      handler.streamError(stream, ErrorCode.PROTOCOL_ERROR);
    }
  }

  private void fail(int code, String details) {
    handler.connectionError(code, details);
  }
}
