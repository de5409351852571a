package dev.layar.proxy.cluster;

import dev.layar.proxy.tls.TlsConfig;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * How a cluster's connections are secured ({@code transport_socket}, {@code
 * transport_socket_matches}). Immutable.
 *
 * @param matches the first that fits an endpoint's metadata is used
 * @param fallback when none fits; null for plain text
 */
public record Transports(List<Match> matches, TlsConfig.@Nullable Upstream fallback) {
  public static final Transports PLAIN = new Transports(List.of(), null);

  public Transports {
    matches = List.copyOf(matches);
  }

  /**
   * A transport socket for some endpoints.
   *
   * @param criteria what an endpoint's {@code envoy.transport_socket_match} metadata has to hold
   * @param tls null for plain text
   */
  public record Match(String name, Map<String, String> criteria, TlsConfig.@Nullable Upstream tls) {
    public Match {
      criteria = Map.copyOf(criteria);
    }

    boolean fits(Map<String, String> metadata) {
      return metadata.entrySet().containsAll(criteria.entrySet());
    }
  }
}
