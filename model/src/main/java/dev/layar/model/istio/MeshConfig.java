package dev.layar.model.istio;

import dev.layar.model.AlsoAccepts;
import dev.layar.model.Doc;
import dev.layar.model.FreeForm;
import dev.layar.model.Inline;
import dev.layar.model.Range;
import dev.layar.model.Values;
import dev.layar.model.k8s.LabelSelector;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Istio's MeshConfig ({@code mesh/v1alpha1/config.proto}) and the mesh-wide ProxyConfig ({@code
 * mesh/v1alpha1/proxy.proto}): what key {@code mesh} of ConfigMap {@code istio} holds. Fields that
 * are left out are as the mesh's code defaults say.
 */
@Doc("What is set once for a whole mesh.")
@AlsoAccepts({"mixerCheckServer", "mixerReportServer", "disablePolicyChecks", "certificates"})
public record MeshConfig(
    @Doc("Port that outbound traffic is redirected to; left out: 15001.") @Range(max = 65535)
        @Nullable Integer proxyListenPort,
    @Doc("Port that inbound traffic is redirected to; left out: 15006.") @Range(max = 65535)
        @Nullable Integer proxyInboundListenPort,
    @Doc("Port of an HTTP proxy in sidecars; left out: none.") @Range(max = 65535)
        @Nullable Integer proxyHttpPort,
    @Doc("How long a connection attempt may take; left out: 10s.")
        @Nullable Duration connectTimeout,
    @Doc("How long to wait for a caller's first bytes to detect the protocol; 0s: for ever.")
        @Nullable Duration protocolDetectionTimeout,
    @Doc("TCP keepalive of upstream connections.")
        DestinationRule.@Nullable TcpKeepalive tcpKeepalive,
    @Doc("Class of Ingresses that are served; left out: istio.") @Nullable String ingressClass,
    @Doc("Service of the gateway for Ingresses; left out: istio-ingressgateway.")
        @Nullable String ingressService,
    @Doc("Which Ingresses are served; left out: STRICT.")
        @Nullable IngressControllerMode ingressControllerMode,
    @Doc("Value of label istio of the gateway for Ingresses; left out: ingressgateway.")
        @Nullable String ingressSelector,
    @Doc("Whether calls are traced; left out: true.") @Nullable Boolean enableTracing,
    @Doc("File of the access log; empty: none.") @Nullable String accessLogFile,
    @Doc("Format of the access log; left out: Istio's line.") @Nullable String accessLogFormat,
    @Doc("TEXT or JSON.") @Nullable AccessLogEncoding accessLogEncoding,
    @Doc("Send access logs by gRPC.") @Nullable Boolean enableEnvoyAccessLogService,
    @Doc("What happens to calls for services that are not known; left out: ALLOW_ANY.")
        @Nullable OutboundPolicy outboundTrafficPolicy,
    @Doc("Where calls to ports that are not declared go; left out: PASSTHROUGH.")
        @Nullable InboundPolicy inboundTrafficPolicy,
    @Doc("Where configuration comes from besides Kubernetes.") List<FreeForm> configSources,
    @Doc("Whether mutual TLS is used wherever both ends can; left out: true.")
        @Nullable Boolean enableAutoMtls,
    @Doc("First part of identities; left out: cluster.local.") @Nullable String trustDomain,
    @Doc("Further trust domains that stand for the own one.") List<String> trustDomainAliases,
    @Doc("Further authorities for certificates of workloads.") List<FreeForm> caCertificates,
    @Doc("exportTo of services that have none; left out: *.") List<String> defaultServiceExportTo,
    @Doc("exportTo of VirtualServices that have none; left out: *.")
        List<String> defaultVirtualServiceExportTo,
    @Doc("exportTo of DestinationRules that have none; left out: *.")
        List<String> defaultDestinationRuleExportTo,
    @Doc("Namespace of mesh-wide configuration; left out: istio-system.")
        @Nullable String rootNamespace,
    @Doc("Locality load balancing for services without their own setting.")
        DestinationRule.@Nullable LocalityLb localityLbSetting,
    @Doc("Zone-aware load balancing for services without their own setting.")
        DestinationRule.@Nullable ZoneAwareLb zoneAwareLbSetting,
    @Doc("How soon a failed DNS lookup is repeated; left out: 60s.")
        @Nullable Duration dnsRefreshRate,
    @Doc("Whether HTTP/1.1 to services becomes HTTP/2; left out: DO_NOT_UPGRADE.")
        @Nullable MeshH2Upgrade h2UpgradePolicy,
    @Doc("Name of inbound clusters in statistics.") @Nullable String inboundClusterStatName,
    @Doc("Name of outbound clusters in statistics.") @Nullable String outboundClusterStatName,
    @Doc("Settings of some services.") List<FreeForm> serviceSettings,
    @Doc("Scope of some services.") List<FreeForm> serviceScopeConfigs,
    @Doc("Whether metrics of workloads are served with those of the proxy; left out: true.")
        @Nullable Boolean enablePrometheusMerge,
    @Doc("Certificate authority to use.") @Nullable FreeForm ca,
    @Doc("Providers of logs, metrics, traces and authorization.")
        List<ExtensionProvider> extensionProviders,
    @Doc("Providers for Telemetry that names none.") @Nullable DefaultProviders defaultProviders,
    @Doc("Namespaces that are read, any of these; left out: all.")
        List<LabelSelector> discoverySelectors,
    @Doc("How paths are normalized before they are matched.")
        @Nullable PathNormalization pathNormalization,
    @Doc("Retries of routes without their own.")
        VirtualService.@Nullable HttpRetry defaultHttpRetryPolicy,
    @Doc("Retries of inbound routes.")
        VirtualService.@Nullable HttpRetry defaultInboundHttpRetryPolicy,
    @Doc("Limits and outlier detection of services without their own.")
        @Nullable DefaultTrafficPolicy defaultTrafficPolicy,
    @Doc("TLS inside the mesh.") @Nullable TlsSettings meshMTLS,
    @Doc("TLS outside the mesh.") @Nullable TlsSettings tlsDefaults,
    @Doc("How proxies are started.") @Nullable MeshProxyConfig defaultConfig) {
  public MeshConfig {
    configSources = List.copyOf(configSources);
    trustDomainAliases = List.copyOf(trustDomainAliases);
    caCertificates = List.copyOf(caCertificates);
    defaultServiceExportTo = List.copyOf(defaultServiceExportTo);
    defaultVirtualServiceExportTo = List.copyOf(defaultVirtualServiceExportTo);
    defaultDestinationRuleExportTo = List.copyOf(defaultDestinationRuleExportTo);
    serviceSettings = List.copyOf(serviceSettings);
    serviceScopeConfigs = List.copyOf(serviceScopeConfigs);
    extensionProviders = List.copyOf(extensionProviders);
    discoverySelectors = List.copyOf(discoverySelectors);
  }

  /** MeshConfig's {@code defaultTrafficPolicy}. */
  @Doc("Limits and outlier detection of services without their own.")
  public record DefaultTrafficPolicy(
      @Doc("Limits of connections and requests.")
          DestinationRule.@Nullable ConnectionPool connectionPool,
      @Doc("When endpoints are left out.")
          DestinationRule.@Nullable OutlierDetection outlierDetection) {}

  /** MeshConfig.IngressControllerMode, in the order of its numbers. */
  public enum IngressControllerMode {
    @Doc("Not set.")
    UNSPECIFIED,
    @Doc("No Ingress.")
    OFF,
    @Doc("Ingresses of the class and those without a class.")
    DEFAULT,
    @Doc("Ingresses of the class.")
    STRICT
  }

  /** MeshConfig.AccessLogEncoding. */
  public enum AccessLogEncoding {
    @Doc("A line of text.")
    TEXT,
    @Doc("An object of JSON on a line.")
    JSON
  }

  /** MeshConfig.OutboundTrafficPolicy. */
  @Doc("What happens to calls for services that are not known.")
  public record OutboundPolicy(
      @Doc("The mode.") MeshOutboundMode mode,
      @Doc("TLS for ALLOW_ANY_DYNAMIC_DNS.") @Nullable FreeForm tls) {}

  /** MeshConfig.OutboundTrafficPolicy.Mode, in the order of its numbers. */
  public enum MeshOutboundMode {
    @Doc("Refuse them.")
    REGISTRY_ONLY,
    @Doc("Let them through to the address that the caller dialled.")
    ALLOW_ANY,
    @Doc("Let them through to the host that the request names.")
    ALLOW_ANY_DYNAMIC_DNS
  }

  /** MeshConfig.InboundTrafficPolicy. */
  @Doc("Where calls to ports that are not declared go.")
  public record InboundPolicy(@Doc("The mode.") InboundMode mode) {}

  /** MeshConfig.InboundTrafficPolicy.Mode. */
  public enum InboundMode {
    @Doc("To the address that the caller dialled.")
    PASSTHROUGH,
    @Doc("To the loopback address.")
    LOCALHOST
  }

  /** MeshConfig.H2UpgradePolicy. */
  public enum MeshH2Upgrade {
    @Doc("HTTP/1.1 stays.")
    DO_NOT_UPGRADE,
    @Doc("HTTP/1.1 becomes HTTP/2.")
    UPGRADE
  }

  /** MeshConfig.ProxyPathNormalization. */
  @Doc("How paths are normalized before they are matched.")
  public record PathNormalization(@Doc("How far.") NormalizationType normalization) {}

  /** MeshConfig.ProxyPathNormalization.NormalizationType, in the order of its numbers. */
  public enum NormalizationType {
    @Doc("BASE.")
    DEFAULT,
    @Doc("Not at all.")
    NONE,
    @Doc("As RFC 3986 says.")
    BASE,
    @Doc("BASE, and several slashes become one.")
    MERGE_SLASHES,
    @Doc("MERGE_SLASHES, and %2F and %5C are decoded.")
    DECODE_AND_MERGE_SLASHES
  }

  /** MeshConfig.TLSConfig. */
  @Doc("TLS settings.")
  public record TlsSettings(
      @Doc("Lowest TLS version.") MeshTlsVersion minProtocolVersion,
      @Doc("Curves for key exchange.") List<String> ecdhCurves,
      @Doc("Cipher suites.") List<String> cipherSuites) {
    public TlsSettings {
      ecdhCurves = List.copyOf(ecdhCurves);
      cipherSuites = List.copyOf(cipherSuites);
    }
  }

  /** MeshConfig.TLSConfig.TLSProtocol. */
  public enum MeshTlsVersion {
    @Doc("The default.")
    TLS_AUTO,
    @Doc("TLS 1.2.")
    TLSV1_2,
    @Doc("TLS 1.3.")
    TLSV1_3
  }

  /** MeshConfig.DefaultProviders. */
  @Doc("Providers for Telemetry that names none.")
  public record DefaultProviders(
      @Doc("Of traces.") List<String> tracing,
      @Doc("Of metrics.") List<String> metrics,
      @Doc("Of access logs.") List<String> accessLogging) {
    public DefaultProviders {
      tracing = List.copyOf(tracing);
      metrics = List.copyOf(metrics);
      accessLogging = List.copyOf(accessLogging);
    }
  }

  /** MeshConfig.ExtensionProvider. */
  @Doc("A provider of logs, metrics, traces or authorization.")
  public record ExtensionProvider(
      @Doc("Its name, which Telemetry and AuthorizationPolicy use.") String name,
      @Doc("What it is.") @Inline @Nullable Provider provider) {}

  /** ExtensionProvider's {@code provider}. */
  @Doc("What a provider is.")
  public sealed interface Provider {
    /** External authorization by HTTP. */
    record ExtAuthzHttp(@Doc("External authorization by HTTP.") HttpAuthorizer envoyExtAuthzHttp)
        implements Provider {}

    /** External authorization by gRPC. */
    record ExtAuthzGrpc(@Doc("External authorization by gRPC.") GrpcAuthorizer envoyExtAuthzGrpc)
        implements Provider {}

    /** A file of access logs. */
    record FileLog(@Doc("A file of access logs.") FileAccessLog envoyFileAccessLog)
        implements Provider {}

    /** Access logs by gRPC, HTTP. */
    record HttpAls(@Doc("Access logs of HTTP by gRPC.") LogService envoyHttpAls)
        implements Provider {}

    /** Access logs by gRPC, TCP. */
    record TcpAls(@Doc("Access logs of TCP by gRPC.") LogService envoyTcpAls) implements Provider {}

    /** Access logs by OpenTelemetry. */
    record OtelAls(@Doc("Access logs by OpenTelemetry.") LogService envoyOtelAls)
        implements Provider {}

    /** Traces to OpenTelemetry. */
    record Opentelemetry(@Doc("Traces by OpenTelemetry.") TraceService opentelemetry)
        implements Provider {}

    /** Traces to Zipkin. */
    record Zipkin(@Doc("Traces in Zipkin's form.") TraceService zipkin) implements Provider {}

    /** Traces to Datadog. */
    record Datadog(@Doc("Traces for Datadog.") TraceService datadog) implements Provider {}

    /** Traces to SkyWalking. */
    record Skywalking(@Doc("Traces for SkyWalking.") TraceService skywalking) implements Provider {}

    /** Traces to Lightstep. */
    record Lightstep(@Doc("Traces for Lightstep.") TraceService lightstep) implements Provider {}

    /** Traces to OpenCensus. */
    record Opencensus(@Doc("Traces by OpenCensus.") TraceService opencensus) implements Provider {}

    /** Google's operations suite. */
    record Stackdriver(@Doc("Google's operations suite.") FreeForm stackdriver)
        implements Provider {}

    /** Metrics that Prometheus reads. */
    record Prometheus(@Doc("Metrics that Prometheus reads.") FreeForm prometheus)
        implements Provider {}

    /** Secrets by a socket. */
    record Sds(@Doc("Secrets by a service.") FreeForm sds) implements Provider {}
  }

  /** ExtensionProvider.EnvoyFileAccessLogProvider. */
  @Doc("A file of access logs.")
  public record FileAccessLog(
      @Doc("The file.") String path,
      @Doc("The format; left out: Istio's line.") @Nullable LogFormat logFormat,
      @Doc("Whether operators without a value leave out what they would write.")
          boolean omitEmptyValues) {}

  /** EnvoyFileAccessLogProvider.LogFormat. */
  @Doc("The format of access logs.")
  public record LogFormat(@Doc("Text or labels.") @Inline @Nullable LogForm logFormat) {}

  /** LogFormat's {@code log_format}. */
  @Doc("Text or labels.")
  public sealed interface LogForm {
    /** A line of text. */
    record Text(@Doc("A line with operators.") String text) implements LogForm {}

    /** JSON. */
    record Labels(@Doc("Fields of a JSON object with operators.") FreeForm labels)
        implements LogForm {}
  }

  /** Providers of access logs by gRPC. */
  @Doc("A service that takes access logs.")
  @AlsoAccepts({
    "filterStateObjectsToLog",
    "additionalRequestHeadersToLog",
    "additionalResponseHeadersToLog",
    "additionalResponseTrailersToLog"
  })
  public record LogService(
      @Doc("The service, as [namespace/]host.") String service,
      @Doc("Its port.") @Range(max = Integer.MAX_VALUE) int port,
      @Doc("Name of the log.") String logName,
      @Doc("The format.") @Nullable LogFormat logFormat) {}

  /** Providers of traces. */
  @Doc("A service that takes traces.")
  @AlsoAccepts({
    "accessToken",
    "context",
    "http",
    "grpc",
    "resourceDetectors",
    "dynatraceSampler",
    "traceContextOption",
    "timeout",
    "serviceAttributeEnrichment"
  })
  public record TraceService(
      @Doc("The service, as [namespace/]host.") String service,
      @Doc("Its port.") @Range(max = Integer.MAX_VALUE) int port,
      @Doc("Longest path in a tag; 0 means 256.") @Range long maxTagLength,
      @Doc("Whether trace ids have 128 bits.") @Nullable Boolean enable64bitTraceId,
      @Doc("Path of the service.") String path) {}

  /** ExtensionProvider.EnvoyExternalAuthorizationRequestBody. */
  @Doc("Body of the request that is shown to the authorizer.")
  public record RequestBody(
      @Doc("Bytes that are shown at most.") @Range long maxRequestBytes,
      @Doc("Whether a part of a longer body may be shown.") boolean allowPartialMessage,
      @Doc("Whether it is sent as bytes.") boolean packAsBytes) {}

  /** ExtensionProvider.EnvoyExternalAuthorizationHttpProvider. */
  @Doc("External authorization by HTTP.")
  public record HttpAuthorizer(
      @Doc("The service, as [namespace/]host.") String service,
      @Doc("Its port.") @Range(max = Integer.MAX_VALUE) int port,
      @Doc("How long an answer may take; left out: 10 minutes.") @Nullable Duration timeout,
      @Doc("Put before the request's path.") String pathPrefix,
      @Doc("Let calls through when the authorizer fails.") boolean failOpen,
      @Doc("Whether routes are chosen anew.") @Nullable Boolean clearRouteCache,
      @Doc("Status when the authorizer fails; left out: 403.") String statusOnError,
      @Doc("Request headers that are shown.") List<String> includeRequestHeadersInCheck,
      @Doc("Headers that are added to what is shown.")
          Map<String, String> includeAdditionalHeadersInCheck,
      @Doc("Body that is shown; left out: none.") @Nullable RequestBody includeRequestBodyInCheck,
      @Doc("Deprecated: includeRequestHeadersInCheck.") List<String> includeHeadersInCheck,
      @Doc("Headers of the answer that the request gets when it is allowed.")
          List<String> headersToUpstreamOnAllow,
      @Doc("Headers of the answer that the response gets when the call is denied.")
          List<String> headersToDownstreamOnDeny,
      @Doc("Headers of the answer that the response gets when the call is allowed.")
          List<String> headersToDownstreamOnAllow) {
    public HttpAuthorizer {
      includeRequestHeadersInCheck = List.copyOf(includeRequestHeadersInCheck);
      includeAdditionalHeadersInCheck = Values.sorted(includeAdditionalHeadersInCheck);
      includeHeadersInCheck = List.copyOf(includeHeadersInCheck);
      headersToUpstreamOnAllow = List.copyOf(headersToUpstreamOnAllow);
      headersToDownstreamOnDeny = List.copyOf(headersToDownstreamOnDeny);
      headersToDownstreamOnAllow = List.copyOf(headersToDownstreamOnAllow);
    }
  }

  /** ExtensionProvider.EnvoyExternalAuthorizationGrpcProvider. */
  @Doc("External authorization by gRPC.")
  public record GrpcAuthorizer(
      @Doc("The service, as [namespace/]host.") String service,
      @Doc("Its port.") @Range(max = Integer.MAX_VALUE) int port,
      @Doc("How long an answer may take; left out: 10 minutes.") @Nullable Duration timeout,
      @Doc("Let calls through when the authorizer fails.") boolean failOpen,
      @Doc("Whether routes are chosen anew.") @Nullable Boolean clearRouteCache,
      @Doc("Status when the authorizer fails; left out: 403.") String statusOnError,
      @Doc("Body that is shown; left out: none.")
          @Nullable RequestBody includeRequestBodyInCheck) {}

  /** Istio's mesh-wide ProxyConfig. */
  @Doc("How proxies are started.")
  @AlsoAccepts({
    "availabilityZone",
    "controlPlaneAuthPolicy",
    "customConfigFile",
    "proxyBootstrapTemplatePath",
    "envoyAccessLogService",
    "envoyMetricsService",
    "statsdUdpAddress",
    "sds",
    "meshId",
    "zipkinAddress",
    "ppc"
  })
  public record MeshProxyConfig(
      @Doc("Directory of generated configuration.") String configPath,
      @Doc("The proxy's program.") String binaryPath,
      @Doc("Name of the service in traces.") String serviceCluster,
      @Doc("How the name of the service in traces is made.") String tracingServiceName,
      @Doc("How long an old proxy goes on after a restart; left out: 45s.")
          @Nullable Duration drainDuration,
      @Doc("How long a proxy goes on after it is asked to stop; left out: 5s.")
          @Nullable Duration terminationDrainDuration,
      @Doc("Address of the control plane; left out: istiod.istio-system.svc:15012.")
          String discoveryAddress,
      @Doc("Port of the admin interface; left out: 15000.") @Range(max = 65535)
          @Nullable Integer proxyAdminPort,
      @Doc("Port for health and merged metrics; left out: 15020.") @Range(max = 65535)
          @Nullable Integer statusPort,
      @Doc("Longest name in statistics; left out: 189.") @Range(max = Integer.MAX_VALUE)
          @Nullable Integer statNameLength,
      @Doc("Worker threads; 0: one per core; left out: from the CPU limit.")
          @Range(max = Integer.MAX_VALUE)
          @Nullable Integer concurrency,
      @Doc("How traffic is redirected: REDIRECT, TPROXY or NONE.")
          @Nullable InterceptionMode interceptionMode,
      @Doc("Traces.") @Nullable FreeForm tracing,
      @Doc("Environment of the proxy; ISTIO_META_* become node metadata.")
          Map<String, String> proxyMetadata,
      @Doc("Envoy's runtime values.") Map<String, String> runtimeValues,
      @Doc("Further labels of metrics.") List<String> extraStatTags,
      @Doc("What stands before gateways.") @Nullable GatewayTopology gatewayTopology,
      @Doc("How it is found out whether a workload outside Kubernetes is healthy.")
          WorkloadGroup.@Nullable ReadinessProbe readinessProbe,
      @Doc("Which of Envoy's statistics are kept.") @Nullable FreeForm proxyStatsMatcher,
      @Doc("Start workloads only when the proxy is ready.")
          @Nullable Boolean holdApplicationUntilProxyStarts,
      @Doc("Further authorities for certificates of workloads.") List<String> caCertificatesPem,
      @Doc("Image of the proxy.") ProxyConfig.@Nullable ProxyImage image,
      @Doc("Who keeps private keys.") @Nullable FreeForm privateKeyProvider,
      @Doc("Which headers the proxy writes.") @Nullable ProxyHeaders proxyHeaders,
      @Doc("How often logs are written to disk; left out: 1s.")
          @Nullable Duration fileFlushInterval,
      @Doc("How many kilobytes of logs are collected; left out: 64.") @Range(max = 1 << 20)
          @Nullable Integer fileFlushMinSizeKb,
      @Doc("Whether statistics may be compressed; left out: true.")
          @Nullable Boolean statsCompression,
      @Doc("Limits of connections.") @Nullable FreeForm connectionSettings) {
    public MeshProxyConfig {
      proxyMetadata = Values.sorted(proxyMetadata);
      runtimeValues = Values.sorted(runtimeValues);
      extraStatTags = List.copyOf(extraStatTags);
      caCertificatesPem = List.copyOf(caCertificatesPem);
    }
  }

  /** ProxyConfig.InboundInterceptionMode. */
  public enum InterceptionMode {
    @Doc("iptables REDIRECT.")
    REDIRECT,
    @Doc("iptables TPROXY.")
    TPROXY,
    @Doc("Not at all.")
    NONE
  }

  /** Istio's Topology. */
  @Doc("What stands before gateways.")
  public record GatewayTopology(
      @Doc("Proxies before the gateway whose X-Forwarded-For is trusted.")
          @Range(max = Integer.MAX_VALUE)
          int numTrustedProxies,
      @Doc("What happens to X-Forwarded-Client-Cert.")
          @Nullable ForwardClientCert forwardClientCertDetails,
      @Doc("Take the caller's address from the PROXY protocol.")
          @Nullable FreeForm proxyProtocol) {}

  /** Istio's ForwardClientCertDetails, in the order of its numbers. */
  public enum ForwardClientCert {
    @Doc("SANITIZE_SET at gateways.")
    UNDEFINED,
    @Doc("Remove it.")
    SANITIZE,
    @Doc("Forward it, if mutual TLS was used.")
    FORWARD_ONLY,
    @Doc("Append the own caller's to it, if mutual TLS was used.")
    APPEND_FORWARD,
    @Doc("Replace it by the own caller's.")
    SANITIZE_SET,
    @Doc("Forward it always.")
    ALWAYS_FORWARD_ONLY
  }

  /** ProxyConfig.ProxyHeaders. */
  @Doc("Which headers the proxy writes.")
  public record ProxyHeaders(
      @Doc("X-Forwarded-Client-Cert.") @Nullable FreeForm forwardedClientCert,
      @Doc("X-Request-Id.") @Nullable HeaderSwitch requestId,
      @Doc("Server.") @Nullable ServerHeader server,
      @Doc("X-Envoy-Attempt-Count.") @Nullable HeaderSwitch attemptCount,
      @Doc("X-Envoy-Upstream-Service-Time and others for debugging.")
          @Nullable HeaderSwitch envoyDebugHeaders,
      @Doc("Headers that tell the other proxy who calls.")
          @Nullable FreeForm metadataExchangeHeaders,
      @Doc("Whether header names keep their case in HTTP/1.1.")
          @Nullable Boolean preserveHttp1HeaderCase,
      @Doc("X-Forwarded-Host.") @Nullable HeaderSwitch xForwardedHost,
      @Doc("X-Forwarded-Port.") @Nullable HeaderSwitch xForwardedPort) {}

  /** A header that can be switched off. */
  @Doc("A header that can be switched off.")
  @AlsoAccepts("enabled")
  public record HeaderSwitch(@Doc("Do not write it.") @Nullable Boolean disabled) {}

  /** ProxyConfig.ProxyHeaders.Server. */
  @Doc("Header Server.")
  public record ServerHeader(
      @Doc("Do not write it.") @Nullable Boolean disabled,
      @Doc("Its value; left out: istio-envoy.") String value) {}
}
