package dev.layar.proxy.cluster.lb;

import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;

/** Round robin among endpoints of equal weight: one index per event loop. */
record Turns(Endpoint[] hosts, Rotation rotation) implements LoadBalancer {
  @Override
  public Endpoint pick(PickContext context) {
    return hosts[rotation.next(context.loop(), hosts.length)];
  }
}
