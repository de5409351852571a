package dev.layar.proxy.cluster.lb;

import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;

/**
 * Least request among endpoints of equal weight: of a few drawn by chance, with replacement, the
 * one with the fewest requests under way; the first drawn wins a tie.
 */
record LeastOf(Endpoint[] hosts, int choices) implements LoadBalancer {
  @Override
  public Endpoint pick(PickContext context) {
    Endpoint best = draw(context);
    long least = best.activeRequests();
    for (int i = 1; i < choices; i++) {
      Endpoint other = draw(context);
      long active = other.activeRequests();
      if (active < least) {
        best = other;
        least = active;
      }
    }
    return best;
  }

  private Endpoint draw(PickContext context) {
    return hosts[(int) Long.remainderUnsigned(context.draw(), hosts.length)];
  }
}
