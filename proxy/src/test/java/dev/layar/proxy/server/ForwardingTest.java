package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Plain proxying on real sockets. */
class ForwardingTest {
  @Test
  void forwardsARequestAndItsAnswer() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes("- {match: {prefix: /}, route: {cluster: web}, name: all}");
      TestClient.Answer answer = world.get("/x?y=z", "connection: close", "x-app: 1");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("hello");
      assertThat(answer.header("server")).isEqualTo("envoy");
      assertThat(answer.header("date")).endsWith("gmt");
      assertThat(answer.header("connection")).isEqualTo("close");
      assertThat(upstream.requests().getFirst())
          .startsWith("GET /x?y=z HTTP/1.1\r\nhost: test\r\n")
          .contains("\r\nx-app: 1\r\n", "\r\nx-forwarded-proto: http\r\n", "\r\nx-request-id: ")
          .contains("\r\nx-envoy-expected-rq-timeout-ms: 15000\r\n")
          .doesNotContain("connection:");
      assertThat(world.log()).containsExactly("GET /x?y=z 200 - via_upstream 0 5 web all");
      assertThat(world.stat("http.main.downstream_rq_2xx")).isOne();
      assertThat(world.stat("cluster.web.upstream_rq_2xx")).isOne();
      assertThat(world.stat("http.main.downstream_rq_active")).isZero();
    }
  }

  /** Large pieces go by reference and small ones are gathered: their order is the sender's. */
  @Test
  void aLargeChunkedBodyKeepsItsOrder() throws Exception {
    String piece = "0123456789abcdef".repeat(4096);
    String chunk = Integer.toHexString(piece.length()) + "\r\n" + piece + "\r\n";
    String answer =
        "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n" + chunk.repeat(20) + "0\r\n\r\n";
    try (TestUpstream upstream = TestUpstream.responding(answer);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes("- {match: {prefix: /}, route: {cluster: web}}");
      try (TestClient client = world.client()) {
        assertThat(client.get("/").body().equals(piece.repeat(20))).isTrue();
      }
    }
  }
}
