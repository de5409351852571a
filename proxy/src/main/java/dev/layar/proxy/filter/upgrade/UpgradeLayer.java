package dev.layar.proxy.filter.upgrade;

import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.http.Method;
import dev.layar.proxy.observe.ResponseFlags;
import dev.layar.proxy.route.RouteAction;
import dev.layar.proxy.route.RouteEntry;
import dev.layar.proxy.route.Upgrades;

/**
 * Refuses CONNECT and upgrades with 403 where {@code upgrade_configs} of neither route nor listener
 * names them, as Envoy does. Stateless.
 */
public final class UpgradeLayer implements Layer {
  private static final byte[] NO_BODY = new byte[0];
  private static final byte[] DETAILS = Ascii.bytes("upgrade_failed");

  @Override
  public String name() {
    return "upgrade";
  }

  @Override
  public String reason() {
    return "a tunnel is opened only where the route or the listener allows it";
  }

  @Override
  public Step request(Call call) {
    Head request = call.request();
    boolean connect = request.method() == Method.CONNECT;
    if (!connect && !request.upgrade()) {
      return Step.CONTINUE;
    }
    RouteEntry route = call.route();
    Upgrades ofRoute =
        route != null && route.action() instanceof RouteAction.Forward forward
            ? forward.upgrades()
            : Upgrades.NONE;
    Upgrades ofListener = call.config().upgrades();
    if (connect
        ? ofRoute.allows(Upgrades.CONNECT, 0, Upgrades.CONNECT.length, ofListener)
        : allows(request, ofRoute, ofListener)) {
      return Step.CONTINUE;
    }
    call.closeAfter();
    call.reply(403, NO_BODY, ResponseFlags.NONE, DETAILS);
    return Step.ANSWERED;
  }

  private static boolean allows(Head request, Upgrades ofRoute, Upgrades ofListener) {
    int at = request.find(HeaderName.UPGRADE);
    return at >= 0
        && ofRoute.allows(
            request.bytes(), request.valueStart(at), request.valueLength(at), ofListener);
  }
}
