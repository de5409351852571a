package dev.layar.model.k8s;

import dev.layar.model.Doc;
import dev.layar.model.Open;
import dev.layar.model.Range;
import dev.layar.model.Required;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Kubernetes' Ingress ({@code networking.k8s.io/v1}). */
@Open
@Doc("HTTP paths of some hosts that are reachable from outside.")
public record Ingress(
    @Doc("What is wanted.") @Required IngressSpec spec,
    @Doc("What is.") @Nullable IngressStatus status) {
  /** Names the class, in the form that came before {@code ingressClassName}. */
  public static final String CLASS_ANNOTATION = "kubernetes.io/ingress.class";

  /** Kubernetes' IngressSpec. */
  @Open
  @Doc("Hosts, paths and certificates.")
  public record IngressSpec(
      @Doc("Name of the IngressClass.") String ingressClassName,
      @Doc("Where calls go that no rule matches.") @Nullable Backend defaultBackend,
      @Doc("Certificates of hosts.") List<Tls> tls,
      @Doc("Rules by host.") List<Rule> rules) {
    public IngressSpec {
      tls = List.copyOf(tls);
      rules = List.copyOf(rules);
    }
  }

  /** Kubernetes' IngressTLS. */
  @Open
  @Doc("A certificate of some hosts.")
  public record Tls(
      @Doc("The hosts; left out: all.") List<String> hosts,
      @Doc("Secret with certificate and key.") String secretName) {
    public Tls {
      hosts = List.copyOf(hosts);
    }
  }

  /** Kubernetes' IngressRule. */
  @Open
  @Doc("Paths of a host.")
  public record Rule(
      @Doc("The host, exact or with a leading wildcard; left out: all.") String host,
      @Doc("The paths.") @Nullable HttpPaths http) {}

  /** Kubernetes' HTTPIngressRuleValue. */
  @Open
  @Doc("Paths.")
  public record HttpPaths(@Doc("The paths.") List<HttpPath> paths) {
    public HttpPaths {
      paths = List.copyOf(paths);
    }
  }

  /** Kubernetes' HTTPIngressPath. */
  @Open
  @Doc("A path with its destination.")
  public record HttpPath(
      @Doc("The path.") String path,
      @Doc("Exact, Prefix or ImplementationSpecific.") @Required String pathType,
      @Doc("The destination.") @Required Backend backend) {}

  /** Kubernetes' IngressBackend. */
  @Open
  @Doc("A destination.")
  public record Backend(
      @Doc("A service.") @Nullable ServiceBackend service,
      @Doc("An object of another API; not supported.") @Nullable ResourceBackend resource) {}

  /** Kubernetes' IngressServiceBackend. */
  @Open
  @Doc("A service.")
  public record ServiceBackend(
      @Doc("Its name.") @Required String name,
      @Doc("Its port, by number or by name.") @Nullable BackendPort port) {}

  /** Kubernetes' ServiceBackendPort. */
  @Open
  @Doc("A port of a service, by number or by name.")
  public record BackendPort(
      @Doc("By name.") String name, @Doc("By number.") @Range(max = 65535) int number) {}

  /** Kubernetes' TypedLocalObjectReference. */
  @Open
  @Doc("An object of the own namespace.")
  public record ResourceBackend(
      @Doc("Its API group.") String apiGroup,
      @Doc("Its kind.") String kind,
      @Doc("Its name.") String name) {}

  /** Kubernetes' IngressStatus. */
  @Open
  @Doc("What is known of an Ingress.")
  public record IngressStatus(
      @Doc("Where it is reachable.") Service.@Nullable LoadBalancerStatus loadBalancer) {}
}
