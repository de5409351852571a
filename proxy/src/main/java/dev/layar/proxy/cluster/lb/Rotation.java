package dev.layar.proxy.cluster.lb;

import dev.layar.base.SplitMix64;

/**
 * Where each event loop's round robin stands. Belongs to a cluster and survives changes of its
 * endpoints. Each loop starts at a place of its own ({@code Envoy}: a random seed per worker), so
 * that loops do not march in step.
 */
public final class Rotation {
  private static final int STRIDE = 16;
  private final int[] next;

  public Rotation(int loops, long seed) {
    this.next = new int[(loops + 1) * STRIDE];
    for (int loop = 0; loop < loops; loop++) {
      next[(loop + 1) * STRIDE] = (int) (SplitMix64.mix(seed + loop) >>> 33);
    }
  }

  /** The next place in {@code [0, bound)} of this loop. Only from that loop. */
  int next(int loop, int bound) {
    int at = (loop + 1) * STRIDE;
    return Integer.remainderUnsigned(next[at]++, bound);
  }

  /** Where this loop would start now. */
  int start(int loop, int bound) {
    return Integer.remainderUnsigned(next[(loop + 1) * STRIDE], bound);
  }
}
