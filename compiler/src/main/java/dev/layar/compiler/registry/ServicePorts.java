package dev.layar.compiler.registry;

import dev.layar.model.IntOrString;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;

/** How Kubernetes finds the port of a pod that a service port stands for. */
public final class ServicePorts {
  private ServicePorts() {}

  /**
   * The pod's port for a service port: {@code targetPort} as a number, or the container port of
   * that name and transport, or the service port's own number when it is left out.
   *
   * @return 0 when the pod has no container port of the name
   */
  public static int targetPort(Service.ServicePort port, Pod.PodSpec pod) {
    return switch (port.targetPort()) {
      case null -> port.port();
      case IntOrString.Number(int number) -> number == 0 ? port.port() : number;
      case IntOrString.Text(String name) -> named(name, transport(port.protocol()), pod);
    };
  }

  private static int named(String name, String transport, Pod.PodSpec pod) {
    for (Pod.Container container : pod.containers()) {
      for (Pod.ContainerPort candidate : container.ports()) {
        if (candidate.name().equals(name) && transport(candidate.protocol()).equals(transport)) {
          return candidate.containerPort();
        }
      }
    }
    return 0;
  }

  private static String transport(String protocol) {
    return protocol.isEmpty() ? "TCP" : protocol;
  }
}
