package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.InStatus;
import dev.layar.model.Name;
import dev.layar.model.Range;
import dev.layar.model.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Istio's ServiceEntry ({@code networking/v1alpha3/service_entry.proto}) and all messages that only
 * it uses.
 */
@Doc("A service that Kubernetes does not know, added to the registry.")
public record ServiceEntry(
    @Doc("Names of the service: full names, or with a leading wildcard; 1 to 256.") @Required
        List<String> hosts,
    @Doc("Virtual addresses, as IP or CIDR. Left out: matched by port alone.")
        List<String> addresses,
    @Doc("Ports of the service.") List<ServicePort> ports,
    @Doc("Whether the service is part of the mesh; left out: MESH_EXTERNAL.") Location location,
    @Doc("How endpoints are found; left out: NONE.") Resolution resolution,
    @Doc("Endpoints written out. Not together with workloadSelector.")
        List<WorkloadEntry> endpoints,
    @Doc("Endpoints by label: pods and WorkloadEntries of the same namespace.")
        @Nullable WorkloadSelector workloadSelector,
    @Doc("Namespaces that may see this object: `.` the own one, `*` all, `~` none.")
        List<String> exportTo,
    @Doc("Names of which the server's certificate must have one.") List<String> subjectAltNames,
    @Doc("Virtual addresses that the control plane has given out.") @InStatus @Name("addresses")
        List<AllocatedAddress> allocatedAddresses) {
  public ServiceEntry {
    hosts = List.copyOf(hosts);
    addresses = List.copyOf(addresses);
    ports = List.copyOf(ports);
    endpoints = List.copyOf(endpoints);
    exportTo = List.copyOf(exportTo);
    subjectAltNames = List.copyOf(subjectAltNames);
    allocatedAddresses = List.copyOf(allocatedAddresses);
  }

  /** Istio's ServicePort. */
  @Doc("A port of the service.")
  public record ServicePort(
      @Doc("Port number, 1 to 65535.") @Required @Range(max = Integer.MAX_VALUE) int number,
      @Doc("HTTP, HTTPS, GRPC, HTTP2, MONGO, TCP or TLS. Left out: detected.") String protocol,
      @Doc("Name of the port, unique in the service.") @Required String name,
      @Doc("Port at the endpoint; left out: the same number.") @Range(max = Integer.MAX_VALUE)
          int targetPort) {}

  /** Istio's ServiceEntryAddress. */
  @Doc("An address that the control plane has given out.")
  public record AllocatedAddress(
      @Doc("The address.") String value, @Doc("The host it stands for.") String host) {}

  /** Istio's ServiceEntry.Location. */
  public enum Location {
    @Doc("Outside the mesh: no mutual TLS.")
    MESH_EXTERNAL,
    @Doc("Part of the mesh.")
    MESH_INTERNAL
  }

  /** Istio's ServiceEntry.Resolution, in the order of its numbers. */
  public enum Resolution {
    @Doc("The address that the caller asked for.")
    NONE,
    @Doc("The endpoints given here.")
    STATIC,
    @Doc("DNS; every address is an endpoint.")
    DNS,
    @Doc("DNS; the first address of each answer is used.")
    DNS_ROUND_ROBIN,
    @Doc("DNS at the time of the request, by its Host; for wildcard hosts.")
    DYNAMIC_DNS
  }
}
