package dev.layar.proxy.cluster.lb;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.Health;
import dev.layar.proxy.cluster.Locality;
import dev.layar.proxy.cluster.PickContext;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.LongConsumer;

/** Endpoints and picks for tests of load balancing. */
final class Hosts {
  static final int LOOPS = 2;

  private Hosts() {}

  static Endpoint host(int number, int weight, int priority, Health health, Locality locality) {
    return host(number, weight, priority, health, locality, 1);
  }

  static Endpoint host(
      int number, int weight, int priority, Health health, Locality locality, int localityWeight) {
    InetSocketAddress address =
        new InetSocketAddress(
            InetAddress.ofLiteral("10.0." + number / 250 + "." + (number % 250 + 1)), 80);
    return new Endpoint(
        address,
        new Endpoint.Attributes(
            "",
            weight,
            priority,
            health,
            locality,
            localityWeight,
            Endpoint.text(address),
            "",
            Map.of()),
        LOOPS,
        0);
  }

  static Endpoint host(int number) {
    return host(number, 1, 0, Health.HEALTHY, Locality.NONE);
  }

  static Endpoint weighted(int number, int weight) {
    return host(number, weight, 0, Health.HEALTHY, Locality.NONE);
  }

  static List<Endpoint> hosts(int count) {
    List<Endpoint> hosts = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      hosts.add(host(i));
    }
    return hosts;
  }

  static PriorityBalancer balancer(LbPolicy policy, List<Endpoint> hosts) {
    return new PriorityBalancer(
        policy, hosts, new PriorityBalancer.World(LOOPS, new Rotation(LOOPS, 42), () -> 0L, 140));
  }

  static LbPolicy policy(LbPolicy.Algorithm algorithm) {
    return new LbPolicy(algorithm, 50, false, false);
  }

  static LbPolicy ring() {
    return policy(new LbPolicy.RingHash(1024, 8 << 20, LbPolicy.HashFunction.XX_HASH));
  }

  static LbPolicy maglev() {
    return policy(new LbPolicy.Maglev(65_537));
  }

  /** The endpoint that a stream with this hash gets. */
  static Endpoint byHash(LoadBalancer balancer, long hash) {
    PickContext context = new PickContext();
    context.reset(0, 0);
    context.hash(hash);
    return Objects.requireNonNull(balancer.pick(context));
  }

  /** How often each endpoint is picked on one loop, by address. */
  static Map<String, Integer> shares(LoadBalancer balancer, int picks) {
    return shares(balancer, picks, random -> {});
  }

  static Map<String, Integer> shares(LoadBalancer balancer, int picks, LongConsumer each) {
    Map<String, Integer> counts = new TreeMap<>();
    PickContext context = new PickContext();
    for (int i = 0; i < picks; i++) {
      long random = SplitMix64.mix(i);
      each.accept(random);
      context.reset(0, random);
      Endpoint picked = balancer.pick(context);
      counts.merge(picked == null ? "none" : picked.toString(), 1, Integer::sum);
    }
    return counts;
  }

  /** How far a binomial count may stray: five standard deviations. */
  static double bound(int trials, double probability) {
    return 5 * Math.sqrt(trials * probability * (1 - probability)) + 1;
  }
}
