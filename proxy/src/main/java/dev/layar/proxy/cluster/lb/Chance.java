package dev.layar.proxy.cluster.lb;

import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;

/** Random choice; weights do not matter ({@code Envoy} RANDOM). */
record Chance(Endpoint[] hosts) implements LoadBalancer {
  @Override
  public Endpoint pick(PickContext context) {
    return hosts[(int) Long.remainderUnsigned(context.draw(), hosts.length)];
  }
}
