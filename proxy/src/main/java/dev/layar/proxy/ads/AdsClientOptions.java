package dev.layar.proxy.ads;

import io.envoyproxy.envoy.config.core.v3.Node;
import java.net.InetSocketAddress;
import java.time.Duration;

/**
 * Where the control plane is and how to speak to it.
 *
 * @param server the ADS server; plaintext HTTP/2
 * @param node who this proxy is
 * @param variant which of the two protocol variants to use (Envoy {@code ApiConfigSource.ApiType}:
 *     DELTA_GRPC or GRPC)
 * @param firstRetry bound of the wait before the first reconnection
 * @param maxRetry bound of the wait before any reconnection
 * @param maxMessageBytes size of one response; a larger one ends the stream
 * @param seed of the reconnection jitter
 */
public record AdsClientOptions(
    InetSocketAddress server,
    Node node,
    Variant variant,
    Duration firstRetry,
    Duration maxRetry,
    int maxMessageBytes,
    long seed) {

  /** The two variants of the protocol. */
  public enum Variant {
    DELTA,
    SOTW
  }

  /** Delta, with Envoy's reconnection times. */
  public static AdsClientOptions of(InetSocketAddress server, Node node) {
    return new AdsClientOptions(
        server,
        node,
        Variant.DELTA,
        Duration.ofMillis(500),
        Duration.ofSeconds(30),
        64 << 20,
        node.getId().hashCode());
  }

  public AdsClientOptions withVariant(Variant other) {
    return new AdsClientOptions(server, node, other, firstRetry, maxRetry, maxMessageBytes, seed);
  }

  public AdsClientOptions withRetry(Duration first, Duration max) {
    return new AdsClientOptions(server, node, variant, first, max, maxMessageBytes, seed);
  }
}
