package dev.layar.proxy.net;

import io.netty.channel.WriteBufferWaterMark;

/** Socket settings shared by both sides. */
final class Sockets {
  /** When a connection counts as full and as writable again, bytes. */
  static final WriteBufferWaterMark WATER_MARK = new WriteBufferWaterMark(64 * 1024, 256 * 1024);

  private Sockets() {}
}
