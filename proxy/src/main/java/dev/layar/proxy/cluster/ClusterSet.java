package dev.layar.proxy.cluster;

import dev.layar.base.SplitMix64;
import dev.layar.base.Ticker;
import dev.layar.proxy.cluster.breaker.BreakerLimits;
import dev.layar.proxy.cluster.breaker.CircuitBreaker;
import dev.layar.proxy.cluster.health.HealthWatch;
import dev.layar.proxy.tls.SecretStore;
import dev.layar.telemetry.Label;
import dev.layar.telemetry.MetricRegistry;
import java.net.InetSocketAddress;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * All clusters of one workload and what keeps them going between pushes: counters by name,
 * endpoints by address, outlier intervals, DNS refreshes. Methods are called under the owner's lock
 * or from one thread; the clusters themselves are read by event loops.
 */
public final class ClusterSet {
  /**
   * What clusters need from the outside.
   *
   * @param loops number of event loops
   * @param istioLabels the workload's own labels of Istio's metrics; empty to leave those out
   * @param secrets what TLS needs
   * @param wallClock by which certificates expire
   * @param localZone where the proxy is
   * @param healthWatch who asks endpoints how they are
   */
  public record World(
      int loops,
      Ticker ticker,
      SplitMix64 random,
      Resolver resolver,
      MetricRegistry metrics,
      List<Label> istioLabels,
      SecretStore secrets,
      InstantSource wallClock,
      LocalZone localZone,
      HealthWatch healthWatch) {
    public World {
      istioLabels = List.copyOf(istioLabels);
    }

    /** With secrets of its own and the machine's wall clock. */
    public World(
        int loops,
        Ticker ticker,
        SplitMix64 random,
        Resolver resolver,
        MetricRegistry metrics,
        List<Label> istioLabels) {
      this(
          loops,
          ticker,
          random,
          resolver,
          metrics,
          istioLabels,
          new SecretStore(),
          InstantSource.system(),
          LocalZone.NONE,
          HealthWatch.NONE);
    }
  }

  /** What stays when a cluster's definition changes. */
  private record Lasting(ClusterStats stats, List<CircuitBreaker> breakers, ClusterMembers[] now) {}

  private final World world;
  private final Map<String, Lasting> lasting = new HashMap<>();
  private final Map<Cluster, ClusterMembers> members = new HashMap<>();
  private final ClusterMembers.Shared shared = new ClusterMembers.Shared();
  private long zoneChangesSeen;

  public ClusterSet(World world) {
    this.world = world;
  }

  /**
   * A cluster by this definition. When one of the name exists, it goes on as it is until {@link
   * #retire}; the new one shares its counters and breakers and, where connections can be kept, its
   * endpoints.
   *
   * @param previous the cluster of that name now, null for none
   */
  public Cluster define(ClusterConfig config, @Nullable Cluster previous) {
    Lasting kept = lasting.computeIfAbsent(config.name(), name -> lasting(config));
    for (int i = 0; i < kept.breakers().size(); i++) {
      kept.breakers().get(i).limits(config.priorityLimits().get(i));
    }
    ClusterTls tls =
        previous != null && previous.config().transports().equals(config.transports())
            ? previous.security()
            : ClusterTls.of(config, world.secrets(), world.wallClock(), world.loops());
    Cluster cluster = new Cluster(config, kept.stats(), kept.breakers(), tls);
    Map<InetSocketAddress, Endpoint> reusable = reusable(config, previous);
    ClusterMembers fresh = new ClusterMembers(cluster, world, reusable, shared);
    members.put(cluster, fresh);
    kept.now()[0] = fresh;
    return cluster;
  }

  private Map<InetSocketAddress, Endpoint> reusable(
      ClusterConfig config, @Nullable Cluster previous) {
    ClusterMembers old = previous == null ? null : members.get(previous);
    return old != null && previous != null && previous.config().sameConnections(config)
        ? old.byAddress()
        : Map.of();
  }

  /** Gives a cluster its endpoints, or starts to look their names up. */
  public void assign(Cluster cluster, Assignment assignment) {
    ClusterMembers current = members.get(cluster);
    if (current != null) {
      current.assign(assignment);
    }
  }

  /** Whether the cluster knows its endpoints: for DNS clusters, whether the first answer came. */
  public boolean ready(Cluster cluster) {
    ClusterMembers current = members.get(cluster);
    return current != null && current.ready();
  }

  /** Grows with every change of any cluster's set of endpoints. */
  public long endpointChanges() {
    return shared.changes();
  }

  /**
   * Lets go of a cluster that no snapshot will name any more.
   *
   * @param replacement the cluster that goes on in its place; null when there is none
   */
  public void retire(Cluster cluster, @Nullable Cluster replacement) {
    ClusterMembers old = members.remove(cluster);
    ClusterMembers successor = replacement == null ? null : members.get(replacement);
    if (old != null) {
      old.close(successor == null ? List.of() : successor.endpoints());
    }
    shared.membershipChanged();
    if (replacement == null) {
      Lasting gone = lasting.remove(cluster.name());
      if (gone != null) {
        world.metrics().remove(gone.stats());
      }
    }
  }

  /** Ends what goes on by itself: health checks. Nothing is to be changed afterwards. */
  public void close() {
    members.values().forEach(current -> current.close(current.endpoints()));
  }

  /** Lets time pass for outlier detection and DNS. To be called about every half second. */
  public void tick(long nowNanos) {
    long zoneChanges = shared.zoneChanges();
    boolean zonesChanged = zoneChanges != zoneChangesSeen;
    zoneChangesSeen = zoneChanges;
    for (ClusterMembers current : new ArrayList<>(members.values())) {
      current.tick(nowNanos);
      if (zonesChanged && !current.isLocal()) {
        current.rebuild();
      }
    }
  }

  private Lasting lasting(ClusterConfig config) {
    List<CircuitBreaker> breakers = new ArrayList<>();
    for (BreakerLimits limits : config.priorityLimits()) {
      breakers.add(new CircuitBreaker(limits, world.loops()));
    }
    ClusterMembers[] now = new ClusterMembers[1];
    ClusterStats stats =
        new ClusterStats(
            config.name(),
            config.service(),
            world.istioLabels(),
            out -> {
              ClusterMembers current = now[0];
              if (current != null) {
                current.collect(out);
              }
            },
            world.loops());
    world.metrics().add(stats);
    return new Lasting(stats, breakers, now);
  }
}
