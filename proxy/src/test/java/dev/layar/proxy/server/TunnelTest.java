package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import org.junit.jupiter.api.Test;

/** Upgrades and CONNECT: heads are exchanged, then bytes go either way until one end closes. */
class TunnelTest {
  private static final String ROUTE = "- {match: {prefix: /}, route: {cluster: web}}";
  private static final String WEBSOCKET = "upgrade_configs: [{upgrade_type: websocket}]";
  private static final String SWITCHED =
      "HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: websocket\r\n"
          + "sec-websocket-accept: x\r\n\r\n";
  private static final String HTTP2 =
      """
      connect_timeout: 2s
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: {http2_protocol_options: {}}
      """;

  /** Switches protocols and then sends back what it gets, after a greeting. */
  private static TestUpstream echo(String answer) throws IOException {
    return TestUpstream.of(
        connection -> {
          connection.request();
          connection.send(answer + "welcome;");
          connection.socket().getInputStream().transferTo(connection.socket().getOutputStream());
        });
  }

  private static void askForWebSocket(TestClient client) throws IOException {
    client.send(
        "GET /chat HTTP/1.1\r\nhost: test\r\nconnection: keep-alive, Upgrade\r\n"
            + "upgrade: websocket\r\nsec-websocket-key: abc\r\n\r\n");
  }

  private static void talk(TestClient client) throws IOException {
    assertThat(client.bytes("welcome;".length())).isEqualTo("welcome;");
    client.send("one");
    assertThat(client.bytes(3)).isEqualTo("one");
    client.send("two");
    assertThat(client.bytes(3)).isEqualTo("two");
  }

  @Test
  void aWebSocket() throws Exception {
    try (TestUpstream upstream = echo(SWITCHED);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen(WEBSOCKET).routes(ROUTE);
      try (TestClient client = world.client()) {
        askForWebSocket(client);
        TestClient.Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(101);
        assertThat(answer.header("connection")).isEqualTo("upgrade");
        assertThat(answer.header("upgrade")).isEqualTo("websocket");
        assertThat(answer.header("sec-websocket-accept")).isEqualTo("x");
        talk(client);
      }
      assertThat(upstream.requests().getFirst())
          .contains("\r\nconnection: upgrade\r\n", "\r\nupgrade: websocket\r\n")
          .contains("\r\nsec-websocket-key: abc\r\n")
          .doesNotContain("keep-alive", "transfer-encoding");
      world.await(() -> world.stat("cluster.web.upstream_cx_active") == 0);
      world.await(() -> world.stat("http.main.downstream_cx_active") == 0);
      assertThat(world.log().getFirst()).startsWith("GET /chat 101 ");
    }
  }

  /** The tunnel is no request that takes too long. */
  @Test
  void aWebSocketOutlivesTheRoutesTimeout() throws Exception {
    try (TestUpstream upstream = echo(SWITCHED);
        World world = World.start().cluster("web", upstream.port())) {
      world
          .listen(WEBSOCKET)
          .routes("- {match: {prefix: /}, route: {cluster: web, timeout: 0.2s}}");
      try (TestClient client = world.client()) {
        askForWebSocket(client);
        assertThat(client.read().status()).isEqualTo(101);
        world.pass(400);
        talk(client);
      }
    }
  }

  @Test
  void aSilentWebSocketEnds() throws Exception {
    try (TestUpstream upstream = echo(SWITCHED);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen(WEBSOCKET, "stream_idle_timeout: 0.2s").routes(ROUTE);
      try (TestClient client = world.client()) {
        askForWebSocket(client);
        assertThat(client.read().status()).isEqualTo(101);
        assertThat(client.bytes("welcome;".length())).isEqualTo("welcome;");
        assertThat(client.closed()).isTrue();
      }
      assertThat(world.log().getFirst()).contains("101 SI stream_idle_timeout");
    }
  }

