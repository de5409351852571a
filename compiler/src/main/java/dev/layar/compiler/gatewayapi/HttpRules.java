package dev.layar.compiler.gatewayapi;

import dev.layar.compiler.gatewayapi.Backends.Found;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.Age;
import dev.layar.model.ObjectKey;
import dev.layar.model.gatewayapi.BackendReference;
import dev.layar.model.gatewayapi.GrpcRouteResource;
import dev.layar.model.gatewayapi.HttpRouteResource;
import dev.layar.model.gatewayapi.HttpRouteResource.Cors;
import dev.layar.model.gatewayapi.HttpRouteResource.Filter;
import dev.layar.model.gatewayapi.HttpRouteResource.HeaderFilter;
import dev.layar.model.gatewayapi.HttpRouteResource.HeaderMatch;
import dev.layar.model.gatewayapi.HttpRouteResource.HttpBackend;
import dev.layar.model.gatewayapi.HttpRouteResource.Match;
import dev.layar.model.gatewayapi.HttpRouteResource.Mirror;
import dev.layar.model.gatewayapi.HttpRouteResource.PathMatch;
import dev.layar.model.gatewayapi.HttpRouteResource.PathMatchType;
import dev.layar.model.gatewayapi.HttpRouteResource.PathModifier;
import dev.layar.model.gatewayapi.HttpRouteResource.PathModifierType;
import dev.layar.model.gatewayapi.HttpRouteResource.Redirect;
import dev.layar.model.gatewayapi.HttpRouteResource.Rewrite;
import dev.layar.model.gatewayapi.HttpRouteResource.Rule;
import dev.layar.model.gatewayapi.HttpRouteResource.Timeouts;
import dev.layar.model.gatewayapi.HttpRouteResource.ValueMatchType;
import dev.layar.model.istio.Percent;
import dev.layar.model.istio.StringMatch;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.Abort;
import dev.layar.model.istio.VirtualService.CorsPolicy;
import dev.layar.model.istio.VirtualService.DirectResponse;
import dev.layar.model.istio.VirtualService.ErrorType;
import dev.layar.model.istio.VirtualService.HeaderOperations;
import dev.layar.model.istio.VirtualService.Headers;
import dev.layar.model.istio.VirtualService.HttpDestination;
import dev.layar.model.istio.VirtualService.HttpFault;
import dev.layar.model.istio.VirtualService.HttpMatch;
import dev.layar.model.istio.VirtualService.HttpMirror;
import dev.layar.model.istio.VirtualService.HttpRedirect;
import dev.layar.model.istio.VirtualService.HttpRetry;
import dev.layar.model.istio.VirtualService.HttpRewrite;
import dev.layar.model.istio.VirtualService.RedirectPort;
import dev.layar.model.istio.VirtualService.RegexRewrite;
import dev.layar.model.istio.VirtualService.UnmatchedPreflights;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * From rules of HTTPRoute and GRPCRoute to those of VirtualService, one for each match (Istio
 * {@code config/kube/gateway/conversion.go}).
 */
final class HttpRules {
  /** What a call gets that has no backend, or a bad one. */
  private static final int BAD_BACKEND = 500;

  /**
   * How specific a match is (Gateway API HTTPRouteRule.matches; expressions are after prefixes and
   * before the prefix of everything): the path, then the method, then how many headers and query
   * parameters, then the older route, then the earlier rule.
   */
  record Rank(
      int pathKind, int pathLength, boolean method, int headers, int queries, Age age, int index)
      implements Comparable<Rank> {
    private static final Comparator<Rank> ORDER =
        Comparator.comparingInt(Rank::pathKind)
            .thenComparingInt(Rank::pathLength)
            .thenComparing(Rank::method)
            .thenComparingInt(Rank::headers)
            .thenComparingInt(Rank::queries)
            .reversed()
            .thenComparing(
                Rank::age,
                Comparator.comparingLong(Age::createdAt)
                    .thenComparing(Age::namespace)
                    .thenComparing(Age::name))
            .thenComparingInt(Rank::index);

    @Override
    public int compareTo(Rank other) {
      return ORDER.compare(this, other);
    }
  }

  /** A rule with its rank among those of the same host. */
  record Ranked(VirtualService.HttpRoute route, Rank rank) {}

