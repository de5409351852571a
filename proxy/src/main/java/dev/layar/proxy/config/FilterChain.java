package dev.layar.proxy.config;

/**
 * What happens to the connections that a match selects ({@code Envoy FilterChain}).
 *
 * @param name empty when it has none
 */
public record FilterChain(String name, FilterChainMatch match, Handler handler) {
  /** The chain's terminal filter with what precedes it. */
  public sealed interface Handler permits HttpConfig, TcpProxyConfig {
    String statPrefix();
  }
}
