package dev.layar.compiler;

import com.google.protobuf.Any;
import com.google.protobuf.InvalidProtocolBufferException;
import com.google.protobuf.Struct;
import com.google.protobuf.util.JsonFormat;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.admin.v3.ClustersConfigDump;
import io.envoyproxy.envoy.admin.v3.EndpointsConfigDump;
import io.envoyproxy.envoy.admin.v3.ListenersConfigDump;
import io.envoyproxy.envoy.admin.v3.RoutesConfigDump;
import io.envoyproxy.envoy.config.cluster.v3.Cluster;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.trace.v3.OpenTelemetryConfig;
import io.envoyproxy.envoy.config.trace.v3.ZipkinConfig;
import io.envoyproxy.envoy.extensions.access_loggers.file.v3.FileAccessLog;
import io.envoyproxy.envoy.extensions.filters.http.buffer.v3.Buffer;
import io.envoyproxy.envoy.extensions.filters.http.compressor.v3.Compressor;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.Cors;
import io.envoyproxy.envoy.extensions.filters.http.cors.v3.CorsPolicy;
import io.envoyproxy.envoy.extensions.filters.http.ext_authz.v3.ExtAuthz;
import io.envoyproxy.envoy.extensions.filters.http.fault.v3.HTTPFault;
import io.envoyproxy.envoy.extensions.filters.http.grpc_web.v3.GrpcWeb;
import io.envoyproxy.envoy.extensions.filters.http.header_mutation.v3.HeaderMutation;
import io.envoyproxy.envoy.extensions.filters.http.health_check.v3.HealthCheck;
import io.envoyproxy.envoy.extensions.filters.http.jwt_authn.v3.JwtAuthentication;
import io.envoyproxy.envoy.extensions.filters.http.local_ratelimit.v3.LocalRateLimit;
import io.envoyproxy.envoy.extensions.filters.http.lua.v3.Lua;
import io.envoyproxy.envoy.extensions.filters.http.ratelimit.v3.RateLimit;
import io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.http.router.v3.Router;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.original_dst.v3.OriginalDst;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager;
import io.envoyproxy.envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy;
import io.envoyproxy.envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig;
import io.envoyproxy.envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate;
import io.envoyproxy.envoy.extensions.retry.priority.previous_priorities.v3.PreviousPrioritiesConfig;
import io.envoyproxy.envoy.extensions.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport;
import io.envoyproxy.envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext;
import io.envoyproxy.envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext;
import io.envoyproxy.envoy.extensions.upstreams.http.v3.HttpProtocolOptions;
import java.util.Collection;

/**
 * A proxy's resources in the shape of Envoy's {@code /config_dump} with {@code include_eds}: what
 * istioctl and people who know Envoy read. Pure functions.
 */
public final class ConfigDump {
  private static final JsonFormat.TypeRegistry TYPES =
      JsonFormat.TypeRegistry.newBuilder()
          .add(ClustersConfigDump.getDescriptor())
          .add(EndpointsConfigDump.getDescriptor())
          .add(ListenersConfigDump.getDescriptor())
          .add(RoutesConfigDump.getDescriptor())
          .add(Cluster.getDescriptor())
          .add(ClusterLoadAssignment.getDescriptor())
          .add(Listener.getDescriptor())
          .add(RouteConfiguration.getDescriptor())
          .add(HttpConnectionManager.getDescriptor())
          .add(OpenTelemetryConfig.getDescriptor())
          .add(ZipkinConfig.getDescriptor())
          .add(TcpProxy.getDescriptor())
          .add(Lua.getDescriptor())
          .add(RBAC.getDescriptor())
          .add(HeaderMutation.getDescriptor())
          .add(GrpcWeb.getDescriptor())
          .add(JwtAuthentication.getDescriptor())
          .add(HealthCheck.getDescriptor())
          .add(LocalRateLimit.getDescriptor())
          .add(Buffer.getDescriptor())
          .add(RateLimit.getDescriptor())
          .add(Compressor.getDescriptor())
          .add(ExtAuthz.getDescriptor())
          .add(com.github.udpa.udpa.type.v1.TypedStruct.getDescriptor())
          .add(com.github.xds.type.v3.TypedStruct.getDescriptor())
          .add(io.envoyproxy.envoy.extensions.filters.network.rbac.v3.RBAC.getDescriptor())
          .add(UriTemplateMatchConfig.getDescriptor())
          .add(HttpInspector.getDescriptor())
          .add(TlsInspector.getDescriptor())
          .add(OriginalDst.getDescriptor())
          .add(Router.getDescriptor())
          .add(HTTPFault.getDescriptor())
          .add(Cors.getDescriptor())
          .add(CorsPolicy.getDescriptor())
          .add(FileAccessLog.getDescriptor())
          .add(HttpProtocolOptions.getDescriptor())
          .add(UpstreamTlsContext.getDescriptor())
          .add(DownstreamTlsContext.getDescriptor())
          .add(RawBuffer.getDescriptor())
          .add(ProxyProtocolUpstreamTransport.getDescriptor())
          .add(PreviousHostsPredicate.getDescriptor())
          .add(PreviousPrioritiesConfig.getDescriptor())
          .build();

