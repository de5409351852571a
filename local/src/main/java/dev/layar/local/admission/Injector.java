package dev.layar.local.admission;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.Subresource;
import dev.layar.local.control.Injection;
import dev.layar.local.control.SidecarTemplate;
import java.util.List;
import java.util.Map;
import java.util.function.Function;
import tools.jackson.databind.node.ObjectNode;

/** Istio's injection webhook for new pods, in process. Thread-safe. */
public final class Injector implements Admission {
  private final Function<String, Map<String, String>> namespaceLabels;

  private final boolean fronted;

  /**
   * @param namespaceLabels labels of a namespace as stored now
   * @param fronted whether sidecars stand before their pods
   */
  public Injector(Function<String, Map<String, String>> namespaceLabels, boolean fronted) {
    this.namespaceLabels = namespaceLabels;
    this.fronted = fronted;
  }

  @Override
  public List<String> admit(Request request) {
    ObjectNode pod = request.after();
    if (request.operation() == Operation.CREATE
        && request.subresource() == Subresource.NONE
        && request.ref().type().qualified().equals("pods")
        && pod != null) {
      String namespace = request.ref().namespace();
      if (Injection.wanted(namespace, namespaceLabels.apply(namespace), pod)) {
        SidecarTemplate.inject(pod, fronted);
      }
    }
    return List.of();
  }
}
