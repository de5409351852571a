package dev.layar.proxy.config;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.proxy.route.RouteTable;
import io.envoyproxy.envoy.config.core.v3.Http1ProtocolOptions;
import io.envoyproxy.envoy.config.core.v3.HttpProtocolOptions;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.List;

/** {@code HttpConnectionManager} → {@link HttpConfig}. */
final class HttpReader {
  private static final long SECOND = 1_000_000_000L;
  private static final int DEFAULT_HEADERS_KB = 60;
  private static final int MAX_HEADERS_KB = 8192;
  private static final int DEFAULT_HEADER_COUNT = 100;

  private final HttpConnectionManager proto;
  private final boolean outbound;
  private final String path;
  private final Problems problems;
  private final List<HttpFilterConfig> before = new ArrayList<>();
  private boolean suppressEnvoyHeaders;
  private final List<String> filters = new ArrayList<>();

  private HttpReader(
      HttpConnectionManager proto, boolean outbound, String path, Problems problems) {
    this.outbound = outbound;
    this.proto = proto;
    this.path = path;
    this.problems = problems;
  }

  /** The configuration; not to be used when {@code problems} has an error afterwards. */
  static HttpConfig read(
      HttpConnectionManager proto, boolean outbound, String path, Problems problems) {
    SupportedFields.check(HttpConnectionManager.getDescriptor(), proto, path, problems);
    return new HttpReader(proto, outbound, path, problems).read();
  }

  private HttpConfig read() {
    if (proto.getStatPrefix().isEmpty()) {
      problems.missing(path + ".stat_prefix", "stat_prefix is required", "a name");
    }
    filters();
    HttpProtocolOptions common = proto.getCommonHttpProtocolOptions();
    Http1ProtocolOptions http1 = proto.getHttpProtocolOptions();
    RouteTable inline =
        proto.hasRouteConfig()
            ? RouteReader.read(proto.getRouteConfig(), problems.under(path + ".route_config"))
            : null;
    return new HttpConfig(
        proto.getStatPrefix(),
        routeConfigName(),
        inline,
        codec(),
        duration(
            proto.hasStreamIdleTimeout(),
            proto.getStreamIdleTimeout(),
            300 * SECOND,
            "stream_idle_timeout"),
        duration(proto.hasRequestTimeout(), proto.getRequestTimeout(), 0, "request_timeout"),
        duration(
            proto.hasRequestHeadersTimeout(),
            proto.getRequestHeadersTimeout(),
            0,
            "request_headers_timeout"),
        duration(
            common.hasIdleTimeout(),
            common.getIdleTimeout(),
            3600 * SECOND,
            "common_http_protocol_options.idle_timeout"),
        duration(
            common.hasMaxConnectionDuration(),
            common.getMaxConnectionDuration(),
            0,
            "common_http_protocol_options.max_connection_duration"),
        duration(
            common.hasMaxStreamDuration(),
            common.getMaxStreamDuration(),
            0,
            "common_http_protocol_options.max_stream_duration"),
        duration(proto.hasDrainTimeout(), proto.getDrainTimeout(), 5 * SECOND, "drain_timeout"),
        duration(
            proto.hasDelayedCloseTimeout(),
            proto.getDelayedCloseTimeout(),
            SECOND,
            "delayed_close_timeout"),
        headerBytes(),
        common.hasMaxHeadersCount() ? common.getMaxHeadersCount().getValue() : DEFAULT_HEADER_COUNT,
        common.hasMaxRequestsPerConnection() ? common.getMaxRequestsPerConnection().getValue() : 0,
        proto.getServerName().isEmpty() ? "envoy" : proto.getServerName(),
        serverHeader(),
        proto.getUseRemoteAddress().getValue(),
        proto.getXffNumTrustedHops(),
        proto.getSkipXffAppend(),
        proto.getAppendXForwardedPort(),
        !proto.hasGenerateRequestId() || proto.getGenerateRequestId().getValue(),
        clientCertificate(),
        proto.getPreserveExternalRequestId(),
        proto.getAlwaysSetRequestIdInResponse(),
        proto.getNormalizePath().getValue(),
        proto.getMergeSlashes(),
        escapedSlashes(),
        underscores(common),
        proto.getStripMatchingHostPort(),
        proto.getStripAnyHostPort(),
        proto.getStripTrailingHostDot(),
        http1.getAcceptHttp10(),
        http1.getDefaultHostForHttp10(),
        !http1.hasAllowAbsoluteUrl() || http1.getAllowAbsoluteUrl().getValue(),
        http1.getEnableTrailers(),
        proto.getProxy100Continue(),
        UpgradesReader.ofListener(proto.getUpgradeConfigsList()),
        before,
        suppressEnvoyHeaders,
        Http2Reader.read(
            proto.getHttp2ProtocolOptions(), path + ".http2_protocol_options", problems),
        filters,
        AccessLogReader.read(proto.getAccessLogList(), path + ".access_log", problems),
        proto.hasTracing()
            ? TracingReader.read(proto.getTracing(), outbound, problems.under(path + ".tracing"))
            : null);
  }

