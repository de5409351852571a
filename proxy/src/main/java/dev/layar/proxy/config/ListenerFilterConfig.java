package dev.layar.proxy.config;

import java.util.List;

/** What looks at a connection before its chain is chosen ({@code Envoy ListenerFilter}). */
public sealed interface ListenerFilterConfig {
  /** Destination ports for which it is left out. */
  Ports disabled();

  /** Restores the destination of a redirected connection. */
  record OriginalDst(Ports disabled) implements ListenerFilterConfig {}

  /** Looks for a TLS ClientHello: transport protocol, SNI, ALPN. */
  record TlsInspector(Ports disabled) implements ListenerFilterConfig {}

  /** Looks for a first line of HTTP: application protocol. */
  record HttpInspector(Ports disabled) implements ListenerFilterConfig {}

  /**
   * Takes the client's address from a PROXY header.
   *
   * @param optional {@code allow_requests_without_proxy_protocol}
   */
  record ProxyProtocol(Ports disabled, boolean optional) implements ListenerFilterConfig {}

  /** A set of ports ({@code ListenerFilterChainMatchPredicate}). */
  sealed interface Ports {
    boolean contains(int port);
  }

  /** None. */
  record NoPorts() implements Ports {
    @Override
    public boolean contains(int port) {
      return false;
    }
  }

  /** {@code destination_port_range}: from start to before end. */
  record Range(int start, int end) implements Ports {
    @Override
    public boolean contains(int port) {
      return port >= start && port < end;
    }
  }

  /** {@code or_match}. */
  record Any(List<Ports> parts) implements Ports {
    public Any {
      parts = List.copyOf(parts);
    }

    @Override
    public boolean contains(int port) {
      return parts.stream().anyMatch(part -> part.contains(port));
    }
  }

  /** {@code and_match}; of nothing it is everything ({@code any_match}). */
  record All(List<Ports> parts) implements Ports {
    public All {
      parts = List.copyOf(parts);
    }

    @Override
    public boolean contains(int port) {
      return parts.stream().allMatch(part -> part.contains(port));
    }
  }

  /** {@code not_match}. */
  record Not(Ports part) implements Ports {
    @Override
    public boolean contains(int port) {
      return !part.contains(port);
    }
  }
}
