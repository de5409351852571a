package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.IntOrString;
import dev.layar.model.Open;
import dev.layar.model.Range;
import dev.layar.model.Required;
import dev.layar.model.Values;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Kubernetes' Service. */
@Open
@Doc("A name and address for a set of pods.")
public record Service(@Doc("What is wanted.") @Required ServiceSpec spec) {

  /** Kubernetes' ServiceSpec. */
  @Open
  @Doc("Which pods, under which ports.")
  public record ServiceSpec(
      @Doc("ClusterIP, NodePort, LoadBalancer or ExternalName; left out: ClusterIP.") String type,
      @Doc("Virtual address; None for a headless service; left out: given out.") String clusterIP,
      @Doc("Virtual addresses, one per IP family.") List<String> clusterIPs,
      @Doc("Labels of the pods behind the service, all of them.") Map<String, String> selector,
      @Doc("Ports of the service.") List<ServicePort> ports,
      @Doc("Name this service stands for, with type ExternalName.") String externalName,
      @Doc("Whether pods that are not ready get traffic.") boolean publishNotReadyAddresses) {
    public ServiceSpec {
      clusterIPs = List.copyOf(clusterIPs);
      selector = Values.sorted(selector);
      ports = List.copyOf(ports);
    }

    /** Whether the service has no virtual address of its own. */
    public boolean isHeadless() {
      return clusterIP.equals("None");
    }
  }

  /** Kubernetes' ServicePort. */
  @Open
  @Doc("A port of a service.")
  public record ServicePort(
      @Doc("Name; its part before the first dash is taken as the protocol.") String name,
      @Doc("TCP, UDP or SCTP; left out: TCP.") String protocol,
      @Doc("Application protocol; goes before the name.") String appProtocol,
      @Doc("Port number of the service.") @Required @Range(min = 1, max = 65535) int port,
      @Doc("Port of the pod, by number or by name; left out: the same number.")
          @Nullable IntOrString targetPort,
      @Doc("Port on every node, for NodePort and LoadBalancer.") @Range(max = 65535)
          int nodePort) {}
}
