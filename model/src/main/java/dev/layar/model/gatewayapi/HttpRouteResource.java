package dev.layar.model.gatewayapi;

import dev.layar.model.Doc;
import dev.layar.model.Range;
import dev.layar.model.Required;
import java.time.Duration;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The Gateway API's HTTPRoute and the messages that it shares with GRPCRoute. */
@Doc("Rules for HTTP calls to some hosts.")
public record HttpRouteResource(
    @Doc("Gateways and services that the route attaches to.") List<ParentReference> parentRefs,
    @Doc("Hosts, exact or with a leading wildcard; left out: all of the listener.")
        List<String> hostnames,
    @Doc("Rules; the most specific match wins.") List<Rule> rules) {
  public HttpRouteResource {
    parentRefs = List.copyOf(parentRefs);
    hostnames = List.copyOf(hostnames);
    rules = List.copyOf(rules);
  }

  /** The Gateway API's HTTPRouteRule. */
  @Doc("What happens to calls that match.")
  public record Rule(
      @Doc("Name of the rule.") String name,
      @Doc("Any of these; left out: every call.") List<Match> matches,
      @Doc("What is done to the call on the way.") List<Filter> filters,
      @Doc("Where calls go.") List<HttpBackend> backendRefs,
      @Doc("How long calls may take.") @Nullable Timeouts timeouts,
      @Doc("How failed calls are repeated.") @Nullable Retry retry) {
    public Rule {
      matches = List.copyOf(matches);
      filters = List.copyOf(filters);
      backendRefs = List.copyOf(backendRefs);
    }
  }

  /** The Gateway API's HTTPRouteMatch. */
  @Doc("A condition; all that is set must hold.")
  public record Match(
      @Doc("On the path; left out: prefix /.") @Nullable PathMatch path,
      @Doc("On headers, all of them.") List<HeaderMatch> headers,
      @Doc("On query parameters, all of them.") List<HeaderMatch> queryParams,
      @Doc("On the method.") String method) {
    public Match {
      headers = List.copyOf(headers);
      queryParams = List.copyOf(queryParams);
    }
  }

  /** The Gateway API's HTTPPathMatch. */
  @Doc("A condition on the path.")
  public record PathMatch(
      @Doc("How it is compared.") PathMatchType type,
      @Doc("What it is compared with; left out: /.") String value) {}

  /** The Gateway API's PathMatchType. */
  public enum PathMatchType {
    @Doc("The first segments must be equal; the default.")
    PathPrefix,
    @Doc("The whole path must be equal.")
    Exact,
    @Doc("The whole path must match an RE2 expression.")
    RegularExpression
  }

  /** The Gateway API's HTTPHeaderMatch, HTTPQueryParamMatch and GRPCHeaderMatch. */
  @Doc("A condition on a header or query parameter.")
  public record HeaderMatch(
      @Doc("How it is compared.") ValueMatchType type,
      @Doc("Its name.") @Required String name,
      @Doc("What it is compared with.") @Required String value) {}

  /** The Gateway API's HeaderMatchType. */
  public enum ValueMatchType {
    @Doc("The whole value must be equal; the default.")
    Exact,
    @Doc("The whole value must match an RE2 expression.")
    RegularExpression
  }

  /** The Gateway API's HTTPRouteFilter and GRPCRouteFilter. */
  @Doc("Something that is done to a call.")
  public record Filter(
      @Doc("What is done; the field of the same name says how.") @Required FilterType type,
      @Doc("Changes to the request's headers.") @Nullable HeaderFilter requestHeaderModifier,
      @Doc("Changes to the response's headers.") @Nullable HeaderFilter responseHeaderModifier,
      @Doc("Where a copy of the request goes.") @Nullable Mirror requestMirror,
      @Doc("A redirect as the answer.") @Nullable Redirect requestRedirect,
      @Doc("Changes to host and path.") @Nullable Rewrite urlRewrite,
      @Doc("Cross-origin requests.") @Nullable Cors cors,
      @Doc("An object of another API.") @Nullable LocalReference extensionRef) {}

  /** The Gateway API's HTTPRouteFilterType. */
  public enum FilterType {
    @Doc("Changes to the request's headers.")
    RequestHeaderModifier,
    @Doc("Changes to the response's headers.")
    ResponseHeaderModifier,
    @Doc("A copy of the request.")
    RequestMirror,
    @Doc("A redirect as the answer.")
    RequestRedirect,
    @Doc("Changes to host and path.")
    URLRewrite,
    @Doc("Cross-origin requests.")
    CORS,
    @Doc("An object of another API.")
    ExtensionRef
  }

  /** The Gateway API's HTTPHeaderFilter. */
  @Doc("Changes to headers.")
  public record HeaderFilter(
      @Doc("Headers to overwrite.") List<Header> set,
      @Doc("Headers to add.") List<Header> add,
      @Doc("Headers to remove.") List<String> remove) {
    public HeaderFilter {
      set = List.copyOf(set);
      add = List.copyOf(add);
      remove = List.copyOf(remove);
    }
  }

  /** The Gateway API's HTTPHeader. */
  @Doc("A header.")
  public record Header(
      @Doc("Its name.") @Required String name, @Doc("Its value.") @Required String value) {}

  /** The Gateway API's HTTPRequestMirrorFilter. */
  @Doc("Where a copy of the request goes.")
  public record Mirror(
      @Doc("The destination.") @Required BackendReference backendRef,
      @Doc("Share of requests, 0 to 100; left out: all.") @Range(max = 100)
          @Nullable Integer percent,
      @Doc("Share of requests as a fraction.") @Nullable Fraction fraction) {}

  /** The Gateway API's Fraction. */
  @Doc("A fraction.")
  public record Fraction(
      @Doc("Numerator.") @Required @Range(max = Integer.MAX_VALUE) int numerator,
      @Doc("Denominator; left out: 100.") @Range(max = Integer.MAX_VALUE)
          @Nullable Integer denominator) {}

  /** The Gateway API's HTTPRequestRedirectFilter. */
  @Doc("A redirect as the answer.")
  public record Redirect(
      @Doc("http or https; left out: as it came.") String scheme,
      @Doc("Host; left out: as it came.") String hostname,
      @Doc("Changes to the path.") @Nullable PathModifier path,
      @Doc("Port; left out: the scheme's, or the listener's.") @Range(max = 65535) int port,
      @Doc("301, 302, 303, 307 or 308; left out: 302.") @Range(max = 599) int statusCode) {}

  /** The Gateway API's HTTPPathModifier. */
  @Doc("A change to the path.")
  public record PathModifier(
      @Doc("What is replaced.") @Required PathModifierType type,
      @Doc("The whole new path.") String replaceFullPath,
      @Doc("What comes in the place of the matched prefix.") @Nullable String replacePrefixMatch) {}

  /** The Gateway API's HTTPPathModifierType. */
  public enum PathModifierType {
    @Doc("The whole path.")
    ReplaceFullPath,
    @Doc("The matched prefix.")
    ReplacePrefixMatch
  }

  /** The Gateway API's HTTPURLRewriteFilter. */
  @Doc("Changes to host and path.")
  public record Rewrite(
      @Doc("The new host.") String hostname,
      @Doc("Changes to the path.") @Nullable PathModifier path) {}

  /** The Gateway API's HTTPCORSFilter. */
  @Doc("Cross-origin requests.")
  public record Cors(
      @Doc("Origins that may call; * in the place of the host's first part, or alone.")
          List<String> allowOrigins,
      @Doc("Whether credentials may be sent.") boolean allowCredentials,
      @Doc("Methods.") List<String> allowMethods,
      @Doc("Request headers.") List<String> allowHeaders,
      @Doc("Response headers that a script may read.") List<String> exposeHeaders,
      @Doc("Seconds that the answer may be kept; 0 means 5.") @Range(max = Integer.MAX_VALUE)
          int maxAge) {
    public Cors {
      allowOrigins = List.copyOf(allowOrigins);
      allowMethods = List.copyOf(allowMethods);
      allowHeaders = List.copyOf(allowHeaders);
      exposeHeaders = List.copyOf(exposeHeaders);
    }
  }

  /** The Gateway API's LocalObjectReference. */
  @Doc("An object of the own namespace.")
  public record LocalReference(
      @Doc("Its API group.") String group,
      @Doc("Its kind.") @Required String kind,
      @Doc("Its name.") @Required String name) {}

  /** The Gateway API's HTTPBackendRef and GRPCBackendRef. */
  @Doc("A destination with its share.")
  public record HttpBackend(
      @Doc("Its API group; left out: the core group.") String group,
      @Doc("Its kind; left out: Service.") String kind,
      @Doc("Its name.") @Required String name,
      @Doc("Its namespace; another one needs a ReferenceGrant.") String namespace,
      @Doc("Its port; required for a Service.") @Range(max = 65535) int port,
      @Doc("Its share of calls; left out: 1.") @Range(max = 1_000_000) @Nullable Integer weight,
      @Doc("What is done to calls that go here.") List<Filter> filters) {
    public HttpBackend {
      filters = List.copyOf(filters);
    }

    /** The destination alone. */
    public BackendReference reference() {
      return new BackendReference(group, kind, name, namespace, port, weight);
    }
  }

  /** The Gateway API's HTTPRouteTimeouts. */
  @Doc("How long calls may take.")
  public record Timeouts(
      @Doc("The whole call; 0s: for ever.") @Nullable Duration request,
      @Doc("One attempt; 0s: for ever.") @Nullable Duration backendRequest) {}

  /** The Gateway API's HTTPRouteRetry. */
  @Doc("How failed calls are repeated.")
  public record Retry(
      @Doc("HTTP status codes to repeat on.") @Range(min = 400, max = 599) List<Integer> codes,
      @Doc("Retries after the first attempt.") @Range(max = Integer.MAX_VALUE)
          @Nullable Integer attempts,
      @Doc("Time between attempts.") @Nullable Duration backoff) {
    public Retry {
      codes = List.copyOf(codes);
    }
  }
}
