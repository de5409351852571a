package dev.layar.compiler.build;

import dev.layar.compiler.build.RouteBuilder.Rule;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.Audience;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.StringMatch;
import dev.layar.model.istio.VirtualService;
import dev.layar.model.istio.VirtualService.Delegate;
import dev.layar.model.istio.VirtualService.HttpMatch;
import dev.layar.model.istio.VirtualService.HttpRoute;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Rules that stand in for a delegating one (Istio {@code virtualservice.go:mergeHTTPRoute}): the
 * delegate's rules in its place, under both sides' conditions, with the delegate's actions before
 * the root's. One level deep; a delegate that is missing, not visible or has hosts of its own drops
 * the rule.
 */
final class Delegates {
  private Delegates() {}

  /**
   * What takes the place of one rule of a VirtualService: the rule itself unless it delegates.
   *
   * @param exportTo who sees objects that do not say so
   */
  static List<Rule> expand(
      QueryContext context, Resource<VirtualService> root, int index, List<String> exportTo) {
    HttpRoute rule = root.spec().http().get(index);
    if (rule.delegate() == null) {
      return List.of(new Rule(rule, root.key(), index));
    }
    Resource<VirtualService> delegate = find(context, root, rule.delegate(), exportTo);
    if (delegate == null) {
      return List.of();
    }
    List<Rule> rules = new ArrayList<>();
    List<HttpRoute> leaves = delegate.spec().http();
    for (int i = 0; i < leaves.size(); i++) {
      HttpRoute merged = leaves.get(i).delegate() == null ? merge(rule, leaves.get(i)) : null;
      if (merged != null) {
        rules.add(new Rule(merged, delegate.key(), i));
      }
    }
    return rules;
  }

  /** The object that a rule delegates to, or null when it may not be used. */
  static @Nullable Resource<VirtualService> find(
      QueryContext context,
      Resource<VirtualService> root,
      Delegate delegate,
      List<String> exportTo) {
    String home = root.metadata().namespace();
    String namespace = delegate.namespace().isEmpty() ? home : delegate.namespace();
    Resource<VirtualService> found =
        MeshObjects.read(
            context,
            new ObjectKey(Kinds.VIRTUAL_SERVICE, namespace, delegate.name()),
            VirtualService.class);
    boolean usable =
        found != null
            && found.spec().isDelegate()
            && Audience.of(found.spec().exportTo(), exportTo, namespace).includes(home);
    return usable ? found : null;
  }

  private static @Nullable HttpRoute merge(HttpRoute root, HttpRoute leaf) {
    List<HttpMatch> match = matches(root.match(), leaf.match());
    if (match == null) {
      return null;
    }
    boolean ownMirrors = leaf.mirror() != null || !leaf.mirrors().isEmpty();
    return new HttpRoute(
        joined(root.name(), leaf.name()),
        match,
        leaf.route(),
        leaf.redirect(),
        first(leaf.directResponse(), root.directResponse()),
        null,
        first(leaf.rewrite(), root.rewrite()),
        first(leaf.timeout(), root.timeout()),
        first(leaf.retries(), root.retries()),
        first(leaf.fault(), root.fault()),
        ownMirrors ? leaf.mirror() : root.mirror(),
        ownMirrors ? leaf.mirrors() : root.mirrors(),
        first(leaf.mirrorPercent(), root.mirrorPercent()),
        first(leaf.mirrorPercentage(), root.mirrorPercentage()),
        first(leaf.corsPolicy(), root.corsPolicy()),
        first(leaf.headers(), root.headers()));
  }

  private static <T> @Nullable T first(@Nullable T leaf, @Nullable T root) {
    return leaf == null ? root : leaf;
  }

  private static String joined(String root, String leaf) {
    return root.isEmpty() ? leaf : leaf.isEmpty() ? root : root + "-" + leaf;
  }

