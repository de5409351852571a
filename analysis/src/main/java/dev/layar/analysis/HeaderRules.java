package dev.layar.analysis;

import dev.layar.model.Paths;
import dev.layar.model.istio.VirtualService.HeaderOperations;
import dev.layar.model.istio.VirtualService.Headers;
import dev.layar.model.istio.VirtualService.HttpRoute;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Names and values of headers in matches and operations. */
final class HeaderRules {
  /** RFC 9110 §5.6.2. */
  private static final Pattern TOKEN = Pattern.compile("[!#$%&'*+.^_`|~0-9A-Za-z-]+");

  private static final Set<String> PSEUDO =
      Set.of(":method", ":scheme", ":authority", ":path", ":status");
  private static final Pattern VARIABLE = Pattern.compile("%[A-Z0-9_]+(\\([^)]*\\))?(:[0-9]+)?%");

  private final Report report;

  HeaderRules(Report report) {
    this.report = report;
  }

  void check(String path, HttpRoute route) {
    boolean rewritten = route.rewrite() != null && !route.rewrite().authority().isEmpty();
    headers(path + ".headers", route.headers(), rewritten);
    for (int i = 0; i < route.route().size(); i++) {
      headers(Paths.item(path + ".route", i) + ".headers", route.route().get(i).headers(), false);
    }
  }

  /** A header's name in a match; pseudo headers and claims are names, too. */
  void matchName(String path, String name) {
    boolean good =
        PSEUDO.contains(name)
            || name.startsWith(HttpRouteRules.CLAIMS)
            || TOKEN.matcher(name).matches();
    if (!good) {
      report.add(Rule.HEADER_NAME, path, "this is not a header name", name, "for example x-user");
    }
  }

  /** Plain header names, or {@code *}. */
  void names(String path, List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      if (!TOKEN.matcher(names.get(i)).matches()) {
        report.add(
            Rule.HEADER_NAME,
            Paths.item(path, i),
            "this is not a header name",
            names.get(i),
            "for example x-user");
      }
    }
  }

  private void headers(String path, @Nullable Headers headers, boolean authorityRewritten) {
    if (headers == null) {
      return;
    }
    if (headers.request() != null) {
      request(path + ".request", headers.request(), authorityRewritten);
    }
    if (headers.response() != null) {
      HeaderOperations response = headers.response();
      values(path + ".response.set", response.set(), false);
      values(path + ".response.add", response.add(), false);
      removals(path + ".response.remove", response.remove());
    }
  }

  private void request(String path, HeaderOperations request, boolean authorityRewritten) {
    values(path + ".set", request.set(), true);
    values(path + ".add", request.add(), true);
    removals(path + ".remove", request.remove());
    long authorities =
        request.set().keySet().stream().filter(HeaderRules::isAuthority).count()
            + request.add().keySet().stream().filter(HeaderRules::isAuthority).count()
            + (authorityRewritten ? 1 : 0);
    if (authorities > 1) {
      report.add(
          Rule.AUTHORITY_TWICE,
          path,
          "the authority is changed in more than one place: rewrite.authority, set or add");
    }
  }

  private void values(String path, Map<String, String> headers, boolean authorityAllowed) {
    headers.forEach(
        (name, value) -> {
          String at = Paths.field(path, name);
          operationName(at, name, authorityAllowed);
          value(at, value);
        });
  }

  private void removals(String path, List<String> names) {
    for (int i = 0; i < names.size(); i++) {
      operationName(Paths.item(path, i), names.get(i), false);
    }
  }

  private void operationName(String path, String name, boolean authorityAllowed) {
    boolean authority = isAuthority(name);
    boolean special = name.startsWith(":") || authority;
    boolean good = authority && authorityAllowed || !special && TOKEN.matcher(name).matches();
    if (!good) {
      report.add(
          Rule.HEADER_NAME,
          path,
          special ? "this header cannot be changed here" : "this is not a header name",
          name,
          special ? "" : "for example x-user");
    }
  }

  private static boolean isAuthority(String name) {
    String lower = name.toLowerCase(Locale.ROOT);
    return lower.equals("host") || lower.equals(":authority");
  }

  private void value(String path, String value) {
    if (value.chars().anyMatch(c -> c < 0x20 && c != '\t' || c == 0x7f)) {
      report.add(Rule.HEADER_VALUE, path, "the value has control characters", value.strip(), "");
    }
    String rest = VARIABLE.matcher(value.replace("%%", "")).replaceAll("");
    if (rest.contains("%")) {
      report.add(
          Rule.HEADER_VALUE,
          path,
          "a % stands for a variable such as %REQ(x-user)%; write %% for the sign itself",
          value,
          "");
    }
  }
}
