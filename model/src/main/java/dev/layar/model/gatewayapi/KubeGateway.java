package dev.layar.model.gatewayapi;

import dev.layar.model.Doc;
import dev.layar.model.Range;
import dev.layar.model.Required;
import dev.layar.model.Values;
import dev.layar.model.k8s.LabelSelector;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The Gateway API's Gateway and all messages that only it uses. */
@Doc("A gateway: the ports it opens, for which hosts and which routes.")
public record KubeGateway(
    @Doc("The GatewayClass.") @Required String gatewayClassName,
    @Doc("What is opened.") @Required List<Listener> listeners,
    @Doc("Addresses asked for; left out: given out.") List<Address> addresses,
    @Doc("Labels and annotations of what is made for the gateway.")
        @Nullable Infrastructure infrastructure) {
  public KubeGateway {
    listeners = List.copyOf(listeners);
    addresses = List.copyOf(addresses);
  }

  /** The Gateway API's Listener. */
  @Doc("One port for one host.")
  public record Listener(
      @Doc("Name, unique in the gateway.") @Required String name,
      @Doc("Host, exact or with a leading wildcard; left out: all.") String hostname,
      @Doc("Port number.") @Required @Range(min = 1, max = 65535) int port,
      @Doc("HTTP, HTTPS, TLS, TCP or UDP.") @Required String protocol,
      @Doc("TLS of the port, for HTTPS and TLS.") @Nullable ListenerTls tls,
      @Doc("Routes that may attach; left out: those of the own namespace.")
          @Nullable AllowedRoutes allowedRoutes) {}

  /** The Gateway API's GatewayTLSConfig. */
  @Doc("TLS of a port.")
  public record ListenerTls(
      @Doc("How TLS is handled.") ListenerTlsMode mode,
      @Doc("Secrets with certificate and key.") List<SecretReference> certificateRefs,
      @Doc("Authorities that client certificates must come from.")
          @Nullable FrontendValidation frontendValidation,
      @Doc("Settings of the implementation.") Map<String, String> options) {
    public ListenerTls {
      certificateRefs = List.copyOf(certificateRefs);
      options = Values.sorted(options);
    }
  }

  /** The Gateway API's TLSModeType. */
  public enum ListenerTlsMode {
    @Doc("Terminate TLS; the default.")
    Terminate,
    @Doc("Forward TLS as it is, by server name.")
    Passthrough
  }

  /** The Gateway API's FrontendTLSValidation. */
  @Doc("Authorities that client certificates must come from.")
  public record FrontendValidation(
      @Doc("ConfigMaps with certificates.") List<SecretReference> caCertificateRefs) {
    public FrontendValidation {
      caCertificateRefs = List.copyOf(caCertificateRefs);
    }
  }

  /** The Gateway API's SecretObjectReference and ObjectReference. */
  @Doc("A secret or configmap.")
  public record SecretReference(
      @Doc("Its API group; left out: the core group.") String group,
      @Doc("Its kind; left out: Secret.") String kind,
      @Doc("Its name.") @Required String name,
      @Doc("Its namespace; another one needs a ReferenceGrant.") String namespace) {}

  /** The Gateway API's AllowedRoutes. */
  @Doc("Routes that may attach.")
  public record AllowedRoutes(
      @Doc("By their namespace.") @Nullable RouteNamespaces namespaces,
      @Doc("By their kind; left out: what the protocol carries.") List<RouteKind> kinds) {
    public AllowedRoutes {
      kinds = List.copyOf(kinds);
    }
  }

  /** The Gateway API's RouteNamespaces. */
  @Doc("Namespaces of routes.")
  public record RouteNamespaces(
      @Doc("Which namespaces.") FromNamespaces from,
      @Doc("Labels of the namespaces, for Selector.") @Nullable LabelSelector selector) {}

  /** The Gateway API's FromNamespaces. */
  public enum FromNamespaces {
    @Doc("The gateway's own; the default.")
    Same,
    @Doc("All.")
    All,
    @Doc("Those with some labels.")
    Selector,
    @Doc("None.")
    None
  }

  /** The Gateway API's RouteGroupKind. */
  @Doc("A kind of route.")
  public record RouteKind(
      @Doc("Its API group; left out: gateway.networking.k8s.io.") String group,
      @Doc("Its kind.") @Required String kind) {}

  /** The Gateway API's GatewayAddress. */
  @Doc("An address.")
  public record Address(
      @Doc("IPAddress, Hostname or NamedAddress; left out: IPAddress.") String type,
      @Doc("The address.") String value) {}

  /** The Gateway API's GatewayInfrastructure. */
  @Doc("Labels and annotations of what is made for a gateway.")
  public record Infrastructure(
      @Doc("Labels.") Map<String, String> labels,
      @Doc("Annotations.") Map<String, String> annotations,
      @Doc("An object with parameters.") GatewayClass.@Nullable ParametersReference parametersRef) {
    public Infrastructure {
      labels = Values.sorted(labels);
      annotations = Values.sorted(annotations);
    }
  }
}
