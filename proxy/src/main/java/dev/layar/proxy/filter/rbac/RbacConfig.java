package dev.layar.proxy.filter.rbac;

import dev.layar.proxy.route.FilterOverride;
import dev.layar.proxy.route.Source;
import org.jspecify.annotations.Nullable;

/**
 * An RBAC filter ({@code Envoy http.rbac.v3.RBAC}, {@code network.rbac.v3.RBAC}); what a route says
 * in its stead has the same form. Immutable; equal when read from the same message.
 *
 * @param rules what is enforced; null lets everything through
 * @param shadow what is only noted
 * @param shadowPrefix of the names under which it is noted
 */
public record RbacConfig(
    @Nullable RbacRules rules, @Nullable RbacRules shadow, String shadowPrefix, Source source)
    implements FilterOverride {
  @Override
  public boolean equals(@Nullable Object other) {
    return other instanceof RbacConfig config && source.equals(config.source);
  }

  @Override
  public int hashCode() {
    return source.hashCode();
  }
}
