package dev.layar.analysis;

import dev.layar.base.GrpcCodes;
import dev.layar.model.Paths;
import dev.layar.model.istio.StringMatch;
import dev.layar.model.istio.VirtualService.Abort;
import dev.layar.model.istio.VirtualService.Body;
import dev.layar.model.istio.VirtualService.CorsPolicy;
import dev.layar.model.istio.VirtualService.Delay;
import dev.layar.model.istio.VirtualService.DelayType;
import dev.layar.model.istio.VirtualService.DirectResponse;
import dev.layar.model.istio.VirtualService.ErrorType;
import dev.layar.model.istio.VirtualService.HttpDestination;
import dev.layar.model.istio.VirtualService.HttpFault;
import dev.layar.model.istio.VirtualService.HttpMatch;
import dev.layar.model.istio.VirtualService.HttpMirror;
import dev.layar.model.istio.VirtualService.HttpRedirect;
import dev.layar.model.istio.VirtualService.HttpRetry;
import dev.layar.model.istio.VirtualService.HttpRewrite;
import dev.layar.model.istio.VirtualService.HttpRoute;
import dev.layar.model.istio.VirtualService.RedirectPort;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One http rule of a VirtualService. */
final class HttpRouteRules {
  static final String CLAIMS = "@request.auth.claims";
  private static final Set<String> CORS_METHODS =
      Set.of("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "CONNECT", "OPTIONS", "TRACE", "*");
  private static final Set<String> RETRY_CONDITIONS =
      Set.of(
          "5xx",
          "gateway-error",
          "reset",
          "reset-before-request",
          "connect-failure",
          "retriable-4xx",
          "refused-stream",
          "retriable-status-codes",
          "retriable-headers",
          "envoy-ratelimited",
          "http3-post-connect-failure",
          "cancelled",
          "deadline-exceeded",
          "internal",
          "resource-exhausted",
          "unavailable");
  private static final int LARGE_BODY = 100 << 10;
  private static final int MAX_BODY = 1 << 20;

  private final Report report;
  private final Checks checks;
  private final VirtualServiceRules parent;
  private final HeaderRules headers;

  HttpRouteRules(Report report, Checks checks, VirtualServiceRules parent) {
    this.report = report;
    this.checks = checks;
    this.parent = parent;
    this.headers = new HeaderRules(report);
  }

  void check(String path, HttpRoute route, boolean inDelegate, boolean gatewayOnly) {
    action(path, route, inDelegate);
    for (int i = 0; i < route.match().size(); i++) {
      match(Paths.item(path + ".match", i), route.match().get(i), inDelegate || gatewayOnly);
    }
    destinations(path, route.route());
    mirrors(path, route);
    headers.check(path, route);
    cors(path + ".corsPolicy", route.corsPolicy());
    fault(path + ".fault", route.fault());
    redirect(path + ".redirect", route);
    directResponse(path + ".directResponse", route.directResponse());
    rewrite(path + ".rewrite", route.rewrite());
    retries(path + ".retries", route.retries());
    checks.duration(path + ".timeout", route.timeout());
  }

  private void action(String path, HttpRoute route, boolean inDelegate) {
    if (route.delegate() != null) {
      delegates(path, route, inDelegate);
    } else if (route.redirect() != null) {
      alone(path, Rule.REDIRECT_ALONE, "redirect", route, route.directResponse() != null);
    } else if (route.directResponse() != null) {
      alone(path, Rule.DIRECT_RESPONSE_ALONE, "directResponse", route, false);
    } else if (route.route().isEmpty()) {
      report.add(
          Rule.NO_ACTION,
          path,
          "the rule does nothing: it needs a route, a redirect or a directResponse",
          "",
          "route: [{destination: {host: …}}]");
    }
  }

  private void delegates(String path, HttpRoute route, boolean inDelegate) {
    if (inDelegate) {
      report.add(
          Rule.DELEGATE_CHAIN, path + ".delegate", "a delegate cannot delegate to another one");
    }
    if (route.redirect() != null || !route.route().isEmpty()) {
      report.add(
          Rule.DELEGATE_ROOT,
          path + (route.redirect() != null ? ".redirect" : ".route"),
          "a rule that delegates has no route or redirect of its own");
    }
  }

  private void alone(String path, Rule rule, String what, HttpRoute route, boolean direct) {
    excluded(path, rule, what, "route", !route.route().isEmpty());
    excluded(path, rule, what, "fault", route.fault() != null);
    excluded(path, rule, what, "rewrite", route.rewrite() != null);
    excluded(path, rule, what, "directResponse", direct);
  }

  private void excluded(String path, Rule rule, String what, String other, boolean present) {
    if (present) {
      report.add(rule, path + "." + other, "`" + what + "` and `" + other + "` exclude each other");
    }
  }

  private void match(String path, HttpMatch match, boolean claimsAllowed) {
    if (match.uri() instanceof StringMatch.Regex regex) {
      checks.regex(path + ".uri.regex", regex.regex());
    }
    checks.stringMatch(path + ".scheme", match.scheme());
    checks.stringMatch(path + ".method", match.method());
    checks.stringMatch(path + ".authority", match.authority());
    headerMatches(path + ".headers", match.headers(), claimsAllowed, false);
    headerMatches(path + ".withoutHeaders", match.withoutHeaders(), claimsAllowed, true);
    match
        .queryParams()
        .forEach((k, v) -> checks.stringMatch(Paths.field(path + ".queryParams", k), v));
    checks.optionalPort(path + ".port", match.port());
    checks.labels(path + ".sourceLabels", match.sourceLabels());
    parent.gateways(path + ".gateways", match.gateways());
    if (!match.sourceNamespace().isEmpty()) {
      checks.dnsLabel(path + ".sourceNamespace", match.sourceNamespace());
    }
  }

  private void headerMatches(
      String path, Map<String, StringMatch> matches, boolean claimsAllowed, boolean starAllowed) {
    matches.forEach(
        (name, match) -> {
          String at = Paths.field(path, name);
          if (name.startsWith(CLAIMS) && !claimsAllowed) {
            report.add(
                Rule.CLAIM_ON_MESH, at, "only gateways can match the claims of a token", name, "");
          }
          headers.matchName(at, name);
          boolean star = match instanceof StringMatch.Regex r && r.regex().equals("*");
          if (!star) {
            checks.stringMatch(at, match);
          } else if (!starAllowed) {
            report.add(
                Rule.REGEX,
                at + ".regex",
                "* is not an expression; write {} to ask for presence",
                "*",
                "{}");
          }
        });
  }

  private void destinations(String path, List<HttpDestination> route) {
    for (int i = 0; i < route.size(); i++) {
      String at = Paths.item(path + ".route", i) + ".destination";
      parent.destination(at, route.get(i).destination());
    }
    parent.weights(path, route.stream().map(HttpDestination::weight).toList());
  }

  private void mirrors(String path, HttpRoute route) {
    if (route.mirror() != null) {
      parent.destination(path + ".mirror", route.mirror());
      if (!route.mirrors().isEmpty()) {
        report.add(
            Rule.MIRROR_TWICE, path + ".mirrors", "`mirror` and `mirrors` exclude each other");
      }
    }
    if (route.mirrorPercent() != null) {
      report.add(
          Rule.MIRROR_PERCENT,
          path + ".mirrorPercent",
          "mirrorPercent is deprecated",
          "",
          "mirrorPercentage: {value: " + route.mirrorPercent() + "}");
      checks.percent(path + ".mirrorPercent", (int) Math.min(1000, route.mirrorPercent()));
    }
    checks.share(path + ".mirrorPercentage", route.mirrorPercentage());
    for (int i = 0; i < route.mirrors().size(); i++) {
      HttpMirror mirror = route.mirrors().get(i);
      String at = Paths.item(path + ".mirrors", i);
      parent.destination(at + ".destination", mirror.destination());
      checks.share(at + ".percentage", mirror.percentage());
    }
  }

  private void cors(String path, @Nullable CorsPolicy cors) {
    if (cors == null) {
      return;
    }
    for (int i = 0; i < cors.allowOrigins().size(); i++) {
      String at = Paths.item(path + ".allowOrigins", i);
      StringMatch origin = cors.allowOrigins().get(i);
      checks.stringMatch(at, origin);
      boolean empty =
          origin instanceof StringMatch.Present
              || origin instanceof StringMatch.Exact exact && exact.exact().isEmpty();
      if (empty) {
        report.add(Rule.STRING_MATCH, at, "the origin is empty", "", "exact: https://example.com");
      }
    }
    for (int i = 0; i < cors.allowMethods().size(); i++) {
      String method = cors.allowMethods().get(i);
      if (!CORS_METHODS.contains(method)) {
        report.add(
            Rule.CORS_METHOD,
            Paths.item(path + ".allowMethods", i),
            "this method is not known",
            method,
            "an upper-case HTTP method or *");
      }
    }
    headers.names(path + ".allowHeaders", cors.allowHeaders());
    headers.names(path + ".exposeHeaders", cors.exposeHeaders());
    checks.duration(path + ".maxAge", cors.maxAge());
    if (cors.maxAge() != null && cors.maxAge().getNano() != 0) {
      report.add(Rule.CORS_AGE, path + ".maxAge", "maxAge is in whole seconds");
    }
  }

  private void fault(String path, @Nullable HttpFault fault) {
    if (fault == null) {
      return;
    }
    if (fault.delay() == null && fault.abort() == null) {
      report.add(Rule.FAULT_EMPTY, path, "the fault has neither delay nor abort");
    }
    if (fault.delay() != null) {
      delay(path + ".delay", fault.delay());
    }
    if (fault.abort() != null) {
      abort(path + ".abort", fault.abort());
    }
  }

  private void delay(String path, Delay delay) {
    checks.percent(path + ".percent", delay.percent());
    checks.fraction(path + ".percentage", delay.percentage());
    switch (delay.delayType()) {
      case DelayType.Fixed fixed -> checks.duration(path + ".fixedDelay", fixed.fixedDelay());
      case DelayType.Exponential _ ->
          report.add(
              Rule.FAULT_UNSUPPORTED,
              path + ".exponentialDelay",
              "exponentialDelay is not supported",
              "",
              "fixedDelay");
      case null ->
          report.add(Rule.DURATION, path, "the delay has no fixedDelay", "", "fixedDelay: 5s");
    }
  }

  private void abort(String path, Abort abort) {
    checks.fraction(path + ".percentage", abort.percentage());
    switch (abort.errorType()) {
      case ErrorType.HttpStatus status ->
          status(path + ".httpStatus", status.httpStatus(), 200, 600);
      case ErrorType.GrpcStatus status -> {
        if (!GrpcCodes.NAMES.contains(status.grpcStatus())) {
          report.add(
              Rule.GRPC_STATUS,
              path + ".grpcStatus",
              "this gRPC status is not known",
              status.grpcStatus(),
              "for example UNAVAILABLE");
        }
      }
      case ErrorType.Http2Error _ ->
          report.add(
              Rule.FAULT_UNSUPPORTED,
              path + ".http2Error",
              "http2Error is not supported",
              "",
              "httpStatus or grpcStatus");
      case null ->
          report.add(
              Rule.ABORT_EMPTY, path, "the abort has no error to answer", "", "httpStatus: 503");
    }
  }

  private void status(String path, int status, int min, int max) {
    if (status < min || status > max) {
      report.add(
          Rule.STATUS,
          path,
          "this status is not allowed here",
          Integer.toString(status),
          min + " to " + Math.min(max, 599));
    }
  }

  private void redirect(String path, HttpRoute route) {
    HttpRedirect redirect = route.redirect();
    if (redirect == null) {
      return;
    }
    redirectPath(path, route, redirect);
    boolean changes =
        !redirect.uri().isEmpty()
            || !redirect.prefixRewrite().isEmpty()
            || !redirect.authority().isEmpty()
            || !redirect.scheme().isEmpty()
            || redirect.redirectPort() != null;
    if (!changes) {
      report.add(
          Rule.REDIRECT_EMPTY,
          path,
          "the redirect changes nothing",
          "",
          "uri, prefixRewrite, authority, port, derivePort or scheme");
    }
    if (redirect.redirectCode() != 0) {
      status(path + ".redirectCode", redirect.redirectCode(), 300, 399);
    }
    if (!redirect.scheme().isEmpty() && !Set.of("http", "https").contains(redirect.scheme())) {
      report.add(
          Rule.SCHEME,
          path + ".scheme",
          "this scheme is not known",
          redirect.scheme(),
          "http, https");
    }
    if (redirect.redirectPort() instanceof RedirectPort.Port port) {
      checks.port(path + ".port", port.port());
    }
  }

  private void redirectPath(String path, HttpRoute route, HttpRedirect redirect) {
    if (redirect.prefixRewrite().isEmpty()) {
      return;
    }
    if (!redirect.uri().isEmpty()) {
      report.add(
          Rule.REDIRECT_URI,
          path + ".prefixRewrite",
          "`uri` and `prefixRewrite` exclude each other");
    }
    boolean prefixes =
        route.match().stream()
            .allMatch(m -> m.uri() == null || m.uri() instanceof StringMatch.Prefix);
    if (!prefixes) {
      report.add(
          Rule.REDIRECT_PREFIX,
          path + ".prefixRewrite",
          "prefixRewrite replaces a matched prefix, so every uri match must be a prefix");
    }
  }

  private void directResponse(String path, @Nullable DirectResponse response) {
    if (response == null) {
      return;
    }
    status(path + ".status", response.status(), 200, 600);
    int size = size(response.body());
    if (size > MAX_BODY) {
      report.add(Rule.BODY_SIZE, path + ".body", "the body is larger than 1 MB", size + " B", "");
    } else if (size > LARGE_BODY) {
      report.add(
          Rule.BODY_LARGE, path + ".body", "the body is larger than 100 kB", size + " B", "");
    }
  }

  private static int size(@Nullable Body body) {
    return switch (body) {
      case Body.Text text -> text.string().getBytes(StandardCharsets.UTF_8).length;
      case Body.Bytes bytes -> Base64.getDecoder().decode(bytes.bytes()).length;
      case null -> 0;
    };
  }

  private void rewrite(String path, @Nullable HttpRewrite rewrite) {
    if (rewrite == null) {
      return;
    }
    var regex = rewrite.uriRegexRewrite();
    if (rewrite.uri().isEmpty() && rewrite.authority().isEmpty() && regex == null) {
      report.add(
          Rule.REWRITE_EMPTY,
          path,
          "the rewrite changes nothing",
          "",
          "uri, uriRegexRewrite or authority");
    }
    if (regex == null) {
      return;
    }
    if (!rewrite.uri().isEmpty()) {
      report.add(
          Rule.REWRITE_EXCLUSIVE,
          path + ".uriRegexRewrite",
          "`uri` and `uriRegexRewrite` exclude each other");
    }
    if (regex.match().isEmpty() || regex.rewrite().isEmpty()) {
      report.add(
          Rule.REWRITE_REGEX,
          path + ".uriRegexRewrite",
          "the rewrite needs both match and rewrite");
    } else {
      checks.regex(path + ".uriRegexRewrite.match", regex.match());
    }
  }

  private void retries(String path, @Nullable HttpRetry retries) {
    if (retries == null) {
      return;
    }
    checks.notNegative(path + ".attempts", retries.attempts());
    boolean others =
        retries.perTryTimeout() != null
            || !retries.retryOn().isEmpty()
            || retries.retryRemoteLocalities() != null;
    if (retries.attempts() == 0 && others) {
      report.add(
          Rule.RETRY_OFF,
          path + ".attempts",
          "attempts is 0, which turns retries off, and other settings are given",
          "0",
          "attempts: 2");
    }
    checks.duration(path + ".perTryTimeout", retries.perTryTimeout());
    checks.duration(path + ".backoff", retries.backoff());
    if (!retries.retryOn().isEmpty()) {
      for (String condition : retries.retryOn().split(",", -1)) {
        retryOn(path + ".retryOn", condition);
      }
    }
  }

  private void retryOn(String path, String condition) {
    if (RETRY_CONDITIONS.contains(condition) || StatusCodes.isKnown(condition)) {
      return;
    }
    boolean space = !condition.equals(condition.strip());
    report.add(
        Rule.RETRY_ON,
        path,
        space ? "conditions are separated by a comma alone" : "this condition is not known",
        condition,
        space ? condition.strip() : "for example 5xx, connect-failure, 503");
  }
}
