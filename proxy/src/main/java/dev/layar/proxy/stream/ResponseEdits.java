package dev.layar.proxy.stream;

import dev.layar.proxy.codec.http1.Tokens;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.observe.StreamInfo;

/** What the router does to an upstream's response head before the route's own edits. */
final class ResponseEdits {
  static final byte[] SET_COOKIE = Ascii.bytes("set-cookie");

  private ResponseEdits() {}

  /**
   * Takes hop-by-hop headers out and says how long the upstream took, in milliseconds from the end
   * of the request ({@code x-envoy-upstream-service-time}).
   */
  static void fromUpstream(Exchange exchange, Head response) {
    Tokens.dropHopByHop(response);
    if (exchange.config().suppressEnvoyHeaders()) {
      return;
    }
    StreamInfo info = exchange.info();
    long from = info.requestCompleteNanos >= 0 ? info.requestCompleteNanos : info.startNanos;
    response.dropAll(HeaderName.X_ENVOY_UPSTREAM_SERVICE_TIME);
    response.append(
        HeaderName.X_ENVOY_UPSTREAM_SERVICE_TIME,
        Math.max(0, (info.firstUpstreamRxNanos - from) / 1_000_000));
  }
}
