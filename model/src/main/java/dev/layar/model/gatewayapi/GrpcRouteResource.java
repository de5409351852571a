package dev.layar.model.gatewayapi;

import dev.layar.model.Doc;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The Gateway API's GRPCRoute and the messages that only it uses. */
@Doc("Rules for gRPC calls to some hosts.")
public record GrpcRouteResource(
    @Doc("Gateways and services that the route attaches to.") List<ParentReference> parentRefs,
    @Doc("Hosts, exact or with a leading wildcard; left out: all of the listener.")
        List<String> hostnames,
    @Doc("Rules; the most specific match wins.") List<Rule> rules) {
  public GrpcRouteResource {
    parentRefs = List.copyOf(parentRefs);
    hostnames = List.copyOf(hostnames);
    rules = List.copyOf(rules);
  }

  /** The Gateway API's GRPCRouteRule. */
  @Doc("What happens to calls that match.")
  public record Rule(
      @Doc("Name of the rule.") String name,
      @Doc("Any of these; left out: every call.") List<Match> matches,
      @Doc("What is done to the call on the way.") List<HttpRouteResource.Filter> filters,
      @Doc("Where calls go.") List<HttpRouteResource.HttpBackend> backendRefs) {
    public Rule {
      matches = List.copyOf(matches);
      filters = List.copyOf(filters);
      backendRefs = List.copyOf(backendRefs);
    }
  }

  /** The Gateway API's GRPCRouteMatch. */
  @Doc("A condition; all that is set must hold.")
  public record Match(
      @Doc("On service and method.") @Nullable MethodMatch method,
      @Doc("On headers, all of them.") List<HttpRouteResource.HeaderMatch> headers) {
    public Match {
      headers = List.copyOf(headers);
    }
  }

  /** The Gateway API's GRPCMethodMatch. */
  @Doc("A condition on service and method.")
  public record MethodMatch(
      @Doc("How they are compared.") HttpRouteResource.ValueMatchType type,
      @Doc("The service; left out: any.") String service,
      @Doc("The method; left out: any.") String method) {}
}
