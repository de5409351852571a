package dev.layar.proxy.net;

import io.netty.channel.AdaptiveRecvByteBufAllocator;
import io.netty.channel.RecvByteBufAllocator;
import io.netty.channel.WriteBufferWaterMark;

/** Socket settings shared by both sides. */
final class Sockets {
  /** When a connection counts as full and as writable again, bytes. */
  static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private Sockets() {}

  /** Buffers that start small and grow with what a read yields, up to 64 KiB. */
  static RecvByteBufAllocator receiveBuffers() {
    return new AdaptiveRecvByteBufAllocator(2048, 4096, 65_536);
  }
}