  /** The messages that may be within others here. */
  public static JsonFormat.TypeRegistry types() {
    return TYPES;
  }

  private static final JsonFormat.Printer PRINTER =
      JsonFormat.printer().usingTypeRegistry(TYPES).preservingProtoFieldNames();

  private ConfigDump() {}

  /** As indented JSON, ending with a newline. */
  public static String json(ProxyResources resources) {
    return print(dump(resources)) + "\n";
  }

  /** As YAML: the same document in block style. */
  public static String yaml(ProxyResources resources) {
    return YamlText.of(struct(json(resources)));
  }

  /** One type's resources alone as a YAML list, without versions; the form of golden files. */
  public static String yaml(ProxyResources resources, ResourceType type) {
    StringBuilder out = new StringBuilder();
    for (XdsResource resource : resources.all(type).values()) {
      Struct message = struct(print(resource.body()));
      Struct bare = message.toBuilder().removeFields("@type").build();
      out.append("--- # ").append(resource.name()).append('\n').append(YamlText.of(bare));
    }
    return out.toString();
  }

  private static io.envoyproxy.envoy.admin.v3.ConfigDump dump(ProxyResources resources) {
    return io.envoyproxy.envoy.admin.v3.ConfigDump.newBuilder()
        .addConfigs(Any.pack(clusters(resources.all(ResourceType.CLUSTER).values())))
        .addConfigs(Any.pack(endpoints(resources.all(ResourceType.ENDPOINT).values())))
        .addConfigs(Any.pack(listeners(resources.all(ResourceType.LISTENER).values())))
        .addConfigs(Any.pack(routes(resources.all(ResourceType.ROUTE).values())))
        .build();
  }

  private static ClustersConfigDump clusters(Collection<XdsResource> clusters) {
    ClustersConfigDump.Builder out = ClustersConfigDump.newBuilder();
    for (XdsResource cluster : clusters) {
      out.addDynamicActiveClustersBuilder()
          .setVersionInfo(cluster.version())
          .setCluster(cluster.body());
    }
    return out.build();
  }

  private static EndpointsConfigDump endpoints(Collection<XdsResource> assignments) {
    EndpointsConfigDump.Builder out = EndpointsConfigDump.newBuilder();
    for (XdsResource assignment : assignments) {
      out.addDynamicEndpointConfigsBuilder()
          .setVersionInfo(assignment.version())
          .setEndpointConfig(assignment.body());
    }
    return out.build();
  }

  private static ListenersConfigDump listeners(Collection<XdsResource> listeners) {
    ListenersConfigDump.Builder out = ListenersConfigDump.newBuilder();
    for (XdsResource listener : listeners) {
      out.addDynamicListenersBuilder()
          .setName(listener.name())
          .getActiveStateBuilder()
          .setVersionInfo(listener.version())
          .setListener(listener.body());
    }
    return out.build();
  }

  private static RoutesConfigDump routes(Collection<XdsResource> routes) {
    RoutesConfigDump.Builder out = RoutesConfigDump.newBuilder();
    for (XdsResource route : routes) {
      out.addDynamicRouteConfigsBuilder()
          .setVersionInfo(route.version())
          .setRouteConfig(route.body());
    }
    return out.build();
  }

  private static String print(com.google.protobuf.Message message) {
    try {
      return PRINTER.print(message);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("the compiler emits a type that its dump does not know", e);
    }
  }

  private static Struct struct(String json) {
    Struct.Builder out = Struct.newBuilder();
    try {
      JsonFormat.parser().merge(json, out);
    } catch (InvalidProtocolBufferException e) {
      throw new IllegalStateException("printed JSON does not parse", e);
    }
    return out.build();
  }
}
