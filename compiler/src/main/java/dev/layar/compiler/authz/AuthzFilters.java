package dev.layar.compiler.authz;

import dev.layar.compiler.authz.WorkloadPolicies.Attachment;
import dev.layar.compiler.build.Xds;
import dev.layar.compiler.query.Index;
import dev.layar.compiler.query.Query;
import dev.layar.compiler.query.QueryContext;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.istio.AuthorizationPolicy;
import dev.layar.model.istio.AuthorizationPolicy.Action;
import dev.layar.model.istio.MeshConfig;
import dev.layar.model.istio.RequestAuthentication;
import io.envoyproxy.envoy.config.listener.v3.Filter;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import io.envoyproxy.envoy.extensions.filters.network.http_connection_manager.v3.HttpFilter;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Queries for the filters that decide who may call a workload: in the order CUSTOM, tokens, DENY,
 * ALLOW, AUDIT. One per compiler; it holds no state, only the queries' definitions.
 *
 * <p>DEVIATION: a CUSTOM policy denies all plain TCP connections; Istio asks the provider by gRPC.
 */
public final class AuthzFilters {
  private static final String HTTP_RBAC = "envoy.filters.http.rbac";
  private static final String TCP_RBAC = "envoy.filters.network.rbac";
  private static final String DRY_RUN = "istio.io/dry-run";
  private static final String NO_PROVIDER = "default-deny-all-due-to-bad-CUSTOM-action";

  private final WorkloadPolicies<AuthorizationPolicy> policies;
  private final WorkloadPolicies<RequestAuthentication> tokens;
  private final ExternalAuthorizers authorizers;
  private final Query<Workload, List<HttpFilter>> http =
      new Query<>("authzHttp", this::computeHttp);
  private final Query<Workload, List<Filter>> tcp = new Query<>("authzTcp", this::computeTcp);

  /**
   * The queries.
   *
   * @param providers MeshConfig's {@code extensionProviders}, for CUSTOM
   */
  public AuthzFilters(
      String rootNamespace,
      Comparator<ObjectKey> order,
      List<MeshConfig.ExtensionProvider> providers) {
    this.policies =
        new WorkloadPolicies<>(
            Kinds.AUTHORIZATION_POLICY,
            AuthorizationPolicy.class,
            rootNamespace,
            order,
            spec -> Attachment.of(spec.selector(), spec.targetRef(), spec.targetRefs()));
    this.tokens =
        new WorkloadPolicies<>(
            Kinds.REQUEST_AUTHENTICATION,
            RequestAuthentication.class,
            rootNamespace,
            order,
            spec -> Attachment.of(spec.selector(), spec.targetRef(), spec.targetRefs()));
    this.authorizers = new ExternalAuthorizers(providers);
  }

  /** Every index that these queries read, for the engine. */
  public List<Index<?, ?, ?>> indexes() {
    return List.of(policies.index(), tokens.index());
  }

  /** Filters for the HTTP connection manager of an inbound chain; none when nothing applies. */
  public List<HttpFilter> http(QueryContext context, Workload workload) {
    return context.get(http, workload);
  }

  /** Network filters for a TCP chain; none when nothing applies. */
  public List<Filter> tcp(QueryContext context, Workload workload) {
    return context.get(tcp, workload);
  }

  private List<HttpFilter> computeHttp(QueryContext context, Workload workload) {
    List<Resource<AuthorizationPolicy>> all = policies.of(context, workload);
    List<HttpFilter> filters = new ArrayList<>();
    custom(all).forEach((provider, asked) -> filters.addAll(custom(provider, asked)));
    JwtFilter.of(tokens.of(context, workload)).ifPresent(filters::add);
    for (Step step : steps(all, false)) {
      var rbac = io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC.newBuilder();
      if (step.enforced() != null) {
        rbac.setRules(step.enforced());
      }
      if (step.tried() != null) {
        rbac.setShadowRules(step.tried()).setShadowRulesStatPrefix(step.triedPrefix());
      }
      filters.add(filter(rbac.build()));
    }
    return List.copyOf(filters);
  }

  private static HttpFilter filter(io.envoyproxy.envoy.extensions.filters.http.rbac.v3.RBAC rbac) {
    return HttpFilter.newBuilder().setName(HTTP_RBAC).setTypedConfig(Xds.any(rbac)).build();
  }

