package dev.layar.compiler.build;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * XXH64 with seed 0 (Collet, "xxHash fast digest algorithm", specification 0.1.1): the version of a
 * resource is the hash of its bytes.
 */
final class ContentHash {
  private static final VarHandle LONG =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final VarHandle INT =
      MethodHandles.byteArrayViewVarHandle(int[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long P1 = 0x9E3779B185EBCA87L;
  private static final long P2 = 0xC2B2AE3D27D4EB4FL;
  private static final long P3 = 0x165667B19E3779F9L;
  private static final long P4 = 0x85EBCA77C2B2AE63L;
  private static final long P5 = 0x27D4EB2F165667C5L;

  private ContentHash() {}

  /** 16 hex digits. */
  static String hex(byte[] bytes) {
    return String.format("%016x", hash(bytes));
  }

  static long hash(byte[] bytes) {
    int at = 0;
    long h;
    if (bytes.length >= 32) {
      long a = 0x60EA27EEADC0B5D6L; // P1 + P2
      long b = P2;
      long c = 0;
      long d = -P1;
      for (; at <= bytes.length - 32; at += 32) {
        a = round(a, longAt(bytes, at));
        b = round(b, longAt(bytes, at + 8));
        c = round(c, longAt(bytes, at + 16));
        d = round(d, longAt(bytes, at + 24));
      }
      h =
          Long.rotateLeft(a, 1)
              + Long.rotateLeft(b, 7)
              + Long.rotateLeft(c, 12)
              + Long.rotateLeft(d, 18);
      h = merge(merge(merge(merge(h, a), b), c), d);
    } else {
      h = P5;
    }
    return finish(h + bytes.length, bytes, at);
  }

  private static long finish(long start, byte[] bytes, int from) {
    long h = start;
    int at = from;
    for (; at <= bytes.length - 8; at += 8) {
      h = Long.rotateLeft(h ^ round(0, longAt(bytes, at)), 27) * P1 + P4;
    }
    if (at <= bytes.length - 4) {
      long word = (int) INT.get(bytes, at) & 0xFFFFFFFFL;
      h = Long.rotateLeft(h ^ word * P1, 23) * P2 + P3;
      at += 4;
    }
    for (; at < bytes.length; at++) {
      h = Long.rotateLeft(h ^ (bytes[at] & 0xFF) * P5, 11) * P1;
    }
    h = (h ^ (h >>> 33)) * P2;
    h = (h ^ (h >>> 29)) * P3;
    return h ^ (h >>> 32);
  }

  private static long longAt(byte[] bytes, int at) {
    return (long) LONG.get(bytes, at);
  }

  private static long round(long lane, long input) {
    return Long.rotateLeft(lane + input * P2, 31) * P1;
  }

  private static long merge(long h, long lane) {
    return (h ^ round(0, lane)) * P1 + P4;
  }
}
