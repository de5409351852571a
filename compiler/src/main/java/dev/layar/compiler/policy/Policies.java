package dev.layar.compiler.policy;

import dev.layar.compiler.MeshSettings;
import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.compiler.registry.Age;
import dev.layar.compiler.registry.Audience;
import dev.layar.compiler.registry.HostNames;
import dev.layar.compiler.registry.MeshObjects;
import dev.layar.compiler.registry.MeshService;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.DestinationRule;
import dev.layar.model.istio.DestinationRule.Subset;
import dev.layar.model.istio.DestinationRule.TrafficPolicy;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Queries for the DestinationRule that a call obeys. One per compiler; it holds no state, only the
 * queries' definitions.
 *
 * <p>Implementation notes (Istio {@code push_context.go:destinationRule}, {@code
 * destination_rule.go:mergeDestinationRule}). Looked for in the caller's namespace, then in the
 * service's, then in the root namespace; the first with any rule for the host decides and nothing
 * is merged across namespaces. Within a namespace the most specific host counts. Istio's quirk is
 * kept: in the service's and root namespace the most specific host is taken first and its
 * visibility looked at afterwards.
 */
public final class Policies {
  /** A host within a namespace. */
  public record HostIn(String namespace, String host) {}

  /**
   * A destination as a namespace sees it.
   *
   * @param clientNamespace the caller's
   * @param serviceNamespace the destination's
   */
  public record Wanted(String clientNamespace, String serviceNamespace, String host) {}

  private final String domain;
  private final String rootNamespace;
  private final List<String> exportTo;
  private final Index<ObjectKey, Resource<?>, HostIn> byHost;
  private final Index<ObjectKey, Resource<?>, String> wildcards;
  private final Query<HostIn, List<HostRule>> merged =
      new Query<>("hostRules", this::computeMerged);
  private final Query<Wanted, List<HostRule>> candidates =
      new Query<>("policy", this::computeCandidates);

  public Policies(MeshSettings settings, Comparator<ObjectKey> order) {
    this.domain = settings.domain();
    this.rootNamespace = settings.rootNamespace();
    this.exportTo = settings.config().defaultDestinationRuleExportTo();
    this.byHost =
        new Index<>(
            "rulesByHost",
            MeshObjects.OBJECTS,
            order,
            (key, object) ->
                object.spec() instanceof DestinationRule rule
                    ? Set.of(new HostIn(key.namespace(), hostOf(rule, key.namespace())))
                    : Set.of());
    this.wildcards =
        new Index<>(
            "wildcardRules",
            MeshObjects.OBJECTS,
            order,
            (key, object) ->
                object.spec() instanceof DestinationRule rule && HostNames.isWildcard(rule.host())
                    ? Set.of(key.namespace())
                    : Set.of());
  }

  /** Every index that these queries read, for the engine. */
  public List<Index<?, ?, ?>> indexes() {
    return List.of(byHost, wildcards);
  }

  /**
   * The rule for calls from a workload to a service. A rule with a workload selector that fits goes
   * before the rest; among those without, the youngest counts.
   */
  public Optional<HostRule> ruleFor(
      QueryContext context,
      String clientNamespace,
      Map<String, String> labels,
      MeshService service) {
    List<HostRule> found =
        context.get(candidates, new Wanted(clientNamespace, service.namespace(), service.host()));
    HostRule last = null;
    for (HostRule rule : found) {
      if (rule.selector().isEmpty()) {
        last = rule;
      } else if (labels.entrySet().containsAll(rule.selector().entrySet())) {
        return Optional.of(rule);
      }
    }
    return Optional.ofNullable(last);
  }

  private String hostOf(DestinationRule rule, String namespace) {
    return HostNames.resolve(rule.host(), namespace, domain);
  }

  private List<HostRule> computeCandidates(QueryContext context, Wanted wanted) {
    String client = wanted.clientNamespace();
    List<HostRule> own = mostSpecific(context, client, wanted.host());
    if (client.equals(rootNamespace)) {
      own = own.stream().filter(rule -> rule.exportTo().isPrivateTo(client)).toList();
    }
    if (!own.isEmpty()) {
      return own;
    }
    List<HostRule> ofService = exported(context, wanted.serviceNamespace(), wanted);
    return ofService.isEmpty() ? exported(context, rootNamespace, wanted) : ofService;
  }

  private List<HostRule> exported(QueryContext context, String namespace, Wanted wanted) {
    return mostSpecific(context, namespace, wanted.host()).stream()
        .filter(rule -> rule.exportTo().includes(wanted.clientNamespace()))
        .toList();
  }

  private List<HostRule> mostSpecific(QueryContext context, String namespace, String host) {
    List<HostRule> exact = context.get(merged, new HostIn(namespace, host));
    if (!exact.isEmpty() || context.keys(wildcards, namespace).isEmpty()) {
      return exact;
    }
    for (String wildcard : HostNames.wildcardsOver(host)) {
      List<HostRule> found = context.get(merged, new HostIn(namespace, wildcard));
      if (!found.isEmpty()) {
        return found;
      }
    }
    return List.of();
  }

  private List<HostRule> computeMerged(QueryContext context, HostIn at) {
    List<Resource<DestinationRule>> rules = new ArrayList<>();
    for (ObjectKey key : context.keys(byHost, at)) {
      Resource<DestinationRule> rule = MeshObjects.read(context, key, DestinationRule.class);
      if (rule != null) {
        rules.add(rule);
      }
    }
    rules.sort(
        Comparator.comparing((Resource<DestinationRule> r) -> selectorOf(r.spec()).isEmpty())
            .thenComparing(r -> Age.of(r.metadata())));
    List<HostRule> result = new ArrayList<>();
    for (Resource<DestinationRule> rule : rules) {
      mergeInto(result, convert(rule, at.host()));
    }
    return List.copyOf(result);
  }

  private HostRule convert(Resource<DestinationRule> rule, String host) {
    String namespace = rule.metadata().namespace();
    Map<String, String> selector = selectorOf(rule.spec());
    return new HostRule(
        host,
        List.of(rule.key()),
        Age.of(rule.metadata()),
        selector.isEmpty()
            ? Audience.of(rule.spec().exportTo(), exportTo, namespace)
            : new Audience(false, List.of(namespace)),
        selector,
        rule.spec().trafficPolicy(),
        rule.spec().subsets());
  }

  /** A rule that everyone sees alike joins the first with the same audience and selector. */
  private static void mergeInto(List<HostRule> rules, HostRule next) {
    for (int i = 0; i < rules.size(); i++) {
      HostRule base = rules.get(i);
      if (base.exportTo().equals(next.exportTo()) && base.selector().equals(next.selector())) {
        rules.set(i, joined(base, next));
        return;
      }
    }
    rules.add(next);
  }

  private static HostRule joined(HostRule base, HostRule next) {
    List<ObjectKey> sources = new ArrayList<>(base.sources());
    sources.addAll(next.sources());
    Map<String, Subset> subsets = new LinkedHashMap<>();
    base.subsets().forEach(subset -> subsets.putIfAbsent(subset.name(), subset));
    next.subsets().forEach(subset -> subsets.putIfAbsent(subset.name(), subset));
    @Nullable TrafficPolicy policy = base.policy() == null ? next.policy() : base.policy();
    return new HostRule(
        base.host(),
        sources,
        base.age(),
        base.exportTo(),
        base.selector(),
        policy,
        List.copyOf(subsets.values()));
  }

  private static Map<String, String> selectorOf(DestinationRule rule) {
    return rule.workloadSelector() == null ? Map.of() : rule.workloadSelector().matchLabels();
  }
}
