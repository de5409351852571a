package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Range;
import dev.layar.model.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Istio's Sidecar ({@code networking/v1alpha3/sidecar.proto}) and all messages that only it uses.
 */
@Doc("What the proxies of some workloads listen on and which services they may reach.")
public record Sidecar(
    @Doc("Workloads of the namespace; left out: all. From the root namespace: the mesh's default.")
        @Nullable WorkloadSelector workloadSelector,
    @Doc("Inbound listeners; left out: one for each port of the workload's services.")
        List<Ingress> ingress,
    @Doc("Outbound listeners and the services that each may reach; left out: everything.")
        List<Egress> egress,
    @Doc("Limits for calls to the workload, unless an ingress listener has its own.")
        DestinationRule.@Nullable ConnectionPool inboundConnectionPool,
    @Doc("What happens to calls for services that are not known; left out: as the mesh says.")
        @Nullable OutboundTrafficPolicy outboundTrafficPolicy) {
  public Sidecar {
    ingress = List.copyOf(ingress);
    egress = List.copyOf(egress);
  }

  /** Istio's IstioIngressListener. */
  @Doc("One inbound listener.")
  public record Ingress(
      @Doc("The port to listen on.") @Required Port port,
      @Doc("IP address to listen on; left out: the workload's.") String bind,
      @Doc("How traffic gets to the listener.") CaptureMode captureMode,
      @Doc("Where calls are sent: 127.0.0.1:port, [::1]:port, 0.0.0.0:port, [::]:port or unix://.")
          String defaultEndpoint,
      @Doc("TLS of callers outside the mesh; only where mutual TLS is disabled for the port.")
          Gateway.@Nullable ServerTls tls,
      @Doc("Limits for calls to this port.")
          DestinationRule.@Nullable ConnectionPool connectionPool) {}

  /** Istio's IstioEgressListener. */
  @Doc("One outbound listener.")
  public record Egress(
      @Doc("The port to listen on; left out: every port of the imported services.")
          @Nullable Port port,
      @Doc("IP address or unix:// path to listen on; needs port.") String bind,
      @Doc("How traffic gets to the listener.") CaptureMode captureMode,
      @Doc("Services to import as namespace/host; *, . and ~ may stand for the namespace.")
          @Required
          List<String> hosts) {
    public Egress {
      hosts = List.copyOf(hosts);
    }
  }

  /** Istio's SidecarPort. */
  @Doc("A port to listen on.")
  public record Port(
      @Doc("Port number; 0 with a unix:// bind.") @Range(max = Integer.MAX_VALUE) int number,
      @Doc("HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP or TLS.") String protocol,
      @Doc("Name of the port.") String name,
      @Doc("Deprecated and without effect.") @Range(max = Integer.MAX_VALUE) int targetPort) {}

  /** Istio's OutboundTrafficPolicy. */
  @Doc("What happens to calls for services that are not known.")
  public record OutboundTrafficPolicy(
      @Doc("Let them through or refuse them.") OutboundMode mode,
      @Doc("Service that such calls are sent to instead.") @Nullable Destination egressProxy) {}

  /** Istio's OutboundTrafficPolicy.Mode, in the order of its numbers. */
  public enum OutboundMode {
    @Doc("Refuse calls to services that are not known.")
    REGISTRY_ONLY,
    @Doc("Let calls to services that are not known through.")
    ALLOW_ANY
  }

  /** Istio's CaptureMode, in the order of its numbers. */
  public enum CaptureMode {
    @Doc("As the workload is set up.")
    DEFAULT,
    @Doc("Redirected by iptables.")
    IPTABLES,
    @Doc("Not redirected: callers use the listener's address.")
    NONE
  }
}
