package dev.layar.proxy.net;

import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufAllocator;
import io.netty.buffer.UnpooledByteBufAllocator;
import io.netty.channel.DefaultMaxMessagesRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;

/**
 * The buffers that one event loop lends out again and again: one to receive into, a few to send
 * from. A buffer is free when the loop's own reference is the only one; when none is free, an
 * ordinary pooled one takes its place. Event-loop confined.
 */
final class LoopBuffers extends DefaultMaxMessagesRecvByteBufAllocator {
  private static final int RECEIVE = 64 * 1024;
  private static final int RECEIVE_MORE = 16 * 1024;
  private static final int SEND = 4096;
  private static final int SENDERS = 8;

  /** These live as long as the loop and would only be noise to a leak detector. */
  private static final ByteBufAllocator OWN = new UnpooledByteBufAllocator(true, true);

  private final ByteBuf receive = OWN.directBuffer(RECEIVE);
  private final ByteBuf[] send = new ByteBuf[SENDERS];
  private int nextSend;

  LoopBuffers() {
    for (int i = 0; i < SENDERS; i++) {
      send[i] = OWN.directBuffer(SEND);
    }
  }

  /** An empty buffer to write to; the caller releases it, or gives it to a channel. */
  ByteBuf toSend(ByteBufAllocator other) {
    ByteBuf buffer = send[nextSend];
    nextSend = (nextSend + 1) % SENDERS;
    if (buffer.refCnt() == 1 && buffer.capacity() <= RECEIVE_MORE) {
      return buffer.clear().retain();
    }
    return other.directBuffer(SEND);
  }

  @Override
  @SuppressWarnings("deprecation")
  public RecvByteBufAllocator.Handle newHandle() {
    return new MaxMessageHandle() {
      @Override
      public int guess() {
        return RECEIVE;
      }

      @Override
      public ByteBuf allocate(ByteBufAllocator other) {
        return receive.refCnt() == 1 ? receive.clear().retain() : other.directBuffer(RECEIVE_MORE);
      }
    };
  }

  /** Lets go of the buffers: the loop ends. */
  void release() {
    receive.release();
    for (ByteBuf buffer : send) {
      buffer.release();
    }
  }
}
