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
public record Service(
    @Doc("What is wanted.") @Required ServiceSpec spec,
    @Doc("What is.") @Nullable ServiceStatus status) {

  /** A service of which nothing is known yet. */
  public Service(ServiceSpec spec) {
    this(spec, null);
  }

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
      @Doc("Whether pods that are not ready get traffic.") boolean publishNotReadyAddresses,
      @Doc("Further addresses under which nodes take traffic for the service.")
          List<String> externalIPs,
      @Doc("None or ClientIP; left out: None.") String sessionAffinity,
      @Doc("Whether pods of the caller's node alone get traffic: Cluster or Local.")
          String internalTrafficPolicy,
      @Doc("Whether traffic from outside stays on the node: Cluster or Local.")
          String externalTrafficPolicy,
      @Doc("Which endpoints go first: PreferClose, PreferSameZone or PreferSameNode.")
          String trafficDistribution,
      @Doc("IP families: SingleStack, PreferDualStack or RequireDualStack.") String ipFamilyPolicy,
      @Doc("IP families in order: IPv4, IPv6.") List<String> ipFamilies,
      @Doc("Class of the load balancer.") String loadBalancerClass) {
    /** A service that leaves to defaults what few services set. */
    public ServiceSpec(
        String type,
        String clusterIP,
        List<String> clusterIPs,
        Map<String, String> selector,
        List<ServicePort> ports,
        String externalName,
        boolean publishNotReadyAddresses) {
      this(
          type,
          clusterIP,
          clusterIPs,
          selector,
          ports,
          externalName,
          publishNotReadyAddresses,
          List.of(),
          "",
          "",
          "",
          "",
          "",
          List.of(),
          "");
    }

    public ServiceSpec {
      clusterIPs = List.copyOf(clusterIPs);
      selector = Values.sorted(selector);
      ports = List.copyOf(ports);
      externalIPs = List.copyOf(externalIPs);
      ipFamilies = List.copyOf(ipFamilies);
    }

    /** Whether the service has no virtual address of its own. */
    public boolean isHeadless() {
      return clusterIP.equals("None");
    }
  }

  /** Kubernetes' ServiceStatus. */
  @Open
  @Doc("What is known of a service.")
  public record ServiceStatus(
      @Doc("Where its load balancer is reachable.") @Nullable LoadBalancerStatus loadBalancer) {}

  /** Kubernetes' LoadBalancerStatus and IngressLoadBalancerStatus. */
  @Open
  @Doc("Where a load balancer is reachable.")
  public record LoadBalancerStatus(@Doc("Its addresses.") List<LoadBalancerAddress> ingress) {
    public LoadBalancerStatus {
      ingress = List.copyOf(ingress);
    }
  }

  /** Kubernetes' LoadBalancerIngress and IngressLoadBalancerIngress. */
  @Open
  @Doc("An address of a load balancer.")
  public record LoadBalancerAddress(
      @Doc("IP address.") String ip, @Doc("Host name.") String hostname) {}

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