  /**
   * The rules of a route.
   *
   * @param reason why a reference is not resolved, empty when all are
   * @param unsupported whether something is asked for that is not implemented
   */
  record Translated(List<Ranked> rules, String reason, boolean unsupported) {}

  private final Backends backends;

  HttpRules(Backends backends) {
    this.backends = backends;
  }

  /**
   * @param port that calls must be for, 0 for any
   */
  Translated translate(QueryContext context, ObjectKey route, Age age, List<Rule> rules, int port) {
    return new Translation(context, route, age, port).run(rules);
  }

  /** A GRPCRoute's rule as an HTTPRoute's: services and methods are paths (gRPC over HTTP/2). */
  static Rule ofGrpc(GrpcRouteResource.Rule rule) {
    List<Match> matches =
        rule.matches().stream()
            .map(match -> new Match(pathOf(match.method()), match.headers(), List.of(), ""))
            .toList();
    return new Rule(rule.name(), matches, rule.filters(), rule.backendRefs(), null, null);
  }

  private static @Nullable PathMatch pathOf(GrpcRouteResource.@Nullable MethodMatch method) {
    if (method == null || (method.service().isEmpty() && method.method().isEmpty())) {
      return null;
    }
    boolean regex = method.type() == ValueMatchType.RegularExpression;
    if (!regex && method.method().isEmpty()) {
      return new PathMatch(PathMatchType.PathPrefix, "/" + method.service());
    }
    if (!regex && !method.service().isEmpty()) {
      return new PathMatch(PathMatchType.Exact, "/" + method.service() + "/" + method.method());
    }
    String service = method.service().isEmpty() ? "[^/]+" : method.service();
    String name =
        method.method().isEmpty() ? "[^/]+" : regex ? method.method() : quote(method.method());
    return new PathMatch(PathMatchType.RegularExpression, "/" + service + "/" + name);
  }

  static String quote(String text) {
    return text.replaceAll("([\\\\.\\[\\]{}()*+?^$|])", "\\\\$1");
  }

  /** One route's; used once. */
  private final class Translation {
    private final QueryContext context;
    private final ObjectKey route;
    private final Age age;
    private final int port;
    private final List<Ranked> out = new ArrayList<>();
    private String reason = "";
    private boolean unsupported;

    Translation(QueryContext context, ObjectKey route, Age age, int port) {
      this.context = context;
      this.route = route;
      this.age = age;
      this.port = port;
    }

    Translated run(List<Rule> rules) {
      int index = 0;
      for (int i = 0; i < rules.size(); i++) {
        Rule rule = rules.get(i);
        List<Match> matches =
            rule.matches().isEmpty()
                ? List.of(new Match(null, List.of(), List.of(), ""))
                : rule.matches();
        for (Match match : matches) {
          out.add(new Ranked(rule(rule, match, i), rank(match, index++)));
        }
      }
      return new Translated(List.copyOf(out), reason, unsupported);
    }

    private Rank rank(Match match, int index) {
      PathMatch path = match.path();
      PathMatchType type = path == null ? PathMatchType.PathPrefix : path.type();
      String value = path == null || path.value().isEmpty() ? "/" : path.value();
      return new Rank(
          switch (type) {
            case Exact -> 3;
            case PathPrefix -> value.equals("/") ? 0 : 2;
            case RegularExpression -> 1;
          },
          value.length(),
          !match.method().isEmpty(),
          distinct(match.headers()),
          distinct(match.queryParams()),
          age,
          index);
    }

    private static int distinct(List<HeaderMatch> matches) {
      return (int) matches.stream().map(m -> m.name().toLowerCase(Locale.ROOT)).distinct().count();
    }

