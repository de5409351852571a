package dev.layar.proxy.config;

import com.google.re2j.Pattern;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.route.BytesMatcher;
import dev.layar.proxy.route.Fraction;
import dev.layar.proxy.route.HeaderMatcher;
import dev.layar.proxy.route.QueryMatcher;
import io.envoyproxy.envoy.config.core.v3.RuntimeFractionalPercent;
import io.envoyproxy.envoy.config.route.v3.QueryParameterMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.v3.FractionalPercent;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/** Reads the small matcher messages that many resources share. */
final class Matchers {
  private Matchers() {}

  static List<HeaderMatcher> headers(
      List<io.envoyproxy.envoy.config.route.v3.HeaderMatcher> protos,
      String path,
      Problems problems) {
    List<HeaderMatcher> matchers = new ArrayList<>(protos.size());
    for (int i = 0; i < protos.size(); i++) {
      matchers.add(header(protos.get(i), path + "[" + i + "]", problems));
    }
    return matchers;
  }

  @SuppressWarnings("deprecation")
  static HeaderMatcher header(
      io.envoyproxy.envoy.config.route.v3.HeaderMatcher proto, String path, Problems problems) {
    if (proto.getName().isEmpty()) {
      problems.missing(path + ".name", "a header matcher needs a name", "a header's name");
    }
    BytesMatcher value =
        switch (proto.getHeaderMatchSpecifierCase()) {
          case EXACT_MATCH -> new BytesMatcher.Exact(Ascii.bytes(proto.getExactMatch()), false);
          case PREFIX_MATCH -> new BytesMatcher.Prefix(Ascii.bytes(proto.getPrefixMatch()), false);
          case SUFFIX_MATCH -> new BytesMatcher.Suffix(Ascii.bytes(proto.getSuffixMatch()), false);
          case CONTAINS_MATCH ->
              new BytesMatcher.Contains(Ascii.bytes(proto.getContainsMatch()), false);
          case SAFE_REGEX_MATCH ->
              regex(proto.getSafeRegexMatch().getRegex(), path + ".safe_regex_match", problems);
          case STRING_MATCH -> string(proto.getStringMatch(), path + ".string_match", problems);
          case RANGE_MATCH ->
              new BytesMatcher.Range(
                  proto.getRangeMatch().getStart(), proto.getRangeMatch().getEnd());
          case PRESENT_MATCH, HEADERMATCHSPECIFIER_NOT_SET -> null;
        };
    boolean absent =
        switch (proto.getHeaderMatchSpecifierCase()) {
          case PRESENT_MATCH -> !proto.getPresentMatch();
          default -> false;
        };
    return new HeaderMatcher(
        proto.getName(),
        value,
        proto.getInvertMatch() != absent,
        proto.getTreatMissingHeaderAsEmpty());
  }

  static QueryMatcher query(QueryParameterMatcher proto, String path, Problems problems) {
    if (proto.getName().isEmpty()) {
      problems.missing(path + ".name", "a query matcher needs a name", "a parameter's name");
    }
    byte[] name = Ascii.bytes(proto.getName());
    return switch (proto.getQueryParameterMatchSpecifierCase()) {
      case STRING_MATCH ->
          new QueryMatcher(
              name, string(proto.getStringMatch(), path + ".string_match", problems), true);
      case PRESENT_MATCH -> new QueryMatcher(name, null, proto.getPresentMatch());
      case QUERYPARAMETERMATCHSPECIFIER_NOT_SET -> new QueryMatcher(name, null, true);
    };
  }

  /** A string matcher; empty prefixes, suffixes and infixes are errors, as in Envoy. */
  static BytesMatcher string(StringMatcher proto, String path, Problems problems) {
    boolean ignoreCase = proto.getIgnoreCase();
    return switch (proto.getMatchPatternCase()) {
      case EXACT -> new BytesMatcher.Exact(folded(proto.getExact(), ignoreCase), ignoreCase);
      case PREFIX ->
          new BytesMatcher.Prefix(
              nonEmpty(proto.getPrefix(), ignoreCase, path + ".prefix", problems), ignoreCase);
      case SUFFIX ->
          new BytesMatcher.Suffix(
              nonEmpty(proto.getSuffix(), ignoreCase, path + ".suffix", problems), ignoreCase);
      case CONTAINS ->
          new BytesMatcher.Contains(
              nonEmpty(proto.getContains(), ignoreCase, path + ".contains", problems), ignoreCase);
      case SAFE_REGEX -> regex(proto.getSafeRegex().getRegex(), path + ".safe_regex", problems);
      case CUSTOM, MATCHPATTERN_NOT_SET -> {
        problems.missing(path, "no pattern", "one of exact, prefix, suffix, contains, safe_regex");
        yield new BytesMatcher.Exact(new byte[0], false);
      }
    };
  }

  private static BytesMatcher regex(String regex, String path, Problems problems) {
    Pattern pattern = Regexes.compile(regex, path + ".regex", problems);
    return pattern == null
        ? new BytesMatcher.Exact(new byte[0], false)
        : new BytesMatcher.Regex(pattern);
  }

  static byte[] folded(String value, boolean ignoreCase) {
    return Ascii.bytes(ignoreCase ? value.toLowerCase(Locale.ROOT) : value);
  }

  private static byte[] nonEmpty(String value, boolean ignoreCase, String path, Problems problems) {
    if (value.isEmpty()) {
      problems.invalid(path, "must not be empty", value, "at least one character");
    }
    return folded(value, ignoreCase);
  }

  static Fraction fraction(FractionalPercent proto, String path, Problems problems) {
    long denominator =
        switch (proto.getDenominator()) {
          case HUNDRED -> 100;
          case TEN_THOUSAND -> 10_000;
          case MILLION -> 1_000_000;
          case UNRECOGNIZED -> {
            problems.invalid(
                path + ".denominator",
                "unknown denominator",
                proto.getDenominatorValue(),
                "HUNDRED, TEN_THOUSAND or MILLION");
            yield 100;
          }
        };
    return new Fraction(Integer.toUnsignedLong(proto.getNumerator()), denominator);
  }

  /** The default of a runtime fraction; its runtime key has no effect. Null when unset. */
  static @Nullable Fraction fraction(
      boolean present, RuntimeFractionalPercent proto, String path, Problems problems) {
    return present ? fraction(proto.getDefaultValue(), path + ".default_value", problems) : null;
  }
}
