package dev.layar.proxy.filter.upgrade;

import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.http.Method;
import dev.layar.proxy.observe.ResponseFlags;

/**
 * Refuses CONNECT and upgrades with 403, as Envoy does where {@code upgrade_configs} does not list
 * them. An offer of h2c is ignored, as Envoy ignores it. Stateless.
 *
 * <p>DEVIATION: websocket is refused even where {@code upgrade_configs} enables it.
 */
public final class UpgradeLayer implements Layer {
  private static final byte[] NO_BODY = new byte[0];
  private static final byte[] DETAILS = Ascii.bytes("upgrade_failed");
  private static final byte[] H2C = Ascii.bytes("h2c");

  @Override
  public String name() {
    return "upgrade";
  }

  @Override
  public String reason() {
    return "nothing behind it can carry anything but HTTP";
  }

  @Override
  public Step request(Call call) {
    Head request = call.request();
    if (request.method() != Method.CONNECT && (!request.upgrade() || offersH2c(request))) {
      return Step.CONTINUE;
    }
    call.closeAfter();
    call.reply(403, NO_BODY, ResponseFlags.NONE, DETAILS);
    return Step.ANSWERED;
  }

  private static boolean offersH2c(Head request) {
    int at = request.find(HeaderName.UPGRADE);
    return at >= 0
        && Ascii.equalIgnoreCase(
            request.bytes(), request.valueStart(at), request.valueLength(at), H2C);
  }
}