    private VirtualService.HttpRoute rule(Rule rule, Match match, int index) {
      List<HttpDestination> destinations = new ArrayList<>();
      long good = 0;
      long total = 0;
      for (HttpBackend backend : rule.backendRefs()) {
        int weight = backend.weight() == null ? 1 : backend.weight();
        total += weight;
        Found found = resolve(backend);
        if (found.destination().isPresent() && weight > 0) {
          good += weight;
          destinations.add(
              new HttpDestination(found.destination().get(), weight, headers(backend.filters())));
        }
      }
      HttpRedirect redirect = redirect(rule.filters());
      boolean bad =
          redirect == null
              && (good == 0 || rule.filters().stream().anyMatch(f -> f.extensionRef() != null));
      unsupported |= rule.filters().stream().anyMatch(f -> f.extensionRef() != null);
      HttpFault fault =
          good == total || good == 0
              ? null
              : new HttpFault(
                  null,
                  new Abort(
                      new ErrorType.HttpStatus(BAD_BACKEND),
                      new Percent(100.0 * (total - good) / total)));
      boolean forwards = redirect == null && !bad;
      return new VirtualService.HttpRoute(
          route.namespace() + "." + route.name() + "." + index,
          List.of(match(match)),
          forwards ? destinations : List.of(),
          redirect,
          bad ? new DirectResponse(BAD_BACKEND, null) : null,
          null,
          forwards ? rewrite(rule.filters(), match) : null,
          forwards ? timeout(rule) : null,
          forwards ? retry(rule) : null,
          forwards ? fault : null,
          null,
          forwards ? mirrors(rule.filters()) : List.of(),
          null,
          null,
          cors(rule.filters()),
          headers(rule.filters()));
    }

    private Found resolve(HttpBackend backend) {
      BackendReference reference =
          new BackendReference(
              backend.group(),
              backend.kind(),
              backend.name(),
              backend.namespace(),
              backend.port(),
              backend.weight());
      Found found = backends.find(context, route, reference);
      if (found.destination().isEmpty() && reason.isEmpty()) {
        reason = found.reason();
      }
      return found;
    }

    private HttpMatch match(Match match) {
      return new HttpMatch(
          "",
          uri(match.path()),
          null,
          match.method().isEmpty() ? null : new StringMatch.Exact(match.method()),
          null,
          values(match.headers(), true),
          Map.of(),
          port,
          Map.of(),
          List.of(),
          "",
          values(match.queryParams(), false),
          false,
          "");
    }

    private static @Nullable StringMatch uri(@Nullable PathMatch path) {
      String value = path == null || path.value().isEmpty() ? "/" : path.value();
      PathMatchType type = path == null ? PathMatchType.PathPrefix : path.type();
      return switch (type) {
        case Exact -> new StringMatch.Exact(value);
        case RegularExpression -> new StringMatch.Regex(value);
        case PathPrefix -> prefix(value).isEmpty() ? null : new StringMatch.Prefix(prefix(value));
      };
    }

    /** Of several conditions on one name the first counts (Gateway API HTTPRouteMatch.headers). */
    private static Map<String, StringMatch> values(List<HeaderMatch> matches, boolean fold) {
      Map<String, StringMatch> out = new LinkedHashMap<>();
      for (HeaderMatch match : matches) {
        out.putIfAbsent(
            fold ? match.name().toLowerCase(Locale.ROOT) : match.name(),
            switch (match.type()) {
              case Exact -> new StringMatch.Exact(match.value());
              case RegularExpression -> new StringMatch.Regex(match.value());
            });
      }
      return out;
    }

    private List<HttpMirror> mirrors(List<Filter> filters) {
      List<HttpMirror> mirrors = new ArrayList<>();
      for (Filter filter : filters) {
        Mirror mirror = filter.requestMirror();
        if (mirror == null) {
          continue;
        }
        Found found = backends.find(context, route, mirror.backendRef());
        if (found.destination().isPresent()) {
          mirrors.add(new HttpMirror(found.destination().get(), share(mirror)));
        } else if (reason.isEmpty()) {
          reason = found.reason();
        }
      }
      return mirrors;
    }
  }

  private static @Nullable Percent share(Mirror mirror) {
    if (mirror.fraction() != null) {
      Integer of = mirror.fraction().denominator();
      int denominator = of == null || of == 0 ? 100 : of;
      return new Percent(100.0 * mirror.fraction().numerator() / denominator);
    }
    return mirror.percent() == null ? null : new Percent(mirror.percent());
  }

  /** Without the slash at the end; empty for all paths. */
  private static String prefix(String value) {
    return value.replaceFirst("/+$", "");
  }

  private static @Nullable Headers headers(List<Filter> filters) {
    HeaderOperations request = null;
    HeaderOperations response = null;
    for (Filter filter : filters) {
      if (filter.requestHeaderModifier() != null) {
        request = operations(filter.requestHeaderModifier());
      }
      if (filter.responseHeaderModifier() != null) {
        response = operations(filter.responseHeaderModifier());
      }
    }
    return request == null && response == null ? null : new Headers(request, response);
  }

