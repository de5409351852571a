package dev.layar.compiler;

import dev.layar.model.istio.DestinationRule.LocalityLb;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/**
 * What is set once for a whole mesh: the part of Istio's MeshConfig that the compiler obeys.
 * Immutable.
 *
 * @param domain suffix of Kubernetes service names
 * @param rootNamespace where mesh-wide configuration lives (MeshConfig {@code rootNamespace})
 * @param outboundTrafficPolicy what happens to traffic for destinations nobody declared
 * @param proxyListenPort port of the listener that takes redirected connections (MeshConfig {@code
 *     proxyListenPort})
 * @param proxyHttpPort port of a plain HTTP-proxy listener in sidecars with traffic redirection, 0
 *     for none (MeshConfig {@code proxyHttpPort})
 * @param connectTimeout how long a connection attempt to an endpoint may take (MeshConfig {@code
 *     connectTimeout})
 * @param accessLog where and how proxies write their access log
 * @param defaultRetry the policy of HTTP routes that have none of their own
 * @param shadowHostSuffix whether mirrored requests carry {@code -shadow} in their Host
 * @param locality preference for near endpoints where no DestinationRule says otherwise (MeshConfig
 *     {@code localityLbSetting})
 * @param autoMtls whether destinations in the mesh are called with mutual TLS where both sides can
 *     (MeshConfig {@code enableAutoMtls})
 * @param trustDomain the trust domain of workload identities (MeshConfig {@code trustDomain})
 * @param proxyInboundListenPort port of the listener that takes redirected inbound connections
 *     (MeshConfig {@code proxyInboundListenPort})
 * @param protocolDetectionTimeout how long detection waits for the first bytes, zero for ever
 *     (MeshConfig {@code protocolDetectionTimeout})
 * @param ingressGatewayLabels labels of the gateway that an offline mesh implies when a Gateway
 *     selects it and no Deployment provides it
 */
