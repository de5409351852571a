package dev.layar.proxy.config;

import com.github.udpa.udpa.type.v1.TypedStruct;
import com.google.protobuf.Any;
import com.google.protobuf.Descriptors.Descriptor;
import com.google.protobuf.DynamicMessage;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.MessageLite;
import com.google.protobuf.Struct;
import com.google.protobuf.TypeRegistry;
import com.google.protobuf.util.JsonFormat;
import io.envoyproxy.envoy.config.bootstrap.v3.Bootstrap;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.trace.v3.ZipkinConfig;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StderrAccessLog;
import io.envoyproxy.envoy.extensions.access_loggers.stream.v3.StdoutAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.grpc_stats.v3.FilterConfig;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBACPerRoute;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig;
import io.envoyproxy.envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig;
import io.envoyproxy.envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.Secret;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.List;
import java.util.Set;

/**
 * The extensions that this proxy knows, by the type URL of their configuration. A {@code
 * TypedStruct} is unwrapped first, as istiod sends most of Istio's own filters in one.
 */
final class Extensions {
  static final String FAULT = "envoy.extensions.filters.http.fault.v3.HTTPFault";
  static final String CORS = "envoy.extensions.filters.http.cors.v3.Cors";
  static final String CORS_POLICY = "envoy.extensions.filters.http.cors.v3.CorsPolicy";
  static final String ZIPKIN = "envoy.config.trace.v3.ZipkinConfig";
  static final String RBAC = "envoy.extensions.filters.http.rbac.v3.RBAC";
  static final String RBAC_PER_ROUTE = "envoy.extensions.filters.http.rbac.v3.RBACPerRoute";
  static final String NETWORK_RBAC = "envoy.extensions.filters.network.rbac.v3.RBAC";
  static final String URI_TEMPLATE =
      "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig";
  static final String ROUTER = "envoy.extensions.filters.http.router.v3.Router";
  static final String HCM =
      "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
  static final String TCP_PROXY = "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
  static final String FILE_LOG = "envoy.extensions.access_loggers.file.v3.FileAccessLog";
  static final String STDOUT_LOG = "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog";
  static final String STDERR_LOG = "envoy.extensions.access_loggers.stream.v3.StderrAccessLog";
  static final String HTTP_OPTIONS = "envoy.extensions.upstreams.http.v3.HttpProtocolOptions";
  static final String RAW_BUFFER = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";
  static final String ORIGINAL_DST =
      "envoy.extensions.filters.listener.original_dst.v3.OriginalDst";
  static final String TLS_INSPECTOR =
      "envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector";
  static final String HTTP_INSPECTOR =
      "envoy.extensions.filters.listener.http_inspector.v3.HttpInspector";
  static final String DOWNSTREAM_TLS =
      "envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext";
  static final String UPSTREAM_TLS = "envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext";
  static final String SPIFFE_VALIDATOR =
      "envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig";
  static final String PROXY_PROTOCOL =
      "envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol";
  private static final String UDPA_TYPED_STRUCT = "udpa.type.v1.TypedStruct";
  private static final String XDS_TYPED_STRUCT = "xds.type.v3.TypedStruct";

  private static final String PREFIX = "type.googleapis.com/";

  /** Filters that are accepted and do nothing here: what they add is not seen by applications. */
  private static final Set<String> INERT =
      Set.of(
          "envoy.extensions.filters.http.grpc_stats.v3.FilterConfig",
          "istio.envoy.config.filter.http.alpn.v2alpha1.FilterConfig",
          "io.istio.http.peer_metadata.Config",
          "envoy.tcp.metadataexchange.config.MetadataExchange",
          "stats.PluginConfig");