  private List<Filter> computeTcp(QueryContext context, Workload workload) {
    List<Resource<AuthorizationPolicy>> all = policies.of(context, workload);
    List<Filter> filters = new ArrayList<>();
    if (!custom(all).isEmpty()) {
      filters.add(network(new Step(denyAll(), null, "")));
    }
    steps(all, true).forEach(step -> filters.add(network(step)));
    return List.copyOf(filters);
  }

  private static Filter network(Step step) {
    var rbac =
        io.envoyproxy
            .envoy
            .extensions
            .filters
            .network
            .rbac
            .v3
            .RBAC
            .newBuilder()
            .setStatPrefix("tcp.");
    if (step.enforced() != null) {
      rbac.setRules(step.enforced());
    }
    if (step.tried() != null) {
      rbac.setShadowRules(step.tried()).setShadowRulesStatPrefix(step.triedPrefix());
    }
    return Filter.newBuilder().setName(TCP_RBAC).setTypedConfig(Xds.any(rbac.build())).build();
  }

  /** Policies of CUSTOM by their provider, the providers in the order of their first policies. */
  private static Map<String, List<Resource<AuthorizationPolicy>>> custom(
      List<Resource<AuthorizationPolicy>> all) {
    Map<String, List<Resource<AuthorizationPolicy>>> byProvider = new LinkedHashMap<>();
    for (Resource<AuthorizationPolicy> policy : all) {
      if (policy.spec().action() == Action.CUSTOM) {
        var provider = policy.spec().provider();
        byProvider
            .computeIfAbsent(provider == null ? "" : provider.name(), _ -> new ArrayList<>())
            .add(policy);
      }
    }
    return byProvider;
  }

  /** Marks the requests that the policies are about, then asks the provider about these. */
  private List<HttpFilter> custom(String provider, List<Resource<AuthorizationPolicy>> asked) {
    var filter = authorizers.filter(provider);
    if (filter.isEmpty()) {
      return List.of(
          filter(
              io.envoyproxy
                  .envoy
                  .extensions
                  .filters
                  .http
                  .rbac
                  .v3
                  .RBAC
                  .newBuilder()
                  .setRules(denyAll())
                  .build()));
    }
    RBAC rules =
        new RbacRules(RBAC.Action.DENY, false)
            .of(asked, ExternalAuthorizers.policyPrefix(provider));
    return List.of(
        filter(
            io.envoyproxy
                .envoy
                .extensions
                .filters
                .http
                .rbac
                .v3
                .RBAC
                .newBuilder()
                .setShadowRules(rules)
                .setShadowRulesStatPrefix(ExternalAuthorizers.SHADOW_PREFIX)
                .build()),
        filter.get());
  }

  private static RBAC denyAll() {
    return RBAC.newBuilder()
        .setAction(RBAC.Action.DENY)
        .putPolicies(NO_PROVIDER, RbacRules.everything())
        .build();
  }

  private static List<Step> steps(List<Resource<AuthorizationPolicy>> all, boolean tcp) {
    List<Step> steps = new ArrayList<>();
    add(steps, all, Action.DENY, RBAC.Action.DENY, "istio_dry_run_deny_", tcp);
    add(steps, all, Action.ALLOW, RBAC.Action.ALLOW, "istio_dry_run_allow_", tcp);
    add(steps, all, Action.AUDIT, RBAC.Action.LOG, "", tcp);
    return steps;
  }

  private static void add(
      List<Step> steps,
      List<Resource<AuthorizationPolicy>> all,
      Action wanted,
      RBAC.Action action,
      String triedPrefix,
      boolean tcp) {
    List<Resource<AuthorizationPolicy>> enforced = new ArrayList<>();
    List<Resource<AuthorizationPolicy>> tried = new ArrayList<>();
    for (Resource<AuthorizationPolicy> policy : all) {
      if (policy.spec().action() == wanted) {
        (isTried(policy) ? tried : enforced).add(policy);
      }
    }
    if (!enforced.isEmpty() || !tried.isEmpty()) {
      RbacRules rules = new RbacRules(action, tcp);
      steps.add(
          new Step(
              enforced.isEmpty() ? null : rules.of(enforced, ""),
              tried.isEmpty() ? null : rules.of(tried, ""),
              triedPrefix));
    }
  }

  /** Istio annotation {@code istio.io/dry-run}: only what would happen is noted. */
  private static boolean isTried(Resource<AuthorizationPolicy> policy) {
    return policy.metadata().annotations().getOrDefault(DRY_RUN, "").equalsIgnoreCase("true");
  }
}
