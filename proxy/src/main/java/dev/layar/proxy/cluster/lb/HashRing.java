package dev.layar.proxy.cluster.lb;

import dev.layar.proxy.cluster.Endpoint;
import dev.layar.proxy.cluster.PickContext;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.List;

/**
 * Ring hash (Ketama) with exactly Envoy's ring: the same endpoints in the same order give the same
 * ring on every proxy, so that a key reaches the same endpoint wherever it is hashed.
 *
 * <p>Implementation notes. (1) An endpoint gets entries by its share of the ring, at least {@code
 * ceil(minShare * minimumRingSize)} for the lightest; entry i is the hash of {@code <key>_<i>}. (2)
 * Hashes are unsigned; they are kept with the top bit flipped, so that signed order is theirs. (3)
 * A lookup takes the first entry not below the hash and wraps to the first one; each repeated
 * selection of one attempt moves one entry on.
 */
final class HashRing implements LoadBalancer {
  private final long[] hashes;
  private final int[] owners;
  private final Endpoint[] hosts;

  private HashRing(long[] hashes, int[] owners, Endpoint[] hosts) {
    this.hashes = hashes;
    this.owners = owners;
    this.hosts = hosts;
  }

  static LoadBalancer of(List<WeightedHost> hosts, LbPolicy.RingHash policy) {
    if (hosts.isEmpty()) {
      return LoadBalancer.NONE;
    }
    double minShare = 1;
    for (WeightedHost host : hosts) {
      minShare = Math.min(minShare, host.share());
    }
    double scale =
        Math.min(
            Math.ceil(minShare * policy.minimumRingSize()) / minShare, policy.maximumRingSize());
    int size = (int) Math.ceil(scale);
    long[] hashes = new long[size];
    int[] owners = new int[size];
    int filled = fill(hosts, policy.hash(), scale, hashes, owners);
    return sorted(Arrays.copyOf(hashes, filled), owners, hosts);
  }

  private static int fill(
      List<WeightedHost> hosts,
      LbPolicy.HashFunction function,
      double scale,
      long[] hashes,
      int[] owners) {
    int current = 0;
    double target = 0;
    for (int host = 0; host < hosts.size(); host++) {
      WeightedHost weighted = hosts.get(host);
      String key = weighted.endpoint().attributes().hashKey() + "_";
      target += scale * weighted.share();
      for (int i = 0; current < target && current < hashes.length; i++) {
        byte[] text = (key + i).getBytes(StandardCharsets.UTF_8);
        hashes[current] = hash(function, text) ^ Long.MIN_VALUE;
        owners[current] = host;
        current++;
      }
    }
    return current;
  }

  private static long hash(LbPolicy.HashFunction function, byte[] text) {
    return switch (function) {
      case XX_HASH -> XxHash64.hash(text);
      case MURMUR_HASH_2 -> MurmurHash2.hash(text, 0, text.length);
    };
  }

  private static HashRing sorted(long[] unsorted, int[] unsortedOwners, List<WeightedHost> hosts) {
    long[] hashes = unsorted.clone();
    Arrays.sort(hashes);
    int[] owners = new int[hashes.length];
    boolean[] taken = new boolean[hashes.length];
    for (int i = 0; i < unsorted.length; i++) {
      int at = firstNotBelow(hashes, unsorted[i]);
      while (taken[at]) {
        at++;
      }
      taken[at] = true;
      owners[at] = unsortedOwners[i];
    }
    return new HashRing(
        hashes, owners, hosts.stream().map(WeightedHost::endpoint).toArray(Endpoint[]::new));
  }

  @Override
  public Endpoint pick(PickContext context) {
    long hash = context.hashed() ? context.hash() : context.draw();
    int at = firstNotBelow(hashes, hash ^ Long.MIN_VALUE);
    if (at == hashes.length) {
      at = 0;
    }
    return hosts[owners[(at + context.selection()) % owners.length]];
  }

  /** Number of entries. */
  int size() {
    return hashes.length;
  }

  /** Number of entries of an endpoint. */
  int entries(Endpoint endpoint) {
    int count = 0;
    for (int owner : owners) {
      if (hosts[owner] == endpoint) {
        count++;
      }
    }
    return count;
  }

  private static int firstNotBelow(long[] sorted, long wanted) {
    int low = 0;
    int high = sorted.length;
    while (low < high) {
      int middle = low + high >>> 1;
      if (sorted[middle] < wanted) {
        low = middle + 1;
      } else {
        high = middle;
      }
    }
    return low;
  }
}
