package dev.layar.proxy.config;

import java.net.InetAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.function.ToIntFunction;
import org.jspecify.annotations.Nullable;

/**
 * Which connections a chain takes ({@code Envoy FilterChainMatch}). Empty or 0 means any.
 *
 * @param serverNames exact names or {@code *.suffix}, in lower case
 */
public record FilterChainMatch(
    int destinationPort,
    List<Cidr> prefixRanges,
    List<String> serverNames,
    String transportProtocol,
    List<String> applicationProtocols,
    List<Cidr> directSourcePrefixRanges,
    SourceType sourceType,
    List<Cidr> sourcePrefixRanges,
    List<Integer> sourcePorts) {
  public static final FilterChainMatch ANY =
      new FilterChainMatch(
          0, List.of(), List.of(), "", List.of(), List.of(), SourceType.ANY, List.of(), List.of());

  public FilterChainMatch {
    prefixRanges = List.copyOf(prefixRanges);
    serverNames = List.copyOf(serverNames);
    applicationProtocols = List.copyOf(applicationProtocols);
    directSourcePrefixRanges = List.copyOf(directSourcePrefixRanges);
    sourcePrefixRanges = List.copyOf(sourcePrefixRanges);
    sourcePorts = List.copyOf(sourcePorts);
  }

  /** Where the peer is ({@code ConnectionSourceType}). */
  public enum SourceType {
    ANY,
    SAME_IP_OR_LOOPBACK,
    EXTERNAL
  }

  /**
   * The chain that takes the connection. Criteria are looked at in a fixed order, each keeping only
   * the chains that say it best; there is no going back when a later one fits none of those kept.
   */
  static @Nullable FilterChain choose(List<FilterChain> chains, ConnectionFacts facts) {
    List<FilterChain> left = chains;
    left = best(left, match -> exact(match.destinationPort, facts.destinationPort()));
    left = best(left, match -> longest(match.prefixRanges, facts.destination()));
    left = best(left, match -> serverName(match.serverNames, facts.serverName()));
    left = best(left, match -> word(match.transportProtocol, facts.transportProtocol()));
    left = best(left, match -> application(match.applicationProtocols, facts));
    left = best(left, match -> longest(match.directSourcePrefixRanges, facts.directSource()));
    left = best(left, match -> source(match.sourceType, facts));
    left = best(left, match -> longest(match.sourcePrefixRanges, facts.source()));
    left = best(left, match -> sourcePort(match.sourcePorts, facts.sourcePort()));
    return left.isEmpty() ? null : left.getFirst();
  }

  /** The chains with the highest rank; those of a negative rank never. */
  private static List<FilterChain> best(
      List<FilterChain> chains, ToIntFunction<FilterChainMatch> rank) {
    List<FilterChain> kept = new ArrayList<>(chains.size());
    int highest = 0;
    for (FilterChain chain : chains) {
      int own = rank.applyAsInt(chain.match());
      if (own > highest) {
        highest = own;
        kept.clear();
      }
      if (own == highest) {
        kept.add(chain);
      }
    }
    return kept;
  }

  private static int exact(int wanted, int actual) {
    return wanted == 0 ? 0 : wanted == actual ? 1 : -1;
  }

  private static int word(String wanted, String actual) {
    return wanted.isEmpty() ? 0 : wanted.equals(actual) ? 1 : -1;
  }

  private static int longest(List<Cidr> ranges, InetAddress address) {
    if (ranges.isEmpty()) {
      return 0;
    }
    int longest = -1;
    for (Cidr range : ranges) {
      if (range.contains(address)) {
        longest = Math.max(longest, range.prefixLength() + 1);
      }
    }
    return longest;
  }

  private static int serverName(List<String> names, String actual) {
    if (names.isEmpty()) {
      return 0;
    }
    int best = -1;
    for (String name : names) {
      if (name.equals(actual)) {
        return Integer.MAX_VALUE;
      }
      if (name.startsWith("*.") && actual.endsWith(name.substring(1))) {
        best = Math.max(best, name.length());
      }
    }
    return best;
  }

  private static int application(List<String> wanted, ConnectionFacts facts) {
    if (wanted.isEmpty()) {
      return 0;
    }
    List<String> offered = facts.applicationProtocols();
    for (int i = 0; i < offered.size(); i++) {
      if (wanted.contains(offered.get(i))) {
        return offered.size() - i;
      }
    }
    return -1;
  }

  private static int source(SourceType wanted, ConnectionFacts facts) {
    boolean local =
        facts.source().isLoopbackAddress() || facts.source().equals(facts.destination());
    return switch (wanted) {
      case ANY -> 0;
      case SAME_IP_OR_LOOPBACK -> local ? 1 : -1;
      case EXTERNAL -> local ? -1 : 1;
    };
  }

  private static int sourcePort(List<Integer> ports, int actual) {
    return ports.isEmpty() ? 0 : ports.contains(actual) ? 1 : -1;
  }
}