  @Test
  void theUpstreamEndsATunnel() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.request();
                  connection.send(SWITCHED + "last words");
                });
        World world = World.start().cluster("web", upstream.port())) {
      world.listen(WEBSOCKET).routes(ROUTE);
      try (TestClient client = world.client()) {
        askForWebSocket(client);
        assertThat(client.read().status()).isEqualTo(101);
        assertThat(client.bytes(10)).isEqualTo("last words");
        assertThat(client.closed()).isTrue();
      }
      assertThat(world.log().getFirst()).startsWith("GET /chat 101 - via_upstream 0 10 ");
    }
  }

  @Test
  void anUpstreamThatDoesNotSwitch() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("no");
        World world = World.start().cluster("web", upstream.port())) {
      world.listen(WEBSOCKET).routes(ROUTE);
      try (TestClient client = world.client()) {
        askForWebSocket(client);
        TestClient.Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("no");
      }
    }
  }

  /** A 101 that nobody asked for is no answer. */
  @Test
  void anUpstreamThatSwitchesUnasked() throws Exception {
    try (TestUpstream upstream = echo(SWITCHED);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen(WEBSOCKET).routes(ROUTE);
      assertThat(world.get("/").status()).isEqualTo(502);
    }
  }

  @Test
  void theRouteDecides() throws Exception {
    try (TestUpstream upstream = echo(SWITCHED);
        World world = World.start().cluster("web", upstream.port())) {
      String off = "upgrade_configs: [{upgrade_type: websocket, enabled: false}]";
      world.listen(WEBSOCKET).routes(ROUTE.replace("web}", "web, " + off + "}"));
      try (TestClient client = world.client()) {
        askForWebSocket(client);
        assertThat(client.read().status()).isEqualTo(403);
      }
      world.listen().routes(ROUTE.replace("web}", "web, " + WEBSOCKET + "}"));
      try (TestClient client = world.client()) {
        askForWebSocket(client);
        assertThat(client.read().status()).isEqualTo(101);
      }
    }
  }

  @Test
  void anUpgradeWithABodyIsRefused() throws Exception {
    try (World world = World.start()) {
      world.listen(WEBSOCKET).routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send(
            "GET / HTTP/1.1\r\nhost: t\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
                + "content-length: 3\r\n\r\nabc");
        assertThat(client.read().status()).isEqualTo(400);
      }
    }
  }

  // ---- CONNECT

  private static final String CONNECT_ROUTE =
      "- {match: {connect_matcher: {}}, route: {cluster: web, upgrade_configs: [{upgrade_type:"
          + " CONNECT, connect_config: {}}]}}";

  private static TestUpstream raw() throws IOException {
    return TestUpstream.of(
        connection -> {
          connection.send("welcome;");
          connection.socket().getInputStream().transferTo(connection.socket().getOutputStream());
        });
  }

  @Test
  void connectEndsHere() throws Exception {
    try (TestUpstream upstream = raw();
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(CONNECT_ROUTE);
      try (TestClient client = world.client()) {
        client.send("CONNECT any:443 HTTP/1.1\r\nhost: any:443\r\n\r\n");
        TestClient.Answer answer = client.head();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.head()).doesNotContain("content-length", "transfer-encoding");
        talk(client);
      }
      world.await(() -> world.stat("cluster.web.upstream_cx_active") == 0);
    }
  }

  @Test
  void connectGoesOn() throws Exception {
    try (TestUpstream upstream = echo("HTTP/1.1 200 OK\r\n\r\n");
        World world = World.start().cluster("web", upstream.port())) {
      world
          .listen("upgrade_configs: [{upgrade_type: CONNECT}]")
          .routes("- {match: {connect_matcher: {}}, route: {cluster: web}}");
      try (TestClient client = world.client()) {
        client.send("CONNECT any:443 HTTP/1.1\r\nhost: any:443\r\n\r\n");
        assertThat(client.head().status()).isEqualTo(200);
        talk(client);
      }
      assertThat(upstream.requests().getFirst()).startsWith("CONNECT any:443 HTTP/1.1\r\n");
    }
  }

  @Test
  void connectOverHttp2() throws Exception {
    try (TestUpstream upstream = raw();
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(CONNECT_ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.headers(1, false, ":method", "CONNECT", ":authority", "any:443");
        client.await(Http2Peer.HEADERS);
        assertThat(client.await(Http2Peer.DATA).payload()).asString().isEqualTo("welcome;");
        client.data(1, true, "one");
        assertThat(client.message(1).body()).isEqualTo("one");
      }
    }
  }

  // ---- RFC 8441

  @Test
  void aWebSocketFromHttp2() throws Exception {
    try (TestUpstream upstream = echo(SWITCHED);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen(WEBSOCKET, "http2_protocol_options: {allow_connect: true}").routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.request(1, false, "CONNECT", "/chat", ":protocol", "websocket");
        client.await(Http2Peer.HEADERS);
        assertThat(client.await(Http2Peer.DATA).payload()).asString().isEqualTo("welcome;");
        client.data(1, false, "one");
        assertThat(client.await(Http2Peer.DATA).payload()).asString().isEqualTo("one");
      }
      assertThat(upstream.requests().getFirst())
          .startsWith("GET /chat HTTP/1.1\r\n")
          .contains("connection: upgrade\r\n", "upgrade: websocket\r\n", "sec-websocket-key: ");
    }
  }

  @Test
  void aWebSocketToHttp2() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  Http2Peer peer = Http2Peer.server(connection.socket(), Http2Peer.setting(8, 1));
                  Http2Peer.Message request = new Http2Peer.Message();
                  peer.head(1, request);
                  peer.headers(1, false, ":status", "200");
                  peer.data(
                      1,
                      false,
                      request.head.getOrDefault(":method", "")
                          + request.head.getOrDefault(":protocol", "")
                          + ";");
                  peer.data(1, true, new String(peer.await(Http2Peer.DATA).payload(), "US-ASCII"));
                  peer.end();
                });
        World world = World.start().cluster("web", HTTP2, upstream.port())) {
      world.listen(WEBSOCKET).routes(ROUTE);
      try (TestClient client = world.client()) {
        askForWebSocket(client);
        TestClient.Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(101);
        assertThat(answer.header("upgrade")).isEqualTo("websocket");
        assertThat(client.bytes(17)).isEqualTo("CONNECTwebsocket;");
        client.send("ping");
        assertThat(client.bytes(4)).isEqualTo("ping");
      }
    }
  }
}
