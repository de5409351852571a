package dev.layar.compiler.registry;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RegistryRulesTest {
  @ParameterizedTest
  @CsvSource({
    "80,    http,         TCP, '',                  HTTP",
    "80,    http-web,     TCP, '',                  HTTP",
    "80,    HTTP2-x,      TCP, '',                  HTTP2",
    "80,    grpc-web-x,   TCP, '',                  GRPC_WEB",
    "80,    grpc-x,       TCP, '',                  GRPC",
    "443,   https,        TCP, '',                  HTTPS",
    "80,    tls-x,        TCP, '',                  TLS",
    "80,    tcp-x,        TCP, '',                  TCP",
    "80,    mongo,        TCP, '',                  TCP",
    "80,    web,          TCP, '',                  AUTO",
    "80,    '',           '',  '',                  AUTO",
    "3306,  '',           TCP, '',                  TCP",
    "25,    smtp,         TCP, '',                  TCP",
    "3306,  http,         TCP, '',                  HTTP",
    "53,    http,         UDP, '',                  UDP",
    "80,    tcp,          TCP, http,                HTTP",
    "80,    http,         TCP, kubernetes.io/h2c,   HTTP2",
    "80,    tcp,          TCP, kubernetes.io/ws,    HTTP",
    "80,    tcp,          TCP, kubernetes.io/wss,   HTTPS",
    "80,    http,         TCP, example.com/own,     AUTO"
  })
  void aServicePortsProtocol(
      int port, String name, String transport, String appProtocol, Protocol protocol) {
    assertThat(Protocol.ofServicePort(port, name, transport, appProtocol)).isEqualTo(protocol);
  }

  @ParameterizedTest
  @CsvSource({
    "reviews,        reviews.ns.svc.cluster.local",
    "Reviews,        reviews.ns.svc.cluster.local",
    "reviews.prod,   reviews.prod",
    "*,              *",
    "*.example.com,  *.example.com",
    "10.0.0.1,       10.0.0.1",
    "2001:db8::1,    2001:db8::1"
  })
  void aHostAsAnObjectMeansIt(String host, String full) {
    assertThat(HostNames.resolve(host, "ns", "cluster.local")).isEqualTo(full);
  }

  @ParameterizedTest
  @CsvSource({
    "a.foo.com,   a.foo.com,   true",
    "*.foo.com,   a.foo.com,   true",
    "*.foo.com,   foo.com,     false",
    "*.foo.com,   .foo.com,    false",
    "*.foo.com,   *.a.foo.com, true",
    "*.a.foo.com, *.foo.com,   false",
    "*,           a.foo.com,   true",
    "*,           *.foo.com,   true",
    "a.foo.com,   *.foo.com,   false"
  })
  void aPatternCovers(String pattern, String host, boolean covers) {
    assertThat(HostNames.covers(pattern, host)).isEqualTo(covers);
  }

  @Test
  void wildcardsFromTheLongest() {
    assertThat(HostNames.wildcardsOver("a.b.c")).containsExactly("*.b.c", "*.c", "*");
    assertThat(HostNames.wildcardsOver("*.b.c")).containsExactly("*.c", "*");
    assertThat(HostNames.wildcardsOver("*")).isEmpty();
  }

  @Test
  void exportTo() {
    assertThat(Audience.of(List.of(), "own").includes("other")).isTrue();
    assertThat(Audience.of(List.of("a", "*"), "own").includes("other")).isTrue();
    assertThat(Audience.of(List.of("."), "own").includes("own")).isTrue();
    assertThat(Audience.of(List.of("."), "own").includes("other")).isFalse();
    assertThat(Audience.of(List.of("."), "own")).isEqualTo(Audience.of(List.of("own"), "own"));
    assertThat(Audience.of(List.of("~"), "own").includes("own")).isFalse();
  }
}
