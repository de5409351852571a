package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;

/** HTTP/2 toward upstreams: bridging, sharing a connection, and every way to fail. */
class Http2UpstreamTest {
  private static final String ROUTE = "- {match: {prefix: /}, route: {cluster: web}}";
  private static final String HTTP2 =
      """
      connect_timeout: 2s
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: {http2_protocol_options: {}}
      """;
  private static final int REFUSED_STREAM = 7;
  private static final int CANCEL = 8;

  @FunctionalInterface
  private interface Script {
    void run(Http2Peer peer) throws IOException, InterruptedException;
  }

  private static TestUpstream speaking(Script script) throws IOException {
    return TestUpstream.of(connection -> script.run(Http2Peer.server(connection.socket())));
  }

  /** Reads up to the end of a request's head. */
  private static Http2Peer.Frame head(Http2Peer peer) throws IOException {
    return peer.await(Http2Peer.HEADERS);
  }

  private static void answer(Http2Peer peer, int stream, String body) throws IOException {
    peer.headers(stream, false, ":status", "200", "x-from", "h2");
    peer.data(stream, true, body);
  }

  @Test
  void http1ToHttp2() throws Exception {
    try (TestUpstream upstream =
            speaking(
                peer -> {
                  Http2Peer.Message request = peer.message(1);
                  assertThat(request.head)
                      .containsEntry(":method", "POST")
                      .containsEntry(":path", "/up?x=1")
                      .containsEntry(":authority", "test")
                      .doesNotContainKeys("host", "transfer-encoding", "connection");
                  answer(peer, 1, request.body() + "!");
                  peer.end();
                });
        World world = World.start().cluster("web", HTTP2, upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send(
            "POST /up?x=1 HTTP/1.1\r\nhost: test\r\ntransfer-encoding: chunked\r\n"
                + "connection: keep-alive\r\n\r\n3\r\nabc\r\n0\r\n\r\n");
        TestClient.Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("abc!");
        assertThat(answer.header("x-from")).isEqualTo("h2");
      }
      assertThat(world.stat("cluster.web.upstream_cx_http2_total")).isOne();
    }
  }

  @Test
  void manyCallsShareAConnection() throws Exception {
    CountDownLatch all = new CountDownLatch(1);
    try (TestUpstream upstream =
            speaking(
                peer -> {
                  for (int i = 0; i < 3; i++) {
                    head(peer);
                  }
                  all.countDown();
                  answer(peer, 5, "third");
                  answer(peer, 1, "first");
                  answer(peer, 3, "second");
                  peer.end();
                });
        World world = World.start().cluster("web", HTTP2, upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.get(1, "/1");
        client.get(3, "/2");
        client.get(5, "/3");
        all.await();
        assertThat(client.message(5).body()).isEqualTo("third");
        assertThat(client.message(1).body()).isEqualTo("first");
        assertThat(client.message(3).body()).isEqualTo("second");
      }
      assertThat(upstream.connections()).isOne();
      assertThat(world.stat("cluster.web.upstream_rq_active")).isZero();
    }
  }

  /**
   * A window may be enlarged when its stream has ended: nothing more may follow (RFC 9113 §5.1).
   */
  @Test
  void whatHasEndedStaysEndedWhenItsWindowGrows() throws Exception {
    int window = 65_535;
    try (TestUpstream upstream =
            speaking(
                peer -> {
                  head(peer);
                  for (int had = 0; had < window; ) {
                    had += peer.await(Http2Peer.DATA).payload().length;
                  }
                  peer.frame(Http2Peer.WINDOW_UPDATE, 0, 0, Http2Peer.int32(window));
                  peer.frame(Http2Peer.WINDOW_UPDATE, 0, 1, Http2Peer.int32(100));
                  Http2Peer.Message rest = peer.message(1);
                  peer.frame(Http2Peer.WINDOW_UPDATE, 0, 1, Http2Peer.int32(100));
                  peer.frame(Http2Peer.PING, 0, 0, new byte[8]);
                  Http2Peer.Frame next = peer.next();
                  answer(peer, 1, rest.body() + " then " + (next == null ? -1 : next.type()));
                  peer.end();
                });
        World world = World.start().cluster("web", HTTP2, upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.request(1, false, "POST", "/");
        String frame = "x".repeat(16_384);
        for (int i = 0; i < 4; i++) {
          client.data(1, i == 3, frame);
        }
        assertThat(client.message(1).body()).isEqualTo("x then " + Http2Peer.PING);
      }
    }
  }

  @Test
  void trailersBothWays() throws Exception {
    try (TestUpstream upstream =
            speaking(
                peer -> {
                  Http2Peer.Message request = peer.message(1);
                  peer.headers(1, false, ":status", "200", "content-type", "application/grpc");
                  peer.data(1, false, "reply");
                  peer.headers(
                      1,
                      true,
                      "grpc-status",
                      "0",
                      "x-got",
                      request.trailers.getOrDefault("x-end", ""));
                  peer.end();
                });
        World world = World.start().cluster("web", HTTP2, upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.request(1, false, "POST", "/s/m", "content-type", "application/grpc");
        client.data(1, false, "ask");
        client.headers(1, true, "x-end", "yes");
        Http2Peer.Message answer = client.message(1);
        assertThat(answer.body()).isEqualTo("reply");
        assertThat(answer.trailers).containsEntry("grpc-status", "0").containsEntry("x-got", "yes");
      }
    }
  }

