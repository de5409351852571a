package dev.layar.proxy.filter.hops;

import dev.layar.proxy.codec.http1.Tokens;
import dev.layar.proxy.filter.Call;
import dev.layar.proxy.filter.Layer;
import dev.layar.proxy.filter.Step;

/** Takes out what concerns the client's connection alone (RFC 9110 §7.6.1). Stateless. */
public final class HopByHopLayer implements Layer {
  @Override
  public String name() {
    return "hop-by-hop";
  }

  @Override
  public String reason() {
    return "what Connection says is not the upstream's business";
  }

  @Override
  public Step request(Call call) {
    Tokens.dropHopByHop(call.request());
    return Step.CONTINUE;
  }
}
