package dev.layar.compiler.authz;

import io.envoyproxy.envoy.config.route.v3.HeaderMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ListMatcher;
import io.envoyproxy.envoy.type.matcher.v3.MetadataMatcher;
import io.envoyproxy.envoy.type.matcher.v3.RegexMatcher;
import io.envoyproxy.envoy.type.matcher.v3.StringMatcher;
import io.envoyproxy.envoy.type.matcher.v3.ValueMatcher;
import java.util.List;

/**
 * The strings of policies as Envoy's matchers: exact, {@code abc*}, {@code *abc}, and {@code *} for
 * anything that is not empty (Istio {@code pilot/pkg/security/authz/matcher}).
 */
final class Texts {
  private static final String NOT_EMPTY = ".+";

  private Texts() {}

  static StringMatcher string(String text) {
    return string(text, "", false);
  }

  /**
   * A matcher.
   *
   * @param start goes before an exact text and before {@code abc*}
   */
  static StringMatcher string(String text, String start, boolean ignoreCase) {
    StringMatcher.Builder matcher = StringMatcher.newBuilder().setIgnoreCase(ignoreCase);
    if (text.equals("*")) {
      return regex(NOT_EMPTY);
    }
    if (text.startsWith("*")) {
      return matcher.setSuffix(text.substring(1)).build();
    }
    return text.endsWith("*")
        ? matcher.setPrefix(start + text.substring(0, text.length() - 1)).build()
        : matcher.setExact(start + text).build();
  }

  static StringMatcher regex(String expression) {
    return StringMatcher.newBuilder()
        .setSafeRegex(RegexMatcher.newBuilder().setRegex(expression))
        .build();
  }

  static HeaderMatcher header(String name, String text, boolean ignoreCase) {
    HeaderMatcher.Builder matcher = HeaderMatcher.newBuilder().setName(name);
    return text.equals("*")
        ? matcher.setPresentMatch(true).build()
        : matcher.setStringMatch(string(text, "", ignoreCase)).build();
  }

  /** A value of dynamic metadata that is the text, or a list with it. */
  static List<MetadataMatcher> metadata(String filter, List<String> path, String text) {
    ValueMatcher value = ValueMatcher.newBuilder().setStringMatch(string(text)).build();
    return List.of(
        metadata(filter, path, value),
        metadata(
            filter,
            path,
            ValueMatcher.newBuilder()
                .setListMatch(ListMatcher.newBuilder().setOneOf(value))
                .build()));
  }

  static MetadataMatcher metadata(String filter, List<String> path, ValueMatcher value) {
    MetadataMatcher.Builder matcher = MetadataMatcher.newBuilder().setFilter(filter);
    path.forEach(key -> matcher.addPath(MetadataMatcher.PathSegment.newBuilder().setKey(key)));
    return matcher.setValue(value).build();
  }
}