public record MeshSettings(
    String domain,
    String rootNamespace,
    OutboundTrafficPolicy outboundTrafficPolicy,
    int proxyListenPort,
    int proxyHttpPort,
    Duration connectTimeout,
    AccessLog accessLog,
    RetryDefaults defaultRetry,
    boolean shadowHostSuffix,
    LocalityLb locality,
    boolean autoMtls,
    String trustDomain,
    int proxyInboundListenPort,
    Duration protocolDetectionTimeout,
    Map<String, String> ingressGatewayLabels) {

  /** MeshConfig {@code outboundTrafficPolicy.mode}. */
  public enum OutboundTrafficPolicy {
    ALLOW_ANY,
    REGISTRY_ONLY
  }

  /**
   * MeshConfig {@code accessLogFile} and {@code accessLogFormat}.
   *
   * @param path file to write, empty for no access log
   * @param format Envoy's format string, ending with a newline
   */
  public record AccessLog(String path, String format) {
    /** Istio's own default line ({@code EnvoyTextLogFormat}). */
    public static final String ISTIO_FORMAT =
        "[%START_TIME%] \"%REQ(:METHOD)% %REQ(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%\""
            + " %RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%"
            + " %CONNECTION_TERMINATION_DETAILS% \"%UPSTREAM_TRANSPORT_FAILURE_REASON%\""
            + " %BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%"
            + " \"%REQ(X-FORWARDED-FOR)%\" \"%REQ(USER-AGENT)%\" \"%REQ(X-REQUEST-ID)%\""
            + " \"%REQ(:AUTHORITY)%\" \"%UPSTREAM_HOST%\" %UPSTREAM_CLUSTER_RAW%"
            + " %UPSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_LOCAL_ADDRESS% %DOWNSTREAM_REMOTE_ADDRESS%"
            + " %REQUESTED_SERVER_NAME% %ROUTE_NAME%\n";

    /** The default line to standard output. */
    public static final AccessLog STDOUT = new AccessLog("/dev/stdout", ISTIO_FORMAT);

    public static final AccessLog NONE = new AccessLog("", ISTIO_FORMAT);

    public AccessLog {
      Objects.requireNonNull(path);
      if (format.isEmpty()) {
        format = ISTIO_FORMAT;
      }
    }

    public boolean enabled() {
      return !path.isEmpty();
    }
  }

  /**
   * MeshConfig {@code defaultHttpRetryPolicy}.
   *
   * @param attempts retries after the first try, 0 for none
   * @param retryOn Envoy's retry conditions, in order
   */
  public record RetryDefaults(int attempts, List<String> retryOn) {
    /** Istio's built-in policy ({@code pilot/pkg/networking/core/route/retry}). */
    public static final RetryDefaults ISTIO =
        new RetryDefaults(
            2,
            List.of(
                "connect-failure",
                "refused-stream",
                "unavailable",
                "cancelled",
                "retriable-status-codes"));

    public RetryDefaults {
      retryOn = List.copyOf(retryOn);
    }
  }

  public MeshSettings {
    Objects.requireNonNull(domain);
    Objects.requireNonNull(rootNamespace);
    ingressGatewayLabels = Map.copyOf(ingressGatewayLabels);
  }

  private static final MeshSettings DEFAULTS =
      new MeshSettings(
          "cluster.local",
          "istio-system",
          OutboundTrafficPolicy.ALLOW_ANY,
          15001,
          0,
          Duration.ofSeconds(10),
          AccessLog.STDOUT,
          RetryDefaults.ISTIO,
          true,
          new LocalityLb(List.of(), List.of(), List.of(), true),
          true,
          "cluster.local",
          15006,
          Duration.ZERO,
          Map.of("app", "istio-ingressgateway", "istio", "ingressgateway"));

  /** Istio's defaults, with the access log on and mirrored hosts marked. */
  public static MeshSettings defaults() {
    return DEFAULTS;
  }

  public MeshSettings withOutboundTrafficPolicy(OutboundTrafficPolicy policy) {
    Copy copy = new Copy(this);
    copy.outboundTrafficPolicy = policy;
    return copy.made();
  }

  public MeshSettings withProxyHttpPort(int port) {
    Copy copy = new Copy(this);
    copy.proxyHttpPort = port;
    return copy.made();
  }

  public MeshSettings withAccessLog(AccessLog log) {
    Copy copy = new Copy(this);
    copy.accessLog = log;
    return copy.made();
  }

  public MeshSettings withDefaultRetry(RetryDefaults retry) {
    Copy copy = new Copy(this);
    copy.defaultRetry = retry;
    return copy.made();
  }

  public MeshSettings withShadowHostSuffix(boolean suffix) {
    Copy copy = new Copy(this);
    copy.shadowHostSuffix = suffix;
    return copy.made();
  }

  public MeshSettings withLocality(LocalityLb setting) {
    Copy copy = new Copy(this);
    copy.locality = setting;
    return copy.made();
  }

  public MeshSettings withAutoMtls(boolean on) {
    Copy copy = new Copy(this);
    copy.autoMtls = on;
    return copy.made();
  }

  public MeshSettings withTrustDomain(String domain) {
    Copy copy = new Copy(this);
    copy.trustDomain = domain;
    return copy.made();
  }

  /** Every component, to change one of them. */
  private static final class Copy {
    private final MeshSettings from;
    private OutboundTrafficPolicy outboundTrafficPolicy;
    private int proxyHttpPort;
    private AccessLog accessLog;
    private RetryDefaults defaultRetry;
    private boolean shadowHostSuffix;
    private LocalityLb locality;
    private boolean autoMtls;
    private String trustDomain;

    Copy(MeshSettings from) {
      this.from = from;
      this.outboundTrafficPolicy = from.outboundTrafficPolicy;
      this.proxyHttpPort = from.proxyHttpPort;
      this.accessLog = from.accessLog;
      this.defaultRetry = from.defaultRetry;
      this.shadowHostSuffix = from.shadowHostSuffix;
      this.locality = from.locality;
      this.autoMtls = from.autoMtls;
      this.trustDomain = from.trustDomain;
    }

    MeshSettings made() {
      return new MeshSettings(
          from.domain,
          from.rootNamespace,
          outboundTrafficPolicy,
          from.proxyListenPort,
          proxyHttpPort,
          from.connectTimeout,
          accessLog,
          defaultRetry,
          shadowHostSuffix,
          locality,
          autoMtls,
          trustDomain,
          from.proxyInboundListenPort,
          from.protocolDetectionTimeout,
          from.ingressGatewayLabels);
    }
  }
}
