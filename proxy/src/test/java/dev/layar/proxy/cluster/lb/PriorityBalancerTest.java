package dev.layar.proxy.cluster.lb;

import static dev.layar.proxy.cluster.lb.Hosts.balancer;
import static dev.layar.proxy.cluster.lb.Hosts.host;
import static dev.layar.proxy.cluster.lb.Hosts.hosts;
import static dev.layar.proxy.cluster.lb.Hosts.shares;
import static dev.layar.proxy.cluster.lb.Hosts.weighted;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.Health;
import dev.layar.proxy.cluster.Locality;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.proxy.cluster.PickContexts;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class PriorityBalancerTest {
  private static final LbPolicy RANDOM = Hosts.policy(new LbPolicy.Random());

  @Test
  void roundRobinTakesTurnsOnEachLoop() {
    List<Endpoint> hosts = hosts(6);
    LoadBalancer balancer = balancer(LbPolicy.ROUND_ROBIN, hosts);
    PickContext context = new PickContext();
    for (int loop = 0; loop < Hosts.LOOPS; loop++) {
      List<Endpoint> round = new ArrayList<>();
      for (int i = 0; i < 12; i++) {
        context.reset(loop, i);
        round.add(Objects.requireNonNull(balancer.pick(context)));
      }
      assertThat(round.subList(0, 6)).containsExactlyInAnyOrderElementsOf(hosts);
      assertThat(round.subList(6, 12)).isEqualTo(round.subList(0, 6));
    }
  }

  @Test
  void unequalWeightsAreSpreadEvenly() {
    LoadBalancer balancer =
        balancer(LbPolicy.ROUND_ROBIN, List.of(weighted(0, 1), weighted(1, 2), weighted(2, 5)));
    assertThat(shares(balancer, 800))
        .isEqualTo(Map.of("10.0.0.1:80", 100, "10.0.0.2:80", 200, "10.0.0.3:80", 500));
    PickContext context = new PickContext();
    int run = 0;
    int longest = 0;
    for (int i = 0; i < 800; i++) {
      context.reset(0, i);
      boolean heavy = Objects.requireNonNull(balancer.pick(context)).weight() == 5;
      run = heavy ? run + 1 : 0;
      longest = Math.max(longest, run);
    }
    assertThat(longest).isLessThanOrEqualTo(3);
  }

  @Test
  void randomIsUniformWhateverTheWeights() {
    int picks = 12_000;
    Map<String, Integer> shares =
        shares(balancer(RANDOM, List.of(weighted(0, 1), weighted(1, 9), weighted(2, 90))), picks);
    shares
        .values()
        .forEach(
            count ->
                assertThat((double) count)
                    .isCloseTo(picks / 3.0, within(Hosts.bound(picks, 1 / 3.0))));
  }

  @Test
  void leastRequestAvoidsTheBusyHost() {
    List<Endpoint> hosts = hosts(3);
    hosts.get(1).metrics().add(0, Endpoint.RQ_ACTIVE, 10);
    LbPolicy policy = Hosts.policy(new LbPolicy.LeastRequest(2, 1, LbPolicy.SlowStart.OFF));
    int picks = 9_000;
    Map<String, Integer> shares = shares(balancer(policy, hosts), picks);
    double both = 1 / 9.0;
    assertThat((double) shares.getOrDefault("10.0.0.2:80", 0))
        .as("only when both draws are it")
        .isCloseTo(picks * both, within(Hosts.bound(picks, both)));
  }

  @Test
  void leastRequestWithWeightsLowersThemByWhatIsActive() {
    List<Endpoint> hosts = List.of(weighted(0, 2), weighted(1, 1));
    hosts.get(0).metrics().add(0, Endpoint.RQ_ACTIVE, 3);
    LbPolicy policy = Hosts.policy(new LbPolicy.LeastRequest(2, 1, LbPolicy.SlowStart.OFF));
    Map<String, Integer> shares = shares(balancer(policy, hosts), 600);
    assertThat((double) shares.getOrDefault("10.0.0.1:80", 0)).isCloseTo(200, within(3.0));
  }

  /** Healthy and degraded loads of P0 and P1 in percent; examples of Envoy's documentation. */
  @ParameterizedTest
  @CsvSource({
    // healthy of 100 in P0, degraded in P0, healthy of 100 in P1: loads
    "100, 0, 100, '100 0 0 0'",
    "72, 0, 100, '100 0 0 0'",
    "71, 0, 100, '99 1 0 0'",
    "50, 0, 100, '70 30 0 0'",
    "0, 0, 100, '0 100 0 0'",
    "50, 0, 50, '70 30 0 0'",
    "25, 0, 25, '50 50 0 0'",
    "50, 50, 0, '70 0 30 0'"
  })
  void loadGoesDownThePriorities(int healthy0, int degraded0, int healthy1, String loads) {
    List<Endpoint> hosts = new ArrayList<>();
    for (int i = 0; i < 100; i++) {
      Health health =
          i < healthy0
              ? Health.HEALTHY
              : i < healthy0 + degraded0 ? Health.DEGRADED : Health.UNHEALTHY;
      hosts.add(host(i, 1, 0, health, Locality.NONE));
      hosts.add(
          host(500 + i, 1, 1, i < healthy1 ? Health.HEALTHY : Health.UNHEALTHY, Locality.NONE));
    }
    LbPolicy noPanic = new LbPolicy(new LbPolicy.Random(), 0, false, false);
    int[] actual = balancer(noPanic, hosts).loads();
    assertThat(actual[0] + " " + actual[1] + " " + actual[2] + " " + actual[3]).isEqualTo(loads);
  }

  @Test
  void picksFollowTheLoads() {
    List<Endpoint> hosts =
        List.of(
            host(0, 1, 0, Health.HEALTHY, Locality.NONE),
            host(1, 1, 0, Health.UNHEALTHY, Locality.NONE),
            host(2, 1, 1, Health.HEALTHY, Locality.NONE));
    int picks = 10_000;
    Map<String, Integer> shares = shares(balancer(RANDOM, hosts), picks);
    assertThat(shares).containsOnlyKeys("10.0.0.1:80", "10.0.0.3:80");
    assertThat((double) shares.getOrDefault("10.0.0.1:80", 0))
        .isCloseTo(picks * 0.7, within(Hosts.bound(picks, 0.7)));
  }

  @Test
  void unhealthyDrainingAndEjectedHostsGetNothing() {
    List<Endpoint> hosts =
        new ArrayList<>(
            List.of(
                host(0),
                host(1),
                host(2),
                host(3, 1, 0, Health.UNHEALTHY, Locality.NONE),
                host(4, 1, 0, Health.DRAINING, Locality.NONE),
                host(5)));
    hosts.get(5).ejected(true);
    assertThat(shares(balancer(RANDOM, hosts), 500))
        .containsOnlyKeys("10.0.0.1:80", "10.0.0.2:80", "10.0.0.3:80");
  }

  @Test
  void belowThePanicThresholdEveryHostIsUsed() {
    List<Endpoint> hosts = new ArrayList<>();
    for (int i = 0; i < 10; i++) {
      hosts.add(host(i, 1, 0, i < 3 ? Health.HEALTHY : Health.UNHEALTHY, Locality.NONE));
    }
    PriorityBalancer panicking = balancer(RANDOM, hosts);
    assertThat(panicking.panicking()).isTrue();
    assertThat(shares(panicking, 2000)).hasSize(10);

    PriorityBalancer calm = balancer(new LbPolicy(new LbPolicy.Random(), 0, false, false), hosts);
    assertThat(calm.panicking()).isFalse();
    assertThat(shares(calm, 2000)).hasSize(3);

    LbPolicy failing = new LbPolicy(new LbPolicy.Random(), 50, true, false);
    assertThat(shares(balancer(failing, hosts), 10)).containsOnlyKeys("none");
  }

  @Test
  void withoutAnyHealthyHostAndWithoutPanicThereIsNone() {
    LbPolicy noPanic = new LbPolicy(new LbPolicy.Random(), 0, false, false);
    List<Endpoint> hosts = List.of(host(0, 1, 0, Health.UNHEALTHY, Locality.NONE));
    assertThat(shares(balancer(noPanic, hosts), 10)).containsOnlyKeys("none");
    assertThat(shares(balancer(noPanic, List.of()), 10)).containsOnlyKeys("none");
  }

  @Test
  void localityWeightsSplitAPriorityByWeightAndHealth() {
    Locality a = new Locality("r", "a", "");
    Locality b = new Locality("r", "b", "");
    List<Endpoint> hosts = new ArrayList<>();
    for (int i = 0; i < 4; i++) {
      hosts.add(host(i, 1, 0, Health.HEALTHY, a, 1));
      hosts.add(host(100 + i, 1, 0, i < 2 ? Health.HEALTHY : Health.UNHEALTHY, b, 2));
    }
    LbPolicy policy = new LbPolicy(new LbPolicy.RoundRobin(LbPolicy.SlowStart.OFF), 0, false, true);
    Map<String, Integer> shares = shares(balancer(policy, hosts), 2400);
    int inA = hosts.stream().filter(h -> h.locality().equals(a)).mapToInt(h -> of(shares, h)).sum();
    assertThat((double) inA).isCloseTo(2400 / (1 + 2 * 0.7), within(3.0));
  }

  @Test
  void ringHashFoldsLocalityWeightsIn() {
    Locality a = new Locality("r", "a", "");
    Locality b = new Locality("r", "b", "");
    List<Endpoint> hosts =
        List.of(
            host(0, 1, 0, Health.HEALTHY, a, 3),
            host(1, 1, 0, Health.HEALTHY, b, 1),
            host(2, 1, 0, Health.HEALTHY, b, 1));
    LbPolicy policy =
        new LbPolicy(
            new LbPolicy.RingHash(4096, 8 << 20, LbPolicy.HashFunction.XX_HASH), 50, false, true);
    Map<String, Integer> shares = shares(balancer(policy, hosts), 20_000);
    assertThat(shares.getOrDefault("10.0.0.1:80", 0) / 20_000.0).isCloseTo(0.75, within(0.06));
  }

  @Test
  void slowStartRaisesANewHostsShare() {
    LbPolicy policy =
        Hosts.policy(new LbPolicy.RoundRobin(new LbPolicy.SlowStart(10_000_000_000L, 1, 10)));
    List<Endpoint> hosts = hosts(2);
    long[] now = {5_000_000_000L};
    PriorityBalancer balancer =
        new PriorityBalancer(
            policy,
            List.of(
                hosts.get(0),
                new Endpoint(
                    hosts.get(1).address(),
                    hosts.get(1).attributes(),
                    Hosts.LOOPS,
                    5_000_000_000L)),
            new PriorityBalancer.World(
                Hosts.LOOPS, new Rotation(Hosts.LOOPS, 1), () -> now[0], 140));
    now[0] = 10_000_000_000L;
    Map<String, Integer> half = shares(balancer, 600);
    assertThat((double) half.getOrDefault("10.0.0.2:80", 0)).isCloseTo(200, within(15.0));
    now[0] = 20_000_000_000L;
    shares(balancer, 50);
    Map<String, Integer> full = shares(balancer, 600);
    assertThat((double) full.getOrDefault("10.0.0.2:80", 0)).isCloseTo(300, within(5.0));
  }

  @Test
  void aHostTriedBeforeIsAvoided() {
    List<Endpoint> hosts = hosts(4);
    Set<Endpoint> seen = new HashSet<>();
    PickContext context = new PickContext();
    context.reset(0, 77);
    context.reselections(20);
    var cluster = PickContexts.cluster(balancer(RANDOM, hosts));
    for (int attempt = 0; attempt < 3; attempt++) {
      Endpoint picked = Objects.requireNonNull(cluster.pick(context));
      assertThat(seen.add(picked)).as("attempt %d", attempt).isTrue();
      context.tried(picked);
    }
  }

  private static int of(Map<String, Integer> shares, Endpoint host) {
    return shares.getOrDefault(host.toString(), 0);
  }
}
