package dev.layar.compiler;

import dev.layar.base.Result;
import dev.layar.model.Decoder;
import dev.layar.model.istio.DestinationRule.LocalityLb;
import dev.layar.model.istio.MeshConfig;
import dev.layar.model.istio.VirtualService.HttpRetry;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;

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
 * @param config what is written in the mesh's MeshConfig; where the other components stand for one
 *     of its fields, they count
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
    Map<String, String> ingressGatewayLabels,
    MeshConfig config) {

  /** MeshConfig {@code outboundTrafficPolicy.mode}. */
  public enum OutboundTrafficPolicy {
    ALLOW_ANY,
    REGISTRY_ONLY
  }

  /**
   * MeshConfig {@code accessLogFile}, {@code accessLogFormat} and {@code accessLogEncoding}.
   *
   * @param path file to write, empty for no access log
   * @param format Envoy's format string ending with a newline, or a JSON object of such strings;
   *     empty for Istio's own
   * @param json whether lines are JSON objects
   */
  public record AccessLog(String path, String format, boolean json) {
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

    /** Istio's own default object ({@code EnvoyJSONLogFormatIstio}). */
    public static final String ISTIO_JSON =
        """
        {"start_time": "%START_TIME%", "route_name": "%ROUTE_NAME%", "method": "%REQ(:METHOD)%",
        "path": "%REQ(X-ENVOY-ORIGINAL-PATH?:PATH)%", "protocol": "%PROTOCOL%",
        "response_code": "%RESPONSE_CODE%", "response_flags": "%RESPONSE_FLAGS%",
        "response_code_details": "%RESPONSE_CODE_DETAILS%",
        "connection_termination_details": "%CONNECTION_TERMINATION_DETAILS%",
        "bytes_received": "%BYTES_RECEIVED%", "bytes_sent": "%BYTES_SENT%",
        "duration": "%DURATION%",
        "upstream_service_time": "%RESP(X-ENVOY-UPSTREAM-SERVICE-TIME)%",
        "x_forwarded_for": "%REQ(X-FORWARDED-FOR)%", "user_agent": "%REQ(USER-AGENT)%",
        "request_id": "%REQ(X-REQUEST-ID)%", "authority": "%REQ(:AUTHORITY)%",
        "upstream_host": "%UPSTREAM_HOST%", "upstream_cluster": "%UPSTREAM_CLUSTER_RAW%",
        "upstream_local_address": "%UPSTREAM_LOCAL_ADDRESS%",
        "downstream_local_address": "%DOWNSTREAM_LOCAL_ADDRESS%",
        "downstream_remote_address": "%DOWNSTREAM_REMOTE_ADDRESS%",
        "requested_server_name": "%REQUESTED_SERVER_NAME%",
        "upstream_transport_failure_reason": "%UPSTREAM_TRANSPORT_FAILURE_REASON%"}
        """;

    /** The default line to standard output. */
    public static final AccessLog STDOUT = new AccessLog("/dev/stdout", ISTIO_FORMAT, false);

    public static final AccessLog NONE = new AccessLog("", ISTIO_FORMAT, false);

    public AccessLog {
      Objects.requireNonNull(path);
      if (format.isEmpty()) {
        format = json ? ISTIO_JSON : ISTIO_FORMAT;
      } else if (!json && !format.endsWith("\n")) {
        format += "\n";
      }
    }

    /** Text lines. */
    public AccessLog(String path, String format) {
      this(path, format, false);
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
   * @param written what the mesh writes, which stands for a route's own; null where it writes none
   */
  public record RetryDefaults(int attempts, List<String> retryOn, @Nullable HttpRetry written) {
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

    public RetryDefaults(int attempts, List<String> retryOn) {
      this(attempts, retryOn, null);
    }

    /** Istio's policy with what a mesh writes instead. */
    static RetryDefaults of(HttpRetry retry) {
      List<String> conditions =
          Arrays.stream(retry.retryOn().split(","))
              .map(String::strip)
              .filter(Predicate.not(String::isEmpty))
              .toList();
      return new RetryDefaults(
          retry.attempts(), conditions.isEmpty() ? ISTIO.retryOn() : conditions, retry);
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
          Map.of("app", "istio-ingressgateway", "istio", "ingressgateway"),
          empty());

  private static MeshConfig empty() {
    return switch (Decoder.record("mesh", "", MeshConfig.class)) {
      case Result.Ok<MeshConfig> ok -> ok.value();
      case Result.Rejected<MeshConfig> no ->
          throw new IllegalStateException(no.findings().toString());
    };
  }

  /** Istio's defaults, with the access log on and mirrored hosts marked. */
  public static MeshSettings defaults() {
    return DEFAULTS;
  }

  public MeshSettings withOutboundTrafficPolicy(OutboundTrafficPolicy policy) {
    return with(copy -> copy.outboundTrafficPolicy = policy);
  }

  public MeshSettings withProxyHttpPort(int port) {
    return with(copy -> copy.proxyHttpPort = port);
  }

  public MeshSettings withAccessLog(AccessLog log) {
    return with(copy -> copy.accessLog = log);
  }

  public MeshSettings withDefaultRetry(RetryDefaults retry) {
    return with(copy -> copy.defaultRetry = retry);
  }

  public MeshSettings withShadowHostSuffix(boolean suffix) {
    return with(copy -> copy.shadowHostSuffix = suffix);
  }

  public MeshSettings withLocality(LocalityLb setting) {
    return with(copy -> copy.locality = setting);
  }

  public MeshSettings withAutoMtls(boolean on) {
    return with(copy -> copy.autoMtls = on);
  }

  public MeshSettings withTrustDomain(String domain) {
    return with(copy -> copy.trustDomain = domain);
  }

  /** These settings with what a MeshConfig writes; what it leaves out stays. */
  public MeshSettings with(MeshConfig mesh) {
    return with(copy -> copy.apply(mesh));
  }

  /** The trust domain and its aliases, the own one first. */
  public List<String> trustDomains() {
    List<String> all = new ArrayList<>(List.of(trustDomain));
    config.trustDomainAliases().stream().filter(alias -> !all.contains(alias)).forEach(all::add);
    return List.copyOf(all);
  }

  private MeshSettings with(Consumer<Copy> change) {
    Copy copy = new Copy(this);
    change.accept(copy);
    return copy.made();
  }

  /** Every component, to change some of them. */
  private static final class Copy {
    private final MeshSettings from;
    private MeshConfig config;
    private String rootNamespace;
    private OutboundTrafficPolicy outboundTrafficPolicy;
    private int proxyListenPort;
    private int proxyHttpPort;
    private Duration connectTimeout;
    private AccessLog accessLog;
    private RetryDefaults defaultRetry;
    private boolean shadowHostSuffix;
    private LocalityLb locality;
    private boolean autoMtls;
    private String trustDomain;
    private int proxyInboundListenPort;
    private Duration protocolDetectionTimeout;
    private Map<String, String> ingressGatewayLabels;

    Copy(MeshSettings from) {
      this.from = from;
      this.config = from.config;
      this.rootNamespace = from.rootNamespace;
      this.outboundTrafficPolicy = from.outboundTrafficPolicy;
      this.proxyListenPort = from.proxyListenPort;
      this.proxyHttpPort = from.proxyHttpPort;
      this.connectTimeout = from.connectTimeout;
      this.accessLog = from.accessLog;
      this.defaultRetry = from.defaultRetry;
      this.shadowHostSuffix = from.shadowHostSuffix;
      this.locality = from.locality;
      this.autoMtls = from.autoMtls;
      this.trustDomain = from.trustDomain;
      this.proxyInboundListenPort = from.proxyInboundListenPort;
      this.protocolDetectionTimeout = from.protocolDetectionTimeout;
      this.ingressGatewayLabels = from.ingressGatewayLabels;
    }

    void apply(MeshConfig mesh) {
      config = mesh;
      rootNamespace = or(mesh.rootNamespace(), rootNamespace);
      proxyListenPort = or(mesh.proxyListenPort(), proxyListenPort);
      proxyHttpPort = or(mesh.proxyHttpPort(), proxyHttpPort);
      proxyInboundListenPort = or(mesh.proxyInboundListenPort(), proxyInboundListenPort);
      connectTimeout = or(mesh.connectTimeout(), connectTimeout);
      protocolDetectionTimeout = or(mesh.protocolDetectionTimeout(), protocolDetectionTimeout);
      locality = or(mesh.localityLbSetting(), locality);
      autoMtls = or(mesh.enableAutoMtls(), autoMtls);
      trustDomain = or(mesh.trustDomain(), trustDomain);
      if (mesh.defaultHttpRetryPolicy() != null) {
        defaultRetry = RetryDefaults.of(mesh.defaultHttpRetryPolicy());
      }
      if (mesh.outboundTrafficPolicy() != null) {
        outboundTrafficPolicy =
            switch (mesh.outboundTrafficPolicy().mode()) {
              case REGISTRY_ONLY -> OutboundTrafficPolicy.REGISTRY_ONLY;
              case ALLOW_ANY, ALLOW_ANY_DYNAMIC_DNS -> OutboundTrafficPolicy.ALLOW_ANY;
            };
      }
      if (mesh.accessLogFile() != null
          || mesh.accessLogFormat() != null
          || mesh.accessLogEncoding() != null) {
        boolean json = mesh.accessLogEncoding() == MeshConfig.AccessLogEncoding.JSON;
        accessLog =
            new AccessLog(
                or(mesh.accessLogFile(), accessLog.path()), or(mesh.accessLogFormat(), ""), json);
      }
    }

    private static <T> T or(@Nullable T written, T otherwise) {
      return written == null ? otherwise : written;
    }

    MeshSettings made() {
      return new MeshSettings(
          from.domain,
          rootNamespace,
          outboundTrafficPolicy,
          proxyListenPort,
          proxyHttpPort,
          connectTimeout,
          accessLog,
          defaultRetry,
          shadowHostSuffix,
          locality,
          autoMtls,
          trustDomain,
          proxyInboundListenPort,
          protocolDetectionTimeout,
          ingressGatewayLabels,
          config);
    }
  }
}