  private static final List<Descriptor> KNOWN =
      List.of(
          Bootstrap.getDescriptor(),
          ZipkinConfig.getDescriptor(),
          Cluster.getDescriptor(),
          ClusterLoadAssignment.getDescriptor(),
          Listener.getDescriptor(),
          RouteConfiguration.getDescriptor(),
          HttpConnectionManager.getDescriptor(),
          TcpProxy.getDescriptor(),
          Router.getDescriptor(),
          HTTPFault.getDescriptor(),
          Cors.getDescriptor(),
          CorsPolicy.getDescriptor(),
          io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.getDescriptor(),
          RBACPerRoute.getDescriptor(),
          io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.getDescriptor(),
          UriTemplateMatchConfig.getDescriptor(),
          FilterConfig.getDescriptor(),
          FileAccessLog.getDescriptor(),
          StdoutAccessLog.getDescriptor(),
          StderrAccessLog.getDescriptor(),
          HttpProtocolOptions.getDescriptor(),
          RawBuffer.getDescriptor(),
          UpstreamTlsContext.getDescriptor(),
          DownstreamTlsContext.getDescriptor(),
          SPIFFECertValidatorConfig.getDescriptor(),
          Secret.getDescriptor(),
          ProxyProtocol.getDescriptor(),
          OriginalDst.getDescriptor(),
          TlsInspector.getDescriptor(),
          HttpInspector.getDescriptor(),
          PreviousHostsPredicate.getDescriptor(),
          PreviousPrioritiesConfig.getDescriptor(),
          UuidRequestIdConfig.getDescriptor(),
          CaresDnsResolverConfig.getDescriptor(),
          TypedStruct.getDescriptor(),
          com.github.xds.type.v3.TypedStruct.getDescriptor());

  private Extensions() {}

  /** The types that may stand in an Any, for reading and writing JSON. */
  static TypeRegistry types() {
    return TypeRegistry.newBuilder().add(descriptors()).build();
  }

  /** The types themselves. */
  static List<Descriptor> descriptors() {
    return KNOWN;
  }

  static boolean is(Any any, String type) {
    return any.getTypeUrl().equals(PREFIX + type);
  }

  /** Whether a filter with this configuration is accepted although it does nothing here. */
  static boolean inert(String typeUrl) {
    return typeUrl.startsWith(PREFIX) && INERT.contains(typeUrl.substring(PREFIX.length()));
  }

  /**
   * The same, when it holds a message of this type. Generated classes are parsed by their own
   * static method afterwards: {@link Any#unpack} looks that up by reflection, which loads every
   * class that any method of the message names.
   *
   * @throws InvalidProtocolBufferException when it holds another type
   */
  static Any expect(Any any, Descriptor type) throws InvalidProtocolBufferException {
    if (!is(any, type.getFullName())) {
      throw new InvalidProtocolBufferException(
          "the resource is a " + any.getTypeUrl() + ", not a " + type.getFullName());
    }
    return any;
  }

  /** A message in an Any, without the reflection of {@link Any#pack}. */
  static Any pack(Descriptor type, MessageLite message) {
    return Any.newBuilder()
        .setTypeUrl(PREFIX + type.getFullName())
        .setValue(message.toByteString())
        .build();
  }

  /** What a TypedStruct wraps, as an Any of the type it names; anything else as it is. */
  static Any unwrap(Any any, String path, Problems problems) {
    try {
      if (is(any, UDPA_TYPED_STRUCT)) {
        TypedStruct wrapped = TypedStruct.parseFrom(any.getValue());
        return typed(wrapped.getTypeUrl(), wrapped.getValue(), path, problems);
      }
      if (is(any, XDS_TYPED_STRUCT)) {
        var wrapped = com.github.xds.type.v3.TypedStruct.parseFrom(any.getValue());
        return typed(wrapped.getTypeUrl(), wrapped.getValue(), path, problems);
      }
      return any;
    } catch (InvalidProtocolBufferException e) {
      problems.error(
          Problems.UNDECODABLE, path, "not a TypedStruct: " + e.getMessage(), "", "TypedStruct");
      return any;
    }
  }

  private static Any typed(String typeUrl, Struct value, String path, Problems problems)
      throws InvalidProtocolBufferException {
    for (Descriptor known : KNOWN) {
      if (typeUrl.endsWith("/" + known.getFullName())) {
        DynamicMessage.Builder builder = DynamicMessage.newBuilder(known);
        try {
          JsonFormat.parser()
              .usingTypeRegistry(types())
              .ignoringUnknownFields()
              .merge(JsonFormat.printer().print(value), builder);
        } catch (InvalidProtocolBufferException e) {
          problems.error(Problems.UNDECODABLE, path, String.valueOf(e.getMessage()), "", typeUrl);
        }
        return pack(known, builder.build());
      }
    }
    return Any.newBuilder().setTypeUrl(typeUrl).build();
  }
}
