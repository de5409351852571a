package dev.layar.proxy.cluster.lb;

import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import java.util.function.ToDoubleFunction;

/** Endpoints of unequal weights by earliest deadline; one schedule per event loop. */
final class Scheduled implements LoadBalancer {
  private final Endpoint[] hosts;
  private final Earliest[] schedules;

  /**
   * @param weight asked each time an endpoint is put back; above 0
   */
  Scheduled(Endpoint[] hosts, ToDoubleFunction<Endpoint> weight, Rotation rotation, int loops) {
    this.hosts = hosts;
    this.schedules = new Earliest[loops];
    for (int loop = 0; loop < loops; loop++) {
      schedules[loop] =
          new Earliest(
              hosts.length,
              item -> weight.applyAsDouble(hosts[item]),
              rotation.start(loop, hosts.length));
    }
  }

  @Override
  public Endpoint pick(PickContext context) {
    return hosts[schedules[context.loop()].next()];
  }
}
