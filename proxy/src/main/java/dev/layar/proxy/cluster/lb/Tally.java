package dev.layar.proxy.cluster.lb;

/** Counts what load balancing did, by a slot of {@code ClusterStats}. */
@FunctionalInterface
public interface Tally {
  /** Counts nothing. */
  Tally NONE = (loop, slot) -> {};

  void count(int loop, int slot);
}
