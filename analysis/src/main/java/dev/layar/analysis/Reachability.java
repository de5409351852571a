package dev.layar.analysis;

import dev.layar.model.Paths;
import dev.layar.model.istio.StringMatch;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.HttpMatch;
import dev.layar.model.istio.VirtualService.L4Match;
import dev.layar.model.istio.VirtualService.TlsMatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.BiPredicate;
import org.jspecify.annotations.Nullable;

/**
 * Finds rules and matches that an earlier one takes everything from. A match covers a later one
 * when each of its conditions follows from the later one's; what cannot be decided (one expression
 * against another) counts as not covered.
 *
 * <p>DEVIATION: Istio warns of equal matches and of prefixes under prefixes; this also finds what
 * follows from the other conditions, and never warns of what a rule that delegates leaves over.
 */
final class Reachability {
  /** How many earlier matches are looked at; beyond, later rules get the benefit of the doubt. */
  private static final int LOOK_BACK = 500;

  private final Report report;

  Reachability(Report report) {
    this.report = report;
  }

  void check(VirtualService spec) {
    List<Rules<HttpMatch>> http = new ArrayList<>();
    spec.http().forEach(r -> http.add(new Rules<>(r.match(), r.delegate() == null)));
    check("spec.http", http, Reachability::covers);
    List<Rules<TlsMatch>> tls = new ArrayList<>();
    spec.tls().forEach(r -> tls.add(new Rules<>(r.match(), !r.match().isEmpty())));
    check("spec.tls", tls, Object::equals);
    List<Rules<L4Match>> tcp = new ArrayList<>();
    spec.tcp().forEach(r -> tcp.add(new Rules<>(r.match(), true)));
    check("spec.tcp", tcp, Object::equals);
  }

  /**
   * A rule's matches.
   *
   * @param takes whether a request that matches goes no further; not so for a rule that delegates
   */
  private record Rules<M>(List<M> matches, boolean takes) {}

  /** An earlier match; none stands for a rule that takes everything. */
  private record Earlier<M>(int rule, @Nullable M match) {}

  private <M> void check(String path, List<Rules<M>> rules, BiPredicate<M, M> covers) {
    List<Earlier<M>> earlier = new ArrayList<>();
    for (int i = 0; i < rules.size(); i++) {
      Rules<M> rule = rules.get(i);
      int ineffective = 0;
      Earlier<M> reason = rule.matches().isEmpty() ? first(earlier, null, covers) : null;
      for (int j = 0; j < rule.matches().size(); j++) {
        Earlier<M> by = first(earlier, rule.matches().get(j), covers);
        if (by != null) {
          ineffective++;
          reason = by;
          if (by.match() != null && rule.matches().size() > 1) {
            ineffective(Paths.item(Paths.item(path, i) + ".match", j), path, by.rule());
          }
        }
        if (rule.takes() && earlier.size() < LOOK_BACK) {
          earlier.add(new Earlier<>(i, rule.matches().get(j)));
        }
      }
      if (reason != null && ineffective == rule.matches().size()) {
        unreachable(Paths.item(path, i), path, reason.rule());
      }
      if (rule.matches().isEmpty() && rule.takes() && earlier.size() < LOOK_BACK) {
        earlier.add(new Earlier<>(i, null));
      }
    }
  }

  private static <M> @Nullable Earlier<M> first(
      List<Earlier<M>> earlier, @Nullable M match, BiPredicate<M, M> covers) {
    for (Earlier<M> one : earlier) {
      M before = one.match();
      if (before == null || match != null && covers.test(before, match)) {
        return one;
      }
    }
    return null;
  }

  private void ineffective(String path, String list, int by) {
    report.add(
        Rule.INEFFECTIVE_MATCH,
        path,
        "the match has no effect: " + Paths.item(list, by) + " takes what it matches");
  }

  private void unreachable(String path, String list, int by) {
    report.add(
        Rule.UNREACHABLE_RULE,
        path,
        "the rule can never be reached: "
            + Paths.item(list, by)
            + " comes first and takes what it matches");
  }

  /** Whether every request that the later match takes is taken by the earlier one. */
  private static boolean covers(HttpMatch earlier, HttpMatch later) {
    return earlier.ignoreUriCase() == later.ignoreUriCase()
        && covers(earlier.uri(), later.uri())
        && covers(earlier.scheme(), later.scheme())
        && covers(earlier.method(), later.method())
        && covers(earlier.authority(), later.authority())
        && coversAll(earlier.headers(), later.headers())
        && coversAll(earlier.queryParams(), later.queryParams())
        && later.withoutHeaders().entrySet().containsAll(earlier.withoutHeaders().entrySet())
        && (earlier.port() == 0 || earlier.port() == later.port())
        && later.sourceLabels().entrySet().containsAll(earlier.sourceLabels().entrySet())
        && (earlier.sourceNamespace().isEmpty()
            || earlier.sourceNamespace().equals(later.sourceNamespace()))
        && (earlier.gateways().isEmpty()
            ? later.gateways().isEmpty()
            : !later.gateways().isEmpty() && earlier.gateways().containsAll(later.gateways()));
  }

  private static boolean coversAll(
      Map<String, StringMatch> earlier, Map<String, StringMatch> later) {
    return earlier.entrySet().stream()
        .allMatch(
            e -> later.containsKey(e.getKey()) && covers(e.getValue(), later.get(e.getKey())));
  }

  private static boolean covers(@Nullable StringMatch earlier, @Nullable StringMatch later) {
    return switch (earlier) {
      case null -> true;
      case StringMatch.Present _ -> later != null;
      case StringMatch.Exact _, StringMatch.Regex _ -> earlier.equals(later);
      case StringMatch.Prefix prefix ->
          later instanceof StringMatch.Prefix p && p.prefix().startsWith(prefix.prefix())
              || later instanceof StringMatch.Exact e && e.exact().startsWith(prefix.prefix());
    };
  }
}
