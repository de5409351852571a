package dev.layar.proxy.cluster.lb;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.layar.proxy.cluster.ClusterStats;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.Health;
import dev.layar.proxy.cluster.Locality;
import dev.layar.proxy.cluster.PickContext;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** Zone-aware routing by Envoy's documentation; the numbers are of its example. */
class ZoneAwareTest {
  private static final int PICKS = 30_000;
  private final Map<Integer, Integer> counted = new HashMap<>();

  @Test
  void everythingStaysWhereTheZoneHasItsShare() {
    double[] shares = shares(new int[] {5, 5}, new int[] {4, 4}, 100);
    assertThat(shares[0]).isEqualTo(1);
    assertThat(counted).containsOnlyKeys(ClusterStats.LB_ZONE_ROUTING_ALL_DIRECTLY);
  }

  @Test
  void elseOnlyItsShareStaysAndTheRestGoesWhereThereIsRoom() {
    // Proxies 40 %, 40 %, 20 %; endpoints 25 %, 50 %, 25 %: residual capacity 0, 10 %, 5 %.
    double[] shares = shares(new int[] {25, 50, 25}, new int[] {40, 40, 20}, 100);
    double stays = 25 / 40.0;
    assertThat(shares[0]).isCloseTo(stays, within(Hosts.bound(PICKS, stays) / PICKS));
    double second = (1 - stays) * 2 / 3;
    assertThat(shares[1]).isCloseTo(second, within(Hosts.bound(PICKS, second) / PICKS));
    assertThat(counted)
        .containsOnlyKeys(
            ClusterStats.LB_ZONE_ROUTING_SAMPLED, ClusterStats.LB_ZONE_ROUTING_CROSS_ZONE);
    assertThat(counted.values().stream().mapToInt(n -> n).sum()).isEqualTo(PICKS);
  }

  @Test
  void aZoneWithoutEndpointsSendsAllElsewhere() {
    double[] shares = shares(new int[] {0, 6, 6}, new int[] {2, 1, 1}, 100);
    assertThat(shares[0]).isZero();
    assertThat(shares[1]).isCloseTo(0.5, within(0.02));
  }

  @Test
  void aPartOfTheRequestsMayBeLeftOut() {
    double[] shares = shares(new int[] {5, 5}, new int[] {4, 4}, 50);
    assertThat(shares[0]).isCloseTo(0.75, within(Hosts.bound(PICKS, 0.75) / PICKS));
  }

  @Test
  void smallClustersAndProxiesOfOneZoneAreLeftAlone() {
    assertThat(shares(new int[] {2, 2}, new int[] {4, 4}, 100)[0]).isCloseTo(0.5, within(0.02));
    assertThat(counted).containsOnlyKeys(ClusterStats.LB_ZONE_CLUSTER_TOO_SMALL);
    assertThat(shares(new int[] {5, 5}, new int[] {4}, 100)[0]).isCloseTo(0.5, within(0.02));
  }

  /** Each zone's part of the picks of a proxy in the first one. */
  private double[] shares(int[] upstream, int[] proxies, double enabled) {
    counted.clear();
    LbPolicy policy =
        new LbPolicy(new LbPolicy.Random(), 50, false, false, new LbPolicy.Zones(enabled, 6), null);
    PriorityBalancer balancer =
        new PriorityBalancer(
            policy,
            hosts(upstream),
            new PriorityBalancer.World(
                Hosts.LOOPS,
                new Rotation(Hosts.LOOPS, 1),
                () -> 0L,
                140,
                new PriorityBalancer.Zone(zone(0), hosts(proxies)),
                (loop, slot) -> counted.merge(slot, 1, Integer::sum)));
    double[] shares = new double[upstream.length];
    PickContext context = new PickContext();
    for (int i = 0; i < PICKS; i++) {
      context.reset(0, i * 7919L);
      Endpoint picked = Objects.requireNonNull(balancer.pick(context));
      shares[Integer.parseInt(picked.locality().zone())]++;
    }
    return Arrays.stream(shares).map(share -> share / PICKS).toArray();
  }

  private static Locality zone(int number) {
    return new Locality("r", Integer.toString(number), "");
  }

  private static List<Endpoint> hosts(int[] perZone) {
    List<Endpoint> hosts = new ArrayList<>();
    for (int zone = perZone.length - 1; zone >= 0; zone--) {
      for (int i = 0; i < perZone[zone]; i++) {
        hosts.add(Hosts.host(zone * 250 + i, 1, 0, Health.HEALTHY, zone(zone)));
      }
    }
    return hosts;
  }
}
