package dev.layar.proxy.cluster.lb;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;

/**
 * The 64-bit MurmurHash2 with the seed that Envoy's {@code MURMUR_HASH_2} uses, which is that of
 * libstdc++'s {@code std::hash} for strings. Allocates nothing.
 */
public final class MurmurHash2 {
  private static final VarHandle LONGS =
      MethodHandles.byteArrayViewVarHandle(long[].class, ByteOrder.LITTLE_ENDIAN);
  private static final long MULTIPLIER = 0xC6A4A7935BD1E995L;
  private static final long SEED = 0xC70F6907L;

  private MurmurHash2() {}

  /** The hash of a slice. */
  public static long hash(byte[] bytes, int start, int length) {
    long hash = SEED ^ length * MULTIPLIER;
    int end = start + length;
    int at = start;
    for (; at <= end - 8; at += 8) {
      hash = (hash ^ mix((long) LONGS.get(bytes, at) * MULTIPLIER) * MULTIPLIER) * MULTIPLIER;
    }
    if (at < end) {
      hash = (hash ^ tail(bytes, at, end)) * MULTIPLIER;
    }
    return mix(mix(hash) * MULTIPLIER);
  }

  private static long tail(byte[] bytes, int start, int end) {
    long value = 0;
    for (int i = end - 1; i >= start; i--) {
      value = value << 8 | bytes[i] & 0xFF;
    }
    return value;
  }

  private static long mix(long value) {
    return value ^ value >>> 47;
  }
}
