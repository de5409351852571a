package dev.layar.testkit;

import com.google.protobuf.Message;
import io.envoyproxy.envoy.config.core.v3.CidrRange;
import io.envoyproxy.envoy.config.listener.v3.FilterChain;
import io.envoyproxy.envoy.config.listener.v3.FilterChainMatch;
import io.envoyproxy.envoy.config.listener.v3.Listener;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilter;
import io.envoyproxy.envoy.config.listener.v3.ListenerFilterChainMatchPredicate;
import io.envoyproxy.envoy.extensions.filters.listener.http_inspector.v3.HttpInspector;
import io.envoyproxy.envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector;
import java.math.BigInteger;
import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which filter chain of a listener takes a connection: Envoy's FilterChainMatch, level by level,
 * the most specific value of each level, without going back. What a connection carries is known
 * only as far as the listener's inspectors look.
 */
final class ChainMatch {
  private ChainMatch() {}

  static @Nullable FilterChain of(Listener listener, Call call) {
    boolean tls = call.isTls() && inspects(listener, TlsInspector.class, call);
    boolean http = call.scheme().equals("http") && inspects(listener, HttpInspector.class, call);
    List<String> protocols = tls ? call.alpn() : http ? List.of("http/1.1") : List.of();
    List<FilterChain> left = new ArrayList<>(listener.getFilterChainsList());
    left = best(left, m -> port(m, call.port()));
    left = best(left, m -> range(m, call.address()));
    left = best(left, m -> name(m, tls ? call.serverName() : ""));
    left = best(left, m -> transport(m, tls ? "tls" : "raw_buffer"));
    left = best(left, m -> protocol(m, protocols));
    if (!left.isEmpty()) {
      return left.getFirst();
    }
    return listener.hasDefaultFilterChain() ? listener.getDefaultFilterChain() : null;
  }

  /** The chains with the highest rank; -1 is no match. */
  private static List<FilterChain> best(
      List<FilterChain> chains, ToIntFunction<FilterChainMatch> rank) {
    int highest =
        chains.stream().mapToInt(c -> rank.applyAsInt(c.getFilterChainMatch())).max().orElse(-1);
    return highest < 0
        ? List.of()
        : chains.stream().filter(c -> rank.applyAsInt(c.getFilterChainMatch()) == highest).toList();
  }

  private static int port(FilterChainMatch match, int port) {
    if (!match.hasDestinationPort()) {
      return 0;
    }
    return match.getDestinationPort().getValue() == port ? 1 : -1;
  }

  private static int range(FilterChainMatch match, String address) {
    if (match.getPrefixRangesCount() == 0) {
      return 0;
    }
    return address.isEmpty()
        ? -1
        : match.getPrefixRangesList().stream()
            .filter(range -> contains(range, address))
            .mapToInt(range -> range.getPrefixLen().getValue() + 1)
            .max()
            .orElse(-1);
  }

  private static boolean contains(CidrRange range, String address) {
    byte[] base = bytes(range.getAddressPrefix());
    byte[] other = bytes(address);
    int shift = base.length * 8 - range.getPrefixLen().getValue();
    return base.length == other.length
        && new BigInteger(1, base)
            .shiftRight(shift)
            .equals(new BigInteger(1, other).shiftRight(shift));
  }

  private static byte[] bytes(String address) {
    try {
      return InetAddress.ofLiteral(address).getAddress();
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException("not an address: " + address, e);
    }
  }

  private static int name(FilterChainMatch match, String name) {
    if (match.getServerNamesCount() == 0) {
      return 0;
    }
    int rank = -1;
    for (String pattern : match.getServerNamesList()) {
      if (pattern.equals(name)) {
        rank = Integer.MAX_VALUE;
      } else if (pattern.startsWith("*.") && name.endsWith(pattern.substring(1))) {
        rank = Math.max(rank, pattern.length());
      }
    }
    return rank;
  }

  private static int transport(FilterChainMatch match, String transport) {
    if (match.getTransportProtocol().isEmpty()) {
      return 0;
    }
    return match.getTransportProtocol().equals(transport) ? 1 : -1;
  }

  private static int protocol(FilterChainMatch match, List<String> protocols) {
    if (match.getApplicationProtocolsCount() == 0) {
      return 0;
    }
    return match.getApplicationProtocolsList().stream().anyMatch(protocols::contains) ? 1 : -1;
  }

  private static boolean inspects(
      Listener listener, Class<? extends Message> inspector, Call call) {
    for (ListenerFilter filter : listener.getListenerFiltersList()) {
      if (filter.getTypedConfig().is(inspector)) {
        return !(filter.hasFilterDisabled() && holds(filter.getFilterDisabled(), call));
      }
    }
    return false;
  }

  private static boolean holds(ListenerFilterChainMatchPredicate predicate, Call call) {
    return switch (predicate.getRuleCase()) {
      case DESTINATION_PORT_RANGE ->
          call.port() >= predicate.getDestinationPortRange().getStart()
              && call.port() < predicate.getDestinationPortRange().getEnd();
      case OR_MATCH -> predicate.getOrMatch().getRulesList().stream().anyMatch(p -> holds(p, call));
      case AND_MATCH ->
          predicate.getAndMatch().getRulesList().stream().allMatch(p -> holds(p, call));
      case NOT_MATCH -> !holds(predicate.getNotMatch(), call);
      case ANY_MATCH -> predicate.getAnyMatch();
      case RULE_NOT_SET -> throw new UnsupportedOperationException("predicate " + predicate);
    };
  }
}
