package dev.layar.proxy.filter.rbac;

import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.observe.StreamInfo;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What may be done by whom ({@code Envoy config.rbac.v3.RBAC}). Immutable, shared by all event
 * loops.
 *
 * @param policies in the order of their names, which is that in which they are asked
 */
public record RbacRules(Action action, List<Policy> policies) {
  /** What it means when a policy matches. */
  public enum Action {
    /** Only what some policy matches is let through. */
    ALLOW,
    /** What some policy matches is refused. */
    DENY,
    /** Everything is let through. */
    LOG
  }

  /** Some permission and some principal have to match. */
  public record Policy(String name, byte[] details, Condition permissions, Condition principals) {
    public static Policy of(String name, Condition permissions, Condition principals) {
      return new Policy(name, RbacRules.details(name), permissions, principals);
    }
  }

  private static final byte[] NO_POLICY = details("none");

  public RbacRules {
    policies = policies.stream().sorted(Comparator.comparing(Policy::name)).toList();
  }

  /** The first policy that matches; null when none does. */
  public @Nullable Policy match(Head request, StreamInfo info) {
    for (int i = 0; i < policies.size(); i++) {
      Policy policy = policies.get(i);
      if (policy.permissions().matches(request, info)
          && policy.principals().matches(request, info)) {
        return policy;
      }
    }
    return null;
  }

  /** Whether a request is let through that this policy, or none, matched first. */
  public boolean permits(@Nullable Policy matched) {
    return switch (action) {
      case ALLOW -> matched != null;
      case DENY -> matched == null;
      case LOG -> true;
    };
  }

  /** What logs say of a refusal. Shared: not to be changed. */
  public static byte[] refusal(@Nullable Policy matched) {
    return matched == null ? NO_POLICY : matched.details();
  }

  /** White space would break a log line in two columns. */
  private static byte[] details(String name) {
    return Ascii.bytes(
        "rbac_access_denied_matched_policy[" + name.replaceAll("[ \\t\\r\\n\\x0b\\f]", "_") + "]");
  }
}
