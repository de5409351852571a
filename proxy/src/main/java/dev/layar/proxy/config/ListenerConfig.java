package dev.layar.proxy.config;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Where to listen and what to do with a connection ({@code Envoy Listener}).
 *
 * @param host an address, for example {@code 0.0.0.0}
 * @param port 0 lets the system choose
 * @param statPrefix what the listener is called in stats: {@code stat_prefix}, else its address
 * @param bindToPort false for listeners that get connections only from a redirecting one
 * @param useOriginalDst hands a connection to the listener of its original destination
 * @param filters what looks at a connection first, in order
 * @param listenerFiltersTimeoutNanos 0 is none
 * @param defaultChain for connections that no chain matches; null closes them
 * @param accessLogs of the listener itself, for connections that no chain takes
 */
public record ListenerConfig(
    String name,
    String host,
    int port,
    String statPrefix,
    Direction direction,
    boolean bindToPort,
    boolean useOriginalDst,
    List<ListenerFilterConfig> filters,
    long listenerFiltersTimeoutNanos,
    boolean continueOnListenerFiltersTimeout,
    int perConnectionBufferLimitBytes,
    List<FilterChain> chains,
    @Nullable FilterChain defaultChain,
    List<AccessLogConfig> accessLogs) {
  public ListenerConfig {
    filters = List.copyOf(filters);
    chains = List.copyOf(chains);
    accessLogs = List.copyOf(accessLogs);
  }

  /** {@code traffic_direction}. */
  public enum Direction {
    UNSPECIFIED,
    INBOUND,
    OUTBOUND
  }

  /** The chain for a connection; null closes it (flag NR, {@code filter_chain_not_found}). */
  public @Nullable FilterChain chain(ConnectionFacts connection) {
    FilterChain chain = FilterChainMatch.choose(chains, connection);
    return chain == null ? defaultChain : chain;
  }

  /** Its chains, the default one last. */
  public List<FilterChain> allChains() {
    List<FilterChain> all = new ArrayList<>(chains);
    if (defaultChain != null) {
      all.add(defaultChain);
    }
    return all;
  }

  /** Whether another version differs in nothing but its chains, so that its socket may stay. */
  public boolean sameSocket(ListenerConfig other) {
    return host.equals(other.host)
        && port == other.port
        && bindToPort == other.bindToPort
        && useOriginalDst == other.useOriginalDst;
  }
}
