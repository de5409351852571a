package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** HTTP/1.1 as clients speak it, well and badly, on real sockets. */
class CodecWorldTest {
  private static final String ROUTE = "- {match: {prefix: /}, route: {cluster: web}}";

  @Test
  void keepsConnectionsOnBothSides() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        for (int i = 0; i < 5; i++) {
          assertThat(client.get("/" + i).body()).isEqualTo("hello");
        }
      }
      assertThat(upstream.connections()).isOne();
      assertThat(world.stat("http.main.downstream_cx_total")).isOne();
      assertThat(world.stat("cluster.web.upstream_cx_total")).isOne();
    }
  }

  @Test
  void answersPipelinedRequestsInOrder() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  String request = connection.request();
                  while (request != null) {
                    String path = request.substring(4, request.indexOf(' ', 4));
                    connection.send(
                        "HTTP/1.1 200 OK\r\ncontent-length: " + path.length() + "\r\n\r\n" + path);
                    request = connection.request();
                  }
                });
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        StringBuilder all = new StringBuilder();
        for (int i = 0; i < 50; i++) {
          all.append("GET /").append(i).append(" HTTP/1.1\r\nhost: a\r\n\r\n");
        }
        client.send(all.toString());
        for (int i = 0; i < 50; i++) {
          assertThat(client.read().body()).isEqualTo("/" + i);
        }
      }
    }
  }

  @Test
  void passesChunksBothWays() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  while (connection.request() != null) {
                    connection.send("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n5\r\nab");
                    connection.send("cde\r\n3;x=y\r\nfgh\r\n0\r\ntrailer: t\r\n\r\n");
                  }
                });
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n");
        client.send("1\r\nd\r\n0\r\n\r\n");
        TestClient.Answer answer = client.read();
        assertThat(answer.body()).isEqualTo("abcdefgh");
        assertThat(answer.header("transfer-encoding")).isEqualTo("chunked");
        assertThat(client.get("/").body()).isEqualTo("abcdefgh");
      }
      assertThat(upstream.requests().getFirst())
          .contains("\r\ntransfer-encoding: chunked\r\n")
          .endsWith("\r\n\r\nabcd");
      assertThat(world.log().getFirst()).isEqualTo("POST / 200 - via_upstream 4 8 web -");
    }
  }

  @Test
  void passesLargeBodiesBothWays() throws Exception {
    String large = "0123456789abcdef".repeat(256 * 1024);
    try (TestUpstream upstream = TestUpstream.answering(large);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send(
            "PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: " + large.length() + "\r\n\r\n" + large);
        assertThat(client.read().body()).isEqualTo(large);
      }
      assertThat(upstream.requests().getFirst()).endsWith(large);
    }
  }

  @Test
  void endsABodyByCloseWhereTheUpstreamDoes() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.request();
                  connection.send("HTTP/1.0 200 OK\r\n\r\nuntil the end");
                  connection.close();
                });
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        assertThat(client.get("/").body()).isEqualTo("until the end");
        assertThat(client.get("/").body()).isEqualTo("until the end");
      }
      assertThat(world.log().getFirst()).isEqualTo("GET / 200 - via_upstream 0 13 web -");
    }
  }

  @Test
  void saysContinueItself() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("ok");
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send(
            "POST / HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 3\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(100);
        client.send("abc");
        assertThat(client.read().body()).isEqualTo("ok");
      }
      assertThat(upstream.requests().getFirst()).doesNotContain("\r\nexpect:").endsWith("abc");
    }
  }

  @Test
  void knowsResponsesWithoutBody() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.request();
                  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n");
                  connection.request();
                  connection.send("HTTP/1.1 204 No Content\r\n\r\n");
                  connection.request();
                  connection.send("HTTP/1.1 103 Early Hints\r\nlink: x\r\n\r\n");
                  connection.send("HTTP/1.1 304 Not Modified\r\ncontent-length: 9\r\n\r\n");
                  connection.request();
                });
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send("HEAD / HTTP/1.1\r\nhost: a\r\n\r\n");
        TestClient.Answer head = client.read(true);
        assertThat(head.header("content-length")).isEqualTo("5");
        assertThat(client.get("/").status()).isEqualTo(204);
        assertThat(client.get("/").status()).isEqualTo(304);
      }
      assertThat(upstream.connections()).isOne();
    }
  }

  @Test
  void takesAbsoluteTargetsAsAProxyDoes() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("ok");
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send(
            "GET http://httpbin:8000/get?a=b HTTP/1.1\r\n"
                + "host: other\r\n"
                + "proxy-connection: x\r\n\r\n");
        assertThat(client.read().body()).isEqualTo("ok");
      }
      assertThat(upstream.requests().getFirst())
          .startsWith("GET /get?a=b HTTP/1.1\r\n")
          .contains("\r\nhost: httpbin:8000\r\n")
          .doesNotContain("other", "proxy-connection");
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "GET / HTTP/1.1~host: a~content-length: 1~transfer-encoding: chunked~~0~~|400"
            + "|http1.content_length_and_chunked_not_allowed",
        "GET / HTTP/1.1~host: a~transfer-encoding: gzip~~|501|http1.invalid_transfer_encoding",
        "GET / HTTP/1.0~~|426|low_version",
        "GET / HTTP/1.1~~|400|missing_host_header",
        "GET / HTTP/1.1~host : a~~|400|http1.invalid_header_name",
        "BLAH~~|400|http1.codec_error",
        "GET /a/%00b HTTP/1.1~host: a~~|400|path_normalization_failed",
        "CONNECT a:1 HTTP/1.1~host: a:1~~|403|upgrade_failed",
        "GET / HTTP/1.1~host: a~connection: upgrade~upgrade: websocket~~|403|upgrade_failed",
      })
  void refusesAndCounts(String wire, int status, String details) throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("never");
        World world = World.start().cluster("web", upstream.port())) {
      world.listen("normalize_path: true").routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send(wire.replace("~", "\r\n"));
        TestClient.Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(status);
      }
      world.await(() -> world.stat("http.main.downstream_cx_active") == 0);
      assertThat(world.log()).hasSize(1);
      assertThat(world.log().getFirst()).contains(" " + status + " ", " " + details + " ");
      assertThat(upstream.requests()).isEmpty();
      assertThat(
              world.stat("http.main.downstream_rq_4xx") + world.stat("http.main.downstream_rq_5xx"))
          .isOne();
    }
  }

  @Test
  void refusesAHeadThatIsTooLarge() throws Exception {
    try (World world = World.start()) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send("GET / HTTP/1.1\r\nhost: a\r\nx: " + "y".repeat(70_000) + "\r\n\r\n");
        assertThat(client.read().status()).isEqualTo(431);
        assertThat(client.closed()).isTrue();
      }
      assertThat(world.log().getFirst()).contains(" 431 DPE http1.headers_too_large ");
    }
  }

  @Test
  void aTruncatedChunkIsCutUpstreamToo() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("never");
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send("POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n");
        assertThat(client.read().status()).isEqualTo(400);
      }
      world.await(() -> world.stat("cluster.web.upstream_rq_active") == 0);
      assertThat(world.log().getFirst()).contains(" 400 DPE http1.invalid_chunk ");
    }
  }
}
