package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.Open;
import dev.layar.model.Range;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Kubernetes' EndpointSlice ({@code discovery.k8s.io/v1}). */
@Open
@Doc("A part of the endpoints of a service.")
public record EndpointSlice(
    @Doc("IPv4, IPv6 or FQDN.") String addressType,
    @Doc("The endpoints.") List<Endpoint> endpoints,
    @Doc("Ports that each of them has.") List<EndpointPort> ports) {
  /** The label that names the Service a slice belongs to. */
  public static final String SERVICE_NAME_LABEL = "kubernetes.io/service-name";

  public EndpointSlice {
    endpoints = List.copyOf(endpoints);
    ports = List.copyOf(ports);
  }

  /** Kubernetes' discovery Endpoint. */
  @Open
  @Doc("One endpoint of a service.")
  public record Endpoint(
      @Doc("Its addresses; the first is used.") List<String> addresses,
      @Doc("Its state.") @Nullable EndpointConditions conditions,
      @Doc("Its own name below a headless service.") String hostname,
      @Doc("Node it runs on.") String nodeName,
      @Doc("Zone it runs in.") String zone,
      @Doc("The object behind it, usually a Pod.") @Nullable ObjectReference targetRef) {
    public Endpoint {
      addresses = List.copyOf(addresses);
    }

    /** Whether it should get traffic; an unknown state counts as ready, as Kubernetes says. */
    public boolean isReady() {
      return conditions == null || conditions.ready() == null || conditions.ready();
    }
  }

  /** Kubernetes' EndpointConditions. */
  @Open
  @Doc("The state of an endpoint.")
  public record EndpointConditions(
      @Doc("Ready for traffic; left out: yes.") @Nullable Boolean ready,
      @Doc("Ready, whether or not it is being stopped.") @Nullable Boolean serving,
      @Doc("Being stopped.") @Nullable Boolean terminating) {}

  /** Kubernetes' discovery EndpointPort. */
  @Open
  @Doc("A port of the endpoints.")
  public record EndpointPort(
      @Doc("Name of the service port it belongs to.") String name,
      @Doc("Port number.") @Range(max = 65535) @Nullable Integer port,
      @Doc("TCP, UDP or SCTP; left out: TCP.") String protocol,
      @Doc("Application protocol.") String appProtocol) {}

  /** Kubernetes' ObjectReference. */
  @Open
  @Doc("Another object.")
  public record ObjectReference(
      @Doc("Its kind.") String kind,
      @Doc("Its namespace.") String namespace,
      @Doc("Its name.") String name,
      @Doc("Its UID.") String uid) {}
}