  private long duration(
      boolean present, com.google.protobuf.Duration value, long absent, String field) {
    return Durations.nanos(present, value, absent, path + "." + field, problems);
  }

  private String routeConfigName() {
    return switch (proto.getRouteSpecifierCase()) {
      case RDS -> {
        if (proto.getRds().getRouteConfigName().isEmpty()) {
          problems.missing(
              path + ".rds.route_config_name", "RDS needs a name", "a route configuration's name");
        }
        yield proto.getRds().getRouteConfigName();
      }
      case ROUTE_CONFIG -> "";
      case SCOPED_ROUTES, ROUTESPECIFIER_NOT_SET -> {
        problems.missing(path, "no routes are named", "rds or route_config");
        yield "";
      }
    };
  }

  private HttpConfig.CodecType codec() {
    return switch (proto.getCodecType()) {
      case AUTO -> HttpConfig.CodecType.AUTO;
      case HTTP1 -> HttpConfig.CodecType.HTTP1;
      case HTTP2 -> HttpConfig.CodecType.HTTP2;
      case HTTP3, UNRECOGNIZED -> {
        problems.error(
            Problems.UNSUPPORTED,
            path + ".codec_type",
            "HTTP/3 is not spoken",
            proto.getCodecType().name(),
            "AUTO, HTTP1 or HTTP2");
        yield HttpConfig.CodecType.HTTP1;
      }
    };
  }

  private ClientCertificateHeader clientCertificate() {
    ClientCertificateHeader.Mode mode =
        switch (proto.getForwardClientCertDetails()) {
          case SANITIZE, UNRECOGNIZED -> ClientCertificateHeader.Mode.SANITIZE;
          case FORWARD_ONLY -> ClientCertificateHeader.Mode.FORWARD_ONLY;
          case APPEND_FORWARD -> ClientCertificateHeader.Mode.APPEND_FORWARD;
          case SANITIZE_SET -> ClientCertificateHeader.Mode.SANITIZE_SET;
          case ALWAYS_FORWARD_ONLY -> ClientCertificateHeader.Mode.ALWAYS_FORWARD_ONLY;
        };
    var set = proto.getSetCurrentClientCertDetails();
    return new ClientCertificateHeader(
        mode,
        set.getSubject().getValue(),
        set.getCert(),
        set.getChain(),
        set.getDns(),
        set.getUri());
  }

  private int headerBytes() {
    int kb =
        proto.hasMaxRequestHeadersKb()
            ? proto.getMaxRequestHeadersKb().getValue()
            : DEFAULT_HEADERS_KB;
    if (kb < 1 || kb > MAX_HEADERS_KB) {
      problems.invalid(path + ".max_request_headers_kb", "out of range", kb, "1 to 8192");
      kb = DEFAULT_HEADERS_KB;
    }
    return kb * 1024;
  }

