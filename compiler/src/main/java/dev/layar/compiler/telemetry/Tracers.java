package dev.layar.compiler.telemetry;

import com.google.protobuf.Message;
import dev.layar.compiler.build.Xds;
import dev.layar.compiler.registry.MeshService;
import dev.layar.model.istio.MeshConfig;
import dev.layar.model.istio.MeshConfig.Provider;
import dev.layar.model.istio.MeshConfig.TraceService;
import io.envoyproxy.envoy.config.core.v3.GrpcService;
import io.envoyproxy.envoy.config.trace.v3.OpenTelemetryConfig;
import io.envoyproxy.envoy.config.trace.v3.Tracing;
import io.envoyproxy.envoy.config.trace.v3.ZipkinConfig;
import java.util.Locale;
import java.util.Optional;

/** Where spans are sent (Istio {@code telemetry tracing.go}). Pure functions. */
final class Tracers {
  private Tracers() {}

  /**
   * The tracer of an extension provider; empty when there is none of its kind.
   *
   * @param workload the name under which spans are sent
   */
  static Optional<Tracing.Http> of(MeshConfig.ExtensionProvider provider, String workload) {
    return switch (provider.provider()) {
      case Provider.Zipkin(TraceService service) -> Optional.of(zipkin(service));
      case Provider.Opentelemetry(TraceService service) ->
          Optional.of(openTelemetry(service, workload));
      case null, default -> Optional.empty();
    };
  }

  /** ProxyConfig's {@code tracing.zipkin.address}. */
  static Optional<Tracing.Http> ofAddress(String address) {
    int colon = address.lastIndexOf(':');
    String port = address.substring(colon + 1);
    return colon > 0 && port.matches("\\d{1,5}")
        ? Optional.of(
            zipkin(
                new TraceService(address.substring(0, colon), Integer.parseInt(port), 0, null, "")))
        : Optional.empty();
  }

  private static Tracing.Http zipkin(TraceService service) {
    return http(
        "envoy.tracers.zipkin",
        ZipkinConfig.newBuilder()
            .setCollectorCluster(cluster(service))
            .setCollectorHostname(host(service))
            .setCollectorEndpoint(service.path().isEmpty() ? "/api/v2/spans" : service.path())
            .setCollectorEndpointVersion(ZipkinConfig.CollectorEndpointVersion.HTTP_JSON)
            .setTraceId128Bit(service.enable64bitTraceId() == null || !service.enable64bitTraceId())
            .setSharedSpanContext(Xds.bool(false))
            .build());
  }

  private static Tracing.Http openTelemetry(TraceService service, String workload) {
    return http(
        "envoy.tracers.opentelemetry",
        OpenTelemetryConfig.newBuilder()
            .setServiceName(workload)
            .setGrpcService(
                GrpcService.newBuilder()
                    .setEnvoyGrpc(
                        GrpcService.EnvoyGrpc.newBuilder()
                            .setClusterName(cluster(service))
                            .setAuthority(host(service))))
            .build());
  }

  private static Tracing.Http http(String name, Message config) {
    return Tracing.Http.newBuilder().setName(name).setTypedConfig(Xds.any(config)).build();
  }

  private static String cluster(TraceService service) {
    return MeshService.clusterName(service.port(), "", host(service));
  }

  /** The host of {@code [namespace/]host}. */
  private static String host(TraceService service) {
    return service.service().substring(service.service().indexOf('/') + 1).toLowerCase(Locale.ROOT);
  }
}
