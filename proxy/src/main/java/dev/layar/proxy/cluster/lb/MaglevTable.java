package dev.layar.proxy.cluster.lb;

import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;

/**
 * Maglev hashing ("Maglev: A Fast and Reliable Software Network Load Balancer", §3.4) with exactly
 * Envoy's table: endpoints sorted by key, each with the permutation {@code offset + skip * i}, and
 * taking a slot in the iterations that its weight earns it.
 */
final class MaglevTable implements LoadBalancer {
  private final int[] slots;
  private final Endpoint[] hosts;

  private MaglevTable(int[] slots, Endpoint[] hosts) {
    this.slots = slots;
    this.hosts = hosts;
  }

  /**
   * @param size number of slots, a prime
   */
  static LoadBalancer of(List<WeightedHost> unsorted, int size) {
    if (unsorted.isEmpty()) {
      return LoadBalancer.NONE;
    }
    List<WeightedHost> hosts =
        unsorted.stream()
            .sorted(Comparator.comparing(host -> host.endpoint().attributes().hashKey()))
            .toList();
    return new MaglevTable(
        fill(hosts, size), hosts.stream().map(WeightedHost::endpoint).toArray(Endpoint[]::new));
  }

  private static int[] fill(List<WeightedHost> hosts, int size) {
    int count = hosts.size();
    long[] position = new long[count];
    long[] skip = new long[count];
    double maxShare = 0;
    for (int i = 0; i < count; i++) {
      byte[] key = hosts.get(i).endpoint().attributes().hashKey().getBytes(StandardCharsets.UTF_8);
      position[i] = Long.remainderUnsigned(XxHash64.hash(key, 0, key.length, 0), size);
      skip[i] = Long.remainderUnsigned(XxHash64.hash(key, 0, key.length, 1), size - 1) + 1;
      maxShare = Math.max(maxShare, hosts.get(i).share());
    }
    int[] slots = new int[size];
    Arrays.fill(slots, -1);
    double[] target = new double[count];
    int filled = 0;
    for (long iteration = 1; filled < size; iteration++) {
      for (int i = 0; i < count && filled < size; i++) {
        if (iteration * hosts.get(i).share() >= target[i]) {
          target[i] += maxShare;
          position[i] = takeFree(slots, position[i], skip[i], i);
          filled++;
        }
      }
    }
    return slots;
  }

  /** Takes the next free slot of a permutation; returns the place behind it. */
  private static long takeFree(int[] slots, long from, long skip, int owner) {
    long at = from;
    while (slots[(int) at] >= 0) {
      at = (at + skip) % slots.length;
    }
    slots[(int) at] = owner;
    return (at + skip) % slots.length;
  }

  @Override
  public Endpoint pick(PickContext context) {
    long hash = context.hashed() ? context.hash() : context.draw();
    if (context.selection() > 0) {
      hash ^= -context.selection();
    }
    return hosts[slots[(int) Long.remainderUnsigned(hash, slots.length)]];
  }

  /** Number of slots of an endpoint. */
  int entries(Endpoint endpoint) {
    int count = 0;
    for (int owner : slots) {
      if (hosts[owner] == endpoint) {
        count++;
      }
    }
    return count;
  }
}
