package dev.layar.proxy.route;

import dev.layar.proxy.cluster.Cluster;
import dev.layar.proxy.cluster.lb.SubsetMatch;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.ByteSink;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What a route does with a request. */
public sealed interface RouteAction {

  /**
   * Sends it to a cluster ({@code Envoy RouteAction}). Times in nanoseconds.
   *
   * @param timeoutNanos for the whole exchange; 0 is none, 15 s when the route does not say
   * @param idleTimeoutNanos overrides the listener's stream idle timeout; 0 switches it off, -1
   *     leaves the listener's
   * @param maxStreamDurationNanos 0 is none, -1 when unset
   * @param retry null when nothing is retried
   * @param hostRewrite null leaves the authority
   * @param pathRewrite null leaves the path
   * @param clusterNotFoundStatus 503 by default
   * @param upgrades what a request may switch to; what it does not name is the listener's choice
   * @param grpcTimeouts what a gRPC client's deadline does
   */
  record Forward(
      ClusterChoice clusters,
      long timeoutNanos,
      long idleTimeoutNanos,
      long maxStreamDurationNanos,
      @Nullable RetryPolicy retry,
      List<Mirror> mirrors,
      @Nullable HostRewrite hostRewrite,
      boolean appendForwardedHost,
      @Nullable PathRewrite pathRewrite,
      HashPolicies hashPolicies,
      Cluster.Priority priority,
      int clusterNotFoundStatus,
      Upgrades upgrades,
      GrpcTimeouts grpcTimeouts)
      implements RouteAction {
    public Forward {
      mirrors = List.copyOf(mirrors);
    }
  }

  /**
   * Answers with a redirect ({@code Envoy RedirectAction}). Null or 0 leaves a part of the
   * request's URL as it is.
   *
   * @param path replaces path, and the query too when it holds one
   * @param status 301, 302, 303, 307 or 308
   */
  record Redirect(
      @Nullable String scheme,
      byte @Nullable [] host,
      int port,
      byte @Nullable [] path,
      @Nullable PathRewrite pathRewrite,
      boolean stripQuery,
      int status)
      implements RouteAction {
    /** Appends the {@code location} value for this request. */
    public void location(Head head, ByteSink out) {
      Locations.append(this, head, out);
    }
  }

  /**
   * Answers by itself ({@code Envoy DirectResponseAction}), details {@code direct_response}.
   *
   * @param body shared: not to be changed
   */
  record DirectResponse(int status, byte[] body) implements RouteAction {}

  /** Which cluster. */
  sealed interface ClusterChoice {
    /** The cluster for a stream with this random value; allocates nothing. */
    Target choose(long random);

    /** Whether the request's hash, where it has one, is to stand for the random value. */
    default boolean byHash() {
      return false;
    }

    /** Everything that may be chosen. */
    List<Target> targets();
  }

  /**
   * A cluster by name, with what belongs to this choice alone.
   *
   * @param requestHeaders edits applied before the route's own
   * @param hostRewrite wins over the route's; null leaves it
   * @param subset which endpoints of the cluster ({@code metadata_match}); null for any
   */
  record Target(
      String cluster,
      long weight,
      HeaderEdits requestHeaders,
      HeaderEdits responseHeaders,
      @Nullable HostRewrite hostRewrite,
      @Nullable FaultConfig fault,
      @Nullable SubsetMatch subset) {
    /** For any endpoint. */
    public Target(
        String cluster,
        long weight,
        HeaderEdits requestHeaders,
        HeaderEdits responseHeaders,
        @Nullable HostRewrite hostRewrite,
        @Nullable FaultConfig fault) {
      this(cluster, weight, requestHeaders, responseHeaders, hostRewrite, fault, null);
    }

    /** The same with criteria to which its own are added, and win. */
    public Target within(@Nullable SubsetMatch criteria) {
      if (criteria == null) {
        return this;
      }
      SubsetMatch all = subset == null ? criteria : criteria.with(subset);
      return new Target(cluster, weight, requestHeaders, responseHeaders, hostRewrite, fault, all);
    }

    public static Target of(String cluster) {
      return new Target(cluster, 1, HeaderEdits.NONE, HeaderEdits.NONE, null, null);
    }
  }

  /** One cluster. */
  record Single(Target target) implements ClusterChoice {
    @Override
    public Target choose(long random) {
      return target;
    }

    @Override
    public List<Target> targets() {
      return List.of(target);
    }
  }

  /**
   * Clusters by weight: {@code random % total} falls into one of the half-open intervals, which lie
   * in the order given ({@code Envoy WeightedCluster}).
   *
   * @param byHash a sticky split: callers keep what their hash falls into
   */
  record Weighted(List<Target> targets, long totalWeight, boolean byHash) implements ClusterChoice {
    public Weighted {
      targets = List.copyOf(targets);
    }

    @Override
    public Target choose(long random) {
      long left = Long.remainderUnsigned(random, totalWeight);
      int last = targets.size() - 1;
      for (int i = 0; i < last; i++) {
        Target target = targets.get(i);
        left -= target.weight();
        if (left < 0) {
          return target;
        }
      }
      return targets.get(last);
    }
  }

  /**
   * A copy of the request that nobody waits for ({@code Envoy RequestMirrorPolicy}).
   *
   * @param appendShadow whether {@code -shadow} is appended to the authority's host
   */
  record Mirror(
      String cluster,
      Fraction share,
      boolean appendShadow,
      HeaderEdits requestHeaders,
      byte @Nullable [] hostRewrite) {}

  /** Where a rewritten authority comes from. */
  sealed interface HostRewrite {}

  /** A fixed value ({@code host_rewrite_literal}). */
  record LiteralHost(byte[] value) implements HostRewrite {}

  /** The chosen endpoint's host name ({@code auto_host_rewrite}). */
  record EndpointHost() implements HostRewrite {}

  /** A header's value ({@code host_rewrite_header}). */
  record HeaderHost(byte[] lowerName) implements HostRewrite {}
}
