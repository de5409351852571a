package dev.layar.model;

import dev.layar.model.istio.DestinationRule;
import dev.layar.model.istio.Gateway;
import dev.layar.model.istio.ServiceEntry;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.k8s.Deployment;
import dev.layar.model.k8s.EndpointSlice;
import dev.layar.model.k8s.Namespace;
import dev.layar.model.k8s.Node;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;
import dev.layar.model.k8s.ServiceAccount;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The kinds that Layar reads. */
public final class Kinds {
  private static final String NETWORKING = "networking.istio.io";
  private static final List<String> ISTIO_VERSIONS = List.of("v1", "v1beta1", "v1alpha3");

  public static final Kind VIRTUAL_SERVICE =
      istio("VirtualService", "virtualservices", "vs", VirtualService.class);
  public static final Kind DESTINATION_RULE =
      istio("DestinationRule", "destinationrules", "dr", DestinationRule.class);
  public static final Kind GATEWAY = istio("Gateway", "gateways", "gw", Gateway.class);
  public static final Kind SERVICE_ENTRY =
      istio("ServiceEntry", "serviceentries", "se", ServiceEntry.class);

  public static final Kind NAMESPACE =
      kubernetes("", "Namespace", "namespaces", "ns", false, Namespace.class);
  public static final Kind SERVICE_ACCOUNT =
      kubernetes("", "ServiceAccount", "serviceaccounts", "sa", true, ServiceAccount.class);
  public static final Kind SERVICE =
      kubernetes("", "Service", "services", "svc", true, Service.class);
  public static final Kind POD = kubernetes("", "Pod", "pods", "po", true, Pod.class);
  public static final Kind NODE = kubernetes("", "Node", "nodes", "no", false, Node.class);
  public static final Kind DEPLOYMENT =
      kubernetes("apps", "Deployment", "deployments", "deploy", true, Deployment.class);
  public static final Kind ENDPOINT_SLICE =
      kubernetes(
          "discovery.k8s.io", "EndpointSlice", "endpointslices", "", true, EndpointSlice.class);

  private static final List<Kind> ALL =
      List.of(
          VIRTUAL_SERVICE,
          DESTINATION_RULE,
          GATEWAY,
          SERVICE_ENTRY,
          NAMESPACE,
          SERVICE_ACCOUNT,
          SERVICE,
          POD,
          NODE,
          DEPLOYMENT,
          ENDPOINT_SLICE);

  private Kinds() {}

  /** Every kind, in a fixed order. */
  public static List<Kind> all() {
    return ALL;
  }

  /** The kind with this group and name, or null. */
  public static @Nullable Kind find(String group, String name) {
    for (Kind kind : ALL) {
      if (kind.kind().equals(name) && kind.group().equals(group)) {
        return kind;
      }
    }
    return null;
  }

  /** The kind whose objects' body is this record. */
  public static Kind of(Class<?> type) {
    for (Kind kind : ALL) {
      if (kind.type() == type) {
        return kind;
      }
    }
    throw new IllegalArgumentException(type + " is not the record of a kind");
  }

  private static Kind istio(
      String name, String plural, String shortName, Class<? extends Record> type) {
    return new Kind(
        NETWORKING, name, plural, List.of(shortName), ISTIO_VERSIONS, true, type, Kind.Body.SPEC);
  }

  private static Kind kubernetes(
      String group,
      String name,
      String plural,
      String shortName,
      boolean namespaced,
      Class<? extends Record> type) {
    return new Kind(
        group,
        name,
        plural,
        shortName.isEmpty() ? List.of() : List.of(shortName),
        List.of("v1"),
        namespaced,
        type,
        Kind.Body.OBJECT);
  }
}
