package dev.layar.proxy.config;

import dev.layar.proxy.tls.TlsConfig;
import org.jspecify.annotations.Nullable;

/**
 * What happens to the connections that a match selects ({@code Envoy FilterChain}).
 *
 * @param name empty when it has none
 * @param tls null for plain text
 * @param handshakeTimeoutNanos {@code transport_socket_connect_timeout}; 0 when it is not set
 */
public record FilterChain(
    String name,
    FilterChainMatch match,
    TlsConfig.@Nullable Downstream tls,
    long handshakeTimeoutNanos,
    Handler handler) {
  /** The chain's terminal filter with what precedes it. */
  public sealed interface Handler permits HttpConfig, TcpProxyConfig {
    String statPrefix();
  }
}
