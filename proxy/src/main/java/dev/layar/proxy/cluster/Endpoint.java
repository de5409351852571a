package dev.layar.proxy.cluster;

import dev.layar.telemetry.MetricSchema;
import dev.layar.telemetry.Metrics;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * One address that a cluster sends to. The object is the same from update to update while its
 * address stays, so that connection pools, counters and outlier state keyed by it live on; what an
 * update may change is volatile. Read by all event loops, changed by the configuration thread.
 */
public final class Endpoint {
  private static final MetricSchema.Builder SLOTS = MetricSchema.builder();

  /** Connections opened. */
  public static final int CX_TOTAL = SLOTS.counter("cx_total");

  /** Connections open now. */
  public static final int CX_ACTIVE = SLOTS.gauge("cx_active");

  /** Connection attempts that failed. */
  public static final int CX_CONNECT_FAIL = SLOTS.counter("cx_connect_fail");

  /** Requests sent. */
  public static final int RQ_TOTAL = SLOTS.counter("rq_total");

  /** Requests under way: what least-request balancing compares. */
  public static final int RQ_ACTIVE = SLOTS.gauge("rq_active");

  /** Requests answered with a status below 500. */
  public static final int RQ_SUCCESS = SLOTS.counter("rq_success");

  /** Requests answered with 5xx or reset. */
  public static final int RQ_ERROR = SLOTS.counter("rq_error");

  /** Requests that timed out. */
  public static final int RQ_TIMEOUT = SLOTS.counter("rq_timeout");

  private static final MetricSchema SCHEMA = SLOTS.build();
  private static final AtomicInteger IDS = new AtomicInteger();

  private final int id = IDS.incrementAndGet();
  private final InetSocketAddress address;
  private final byte[] addressText;
  private final Metrics metrics;
  private final long sinceNanos;
  private volatile Attributes attributes;
  private volatile boolean ejected;
  private volatile boolean failedCheck;
  private final Failures failures = new Failures();
  private volatile boolean removed;

  /** Failures in a row, by kind: written by every event loop that sees one. */
  public static final class Failures {
    public final AtomicInteger serverErrors = new AtomicInteger();
    public final AtomicInteger gatewayErrors = new AtomicInteger();
    public final AtomicInteger localOrigin = new AtomicInteger();

    /** Connections refused and broken, ever: the part of the errors that no endpoint answered. */
    public final AtomicLong resets = new AtomicLong();

    /** Connections for TCP, ever. */
    public final AtomicLong connects = new AtomicLong();

    private Failures() {}

    /** Starts all counts again. */
    public void clear() {
      serverErrors.set(0);
      gatewayErrors.set(0);
      localOrigin.set(0);
    }
  }

  /**
   * What an update may change.
   *
   * @param weight at least 1
   * @param priority 0 is preferred
   * @param hashKey what consistent hashing hashes: {@code envoy.lb} metadata {@code hash_key}, else
   *     the host name when the cluster asks for it, else the address
   * @param workload Istio's {@code name;namespace;canonical name;revision;cluster}, empty when
   *     unknown
   * @param transport by which {@code transport_socket_matches} choose
   * @param labels {@code envoy.lb} metadata, each value's canonical text, a list's one by one
   */
  public record Attributes(
      String hostname,
      int weight,
      int priority,
      Health health,
      Locality locality,
      int localityWeight,
      String hashKey,
      String workload,
      Map<String, String> transport,
      Map<String, List<String>> labels) {
    public Attributes {
      transport = Map.copyOf(transport);
      labels = Map.copyOf(labels);
    }

    /** Without labels. */
    public Attributes(
        String hostname,
        int weight,
        int priority,
        Health health,
        Locality locality,
        int localityWeight,
        String hashKey,
        String workload,
        Map<String, String> transport) {
      this(
          hostname,
          weight,
          priority,
          health,
          locality,
          localityWeight,
          hashKey,
          workload,
          transport,
          Map.of());
    }

    /** Healthy, weight 1, priority 0, hashed by address. */
    public static Attributes of(InetSocketAddress address) {
      return new Attributes(
          "", 1, 0, Health.HEALTHY, Locality.NONE, 0, text(address), "", Map.of());
    }
  }

  /**
   * @param address resolved, or unresolved when the data path is to resolve it while connecting
   * @param loops number of event loops that will count
   */
  public Endpoint(InetSocketAddress address, Attributes attributes, int loops, long sinceNanos) {
    this.sinceNanos = sinceNanos;
    this.address = address;
    this.addressText = text(address).getBytes(StandardCharsets.ISO_8859_1);
    this.attributes = attributes;
    this.metrics = new Metrics(SCHEMA, "", "", List.of(), loops);
  }

  /** Unique in this process, never 0. */
  public int id() {
    return id;
  }

  public InetSocketAddress address() {
    return address;
  }

  /** {@code ip:port}, {@code [ip6]:port} or {@code name:port}. Shared: not to be changed. */
  public byte[] addressText() {
    return addressText;
  }

  public Attributes attributes() {
    return attributes;
  }

  public String hostname() {
    return attributes.hostname();
  }

  public int weight() {
    return attributes.weight();
  }

  public Health health() {
    return attributes.health();
  }

  public Locality locality() {
    return attributes.locality();
  }

  public int priority() {
    return attributes.priority();
  }

  /** Whether outlier detection has taken it out for now. */
  public boolean ejected() {
    return ejected;
  }

  /** Whether active health checking says that it is not well, or has not heard of it so far. */
  public boolean failedCheck() {
    return failedCheck;
  }

  /** For active health checking. */
  public void failedCheck(boolean failed) {
    failedCheck = failed;
  }

  /** Whether no assignment names it any more: idle connections to it may be closed. */
  public boolean removed() {
    return removed;
  }

  /** Whether a load balancer may choose it when nobody panics. */
  public boolean usable() {
    return !ejected && !failedCheck && attributes.health() == Health.HEALTHY;
  }

  /** Whether it is one that is used when too few healthy ones are left. */
  public boolean degraded() {
    return !ejected && !failedCheck && attributes.health() == Health.DEGRADED;
  }

  /** When it was added, by the proxy's ticker: where slow start counts from. */
  public long sinceNanos() {
    return sinceNanos;
  }

  /** What outlier detection counts. */
  public Failures failures() {
    return failures;
  }

  /** Counters by the slots of this class. */
  public Metrics metrics() {
    return metrics;
  }

  /** Requests under way on all event loops. */
  public long activeRequests() {
    return metrics.sum(RQ_ACTIVE);
  }

  /** For the configuration thread. */
  public void update(Attributes changed) {
    attributes = changed;
    removed = false;
  }

  /** For the configuration thread. */
  public void markRemoved() {
    removed = true;
  }

  /** For outlier detection. */
  public void ejected(boolean out) {
    ejected = out;
  }

  @Override
  public String toString() {
    return new String(addressText, StandardCharsets.ISO_8859_1);
  }

  /** {@code ip:port} as Envoy writes it, IPv6 in brackets. */
  public static String text(InetSocketAddress address) {
    String host =
        address.isUnresolved() ? address.getHostString() : address.getAddress().getHostAddress();
    return host.indexOf(':') >= 0
        ? "[" + host + "]:" + address.getPort()
        : host + ":" + address.getPort();
  }
}
