package dev.layar.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.xds.ResourceType;
import java.net.InetAddress;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class FilterChainMatchTest {
  private static final String CHAINS =
      """
      name: l
      address: {socket_address: {address: 0.0.0.0, port_value: 15001}}
      default_filter_chain: {name: fallback, filters: [TCP]}
      filter_chains:
      - {name: any, filters: [TCP]}
      - {name: port, filter_chain_match: {destination_port: 80, prefix_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}, filters: [TCP]}
      - {name: net8, filter_chain_match: {prefix_ranges: [{address_prefix: 10.0.0.0, prefix_len: 8}]}, filters: [TCP]}
      - {name: net16, filter_chain_match: {prefix_ranges: [{address_prefix: 10.1.0.0, prefix_len: 16}]}, filters: [TCP]}
      - {name: tls, filter_chain_match: {prefix_ranges: [{address_prefix: 10.2.0.0, prefix_len: 16}], transport_protocol: tls}, filters: [TCP]}
      - {name: wide, filter_chain_match: {server_names: ['*.com']}, filters: [TCP]}
      - {name: narrow, filter_chain_match: {server_names: ['*.b.com']}, filters: [TCP]}
      - {name: exact, filter_chain_match: {server_names: ['a.b.com']}, filters: [TCP]}
      - {name: h2, filter_chain_match: {prefix_ranges: [{address_prefix: 10.3.0.0, prefix_len: 16}], application_protocols: [h2c]}, filters: [TCP]}
      - {name: h1, filter_chain_match: {prefix_ranges: [{address_prefix: 10.3.0.0, prefix_len: 16}], application_protocols: [http/1.1]}, filters: [TCP]}
      """
          .replace(
              "TCP",
              "{name: tcp, typed_config: {'@type':"
                  + " type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy,"
                  + " stat_prefix: t, cluster: c}}");

  private static ListenerConfig listener() {
    StoreWorld world = new StoreWorld();
    assertThat(world.push(ResourceType.LISTENER, CHAINS)).isEmpty();
    return Objects.requireNonNull(world.store.snapshot().listeners().get("l"));
  }

  @ParameterizedTest
  @CsvSource({
    // destination, port, SNI, transport, protocols, chain
    "192.168.0.1, 9, '', raw_buffer, '', any",
    "10.9.9.9, 80, '', raw_buffer, '', port",
    "192.168.0.1, 80, '', raw_buffer, '', fallback",
    "10.9.9.9, 81, '', raw_buffer, '', net8",
    "10.1.9.9, 81, '', raw_buffer, '', net16",
    "10.2.0.1, 81, '', tls, '', tls",
    "10.2.0.1, 81, '', raw_buffer, '', fallback",
    "192.168.0.1, 9, a.b.com, tls, '', exact",
    "192.168.0.1, 9, c.b.com, tls, '', narrow",
    "192.168.0.1, 9, b.com, tls, '', wide",
    "192.168.0.1, 9, b.org, tls, '', any",
    "10.3.0.1, 9, '', raw_buffer, http/1.1 h2c, h1",
    "10.3.0.1, 9, '', raw_buffer, h2c http/1.1, h2",
    "10.3.0.1, 9, '', raw_buffer, spdy, fallback"
  })
  void criteriaAreLookedAtInOrderWithoutGoingBack(
      String destination,
      int port,
      String serverName,
      String transport,
      String protocols,
      String chain) {
    InetAddress source = InetAddress.ofLiteral("10.7.7.7");
    ConnectionFacts facts =
        new ConnectionFacts(
            InetAddress.ofLiteral(destination),
            port,
            serverName,
            transport,
            protocols.isEmpty() ? List.of() : List.of(protocols.split(" ")),
            source,
            5555,
            source);
    assertThat(Objects.requireNonNull(listener().chain(facts)).name()).isEqualTo(chain);
  }

  @Test
  void equalMatchesAreRefused() {
    StoreWorld world = new StoreWorld();
    String twice = CHAINS.replace("'*.b.com'", "'*.com'");
    assertThat(world.push(ResourceType.LISTENER, twice))
        .singleElement()
        .satisfies(
            rejection ->
                assertThat(rejection.findings().toString())
                    .contains("multiple filter chains with the same matching rules"));
  }
}
