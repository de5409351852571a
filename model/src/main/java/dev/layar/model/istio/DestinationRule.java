package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Inline;
import dev.layar.model.Mistaken;
import dev.layar.model.Range;
import dev.layar.model.Required;
import dev.layar.model.Values;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Istio's DestinationRule ({@code networking/v1alpha3/destination_rule.proto}) and all messages
 * that only it uses. Scalars that protobuf gives no presence hold its zero value when unset.
 */
@Doc("What applies to traffic for a service once it has been routed.")
public record DestinationRule(
    @Doc("Service the rule is for; a name without a dot is looked up in the rule's namespace.")
        @Required
        @Mistaken({"name", "hosts", "service", "destination"})
        String host,
    @Doc("Load balancing, connection pool, outlier detection and TLS for the whole host.")
        @Nullable TrafficPolicy trafficPolicy,
    @Doc("Named groups of the host's endpoints.") List<Subset> subsets,
    @Doc("Namespaces that may see this object: `.` the own one, `*` all. Left out: `*`.")
        List<String> exportTo,
    @Doc("Which calling workloads of the same namespace obey the rule. Left out: all.")
        @Nullable PodSelector workloadSelector) {
  public DestinationRule {
    subsets = List.copyOf(subsets);
    exportTo = List.copyOf(exportTo);
  }

  /** Istio's type.v1beta1.WorkloadSelector. */
  @Doc("Chooses workloads by their labels.")
  public record PodSelector(
      @Doc("Labels that a workload must have, all of them.") Map<String, String> matchLabels) {
    public PodSelector {
      matchLabels = Values.sorted(matchLabels);
    }
  }

  /** Istio's Subset. */
  @Doc("A named group of the host's endpoints.")
  public record Subset(
      @Doc("Name that routes refer to.") @Required String name,
      @Doc("Labels that an endpoint must have, all of them.") Map<String, String> labels,
      @Doc("Policy of this group; each block that is written replaces the host's.")
          @Nullable TrafficPolicy trafficPolicy) {
    public Subset {
      labels = Values.sorted(labels);
    }
  }

  /** Istio's TrafficPolicy. */
  @Doc("Policies for traffic to a destination.")
  public record TrafficPolicy(
      @Doc("How an endpoint is chosen.") @Nullable LoadBalancer loadBalancer,
      @Doc("Limits on connections and requests.") @Nullable ConnectionPool connectionPool,
      @Doc("When an endpoint that fails is left out for a while.")
          @Nullable OutlierDetection outlierDetection,
      @Doc("TLS towards the destination.") @Nullable ClientTls tls,
      @Doc("Policies for single ports; each replaces the whole policy for its port.")
          List<PortPolicy> portLevelSettings,
      @Doc("Tunnel connections through an HTTP proxy.") @Nullable Tunnel tunnel,
      @Doc("Send a PROXY protocol header.") @Nullable ProxyProtocol proxyProtocol,
      @Doc("Limit on retries under way, as a share of active requests.")
          @Nullable RetryBudget retryBudget) {
    public TrafficPolicy {
      portLevelSettings = List.copyOf(portLevelSettings);
    }
  }

  /** Istio's TrafficPolicy.PortTrafficPolicy. */
  @Doc("Policies for one port.")
  public record PortPolicy(
      @Doc("The service port.") @Nullable PortSelector port,
      @Doc("How an endpoint is chosen.") @Nullable LoadBalancer loadBalancer,
      @Doc("Limits on connections and requests.") @Nullable ConnectionPool connectionPool,
      @Doc("When an endpoint that fails is left out for a while.")
          @Nullable OutlierDetection outlierDetection,
      @Doc("TLS towards the destination.") @Nullable ClientTls tls) {}

  /** Istio's TrafficPolicy.TunnelSettings. */
  @Doc("A tunnel through an HTTP proxy.")
  public record Tunnel(
      @Doc("CONNECT or POST; left out: CONNECT.") String protocol,
      @Doc("Host at the far end of the tunnel.") @Required String targetHost,
      @Doc("Port at the far end of the tunnel.") @Required @Range(max = Integer.MAX_VALUE)
          int targetPort) {}

  /** Istio's TrafficPolicy.ProxyProtocol. */
  @Doc("The PROXY protocol header sent to the destination.")
  public record ProxyProtocol(
      @Doc("Version of the header; left out: V1.") ProxyProtocolVersion version) {}

  /** Istio's TrafficPolicy.ProxyProtocol.VERSION. */
  public enum ProxyProtocolVersion {
    @Doc("The text form.")
    V1,
    @Doc("The binary form.")
    V2
  }

  /** Istio's TrafficPolicy.RetryBudget. */
  @Doc("A limit on retries under way.")
  public record RetryBudget(
      @Doc("Retries as a percentage of active requests, 0.0 to 100.0; left out: 20.")
          @Nullable Double percent,
      @Doc("Retries that are always allowed at once; 0 or left out: 3.") @Range
          long minRetryConcurrency,
      @Doc("Time over which requests count.") @Nullable Duration budgetInterval) {}

  /** Istio's LoadBalancerSettings. */
  @Doc("How an endpoint is chosen.")
  public record LoadBalancer(
      @Doc("The algorithm.") @Inline @Nullable LbPolicy lbPolicy,
      @Doc("Preference for near endpoints; replaces the mesh's setting entirely.")
          @Nullable LocalityLb localityLbSetting,
      @Doc("Division by zone of caller and endpoints. Not together with localityLbSetting.")
          @Nullable ZoneAwareLb zoneAwareLbSetting,
      @Doc("Deprecated: time to full traffic for new endpoints; use warmup.")
          @Nullable Duration warmupDurationSecs,
      @Doc("How traffic to a new endpoint grows.") @Nullable Warmup warmup) {}

  /** The oneof lb_policy. */
  @Doc("A load balancing algorithm.")
  public sealed interface LbPolicy {
    /** An algorithm without parameters. */
    record Simple(@Doc("An algorithm without parameters.") SimpleLb simple) implements LbPolicy {}

    /** Affinity by a hash of the request. */
    record ConsistentHash(
        @Doc("The same key always reaches the same endpoint.") ConsistentHashLb consistentHash)
        implements LbPolicy {}
  }

  /** Istio's LoadBalancerSettings.SimpleLB, in the order of its numbers. */
  public enum SimpleLb {
    @Doc("As LEAST_REQUEST.")
    UNSPECIFIED,
    @Doc("Deprecated name of LEAST_REQUEST.")
    LEAST_CONN,
    @Doc("Any endpoint, at random.")
    RANDOM,
    @Doc("The address that the caller asked for.")
    PASSTHROUGH,
    @Doc("One endpoint after the other.")
    ROUND_ROBIN,
    @Doc("The one of two random endpoints with fewer requests under way.")
    LEAST_REQUEST
  }

  /** Istio's LoadBalancerSettings.ConsistentHashLB. */
  @Doc("Affinity by a hash of part of the request.")
  public record ConsistentHashLb(
      @Doc("What is hashed.") @Inline @Nullable HashKey hashKey,
      @Doc("How a hash finds its endpoint; left out: ringHash.") @Inline
          @Nullable HashAlgorithm hashAlgorithm,
      @Doc("Deprecated: smallest number of points on the ring; use ringHash.")
          @Range(max = Long.MAX_VALUE)
          long minimumRingSize) {}

  /** The oneof hash_key. */
  @Doc("The part of the request that is hashed.")
  public sealed interface HashKey {
    /** A header. */
    record HttpHeaderName(@Doc("Name of a header.") String httpHeaderName) implements HashKey {}

    /** A cookie. */
    record HttpCookie(@Doc("A cookie, which the proxy can set itself.") Cookie httpCookie)
        implements HashKey {}

    /** The caller's address. */
    record UseSourceIp(@Doc("The caller's IP address.") boolean useSourceIp) implements HashKey {}

    /** A query parameter. */
    record HttpQueryParameterName(@Doc("Name of a query parameter.") String httpQueryParameterName)
        implements HashKey {}
  }

  /** Istio's ConsistentHashLB.HTTPCookie. */
  @Doc("A cookie that carries affinity.")
  public record Cookie(
      @Doc("Name of the cookie.") @Required String name,
      @Doc("Path of a cookie that the proxy sets.") String path,
      @Doc(
              "Lifetime of a cookie that the proxy sets; 0s for a session cookie. Left out: the"
                  + " proxy sets none.")
          @Nullable Duration ttl,
      @Doc("Further attributes of a cookie that the proxy sets.")
          List<CookieAttribute> attributes) {
    public Cookie {
      attributes = List.copyOf(attributes);
    }
  }

  /** Istio's ConsistentHashLB.HTTPCookie.Attribute. */
  @Doc("An attribute of a cookie.")
  public record CookieAttribute(
      @Doc("Name, for example SameSite.") @Required String name,
      @Doc("Value; may be empty.") String value) {}

  /** The oneof hash_algorithm. */
  @Doc("How a hash finds its endpoint.")
  public sealed interface HashAlgorithm {
    /** Ketama-like ring. */
    record OnRing(@Doc("A ring of points.") RingHash ringHash) implements HashAlgorithm {}

    /** Maglev table. */
    record InTable(@Doc("Google's Maglev table.") Maglev maglev) implements HashAlgorithm {}
  }

  /** Istio's ConsistentHashLB.RingHash. */
  @Doc("A hash ring.")
  public record RingHash(
      @Doc("Smallest number of points on the ring; left out: 1024.") @Range(max = Long.MAX_VALUE)
          long minimumRingSize) {}

  /** Istio's ConsistentHashLB.MagLev. */
  @Doc("A Maglev table.")
  public record Maglev(
      @Doc("Size of the table, a prime below 5000011; left out: 65537.")
          @Range(max = Long.MAX_VALUE)
          long tableSize) {}

  /** Istio's LocalityLoadBalancerSetting. */
  @Doc("Preference for near endpoints.")
  public record LocalityLb(
      @Doc("Shares by caller's locality. Not together with failover.") List<Distribute> distribute,
      @Doc("Where a region's traffic goes when it has no healthy endpoint.")
          List<Failover> failover,
      @Doc("Labels, most important first, by which endpoints are ranked.")
          List<String> failoverPriority,
      @Doc("Turn the preference on or off; left out: as in the mesh.") @Nullable Boolean enabled) {
    public LocalityLb {
      distribute = List.copyOf(distribute);
      failover = List.copyOf(failover);
      failoverPriority = List.copyOf(failoverPriority);
    }
  }

  /** Istio's LocalityLoadBalancerSetting.Distribute. */
  @Doc("Where the traffic of callers in one locality goes.")
  public record Distribute(
      @Doc("Locality of the caller, region/zone/subzone, with * for the rest.") String from,
      @Doc("Percentages by locality; they add up to 100.") @Range Map<String, Integer> to) {
    public Distribute {
      to = Values.sorted(to);
    }
  }

  /** Istio's LocalityLoadBalancerSetting.Failover. */
  @Doc("The region that takes over.")
  public record Failover(
      @Doc("Region of the caller.") String from, @Doc("Region to use then.") String to) {}

  /** Istio's ZoneAwareLoadBalancerSetting. */
  @Doc("Division by zone of caller and endpoints.")
  public record ZoneAwareLb(
      @Doc("Turn it on or off.") @Nullable Boolean enabled,
      @Doc("Where a region's traffic goes when it has no healthy endpoint.")
          List<Failover> failover,
      @Doc("Labels, most important first, by which endpoints are ranked.")
          List<String> failoverPriority,
      @Doc("Fewest endpoints for which zones count; left out: 6.") @Range
          @Nullable Long minClusterSize) {
    public ZoneAwareLb {
      failover = List.copyOf(failover);
      failoverPriority = List.copyOf(failoverPriority);
    }
  }

  /** Istio's WarmupConfiguration. */
  @Doc("How traffic to a new endpoint grows.")
  public record Warmup(
      @Doc("Time until it gets its full share.") @Required Duration duration,
      @Doc("Share it starts with, in percent; left out: 10.") @Nullable Double minimumPercent,
      @Doc("Shape of the growth; 1.0, the default, is linear.") @Nullable Double aggression) {}

  /** Istio's ConnectionPoolSettings. */
  @Doc("Limits on connections and requests.")
  public record ConnectionPool(
      @Doc("Limits on connections.") @Nullable TcpPool tcp,
      @Doc("Limits on HTTP requests.") @Nullable HttpPool http) {}

  /** Istio's ConnectionPoolSettings.TCPSettings. */
  @Doc("Limits on connections.")
  public record TcpPool(
      @Doc("Most connections to the host; 0 or left out: no limit.") int maxConnections,
      @Doc("Longest time to connect; left out: 10s.") @Nullable Duration connectTimeout,
      @Doc("TCP keep-alive.") @Nullable TcpKeepalive tcpKeepalive,
      @Doc("Longest life of a connection; left out: no limit.")
          @Nullable Duration maxConnectionDuration,
      @Doc("How long a connection may be idle; 0s: for ever. Left out: 1h.")
          @Nullable Duration idleTimeout) {}

  /** Istio's TCPSettings.TcpKeepalive. */
  @Doc("TCP keep-alive; what is left out is the system's default.")
  public record TcpKeepalive(
      @Doc("Unanswered probes after which the connection is dead.") @Range long probes,
      @Doc("Idle time before the first probe.") @Nullable Duration time,
      @Doc("Time between probes.") @Nullable Duration interval) {}

  /** Istio's ConnectionPoolSettings.HTTPSettings. */
  @Doc("Limits on HTTP requests.")
  public record HttpPool(
      @Doc("Most requests waiting for a connection; 0 or left out: no limit.")
          int http1MaxPendingRequests,
      @Doc("Most requests under way; 0 or left out: no limit.") int http2MaxRequests,
      @Doc("Most requests on one connection; 1 turns keep-alive off, 0: no limit.")
          int maxRequestsPerConnection,
      @Doc("Most retries under way; 0 or left out: no limit.") int maxRetries,
      @Doc("How long a connection may be without requests; left out: 1h.")
          @Nullable Duration idleTimeout,
      @Doc("Whether HTTP/1.1 is upgraded to HTTP/2.") H2UpgradePolicy h2UpgradePolicy,
      @Doc("Use the protocol that the caller used.") boolean useClientProtocol,
      @Doc("Most streams at once on an HTTP/2 connection; 0 or left out: no limit.")
          int maxConcurrentStreams,
      @Doc("HTTP/2 PING to keep connections alive.") @Nullable Http2KeepAlive http2KeepAlive) {}

  /** Istio's HTTPSettings.H2UpgradePolicy. */
  public enum H2UpgradePolicy {
    @Doc("As the mesh says.")
    DEFAULT,
    @Doc("Keep HTTP/1.1.")
    DO_NOT_UPGRADE,
    @Doc("Speak HTTP/2 to the destination.")
    UPGRADE
  }

  /** Istio's HTTPSettings.HTTP2KeepAlive. */
  @Doc("HTTP/2 PING to keep connections alive.")
  public record Http2KeepAlive(
      @Doc("Time between PINGs.") @Required Duration interval,
      @Doc("How long to wait for the answer.") @Required Duration timeout) {}

  /** Istio's OutlierDetection. */
  @Doc("When an endpoint that fails is left out for a while.")
  public record OutlierDetection(
      @Doc("Deprecated and without effect; use consecutive5xxErrors.") int consecutiveErrors,
      @Doc("Count failures to connect apart from error answers.")
          boolean splitExternalLocalOriginErrors,
      @Doc("Failures to connect in a row; only with splitExternalLocalOriginErrors. Default 5.")
          @Range
          @Nullable Long consecutiveLocalOriginFailures,
      @Doc("Answers 502, 503 and 504 in a row; left out: off.") @Range
          @Nullable Long consecutiveGatewayErrors,
      @Doc("Answers 5xx in a row; 0 turns it off. Left out: 5.") @Range
          @Nullable Long consecutive5xxErrors,
      @Doc("How often endpoints are looked at; left out: 10s.") @Nullable Duration interval,
      @Doc("Time left out, multiplied by how often it happened; left out: 30s.")
          @Nullable Duration baseEjectionTime,
      @Doc("Largest share of endpoints left out, in percent; 0 or left out: 10.")
          int maxEjectionPercent,
      @Doc("Share of healthy endpoints below which all are used again; 0: never.")
          int minHealthPercent,
      @Doc("Status codes that count as errors, 100 to 599; left out: 5xx.")
          @Range(max = Integer.MAX_VALUE)
          List<Integer> outlierDetectionHttpErrorCodes) {
    public OutlierDetection {
      outlierDetectionHttpErrorCodes = List.copyOf(outlierDetectionHttpErrorCodes);
    }
  }

  /** Istio's ClientTLSSettings. */
  @Doc("TLS towards the destination.")
  public record ClientTls(
      @Doc("Whether and how TLS is used.") TlsMode mode,
      @Doc("File of the client certificate, for MUTUAL.") String clientCertificate,
      @Doc("File of the client's private key, for MUTUAL.") String privateKey,
      @Doc("File of the authorities that the server's certificate must come from.")
          String caCertificates,
      @Doc("Secret with key and certificates; for gateways, or with a workloadSelector.")
          String credentialName,
      @Doc("Names of which the server's certificate must have one.") List<String> subjectAltNames,
      @Doc("Server name to ask for; left out: taken from the Host header.") String sni,
      @Doc("Do not check the server's certificate.") @Nullable Boolean insecureSkipVerify,
      @Doc("File of revoked certificates.") String caCrl) {
    public ClientTls {
      subjectAltNames = List.copyOf(subjectAltNames);
    }
  }

  /** Istio's ClientTLSSettings.TLSmode. */
  public enum TlsMode {
    @Doc("Plain text.")
    DISABLE,
    @Doc("TLS without a client certificate.")
    SIMPLE,
    @Doc("TLS with the client certificate that is given here.")
    MUTUAL,
    @Doc("TLS with the mesh's own certificates.")
    ISTIO_MUTUAL
  }
}
