package dev.layar.proxy.filter.route;

import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;

/**
 * Looks the route up, once, before the layers that depend on it. A request without a route goes on:
 * it is answered at the end of the chain (404, flag NR). Stateless.
 */
public final class RouteLayer implements Layer {
  @Override
  public String name() {
    return "route";
  }

  @Override
  public String reason() {
    return "the layers behind act by route";
  }

  @Override
  public Step request(Call call) {
    call.findRoute();
    return Step.CONTINUE;
  }
}