  @Test
  void aResetIsTold() throws Exception {
    assertFailure(
        peer -> {
          head(peer);
          peer.frame(Http2Peer.RST_STREAM, 0, 1, Http2Peer.int32(CANCEL));
          peer.end();
        },
        "reset reason: remote reset",
        "503 UR upstream_reset_before_response_started{remote_reset}");
  }

  @Test
  void aRefusalIsTold() throws Exception {
    assertFailure(
        peer -> {
          head(peer);
          peer.frame(Http2Peer.RST_STREAM, 0, 1, Http2Peer.int32(REFUSED_STREAM));
          peer.end();
        },
        "reset reason: remote refused stream reset",
        "503 UR upstream_reset_before_response_started{remote_refused_stream_reset}");
  }

  @Test
  void aCloseIsTold() throws Exception {
    assertFailure(
        peer -> {
          head(peer);
          peer.close();
        },
        "reset reason: connection termination",
        "503 UC upstream_reset_before_response_started{connection_termination}");
  }

  @Test
  void nonsenseIsTold() throws Exception {
    assertFailure(
        peer -> {
          head(peer);
          peer.headers(1, true, "no-status", "200");
          peer.end();
        },
        "reset reason: protocol error",
        "502 UPE upstream_reset_before_response_started{protocol_error}");
  }

  @Test
  void anUpstreamThatSpeaksHttp1IsTold() throws Exception {
    try (TestUpstream upstream = TestUpstream.of(c -> c.send("HTTP/1.1 400 Bad Request\r\n\r\n"));
        World world = World.start().cluster("web", HTTP2, upstream.port())) {
      world.listen().routes(ROUTE);
      assertThat(world.get("/").status()).isIn(502, 503);
      assertThat(world.log().getFirst()).containsAnyOf("UPE", "UC");
    }
  }

  private static void assertFailure(Script script, String body, String log) throws Exception {
    try (TestUpstream upstream = speaking(script);
        World world = World.start().cluster("web", HTTP2, upstream.port())) {
      world.listen().routes(ROUTE);
      assertThat(world.get("/").body()).endsWith(body);
      assertThat(world.log().getFirst()).startsWith("GET / " + log);
      assertThat(world.stat("cluster.web.upstream_rq_active")).isZero();
    }
  }

  @Test
  void aResetAfterTheHeadBreaksTheResponseOff() throws Exception {
    try (TestUpstream upstream =
            speaking(
                peer -> {
                  head(peer);
                  peer.headers(1, false, ":status", "200");
                  peer.data(1, false, "part");
                  peer.frame(Http2Peer.RST_STREAM, 0, 1, Http2Peer.int32(CANCEL));
                  peer.end();
                });
        World world = World.start().cluster("web", HTTP2, upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.get(1, "/");
        Http2Peer.Message answer = client.message(1);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.ended).isFalse();
        assertThat(answer.reset).isEqualTo(2);
      }
      assertThat(world.log().getFirst())
          .contains("200 UR upstream_reset_after_response_started{remote_reset}");
    }
  }

  @Test
  void aRefusedStreamIsRetriedWhereThePolicySaysSo() throws Exception {
    try (TestUpstream upstream =
            speaking(
                peer -> {
                  head(peer);
                  peer.frame(Http2Peer.RST_STREAM, 0, 1, Http2Peer.int32(REFUSED_STREAM));
                  head(peer);
                  answer(peer, 3, "second try");
                  peer.end();
                });
        World world = World.start().cluster("web", HTTP2, upstream.port())) {
      world
          .listen()
          .routes(
              "- {match: {prefix: /}, route: {cluster: web, retry_policy: {retry_on:"
                  + " refused-stream}}}");
      assertThat(world.get("/").body()).isEqualTo("second try");
      assertThat(world.stat("cluster.web.upstream_rq_retry_success")).isOne();
    }
  }

  /** What is beyond the last stream of a GOAWAY was not processed; the next call goes elsewhere. */
  @Test
  void goAwayEndsAConnection() throws Exception {
    try (TestUpstream upstream =
            speaking(
                peer -> {
                  Http2Peer.Frame request = head(peer);
                  answer(peer, request.stream(), "bye");
                  byte[] goAway = {0, 0, 0, (byte) request.stream(), 0, 0, 0, 0};
                  peer.frame(Http2Peer.GOAWAY, 0, 0, goAway);
                  peer.end();
                });
        World world = World.start().cluster("web", HTTP2, upstream.port())) {
      world.listen().routes(ROUTE);
      assertThat(world.get("/").body()).isEqualTo("bye");
      world.await(() -> world.stat("cluster.web.upstream_cx_close_notify") == 1);
      assertThat(world.get("/").body()).isEqualTo("bye");
      assertThat(upstream.connections()).isEqualTo(2);
    }
  }

  @Test
  void aConnectionTakesNoMoreThanItMay() throws Exception {
    String limited =
        HTTP2.replace(
            "{http2_protocol_options: {}}",
            "{http2_protocol_options: {max_concurrent_streams: 1}}");
    CountDownLatch both = new CountDownLatch(2);
    try (TestUpstream upstream =
            speaking(
                peer -> {
                  head(peer);
                  both.countDown();
                  both.await();
                  answer(peer, 1, "x");
                  peer.end();
                });
        World world = World.start().cluster("web", limited, upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.get(1, "/1");
        client.get(3, "/2");
        assertThat(client.message(1).status()).isEqualTo(200);
      }
      assertThat(upstream.connections()).isEqualTo(2);
    }
  }
}