  /** Every compatible pair, or null when some condition of the delegate fits no root condition. */
  private static @Nullable List<HttpMatch> matches(List<HttpMatch> roots, List<HttpMatch> leaves) {
    if (roots.isEmpty()) {
      return leaves;
    }
    if (leaves.isEmpty()) {
      return roots;
    }
    List<HttpMatch> merged = new ArrayList<>();
    for (HttpMatch leaf : leaves) {
      int before = merged.size();
      for (HttpMatch root : roots) {
        if (!conflict(root, leaf)) {
          merged.add(merge(root, leaf));
        }
      }
      if (merged.size() == before) {
        return null;
      }
    }
    return merged;
  }

  private static boolean conflict(HttpMatch root, HttpMatch leaf) {
    return conflict(root.uri(), leaf.uri())
        || conflict(root.scheme(), leaf.scheme())
        || conflict(root.method(), leaf.method())
        || conflict(root.authority(), leaf.authority())
        || (root.uri() != null
            && leaf.uri() != null
            && root.ignoreUriCase() != leaf.ignoreUriCase())
        || (root.port() != 0 && leaf.port() != 0 && root.port() != leaf.port())
        || differ(root.sourceNamespace(), leaf.sourceNamespace())
        || (!root.gateways().isEmpty() && !root.gateways().containsAll(leaf.gateways()))
        || conflict(root.headers(), leaf.headers())
        || conflict(root.withoutHeaders(), leaf.withoutHeaders())
        || conflict(root.queryParams(), leaf.queryParams())
        || leaf.sourceLabels().entrySet().stream()
            .anyMatch(e -> differ(root.sourceLabels().getOrDefault(e.getKey(), ""), e.getValue()));
  }

  private static boolean differ(String root, String leaf) {
    return !root.isEmpty() && !leaf.isEmpty() && !root.equals(leaf);
  }

  private static boolean conflict(Map<String, StringMatch> root, Map<String, StringMatch> leaf) {
    return leaf.entrySet().stream().anyMatch(e -> conflict(root.get(e.getKey()), e.getValue()));
  }

  /** The delegate must say the same or narrow it; expressions are never compared. */
  private static boolean conflict(@Nullable StringMatch root, @Nullable StringMatch leaf) {
    return switch (root) {
      case null -> false;
      case StringMatch.Present() -> false;
      case StringMatch.Regex regex -> leaf != null && !(leaf instanceof StringMatch.Present);
      case StringMatch.Exact exact ->
          leaf instanceof StringMatch.Regex
              || leaf instanceof StringMatch.Prefix
              || (leaf instanceof StringMatch.Exact && !leaf.equals(exact));
      case StringMatch.Prefix(String prefix) ->
          switch (leaf) {
            case null -> false;
            case StringMatch.Present() -> false;
            case StringMatch.Regex regex -> true;
            case StringMatch.Exact(String value) -> !value.startsWith(prefix);
            case StringMatch.Prefix(String value) -> !value.startsWith(prefix);
          };
    };
  }

  private static HttpMatch merge(HttpMatch root, HttpMatch leaf) {
    return new HttpMatch(
        joined(root.name(), leaf.name()),
        first(leaf.uri(), root.uri()),
        first(leaf.scheme(), root.scheme()),
        first(leaf.method(), root.method()),
        first(leaf.authority(), root.authority()),
        union(root.headers(), leaf.headers()),
        union(root.withoutHeaders(), leaf.withoutHeaders()),
        leaf.port() == 0 ? root.port() : leaf.port(),
        union(root.sourceLabels(), leaf.sourceLabels()),
        leaf.gateways().isEmpty() ? root.gateways() : leaf.gateways(),
        leaf.sourceNamespace().isEmpty() ? root.sourceNamespace() : leaf.sourceNamespace(),
        union(root.queryParams(), leaf.queryParams()),
        leaf.uri() == null ? root.ignoreUriCase() : leaf.ignoreUriCase(),
        leaf.statPrefix().isEmpty() ? root.statPrefix() : leaf.statPrefix());
  }

  private static <V> Map<String, V> union(Map<String, V> root, Map<String, V> leaf) {
    Map<String, V> union = new TreeMap<>(root);
    union.putAll(leaf);
    return union;
  }
}
