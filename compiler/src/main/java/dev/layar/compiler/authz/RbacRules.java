package dev.layar.compiler.authz;

import dev.layar.model.Resource;
import dev.layar.model.istio.AuthorizationPolicy;
import dev.layar.model.istio.AuthorizationPolicy.From;
import dev.layar.model.istio.AuthorizationPolicy.Rule;
import dev.layar.model.istio.AuthorizationPolicy.To;
import io.envoyproxy.envoy.config.rbac.v3.Permission;
import io.envoyproxy.envoy.config.rbac.v3.Policy;
import io.envoyproxy.envoy.config.rbac.v3.Principal;
import io.envoyproxy.envoy.config.rbac.v3.RBAC;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Rules of AuthorizationPolicies as Envoy's RBAC. Pure.
 *
 * <p>What a plain TCP connection cannot tell makes a rule that allows void, and is left out of a
 * rule that denies, so that neither lets more through than was meant (istio.io "Security policy:
 * TCP").
 */
final class RbacRules {
  private final RBAC.Action action;
  private final boolean tcp;

  RbacRules(RBAC.Action action, boolean tcp) {
    this.action = action;
    this.tcp = tcp;
  }

  /**
   * The rules of some policies.
   *
   * @param prefix goes before each policy's name
   */
  RBAC of(List<Resource<AuthorizationPolicy>> policies, String prefix) {
    RBAC.Builder rbac = RBAC.newBuilder().setAction(action);
    for (Resource<AuthorizationPolicy> policy : policies) {
      List<Rule> rules = policy.spec().rules();
      if (rules.isEmpty()) {
        rbac.putPolicies(prefix + name(policy, 0), never());
      }
      for (int i = 0; i < rules.size(); i++) {
        String name = prefix + name(policy, i);
        policy(policy.metadata().namespace(), rules.get(i))
            .ifPresent(translated -> rbac.putPolicies(name, translated));
      }
    }
    return rbac.build();
  }

  private static String name(Resource<AuthorizationPolicy> policy, int rule) {
    return "ns["
        + policy.metadata().namespace()
        + "]-policy["
        + policy.metadata().name()
        + "]-rule["
        + rule
        + "]";
  }

  private static Policy never() {
    return Policy.newBuilder()
        .addPermissions(Permissions.NEVER)
        .addPrincipals(Principals.NEVER)
        .build();
  }

  static Policy everything() {
    return Policy.newBuilder()
        .addPermissions(Permissions.ANY)
        .addPrincipals(Principals.ANY)
        .build();
  }

  private Optional<Policy> policy(String namespace, Rule rule) {
    Permissions permissions = new Permissions(tcp);
    Principals principals = new Principals(namespace, tcp);
    List<Condition<Permission>> asked = new ArrayList<>();
    List<Condition<Principal>> asking = new ArrayList<>();
    boolean complete = true;
    for (AuthorizationPolicy.Condition when : rule.when()) {
      var permission = permissions.of(when.key(), when.values(), when.notValues());
      var principal = principals.of(when.key(), when.values(), when.notValues());
      permission.ifPresent(asked::add);
      principal.ifPresent(asking::add);
      complete &= permission.isPresent() || principal.isPresent();
    }
    List<List<Condition<Permission>>> operations = new ArrayList<>();
    for (To to : rule.to()) {
      operations.add(to.operation() == null ? List.of() : permissions.of(to.operation()));
    }
    List<List<Condition<Principal>>> sources = new ArrayList<>();
    for (From from : rule.from()) {
      sources.add(from.source() == null ? List.of() : principals.of(from.source()));
    }
    complete &= isComplete(asked, operations) && isComplete(asking, sources);
    if (!complete && action == RBAC.Action.ALLOW) {
      return Optional.empty();
    }
    return Optional.of(
        Policy.newBuilder()
            .addAllPermissions(alternatives(operations, asked).stream().map(this::asked).toList())
            .addAllPrincipals(alternatives(sources, asking).stream().map(this::asking).toList())
            .build());
  }

  private static <P> boolean isComplete(
      List<Condition<P>> common, List<List<Condition<P>>> alternatives) {
    return common.stream().allMatch(Condition::complete)
        && alternatives.stream().flatMap(List::stream).allMatch(Condition::complete);
  }

  /** What all have in common is part of each; without any, it stands alone. */
  private static <P> List<List<Condition<P>>> alternatives(
      List<List<Condition<P>>> alternatives, List<Condition<P>> common) {
    if (alternatives.isEmpty()) {
      return List.of(common);
    }
    List<List<Condition<P>>> all = new ArrayList<>();
    for (List<Condition<P>> one : alternatives) {
      List<Condition<P>> joined = new ArrayList<>(one);
      joined.addAll(common);
      all.add(joined);
    }
    return all;
  }

  private Permission asked(List<Condition<Permission>> conditions) {
    List<Permission> all = new ArrayList<>();
    for (Condition<Permission> condition : conditions) {
      if (!condition.any().isEmpty()) {
        all.add(Permissions.or(condition.any()));
      }
      if (!condition.none().isEmpty()) {
        all.add(Permissions.not(Permissions.or(condition.none())));
      }
    }
    return Permissions.and(all);
  }

  private Principal asking(List<Condition<Principal>> conditions) {
    List<Principal> all = new ArrayList<>();
    for (Condition<Principal> condition : conditions) {
      if (!condition.any().isEmpty()) {
        all.add(Principals.or(condition.any()));
      }
      if (!condition.none().isEmpty()) {
        all.add(Principals.not(Principals.or(condition.none())));
      }
    }
    return Principals.and(all);
  }
}
