package dev.layar.model.gatewayapi;

import dev.layar.model.Doc;
import java.util.List;

/** The Gateway API's TCPRoute. */
@Doc("Where connections go.")
public record TcpRouteResource(
    @Doc("Gateways and services that the route attaches to.") List<ParentReference> parentRefs,
    @Doc("Rules; the first is used.") List<TlsRouteResource.Rule> rules) {
  public TcpRouteResource {
    parentRefs = List.copyOf(parentRefs);
    rules = List.copyOf(rules);
  }
}