  private HttpConfig.ServerHeader serverHeader() {
    return switch (proto.getServerHeaderTransformation()) {
      case OVERWRITE, UNRECOGNIZED -> HttpConfig.ServerHeader.OVERWRITE;
      case APPEND_IF_ABSENT -> HttpConfig.ServerHeader.APPEND_IF_ABSENT;
      case PASS_THROUGH -> HttpConfig.ServerHeader.PASS_THROUGH;
    };
  }

  private HttpConfig.EscapedSlashes escapedSlashes() {
    return switch (proto.getPathWithEscapedSlashesAction()) {
      case IMPLEMENTATION_SPECIFIC_DEFAULT, KEEP_UNCHANGED, UNRECOGNIZED ->
          HttpConfig.EscapedSlashes.KEEP_UNCHANGED;
      case REJECT_REQUEST -> HttpConfig.EscapedSlashes.REJECT_REQUEST;
      case UNESCAPE_AND_REDIRECT -> HttpConfig.EscapedSlashes.UNESCAPE_AND_REDIRECT;
      case UNESCAPE_AND_FORWARD -> HttpConfig.EscapedSlashes.UNESCAPE_AND_FORWARD;
    };
  }

  private static HttpConfig.Underscores underscores(HttpProtocolOptions common) {
    return switch (common.getHeadersWithUnderscoresAction()) {
      case ALLOW, UNRECOGNIZED -> HttpConfig.Underscores.ALLOW;
      case REJECT_REQUEST -> HttpConfig.Underscores.REJECT_REQUEST;
      case DROP_HEADER -> HttpConfig.Underscores.DROP_HEADER;
    };
  }

  // ---- filters

  private void filters() {
    int count = proto.getHttpFiltersCount();
    for (int i = 0; i < count; i++) {
      filter(proto.getHttpFilters(i), path + ".http_filters[" + i + "]", i == count - 1);
    }
    if (count == 0) {
      problems.missing(path + ".http_filters", "the chain has no filters", "the router at least");
    }
  }

  private void filter(HttpFilter filter, String where, boolean last) {
    Any config = Extensions.unwrap(filter.getTypedConfig(), where + ".typed_config", problems);
    boolean router = Extensions.is(config, Extensions.ROUTER);
    if (router != last) {
      problems.invalid(
          where,
          "the router has to be the last filter, and only the last",
          filter.getName(),
          "the router at the end");
    }
    filters.add(filter.getName());
    if (router) {
      router(config, where);
    } else if (Extensions.is(config, Extensions.FAULT)) {
      before.add(
          new HttpFilterConfig.Fault(FaultReader.read(config, where + ".typed_config", problems)));
    } else if (Extensions.is(config, Extensions.CORS)) {
      before.add(new HttpFilterConfig.Cors());
    } else if (Extensions.is(config, Extensions.RBAC)) {
      before.add(
          new HttpFilterConfig.Rbac(
              filter.getName(), RbacReader.http(config, where + ".typed_config", problems)));
    } else if (Extensions.inert(config.getTypeUrl())) {
      problems.warning(
          Problems.UNSUPPORTED, where, "accepted, but does nothing here: " + config.getTypeUrl());
    } else if (filter.getIsOptional()) {
      problems.warning(
          Problems.UNSUPPORTED, where, "optional and not known: " + config.getTypeUrl());
    } else {
      problems.error(
          Problems.UNKNOWN_EXTENSION,
          where,
          "this HTTP filter is not known",
          filter.getName() + " " + config.getTypeUrl(),
          "cors, fault, rbac or router");
    }
  }

  private void router(Any config, String where) {
    try {
      Router router = Router.parseFrom(config.getValue());
      SupportedFields.check(Router.getDescriptor(), router, where + ".typed_config", problems);
      suppressEnvoyHeaders = router.getSuppressEnvoyHeaders();
    } catch (InvalidProtocolBufferException e) {
      problems.error(
          Problems.UNDECODABLE, where, String.valueOf(e.getMessage()), "", "a Router message");
    }
  }
}
