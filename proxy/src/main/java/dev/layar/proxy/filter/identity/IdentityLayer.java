package dev.layar.proxy.filter.identity;

import dev.layar.proxy.config.HttpConfig;
import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;

/** Server and Date of responses (Envoy: {@code server_header_transformation}). Immutable. */
public final class IdentityLayer implements Layer {
  private final byte[] serverName;

  public IdentityLayer(HttpConfig config) {
    this.serverName = Ascii.bytes(config.serverName());
  }

  @Override
  public String name() {
    return "identity";
  }

  @Override
  public String reason() {
    return "responses say who sent them and when";
  }

  @Override
  public void response(Call call, boolean local) {
    Head response = call.response();
    server(call.config().serverHeader(), response);
    if (response.find(HeaderName.DATE) < 0) {
      response.append(HeaderName.DATE, call.date());
    }
    if (call.config().alwaysSetRequestIdInResponse()) {
      requestId(call.request(), response);
    }
  }

  private void server(HttpConfig.ServerHeader transformation, Head response) {
    switch (transformation) {
      case OVERWRITE -> {
        response.dropAll(HeaderName.SERVER);
        response.append(HeaderName.SERVER, serverName);
      }
      case APPEND_IF_ABSENT -> {
        if (response.find(HeaderName.SERVER) < 0) {
          response.append(HeaderName.SERVER, serverName);
        }
      }
      case PASS_THROUGH -> {}
    }
  }

  private static void requestId(Head request, Head response) {
    int at = request.find(HeaderName.X_REQUEST_ID);
    if (at >= 0) {
      response.dropAll(HeaderName.X_REQUEST_ID);
      response.append(
          HeaderName.bytes(HeaderName.X_REQUEST_ID),
          HeaderName.X_REQUEST_ID,
          request.bytes(),
          request.valueStart(at),
          request.valueLength(at));
    }
  }
}
