package dev.layar.proxy.codec.http2;

import io.netty.buffer.ByteBuf;

/** Tells the preface by which a client begins HTTP/2 (RFC 9113 §3.4). Stateless. */
public final class Preface {
  private Preface() {}

  /** Whether what is there so far is the preface, or its beginning. */
  public static boolean matches(ByteBuf in) {
    int size = Math.min(in.readableBytes(), Frames.PREFACE.length);
    for (int i = 0; i < size; i++) {
      if (in.getByte(in.readerIndex() + i) != Frames.PREFACE[i]) {
        return false;
      }
    }
    return true;
  }

  /** Whether all of it is there, given that it matches. */
  public static boolean complete(ByteBuf in) {
    return in.readableBytes() >= Frames.PREFACE.length;
  }
}
