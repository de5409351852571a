package dev.layar.local.control;

import dev.layar.model.IntOrString;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Resource;
import dev.layar.model.k8s.EndpointSlice;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * Kubernetes' EndpointSlice controller as a pure function. A slice has one set of ports for all its
 * endpoints, so pods whose ports were remapped differently are in different slices.
 */
public final class EndpointSlices {
  private EndpointSlices() {}

  /**
   * A pod that may be an endpoint.
   *
   * @param declared container ports as declared, for lookup by name
   * @param actual declared port → the port its process listens on; a port that is not there is the
   *     same
   */
  public record Backend(
      String namespace,
      String name,
      Map<String, String> labels,
      String ip,
      String node,
      String zone,
      boolean ready,
      boolean terminating,
      List<Pod.ContainerPort> declared,
      Map<Integer, Integer> actual) {}

  /** The slices of one service; a service without selector has none of ours. */
  public static List<Resource<EndpointSlice>> of(Resource<Service> service, List<Backend> pods) {
    Service.ServiceSpec spec = service.spec().spec();
    if (spec.selector().isEmpty() || spec.type().equals("ExternalName")) {
      return List.of();
    }
    Map<List<EndpointSlice.EndpointPort>, List<Backend>> byPorts = new LinkedHashMap<>();
    pods.stream()
        .filter(pod -> pod.namespace().equals(service.metadata().namespace()))
        .filter(pod -> pod.labels().entrySet().containsAll(spec.selector().entrySet()))
        .filter(pod -> !pod.terminating())
        .sorted(Comparator.comparing(Backend::name))
        .forEach(pod -> byPorts.computeIfAbsent(ports(spec, pod), _ -> new ArrayList<>()).add(pod));
    List<Resource<EndpointSlice>> slices = new ArrayList<>();
    byPorts.forEach((ports, backends) -> slices.add(slice(service, ports, backends)));
    return slices;
  }

  private static Resource<EndpointSlice> slice(
      Resource<Service> service, List<EndpointSlice.EndpointPort> ports, List<Backend> backends) {
    ObjectMeta owner = service.metadata();
    Map<String, String> labels = new TreeMap<>(owner.labels());
    labels.put(EndpointSlice.SERVICE_NAME_LABEL, owner.name());
    labels.put("endpointslice.kubernetes.io/managed-by", "endpointslice-controller.k8s.io");
    return Resource.of(
        ObjectMeta.of(owner.namespace(), name(owner.name(), ports), labels),
        new EndpointSlice(
            "IPv4", backends.stream().map(b -> endpoint(service, b)).toList(), ports));
  }

  /** One name for one set of ports, so that a slice keeps its name while pods come and go. */
  private static String name(String service, List<EndpointSlice.EndpointPort> ports) {
    StringBuilder name = new StringBuilder(service);
    ports.forEach(port -> name.append('-').append(port.port()));
    return name.toString();
  }

  private static EndpointSlice.Endpoint endpoint(Resource<Service> service, Backend pod) {
    boolean ready = pod.ready() || service.spec().spec().publishNotReadyAddresses();
    return new EndpointSlice.Endpoint(
        List.of(pod.ip()),
        new EndpointSlice.EndpointConditions(ready, pod.ready(), false),
        "",
        pod.node(),
        pod.zone(),
        new EndpointSlice.ObjectReference("Pod", pod.namespace(), pod.name(), ""));
  }

  private static List<EndpointSlice.EndpointPort> ports(Service.ServiceSpec spec, Backend pod) {
    List<EndpointSlice.EndpointPort> ports = new ArrayList<>();
    for (Service.ServicePort port : spec.ports()) {
      target(port, pod)
          .ifPresent(
              target ->
                  ports.add(
                      new EndpointSlice.EndpointPort(
                          port.name(),
                          pod.actual().getOrDefault(target, target),
                          port.protocol(),
                          port.appProtocol())));
    }
    return ports;
  }

  /** The container port a service port leads to; none when it names a port the pod lacks. */
  private static OptionalInt target(Service.ServicePort port, Backend pod) {
    return switch (port.targetPort()) {
      case null -> OptionalInt.of(port.port());
      case IntOrString.Number(int number) -> OptionalInt.of(number == 0 ? port.port() : number);
      case IntOrString.Text(String name) ->
          pod.declared().stream()
              .filter(p -> p.name().equals(name))
              .mapToInt(Pod.ContainerPort::containerPort)
              .findFirst();
    };
  }
}
