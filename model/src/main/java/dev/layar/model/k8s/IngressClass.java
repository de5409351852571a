package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.Open;
import dev.layar.model.Required;

/** Kubernetes' IngressClass ({@code networking.k8s.io/v1}). */
@Open
@Doc("Who serves the Ingresses that name this class.")
public record IngressClass(@Doc("What is wanted.") @Required IngressClassSpec spec) {
  /** Marks the class of Ingresses that name none. */
  public static final String DEFAULT_ANNOTATION = "ingressclass.kubernetes.io/is-default-class";

  /** Kubernetes' IngressClassSpec. */
  @Open
  @Doc("Who serves the Ingresses.")
  public record IngressClassSpec(
      @Doc("The controller, for example istio.io/ingress-controller.") String controller) {}
}
