package dev.layar.proxy.route;

import com.google.re2j.Pattern;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.Method;

/**
 * A condition on the path, query and fragment cut off ({@code Envoy RouteMatch.path_specifier}).
 * With {@code ignoreCase} the configured value is in lower case. Allocates only for a regex.
 */
public sealed interface PathMatcher {
  boolean matches(Head head);

  /** What {@code prefix_rewrite} replaces: length of the matched prefix, -1 for the whole path. */
  int rewrittenLength();

  /** {@code prefix}: any path that begins so, {@code /foobar} for {@code /foo} too. */
  record Prefix(byte[] prefix, boolean ignoreCase) implements PathMatcher {
    @Override
    public boolean matches(Head head) {
      return prefix.length == 1 && prefix[0] == '/'
          ? head.pathLength() > 0 && head.bytes()[head.pathStart()] == '/'
          : head.pathOnlyLength() >= prefix.length
              && Slices.equal(head.bytes(), head.pathStart(), prefix, ignoreCase);
    }

    @Override
    public int rewrittenLength() {
      return prefix.length;
    }

    @Override
    public String toString() {
      return Slices.text(prefix) + "*";
    }
  }

  /** {@code path}. */
  record Exact(byte[] path, boolean ignoreCase) implements PathMatcher {
    @Override
    public boolean matches(Head head) {
      return head.pathOnlyLength() == path.length
          && Slices.equal(head.bytes(), head.pathStart(), path, ignoreCase);
    }

    @Override
    public int rewrittenLength() {
      return -1;
    }

    @Override
    public String toString() {
      return "= " + Slices.text(path);
    }
  }

  /** {@code path_separated_prefix}: the prefix itself, or the prefix and a slash. */
  record Separated(byte[] prefix, boolean ignoreCase) implements PathMatcher {
    @Override
    public boolean matches(Head head) {
      int only = head.pathOnlyLength();
      return only >= prefix.length
          && Slices.equal(head.bytes(), head.pathStart(), prefix, ignoreCase)
          && (only == prefix.length || head.bytes()[head.pathStart() + prefix.length] == '/');
    }

    @Override
    public int rewrittenLength() {
      return prefix.length;
    }

    @Override
    public String toString() {
      return Slices.text(prefix) + "/*";
    }
  }

  /** {@code safe_regex}: RE2, the whole path. */
  record Regex(Pattern pattern) implements PathMatcher {
    @Override
    public boolean matches(Head head) {
      return pattern.matches(Ascii.string(head.bytes(), head.pathStart(), head.pathOnlyLength()));
    }

    @Override
    public int rewrittenLength() {
      return -1;
    }

    @Override
    public String toString() {
      return "~ " + pattern;
    }
  }

  /** {@code connect_matcher}: CONNECT requests, and nothing else. */
  record Connect() implements PathMatcher {
    @Override
    public boolean matches(Head head) {
      return head.method() == Method.CONNECT;
    }

    @Override
    public int rewrittenLength() {
      return -1;
    }
  }
}