  private static HeaderOperations operations(HeaderFilter filter) {
    return new HeaderOperations(named(filter.set()), named(filter.add()), filter.remove());
  }

  private static Map<String, String> named(List<HttpRouteResource.Header> headers) {
    Map<String, String> out = new LinkedHashMap<>();
    headers.forEach(header -> out.putIfAbsent(header.name(), header.value()));
    return out;
  }

  private static @Nullable HttpRedirect redirect(List<Filter> filters) {
    for (Filter filter : filters) {
      Redirect redirect = filter.requestRedirect();
      if (redirect != null) {
        PathModifier path = redirect.path();
        boolean prefix = path != null && path.type() == PathModifierType.ReplacePrefixMatch;
        String replaced =
            path == null || path.replacePrefixMatch() == null ? "" : path.replacePrefixMatch();
        return new HttpRedirect(
            path == null || prefix ? "" : path.replaceFullPath(),
            prefix ? (replaced.isEmpty() ? "/" : replaced) : "",
            redirect.hostname(),
            redirect.port() == 0 ? null : new RedirectPort.Port(redirect.port()),
            redirect.scheme(),
            redirect.statusCode() == 0 ? 302 : redirect.statusCode());
      }
    }
    return null;
  }

  private static @Nullable HttpRewrite rewrite(List<Filter> filters, Match match) {
    for (Filter filter : filters) {
      Rewrite rewrite = filter.urlRewrite();
      if (rewrite != null) {
        PathModifier path = rewrite.path();
        if (path == null) {
          return new HttpRewrite("", rewrite.hostname(), null);
        }
        return switch (path.type()) {
          case ReplaceFullPath ->
              new HttpRewrite(
                  "",
                  rewrite.hostname(),
                  new RegexRewrite(".*", path.replaceFullPath().replace("\\", "\\\\")));
          case ReplacePrefixMatch ->
              prefix(
                  rewrite.hostname(),
                  match.path() == null ? "" : prefix(match.path().value()),
                  prefix(path.replacePrefixMatch() == null ? "" : path.replacePrefixMatch()));
        };
      }
    }
    return null;
  }

  /** Either side may be all paths, where plain replacement would lose or double a slash. */
  private static HttpRewrite prefix(String host, String from, String to) {
    if (!from.isEmpty() && !to.isEmpty()) {
      return new HttpRewrite(to, host, null);
    }
    return new HttpRewrite(
        "",
        host,
        new RegexRewrite("^" + quote(from) + "/?(.*)", to.replace("\\", "\\\\") + "/\\1"));
  }

  private static @Nullable Duration timeout(Rule rule) {
    Timeouts timeouts = rule.timeouts();
    if (timeouts == null) {
      return null;
    }
    Duration whole = positive(timeouts.request());
    return whole != null || rule.retry() != null ? whole : positive(timeouts.backendRequest());
  }

  private static @Nullable Duration positive(@Nullable Duration written) {
    return written == null || written.isZero() ? null : written;
  }

  private static @Nullable HttpRetry retry(Rule rule) {
    HttpRouteResource.Retry retry = rule.retry();
    if (retry == null) {
      return null;
    }
    Duration each = rule.timeouts() == null ? null : positive(rule.timeouts().backendRequest());
    return new HttpRetry(
        retry.attempts() == null ? 1 : retry.attempts(),
        each,
        retry.codes().stream().map(String::valueOf).collect(Collectors.joining(",")),
        null,
        null,
        retry.backoff());
  }

  private static @Nullable CorsPolicy cors(List<Filter> filters) {
    Optional<Cors> found =
        filters.stream().flatMap(filter -> Optional.ofNullable(filter.cors()).stream()).findFirst();
    return found
        .map(
            cors ->
                new CorsPolicy(
                    List.of(),
                    cors.allowOrigins().stream().map(HttpRules::origin).toList(),
                    cors.allowMethods(),
                    cors.allowHeaders(),
                    cors.exposeHeaders(),
                    Duration.ofSeconds(cors.maxAge() == 0 ? 5 : cors.maxAge()),
                    cors.allowCredentials(),
                    UnmatchedPreflights.UNSPECIFIED))
        .orElse(null);
  }

  private static StringMatch origin(String written) {
    return written.contains("*")
        ? new StringMatch.Regex(quote(written).replace("\\*", ".*"))
        : new StringMatch.Exact(written);
  }
}
