package dev.layar.model.gatewayapi;

import dev.layar.model.Doc;
import java.util.List;

/** The Gateway API's TLSRoute. */
@Doc("Where TLS connections go, by server name.")
public record TlsRouteResource(
    @Doc("Gateways and services that the route attaches to.") List<ParentReference> parentRefs,
    @Doc("Server names, exact or with a leading wildcard.") List<String> hostnames,
    @Doc("Rules; the first is used.") List<Rule> rules) {
  public TlsRouteResource {
    parentRefs = List.copyOf(parentRefs);
    hostnames = List.copyOf(hostnames);
    rules = List.copyOf(rules);
  }

  /** The Gateway API's TLSRouteRule and TCPRouteRule. */
  @Doc("Where connections go.")
  public record Rule(
      @Doc("Name of the rule.") String name,
      @Doc("The destinations.") List<BackendReference> backendRefs) {
    public Rule {
      backendRefs = List.copyOf(backendRefs);
    }
  }
}
