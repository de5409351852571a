package dev.layar.model.istio;

import dev.layar.model.Doc;
import dev.layar.model.Format;
import dev.layar.model.Inline;
import dev.layar.model.Mistaken;
import dev.layar.model.NullIsEmpty;
import dev.layar.model.Range;
import dev.layar.model.Required;
import dev.layar.model.Values;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * Istio's VirtualService ({@code networking/v1alpha3/virtual_service.proto}) and all messages that
 * only it uses. Scalars that protobuf gives no presence hold its zero value when unset.
 */
@Doc("How requests to a set of hosts are routed.")
public record VirtualService(
    @Doc(
            "Names that callers use: a full or short name, a leading wildcard, or for gateways an"
                + " IP address. Empty makes this a delegate.")
        List<String> hosts,
    @Doc(
            "Where the rules act: names of Gateways, as `name` or `namespace/name`, and the"
                + " reserved word `mesh` for all sidecars. Left out: `mesh` alone.")
        List<String> gateways,
    @Doc("Rules for HTTP, in order; the first that matches decides.") List<HttpRoute> http,
    @Doc("Rules for TLS that is not terminated, by server name, in order.") List<TlsRoute> tls,
    @Doc("Rules for other connections, in order.") List<TcpRoute> tcp,
    @Doc("Namespaces that may see this object: `.` the own one, `*` all. Left out: `*`.")
        List<String> exportTo) {

  /** The reserved gateway name that stands for every sidecar. */
  public static final String MESH = "mesh";

  public VirtualService {
    hosts = List.copyOf(hosts);
    gateways = List.copyOf(gateways);
    http = List.copyOf(http);
    tls = List.copyOf(tls);
    tcp = List.copyOf(tcp);
    exportTo = List.copyOf(exportTo);
  }

  /** Whether sidecars obey these rules. */
  public boolean appliesToMesh() {
    return gateways.isEmpty() || gateways.contains(MESH);
  }

  /** Whether this object only holds rules that another one delegates to. */
  public boolean isDelegate() {
    return hosts.isEmpty();
  }

  /** Istio's HTTPRoute: one rule. */
  @Doc("One HTTP rule: what it matches and what happens then.")
  public record HttpRoute(
      @Doc("Name of the rule, seen in route names and access logs.") String name,
      @Doc("Conditions, of which one must hold; left out: every request matches.")
          List<HttpMatch> match,
      @Doc("Destinations among which requests are divided by weight.") List<HttpDestination> route,
      @Doc("Answer with a redirect instead of forwarding.") @Nullable HttpRedirect redirect,
      @Doc("Answer with a fixed response instead of forwarding.")
          @Nullable DirectResponse directResponse,
      @Doc("Take the rules of another VirtualService, one without hosts, in this place.")
          @Nullable Delegate delegate,
      @Doc("Change path or authority before forwarding.") @Nullable HttpRewrite rewrite,
      @Doc("Longest time for the whole request, retries included. Left out: no limit.")
          @Nullable Duration timeout,
      @Doc("When and how often to try again. Left out: the mesh's default policy.")
          @Mistaken({"retry", "retryPolicy"})
          @Nullable HttpRetry retries,
      @Doc("Delays and errors to inject, on the caller's side.")
          @Mistaken({"faultInjection", "httpFault", "httpFaultInjection"})
          @Nullable HttpFault fault,
      @Doc("One destination that gets a copy of each request; its answers are dropped.")
          @Nullable Destination mirror,
      @Doc("Several destinations that get copies. Not together with mirror.")
          List<HttpMirror> mirrors,
      @Doc("Deprecated: whole percentage of requests to copy; use mirrorPercentage.") @Range
          @Nullable Long mirrorPercent,
      @Doc("Share of requests that mirror copies. Left out: all.")
          @Nullable Percent mirrorPercentage,
      @Doc("Cross-origin resource sharing.") @Nullable CorsPolicy corsPolicy,
      @Doc("Header changes for every destination of the rule.") @Nullable Headers headers) {
    public HttpRoute {
      match = List.copyOf(match);
      route = List.copyOf(route);
      mirrors = List.copyOf(mirrors);
    }
  }

  /** Istio's HTTPMatchRequest: conditions that must hold together. */
  @Doc("Conditions on a request; all that are written must hold.")
  public record HttpMatch(
      @Doc("Name of the condition, appended to the rule's name.") String name,
      @Doc("The path, without the query.") @Mistaken({"path", "url"}) @Nullable StringMatch uri,
      @Doc("The scheme, http or https.") @Nullable StringMatch scheme,
      @Doc("The method, for example GET.") @Nullable StringMatch method,
      @Doc("The host the client asked for, with the port if it sent one.")
          @Nullable StringMatch authority,
      @Doc("Headers by lower-case name; `{}` means the header is present.")
          Map<String, StringMatch> headers,
      @Doc("Headers that must not match; `{}` means the header is absent.") @NullIsEmpty
          Map<String, StringMatch> withoutHeaders,
      @Doc("The port that the caller addressed.") @Range(max = Integer.MAX_VALUE) int port,
      @Doc("Labels of the calling workload; ignored where gateways is given here.")
          Map<String, String> sourceLabels,
      @Doc("Where the condition acts; overrides the list of the VirtualService.")
          List<String> gateways,
      @Doc("Namespace of the calling workload.") String sourceNamespace,
      @Doc("Query parameters by name; `{}` means present, `exact: \"\"` means empty.")
          Map<String, StringMatch> queryParams,
      @Doc("Compare exact and prefix of uri without regard to case.") boolean ignoreUriCase,
      @Doc("Prefix under which the proxy counts these requests apart.") String statPrefix) {
    public HttpMatch {
      headers = Values.sorted(headers);
      withoutHeaders = Values.sorted(withoutHeaders);
      sourceLabels = Values.sorted(sourceLabels);
      gateways = List.copyOf(gateways);
      queryParams = Values.sorted(queryParams);
    }
  }

  /** Istio's HTTPRouteDestination. */
  @Doc("A destination with its share of the requests.")
  public record HttpDestination(
      @Doc("Where these requests go.") @Required Destination destination,
      @Doc(
              "Share relative to the sum of all weights of the rule, a plain number. A single"
                  + " destination gets everything; 0 among several gets nothing.")
          int weight,
      @Doc("Header changes for this destination.") @Nullable Headers headers) {}

  /** Istio's Headers: operations on both directions. */
  @Doc("Header changes.")
  public record Headers(
      @Doc("Changes to the request before it is forwarded.") @Nullable HeaderOperations request,
      @Doc("Changes to the response before it is returned.") @Nullable HeaderOperations response) {}

  /** Istio's Headers.HeaderOperations. */
  @Doc("Header changes in one direction.")
  public record HeaderOperations(
      @Doc("Headers to overwrite.") Map<String, String> set,
      @Doc("Headers to append.") Map<String, String> add,
      @Doc("Headers to remove.") List<String> remove) {
    public HeaderOperations {
      set = Values.sorted(set);
      add = Values.sorted(add);
      remove = List.copyOf(remove);
    }
  }

  /** Istio's HTTPRedirect. */
  @Doc("An answer that sends the caller elsewhere.")
  public record HttpRedirect(
      @Doc("Path to go to, replacing the whole path.") String uri,
      @Doc("Replaces the matched prefix of the path only. Not together with uri.")
          String prefixRewrite,
      @Doc("Host to go to.") String authority,
      @Doc("Port to go to.") @Inline @Nullable RedirectPort redirectPort,
      @Doc("Scheme to go to, http or https.") String scheme,
      @Doc("Status code; left out: 301.") @Range(max = Integer.MAX_VALUE) int redirectCode) {}

  /** The oneof redirect_port. */
  @Doc("The port of a redirect.")
  public sealed interface RedirectPort {
    /** A number. */
    record Port(@Doc("Port number.") @Range(max = Integer.MAX_VALUE) int port)
        implements RedirectPort {}

    /** A rule. */
    record DerivePort(@Doc("How the port is found.") PortSelection derivePort)
        implements RedirectPort {}
  }

  /** Istio's HTTPRedirect.RedirectPortSelection. */
  public enum PortSelection {
    @Doc("80 for http, 443 for https.")
    FROM_PROTOCOL_DEFAULT,
    @Doc("The port the request came to.")
    FROM_REQUEST_PORT
  }

  /** Istio's HTTPDirectResponse. */
  @Doc("A fixed answer.")
  public record DirectResponse(
      @Doc("Status code, 200 to 599.") @Required @Range(max = Integer.MAX_VALUE) int status,
      @Doc("Body; left out: none.") @Nullable Body body) {}

  /** Istio's HTTPBody. */
  @Doc("A response body, at most 1 MB.")
  public sealed interface Body {
    /** As text. */
    record Text(@Doc("The body as text.") String string) implements Body {}

    /** As bytes; the component keeps the base64 form. */
    record Bytes(@Doc("The body as base64.") @Format(Format.BASE64) String bytes) implements Body {}
  }

  /** Istio's Delegate. */
  @Doc("The VirtualService whose HTTP rules are used.")
  public record Delegate(
      @Doc("Its name.") String name,
      @Doc("Its namespace; left out: the same as here.") String namespace) {}

  /** Istio's HTTPRewrite. */
  @Doc("Changes to the request line before forwarding.")
  public record HttpRewrite(
      @Doc("Replaces the matched prefix of the path, or the whole path under another match.")
          String uri,
      @Doc("Replaces the Host header.") String authority,
      @Doc("Replaces the path by an expression. Not together with uri.")
          @Nullable RegexRewrite uriRegexRewrite) {}

  /** Istio's RegexRewrite. */
  @Doc("A replacement by RE2 expression.")
  public record RegexRewrite(
      @Doc("RE2 expression for the path.") String match,
      @Doc("Replacement; \\1 stands for the first group.") String rewrite) {}

  /** Istio's HTTPRetry. */
  @Doc("When a failed request is tried again.")
  public record HttpRetry(
      @Doc("How many times to try again after the first; 0 turns retries off.") int attempts,
      @Doc("Longest time for each try; left out: the rule's timeout.")
          @Nullable Duration perTryTimeout,
      @Doc("Conditions as a comma-separated list, for example `5xx,connect-failure,503`.")
          String retryOn,
      @Doc("Whether to try in other localities.") @Nullable Boolean retryRemoteLocalities,
      @Doc("Whether to avoid hosts that were tried before; left out: yes.")
          @Nullable Boolean retryIgnorePreviousHosts,
      @Doc("Base of the growing pause between tries; left out: 25ms.")
          @Nullable Duration backoff) {}

  /** Istio's HTTPFaultInjection. */
  @Doc("Faults to inject before forwarding.")
  public record HttpFault(
      @Doc("Wait before forwarding.") @Nullable Delay delay,
      @Doc("Answer with an error instead of forwarding.") @Nullable Abort abort) {}

  /** Istio's HTTPFaultInjection.Delay. */
  @Doc("A delay for a share of the requests.")
  public record Delay(
      @Doc("Deprecated: whole percentage; use percentage.") int percent,
      @Doc("How long.") @Inline @Nullable DelayType delayType,
      @Doc("Share of requests to delay. Left out: none.") @Nullable Percent percentage) {}

  /** The oneof http_delay_type. */
  @Doc("How long a delay is.")
  public sealed interface DelayType {
    /** Always the same. */
    record Fixed(@Doc("How long to wait, at least 1ms.") Duration fixedDelay)
        implements DelayType {}

    /** Never implemented by Istio; refused in validation. */
    record Exponential(@Doc("Not supported.") Duration exponentialDelay) implements DelayType {}
  }

  /** Istio's HTTPFaultInjection.Abort. */
  @Doc("An error for a share of the requests.")
  public record Abort(
      @Doc("What to answer.") @Inline @Nullable ErrorType errorType,
      @Doc("Share of requests to abort. Left out: none.") @Nullable Percent percentage) {}

  /** The oneof error_type. */
  @Doc("The answer of an abort.")
  public sealed interface ErrorType {
    /** An HTTP status. */
    record HttpStatus(@Doc("HTTP status code, 200 to 599.") int httpStatus) implements ErrorType {}

    /** A gRPC status by name. */
    record GrpcStatus(@Doc("gRPC status by name, for example UNAVAILABLE.") String grpcStatus)
        implements ErrorType {}

    /** Never implemented by Istio; refused in validation. */
    record Http2Error(@Doc("Not supported.") String http2Error) implements ErrorType {}
  }

  /** Istio's HTTPMirrorPolicy. */
  @Doc("A destination that gets copies of requests.")
  public record HttpMirror(
      @Doc("Where the copies go.") @Required Destination destination,
      @Doc("Share of requests to copy. Left out: all.") @Nullable Percent percentage) {}

  /** Istio's CorsPolicy. */
  @Doc("Which other origins may call from a browser.")
  public record CorsPolicy(
      @Doc("Deprecated: origins by exact name; use allowOrigins.") List<String> allowOrigin,
      @Doc("Origins that are allowed.") List<StringMatch> allowOrigins,
      @Doc("Methods that are allowed.") List<String> allowMethods,
      @Doc("Request headers that are allowed.") List<String> allowHeaders,
      @Doc("Response headers that the browser may read.") List<String> exposeHeaders,
      @Doc("How long the browser may remember the answer, in whole seconds.")
          @Nullable Duration maxAge,
      @Doc("Whether the browser may send credentials.") @Nullable Boolean allowCredentials,
      @Doc("What happens to preflights of origins that are not allowed.")
          UnmatchedPreflights unmatchedPreflights) {
    public CorsPolicy {
      allowOrigin = List.copyOf(allowOrigin);
      allowOrigins = List.copyOf(allowOrigins);
      allowMethods = List.copyOf(allowMethods);
      allowHeaders = List.copyOf(allowHeaders);
      exposeHeaders = List.copyOf(exposeHeaders);
    }
  }

  /** Istio's CorsPolicy.UnmatchedPreflights. */
  public enum UnmatchedPreflights {
    @Doc("As FORWARD.")
    UNSPECIFIED,
    @Doc("Forward them to the destination.")
    FORWARD,
    @Doc("Answer them here, without the headers that would allow the call.")
    IGNORE
  }

  /** Istio's TLSRoute. */
  @Doc("One rule for TLS that is not terminated.")
  public record TlsRoute(
      @Doc("Conditions, of which one must hold.") @Required List<TlsMatch> match,
      @Doc("Destinations among which connections are divided by weight.")
          List<RouteDestination> route) {
    public TlsRoute {
      match = List.copyOf(match);
      route = List.copyOf(route);
    }
  }

  /** Istio's TLSMatchAttributes. */
  @Doc("Conditions on a TLS connection; all that are written must hold.")
  public record TlsMatch(
      @Doc("Server names the client may ask for, each within the hosts of the VirtualService.")
          @Required
          List<String> sniHosts,
      @Doc("Destination addresses, as IP or CIDR.") List<String> destinationSubnets,
      @Doc("The port that the caller addressed.") @Range(max = Integer.MAX_VALUE) int port,
      @Doc("Labels of the calling workload.") Map<String, String> sourceLabels,
      @Doc("Where the condition acts; overrides the list of the VirtualService.")
          List<String> gateways,
      @Doc("Namespace of the calling workload.") String sourceNamespace) {
    public TlsMatch {
      sniHosts = List.copyOf(sniHosts);
      destinationSubnets = List.copyOf(destinationSubnets);
      sourceLabels = Values.sorted(sourceLabels);
      gateways = List.copyOf(gateways);
    }
  }

  /** Istio's TCPRoute. */
  @Doc("One rule for plain connections.")
  public record TcpRoute(
      @Doc("Conditions, of which one must hold; left out: every connection.") List<L4Match> match,
      @Doc("Destinations among which connections are divided by weight.")
          List<RouteDestination> route) {
    public TcpRoute {
      match = List.copyOf(match);
      route = List.copyOf(route);
    }
  }

  /** Istio's L4MatchAttributes. */
  @Doc("Conditions on a connection; all that are written must hold.")
  public record L4Match(
      @Doc("Destination addresses, as IP or CIDR.") List<String> destinationSubnets,
      @Doc("The port that the caller addressed.") @Range(max = Integer.MAX_VALUE) int port,
      @Doc("Not used.") String sourceSubnet,
      @Doc("Labels of the calling workload.") Map<String, String> sourceLabels,
      @Doc("Where the condition acts; overrides the list of the VirtualService.")
          List<String> gateways,
      @Doc("Namespace of the calling workload.") String sourceNamespace) {
    public L4Match {
      destinationSubnets = List.copyOf(destinationSubnets);
      sourceLabels = Values.sorted(sourceLabels);
      gateways = List.copyOf(gateways);
    }
  }

  /** Istio's RouteDestination. */
  @Doc("A destination with its share of the connections.")
  public record RouteDestination(
      @Doc("Where these connections go.") @Required Destination destination,
      @Doc("Share relative to the sum of all weights of the rule, a plain number.") int weight) {}
}
