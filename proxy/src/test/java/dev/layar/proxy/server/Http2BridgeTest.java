package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** HTTP/2 from the client, and what the upstream and the log see of it. */
class Http2BridgeTest {
  private static final String ROUTE = "- {match: {prefix: /}, route: {cluster: web}}";

  @Test
  void aRequestGoesToHttp1() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.get(1, "/a?b=c", "cookie", "x=1", "cookie", "y=2", "user-agent", "t");
        Http2Peer.Message answer = client.message(1);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("hello");
        assertThat(answer.head)
            .containsEntry("content-length", "5")
            .containsEntry("server", "envoy")
            .doesNotContainKeys("connection", "transfer-encoding");
        assertThat(upstream.requests().getFirst())
            .startsWith(
                "GET /a?b=c HTTP/1.1\r\nhost: test\r\nuser-agent: t\r\ncookie: x=1; y=2\r\n");
        client.request(3, false, "POST", "/post", "te", "trailers");
        client.data(3, false, "abc");
        client.data(3, true, "def");
        assertThat(client.message(3).status()).isEqualTo(200);
        assertThat(upstream.requests().get(1))
            .contains("transfer-encoding: chunked\r\n", "te: trailers\r\n")
            .endsWith("\r\n\r\nabcdef");
      }
      assertThat(world.log().getFirst()).startsWith("GET /a?b=c 200 - via_upstream 0 5 web");
      assertThat(world.stat("http.main.downstream_cx_http2_total")).isOne();
      assertThat(world.stat("http.main.downstream_rq_http2_total")).isEqualTo(2);
      assertThat(upstream.connections()).isOne();
    }
  }
}
