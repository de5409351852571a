package dev.layar.proxy.config;

import java.net.InetAddress;
import java.util.List;

/**
 * What listener filters found out about a connection, for choosing its filter chain.
 *
 * @param destination the (restored) local address
 * @param destinationPort its port
 * @param serverName SNI in lower case, empty without
 * @param transportProtocol {@code raw_buffer} or {@code tls}
 * @param applicationProtocols in the client's order
 * @param source the peer as the chain match sees it
 * @param directSource the peer of the socket
 */
public record ConnectionFacts(
    InetAddress destination,
    int destinationPort,
    String serverName,
    String transportProtocol,
    List<String> applicationProtocols,
    InetAddress source,
    int sourcePort,
    InetAddress directSource) {
  public ConnectionFacts {
    applicationProtocols = List.copyOf(applicationProtocols);
  }
}
