package dev.layar.proxy.filter.rbac;

import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.route.FilterOverride;
import dev.layar.proxy.route.RouteEntry;
import dev.layar.proxy.stream.HttpStats;

/**
 * Refuses requests that no rule allows or some rule denies (Envoy: the RBAC filter). Immutable;
 * allocates only where rules are tried out, whose outcome is noted in the metadata.
 *
 * <p>DEVIATION: outcomes of tried rules are counted apart only under the prefixes that Istio uses.
 */
public final class RbacLayer implements Layer {
  /** Of the metadata that tells the outcome of tried rules. */
  private static final String METADATA = "envoy.filters.http.rbac";

  private static final byte[] BODY = Ascii.bytes("RBAC: access denied");

  private final String filter;
  private final RbacConfig own;

  /**
   * @param filter the name by which routes configure it
   */
  public RbacLayer(String filter, RbacConfig own) {
    this.filter = filter;
    this.own = own;
  }

  @Override
  public String name() {
    return "rbac";
  }

  @Override
  public String reason() {
    return "where the listener's filters have it; decides by what came before it";
  }

  @Override
  public Step request(Call call) {
    RbacConfig config = config(call);
    RbacRules tried = config.shadow();
    if (tried != null) {
      note(tried, config.shadowPrefix(), call);
    }
    RbacRules rules = config.rules();
    if (rules == null) {
      return Step.CONTINUE;
    }
    RbacRules.Policy matched = rules.match(call.request(), call.info());
    if (rules.permits(matched)) {
      call.count(HttpStats.RBAC_ALLOWED);
      return Step.CONTINUE;
    }
    call.count(HttpStats.RBAC_DENIED);
    call.reply(403, BODY, ResponseFlags.NONE, RbacRules.refusal(matched));
    return Step.ANSWERED;
  }

  private static void note(RbacRules tried, String prefix, Call call) {
    RbacRules.Policy matched = tried.match(call.request(), call.info());
    boolean permits = tried.permits(matched);
    call.count(permits ? HttpStats.shadowAllowed(prefix) : HttpStats.shadowDenied(prefix));
    if (matched != null) {
      call.info().note(METADATA, prefix + "shadow_effective_policy_id", matched.name());
    }
    call.info().note(METADATA, prefix + "shadow_engine_result", permits ? "allowed" : "denied");
  }

  /** The most specific configuration replaces the others as a whole. */
  private RbacConfig config(Call call) {
    RouteEntry route = call.route();
    FilterOverride said = route == null ? null : route.overrides().get(filter);
    return switch (said) {
      case RbacConfig config -> config;
      case null, default -> own;
    };
  }
}
