package dev.layar.compiler.build;

import dev.layar.model.istio.StringMatch;
import dev.layar.model.istio.VirtualService.HttpMatch;
import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.config.route.v3.RouteMatch;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import org.jspecify.annotations.Nullable;

/** From a VirtualService's conditions to Envoy's (Istio {@code route.go:TranslateRouteMatch}). */
final class RouteMatches {
  /** What a rule without conditions matches. */
  static final RouteMatch EVERYTHING = RouteMatch.newBuilder().setPrefix("/").build();

  private RouteMatches() {}

  /**
   * @param segments whether a prefix is one of segments and not of text
   */
  static RouteMatch of(HttpMatch match, boolean segments) {
    RouteMatch.Builder out = path(match);
    if (segments && out.hasPrefix() && !out.getPrefix().endsWith("/")) {
      out.setPathSeparatedPrefix(out.getPrefix());
    }
    match.headers().forEach((name, value) -> out.addHeaders(header(name, value)));
    match.withoutHeaders().forEach((name, value) -> out.addHeaders(withoutHeader(name, value)));
    pseudoHeader(out, ":method", match.method());
    pseudoHeader(out, ":authority", match.authority());
    pseudoHeader(out, ":scheme", match.scheme());
    match.queryParams().forEach((name, value) -> out.addQueryParameters(query(name, value)));
    return out.build();
  }

  /** Whether nothing listed after it can ever match. */
  static boolean isCatchAll(RouteMatch match) {
    boolean anyPath =
        switch (match.getPathSpecifierCase()) {
          case PREFIX -> match.getPrefix().equals("/");
          case SAFE_REGEX -> match.getSafeRegex().getRegex().equals(".*");
          default -> false;
        };
    return anyPath && match.getHeadersCount() == 0 && match.getQueryParametersCount() == 0;
  }

  private static RouteMatch.Builder path(HttpMatch match) {
    RouteMatch.Builder out = RouteMatch.newBuilder();
    switch (match.uri()) {
      case null -> out.setPrefix("/");
      case StringMatch.Present() -> out.setPrefix("/");
      case StringMatch.Exact(String exact) -> out.setPath(exact);
      case StringMatch.Prefix(String prefix) -> out.setPrefix(prefix);
      case StringMatch.Regex(String regex) -> out.setSafeRegex(regex(anything(regex)));
    }
    if (match.ignoreUriCase() && !out.hasSafeRegex()) {
      out.setCaseSensitive(Xds.bool(false));
    }
    return out;
  }

  /** Istio takes the lone {@code *}, which RE2 refuses, for presence. */
  private static String anything(String regex) {
    return regex.equals("*") ? ".*" : regex;
  }

  private static void pseudoHeader(
      RouteMatch.Builder out, String name, @Nullable StringMatch value) {
    if (value != null) {
      out.addHeaders(header(name, value));
    }
  }

  private static HeaderMatcher header(String name, StringMatch value) {
    HeaderMatcher.Builder out = HeaderMatcher.newBuilder().setName(name);
    return isPresence(value)
        ? out.setPresentMatch(true).build()
        : out.setStringMatch(string(value)).build();
  }

  /** A value that must not match holds for a missing header too, which counts as empty. */
  private static HeaderMatcher withoutHeader(String name, StringMatch value) {
    HeaderMatcher.Builder out = HeaderMatcher.newBuilder().setName(name).setInvertMatch(true);
    return isPresence(value)
        ? out.setPresentMatch(true).build()
        : out.setStringMatch(string(value)).setTreatMissingHeaderAsEmpty(true).build();
  }

  private static QueryParameterMatcher query(String name, StringMatch value) {
    QueryParameterMatcher.Builder out = QueryParameterMatcher.newBuilder().setName(name);
    return isPresence(value)
        ? out.setPresentMatch(true).build()
        : out.setStringMatch(string(value)).build();
  }

  private static boolean isPresence(StringMatch match) {
    return switch (match) {
      case StringMatch.Present() -> true;
      case StringMatch.Regex(String regex) -> regex.equals("*");
      case StringMatch.Exact exact -> false;
      case StringMatch.Prefix(String prefix) -> prefix.isEmpty();
    };
  }

  static StringMatcher string(StringMatch match) {
    StringMatcher.Builder out = StringMatcher.newBuilder();
    return switch (match) {
      case StringMatch.Exact(String exact) -> out.setExact(exact).build();
      case StringMatch.Prefix(String prefix) -> out.setPrefix(prefix).build();
      case StringMatch.Regex(String regex) -> out.setSafeRegex(regex(anything(regex))).build();
      case StringMatch.Present() -> out.setSafeRegex(regex(".*")).build();
    };
  }

  static RegexMatcher regex(String regex) {
    return RegexMatcher.newBuilder().setRegex(regex).build();
  }
}
