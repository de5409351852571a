package dev.layar.proxy.cluster.health;

import java.util.List;

/**
 * How and how often a cluster's endpoints are asked ({@code Envoy HealthCheck}; its defaults).
 * Times in nanoseconds. Immutable.
 */
public record HealthCheckConfig(
    long timeoutNanos,
    Intervals intervals,
    int unhealthyThreshold,
    int healthyThreshold,
    Probe probe) {

  /**
   * When to ask again.
   *
   * @param initialJitterNanos the longest wait before the first time, 0 for none
   * @param jitterNanos what is added at most, by chance
   * @param jitterPercent of the interval, added likewise
   * @param noTrafficNanos while nothing has connected to the cluster ever, 60 s by default
   * @param noTrafficHealthyNanos the same for endpoints that are well
   * @param unhealthyNanos while an endpoint is not well
   * @param unhealthyEdgeNanos right after it fell ill
   * @param healthyEdgeNanos right after it became well
   */
  public record Intervals(
      long nanos,
      long initialJitterNanos,
      long jitterNanos,
      int jitterPercent,
      long noTrafficNanos,
      long noTrafficHealthyNanos,
      long unhealthyNanos,
      long unhealthyEdgeNanos,
      long healthyEdgeNanos) {
    /** The same interval always. */
    public static Intervals every(long nanos) {
      return new Intervals(nanos, 0, 0, 0, nanos, nanos, nanos, nanos, nanos);
    }
  }

  /** What an endpoint is asked. */
  public sealed interface Probe {}

  /**
   * An HTTP request without a body.
   *
   * @param host that the check names
   * @param expected statuses of an endpoint that is well
   * @param retriable statuses that count towards the threshold; any other means ill at once
   * @param headers lines to add, each {@code name: value}
   */
  public record Http(
      String host,
      String path,
      String method,
      List<Range> expected,
      List<Range> retriable,
      List<String> headers,
      boolean http2)
      implements Probe {
    public Http {
      expected = List.copyOf(expected);
      retriable = List.copyOf(retriable);
      headers = List.copyOf(headers);
    }
  }

  /** Statuses from {@code start} up to, not including, {@code end} ({@code Int64Range}). */
  public record Range(long start, long end) {
    boolean holds(int status) {
      return status >= start && status < end;
    }

    /** Whether any of the ranges holds the status. */
    public static boolean any(List<Range> ranges, int status) {
      return ranges.stream().anyMatch(range -> range.holds(status));
    }
  }

  /**
   * A connection, and perhaps bytes.
   *
   * @param send empty when it is enough that a connection can be made
   * @param receive blocks that the answer has to hold, in this order
   */
  public record Tcp(byte[] send, List<byte[]> receive) implements Probe {
    public Tcp {
      receive = List.copyOf(receive);
    }
  }

  /**
   * {@code grpc.health.v1.Health/Check}.
   *
   * @param authority that the check names
   */
  public record Grpc(String service, String authority) implements Probe {}
}
