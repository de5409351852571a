package dev.layar.proxy.route;

import com.google.re2j.Pattern;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.ByteSink;

/** Changes a request's path; the query is kept. */
public sealed interface PathRewrite {
  /**
   * Appends the new target, query included.
   *
   * @return false when the path stays as it is; nothing useful was appended then
   */
  boolean apply(Head head, ByteSink out);

  /**
   * Replaces what the route matched ({@code prefix_rewrite}): the prefix, or the whole path of an
   * exact or regex match.
   *
   * @param matchedLength length of the matched prefix; -1 for the whole path
   */
  record Prefix(int matchedLength, byte[] replacement) implements PathRewrite {
    @Override
    public boolean apply(Head head, ByteSink out) {
      int matched = matchedLength < 0 ? head.pathOnlyLength() : matchedLength;
      out.put(replacement);
      out.put(head.bytes(), head.pathStart() + matched, head.pathLength() - matched);
      return true;
    }
  }

  /**
   * Replaces every occurrence of a pattern in the path without its query ({@code regex_rewrite},
   * RE2's GlobalReplace). An empty result leaves the path.
   *
   * @param substitution in RE2/J's form, {@code $1} for the first group
   */
  record Regex(Pattern pattern, String substitution) implements PathRewrite {
    @Override
    public boolean apply(Head head, ByteSink out) {
      int only = head.pathOnlyLength();
      String path = Ascii.string(head.bytes(), head.pathStart(), only);
      String rewritten = pattern.matcher(path).replaceAll(substitution);
      if (rewritten.isEmpty()) {
        return false;
      }
      out.put(rewritten);
      out.put(head.bytes(), head.pathStart() + only, head.pathLength() - only);
      return true;
    }
  }
}
