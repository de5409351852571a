package dev.layar.proxy.config;

import dev.layar.proxy.codec.http2.Http2Options;
import dev.layar.proxy.route.RouteTable;
import dev.layar.proxy.route.Upgrades;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * An HTTP connection manager ({@code Envoy HttpConnectionManager}). Times in nanoseconds; 0 means
 * none, unless noted.
 *
 * @param statPrefix as in {@code http.<prefix>.downstream_rq_total}
 * @param routeConfigName the table that comes by RDS; empty when {@code inlineRoutes} is set
 * @param streamIdleTimeoutNanos 5 min by default
 * @param requestTimeoutNanos until the request is complete
 * @param requestHeadersTimeoutNanos until its head is complete
 * @param idleTimeoutNanos of a connection without streams, 1 h by default
 * @param maxConnectionDurationNanos then the connection is drained
 * @param maxStreamDurationNanos of one exchange
 * @param drainTimeoutNanos 5 s by default
 * @param delayedCloseTimeoutNanos 1 s by default
 * @param maxRequestHeadersBytes 60 KiB by default
 * @param maxRequestHeaders 100 by default
 * @param maxRequestsPerConnection 0 is unlimited
 * @param serverName {@code envoy} by default
 * @param xffTrustedHops {@code xff_num_trusted_hops}
 * @param clientCertificate what becomes of {@code x-forwarded-client-cert}
 * @param acceptHttp10 else HTTP/1.0 gets 426
 * @param defaultHostForHttp10 authority of an HTTP/1.0 request without Host; empty for none
 * @param upgrades what a request may switch to
 * @param before the HTTP filters before the router, in order, as far as they do something
 * @param suppressEnvoyHeaders of the router filter
 * @param http2 how HTTP/2 is spoken with clients
 * @param tracing null without
 * @param filters names of the HTTP filters in order, for display
 */
public record HttpConfig(
    String statPrefix,
    String routeConfigName,
    @Nullable RouteTable inlineRoutes,
    CodecType codec,
    long streamIdleTimeoutNanos,
    long requestTimeoutNanos,
    long requestHeadersTimeoutNanos,
    long idleTimeoutNanos,
    long maxConnectionDurationNanos,
    long maxStreamDurationNanos,
    long drainTimeoutNanos,
    long delayedCloseTimeoutNanos,
    int maxRequestHeadersBytes,
    int maxRequestHeaders,
    int maxRequestsPerConnection,
    String serverName,
    ServerHeader serverHeader,
    boolean useRemoteAddress,
    int xffTrustedHops,
    boolean skipXffAppend,
    boolean appendXForwardedPort,
    boolean generateRequestId,
    ClientCertificateHeader clientCertificate,
    boolean preserveExternalRequestId,
    boolean alwaysSetRequestIdInResponse,
    boolean normalizePath,
    boolean mergeSlashes,
    EscapedSlashes escapedSlashes,
    Underscores underscores,
    boolean stripMatchingHostPort,
    boolean stripAnyHostPort,
    boolean stripTrailingHostDot,
    boolean acceptHttp10,
    String defaultHostForHttp10,
    boolean allowAbsoluteUrl,
    boolean enableTrailers,
    boolean proxy100Continue,
    Upgrades upgrades,
    List<HttpFilterConfig> before,
    boolean suppressEnvoyHeaders,
    Http2Options http2,
    List<String> filters,
    List<AccessLogConfig> accessLogs,
    @Nullable TracingConfig tracing)
    implements FilterChain.Handler {
  public HttpConfig {
    before = List.copyOf(before);
    filters = List.copyOf(filters);
    accessLogs = List.copyOf(accessLogs);
  }

  /** {@code codec_type}. */
  public enum CodecType {
    AUTO,
    HTTP1,
    HTTP2
  }

  /** {@code server_header_transformation}. */
  public enum ServerHeader {
    OVERWRITE,
    APPEND_IF_ABSENT,
    PASS_THROUGH
  }

  /** {@code path_with_escaped_slashes_action}. */
  public enum EscapedSlashes {
    KEEP_UNCHANGED,
    REJECT_REQUEST,
    UNESCAPE_AND_REDIRECT,
    UNESCAPE_AND_FORWARD
  }

  /** {@code headers_with_underscores_action}. */
  public enum Underscores {
    ALLOW,
    REJECT_REQUEST,
    DROP_HEADER
  }
}
