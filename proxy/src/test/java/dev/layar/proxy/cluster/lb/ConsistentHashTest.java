package dev.layar.proxy.cluster.lb;

import static dev.layar.proxy.cluster.lb.Hosts.byHash;
import static dev.layar.proxy.cluster.lb.Hosts.hosts;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import dev.layar.proxy.cluster.PickContexts;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class ConsistentHashTest {
  private static final int KEYS = 20_000;

  private static LbPolicy policy(String name) {
    return name.equals("ring") ? Hosts.ring() : Hosts.maglev();
  }

  private static LbPolicy.RingHash sized(long min) {
    return new LbPolicy.RingHash(min, 8 << 20, LbPolicy.HashFunction.XX_HASH);
  }

  /** A second, plain implementation of the ring, to compare with. */
  private static TreeMap<Long, Endpoint> plainRing(List<Endpoint> hosts, int each) {
    TreeMap<Long, Endpoint> ring = new TreeMap<>(Long::compareUnsigned);
    for (Endpoint host : hosts) {
      for (int i = 0; i < each; i++) {
        ring.put(XxHash64.hash((host + "_" + i).getBytes(StandardCharsets.US_ASCII)), host);
      }
    }
    return ring;
  }

  @Test
  void theRingHoldsEveryHostsEntriesAndFindsTheFirstNotBelowTheHash() {
    List<Endpoint> hosts = hosts(5);
    HashRing ring = (HashRing) HashRing.of(WeightedHost.byWeight(hosts), sized(1024));
    assertThat(ring.size()).isEqualTo(1025);
    for (Endpoint host : hosts) {
      assertThat(ring.entries(host)).isEqualTo(205);
    }
    TreeMap<Long, Endpoint> plain = plainRing(hosts, 205);
    SplitMix64 random = new SplitMix64(1);
    for (int i = 0; i < KEYS; i++) {
      long hash = random.next();
      var expected = plain.ceilingEntry(hash);
      Endpoint owner = expected == null ? plain.firstEntry().getValue() : expected.getValue();
      assertThat(byHash(ring, hash)).isSameAs(owner);
    }
  }

  @Test
  void theRingGivesEntriesByWeight() {
    List<Endpoint> hosts =
        List.of(Hosts.weighted(0, 1), Hosts.weighted(1, 2), Hosts.weighted(2, 5));
    HashRing ring = (HashRing) HashRing.of(WeightedHost.byWeight(hosts), sized(1024));
    assertThat(ring.size()).isEqualTo(1024);
    assertThat(hosts.stream().map(ring::entries)).containsExactly(128, 256, 640);
  }

  @Test
  void theRingIsNoLargerThanItsMaximum() {
    HashRing ring =
        (HashRing)
            HashRing.of(
                WeightedHost.byWeight(hosts(8)),
                new LbPolicy.RingHash(4, 4, LbPolicy.HashFunction.XX_HASH));
    assertThat(ring.size()).isEqualTo(4);
  }

  @Test
  void aSingleEntryRingTakesEverything() {
    HashRing ring = (HashRing) HashRing.of(WeightedHost.byWeight(hosts(1)), sized(1));
    assertThat(byHash(ring, 0)).isSameAs(byHash(ring, -1));
  }

  @Test
  void maglevFillsEverySlotAndGivesSlotsByWeight() {
    List<Endpoint> equal = hosts(7);
    MaglevTable even = (MaglevTable) MaglevTable.of(WeightedHost.byWeight(equal), 65_537);
    assertThat(equal.stream().mapToInt(even::entries).sum()).isEqualTo(65_537);
    for (Endpoint host : equal) {
      assertThat((double) even.entries(host)).isCloseTo(65_537 / 7.0, within(1.0));
    }
    List<Endpoint> unequal = List.of(Hosts.weighted(0, 1), Hosts.weighted(1, 3));
    MaglevTable table = (MaglevTable) MaglevTable.of(WeightedHost.byWeight(unequal), 65_537);
    assertThat((double) table.entries(unequal.get(1)) / table.entries(unequal.get(0)))
        .isCloseTo(3, within(0.01));
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "maglev"})
  void theSameHashReachesTheSameHostAndManyHashesReachAll(String name) {
    List<Endpoint> hosts = hosts(5);
    LoadBalancer balancer = Hosts.balancer(policy(name), hosts);
    LoadBalancer again = Hosts.balancer(policy(name), hosts);
    int[] counts = new int[5];
    SplitMix64 random = new SplitMix64(3);
    for (int i = 0; i < KEYS; i++) {
      long hash = random.next();
      Endpoint host = byHash(balancer, hash);
      assertThat(byHash(again, hash)).isSameAs(host);
      counts[hosts.indexOf(host)]++;
    }
    for (int count : counts) {
      assertThat((double) count).isCloseTo(KEYS / 5.0, within(KEYS / 5.0 * 0.35));
    }
  }

  @Test
  void removingAHostFromTheRingMovesItsKeysOnly() {
    SplitMix64 random = new SplitMix64(11);
    for (int round = 0; round < 20; round++) {
      List<Endpoint> hosts = hosts(3 + random.below(20));
      Endpoint gone = hosts.get(random.below(hosts.size()));
      List<Endpoint> left = new ArrayList<>(hosts);
      left.remove(gone);
      HashRing before = (HashRing) HashRing.of(fixedShares(hosts), sized(3200));
      HashRing after = (HashRing) HashRing.of(fixedShares(left), sized(3200));
      for (int i = 0; i < 2000; i++) {
        long hash = random.next();
        Endpoint old = byHash(before, hash);
        if (old != gone) {
          assertThat(byHash(after, hash)).as("round %d", round).isSameAs(old);
        }
      }
    }
  }

  /** Shares that give each host the same 50 entries, however many hosts there are. */
  private static List<WeightedHost> fixedShares(List<Endpoint> hosts) {
    return hosts.stream().map(host -> new WeightedHost(host, 1.0 / 64)).toList();
  }

  @Test
  void removingAHostMovesFewOtherKeysAsEnvoysRingSizeChangesWithTheCount() {
    List<Endpoint> hosts = hosts(3);
    LoadBalancer before = Hosts.balancer(Hosts.ring(), hosts);
    LoadBalancer after = Hosts.balancer(Hosts.ring(), hosts.subList(0, 2));
    SplitMix64 random = new SplitMix64(5);
    int moved = 0;
    int others = 0;
    for (int i = 0; i < KEYS; i++) {
      long hash = random.next();
      Endpoint old = byHash(before, hash);
      if (old != hosts.get(2)) {
        others++;
        moved += byHash(after, hash) == old ? 0 : 1;
      }
    }
    assertThat((double) moved / others).isLessThan(0.25);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ring", "maglev"})
  void aRepeatedSelectionMovesOn(String name) {
    List<Endpoint> hosts = hosts(5);
    LoadBalancer balancer = Hosts.balancer(policy(name), hosts);
    LoadBalancer cluster = balancer;
    PickContext context = new PickContext();
    SplitMix64 random = new SplitMix64(9);
    int moved = 0;
    for (int i = 0; i < 200; i++) {
      context.reset(0, 1);
      context.hash(random.next());
      Endpoint first = Objects.requireNonNull(cluster.pick(context));
      assertThat(cluster.pick(context)).isSameAs(first);
      PickContexts.select(context, 1);
      moved += cluster.pick(context) == first ? 0 : 1;
    }
    assertThat(moved).isGreaterThan(100);
  }
}
