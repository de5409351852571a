package dev.layar.local.node;

/** Knows when nobody sends to a pod any more. */
@FunctionalInterface
public interface Drain {
  /**
   * Blocks until every proxy knows that the pod takes no more requests, or some seconds are over.
   */
  void await(String podUid) throws InterruptedException;
}
