package dev.layar.proxy.stream;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import org.jspecify.annotations.Nullable;

/**
 * Body bytes of a request that are kept: because no connection is there yet, or because the request
 * may have to be sent again. Bounded by a limit that the owner checks. Event-loop confined.
 */
final class RequestBody {
  private @Nullable ByteBuf kept;

  int size() {
    ByteBuf buffer = kept;
    return buffer == null ? 0 : buffer.writerIndex();
  }

  /** Keeps {@code size} bytes from the reader index of {@code in}, which does not move. */
  void keep(ByteBufAllocator allocator, ByteBuf in, int size) {
    ByteBuf buffer = kept;
    if (buffer == null) {
      buffer = allocator.directBuffer(Math.max(size, 1024));
      kept = buffer;
    }
    buffer.writeBytes(in, in.readerIndex(), size);
  }

  /** Sends everything kept; it stays kept. */
  void writeTo(UpstreamStream stream) {
    ByteBuf buffer = kept;
    if (buffer != null && buffer.writerIndex() > 0) {
      stream.sendBody(buffer.duplicate().readerIndex(0), buffer.writerIndex());
    }
  }

  /** Gives everything kept to a mirror. */
  void copyTo(Shadow shadow) {
    ByteBuf buffer = kept;
    if (buffer != null && buffer.writerIndex() > 0) {
      shadow.requestBody(buffer.duplicate().readerIndex(0), buffer.writerIndex());
    }
  }

  void release() {
    ByteBuf buffer = kept;
    if (buffer != null) {
      kept = null;
      buffer.release();
    }
  }
}
