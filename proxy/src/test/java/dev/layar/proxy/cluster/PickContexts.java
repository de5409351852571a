package dev.layar.proxy.cluster;

import dev.layar.proxy.cluster.breaker.BreakerLimits;
import dev.layar.proxy.cluster.breaker.CircuitBreaker;
import dev.layar.proxy.cluster.lb.LbPolicy;
import dev.layar.proxy.cluster.lb.LoadBalancer;
import java.util.List;

/** Reaches what other packages' tests need of this one. */
public final class PickContexts {
  private PickContexts() {}

  /** As if an attempt's pick had been repeated so often. */
  public static void select(PickContext context, int repeated) {
    context.selection(repeated);
  }

  /** A cluster that picks with this balancer. */
  public static Cluster cluster(LoadBalancer balancer) {
    ClusterConfig config =
        new ClusterConfig(
            "c",
            "c",
            ClusterConfig.Discovery.STATIC,
            "",
            1_000_000_000L,
            LbPolicy.ROUND_ROBIN,
            List.of(BreakerLimits.DEFAULT, BreakerLimits.DEFAULT),
            null,
            null,
            ClusterConfig.UpstreamHttp.DEFAULT,
            Transports.PLAIN,
            ClusterConfig.TcpKeepalive.OFF,
            1024,
            ClusterConfig.Dns.DEFAULT,
            true,
            ClusterConfig.IstioService.UNKNOWN,
            null);
    ClusterStats stats =
        new ClusterStats("c", ClusterConfig.IstioService.UNKNOWN, List.of(), out -> {}, 1);
    List<CircuitBreaker> breakers =
        List.of(
            new CircuitBreaker(BreakerLimits.DEFAULT, 1),
            new CircuitBreaker(BreakerLimits.DEFAULT, 1));
    Cluster cluster = new Cluster(config, stats, breakers, ClusterTls.PLAIN);
    cluster.members(new Cluster.Members(List.of(), balancer, false));
    return cluster;
  }
}
