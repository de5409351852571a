package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.SocketException;
import java.util.function.LongSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * What HTTP/2 proxies have been attacked with: the connection ends with ENHANCE_YOUR_CALM or what
 * is asked too much is refused, nothing is left behind, and other clients are served.
 */
class Http2AttackTest {
  private static final String ROUTE = "- {match: {prefix: /}, route: {cluster: web}}";
  private static final int PROTOCOL_ERROR = 1;
  private static final int REFUSED_STREAM = 7;
  private static final int CALM = 11;

  @FunctionalInterface
  private interface Flood {
    void at(Http2Peer peer) throws IOException;
  }

  record Attack(String name, Flood flood) {
    @Override
    public String toString() {
      return name;
    }
  }

  private static Attack of(String name, Flood flood) {
    return new Attack(name, flood);
  }

  static Stream<Attack> floods() {
    return Stream.of(
        of(
            "rapid reset",
            peer -> {
              for (int i = 0; i < 2000; i++) {
                peer.get(1 + 2 * i, "/hang");
                peer.frame(Http2Peer.RST_STREAM, 0, 1 + 2 * i, Http2Peer.int32(8));
              }
            }),
        of(
            "resets that the proxy is made to send",
            peer -> {
              for (int i = 0; i < 2000; i++) {
                peer.get(1 + 2 * i, "/hang");
                peer.frame(Http2Peer.WINDOW_UPDATE, 0, 1 + 2 * i, Http2Peer.int32(0));
              }
            }),
        of(
            "small CONTINUATION frames",
            peer -> {
              peer.frame(Http2Peer.HEADERS, 1, 1, (byte) 0x82);
              for (int i = 0; i < 10_000; i++) {
                peer.frame(Http2Peer.CONTINUATION, 0, 1, (byte) 0x86);
              }
            }),
        of(
            "large CONTINUATION frames",
            peer -> {
              peer.frame(Http2Peer.HEADERS, 1, 1, (byte) 0x82);
              for (int i = 0; i < 100; i++) {
                peer.frame(Http2Peer.CONTINUATION, 0, 1, new byte[16_384]);
              }
            }),
        of(
            "empty CONTINUATION frames",
            peer -> {
              peer.frame(Http2Peer.HEADERS, 1, 1, (byte) 0x82);
              for (int i = 0; i < 10_000; i++) {
                peer.frame(Http2Peer.CONTINUATION, 0, 1);
              }
            }),
        of(
            "empty DATA frames",
            peer -> {
              peer.request(1, false, "POST", "/hang");
              for (int i = 0; i < 10_000; i++) {
                peer.frame(Http2Peer.DATA, 0, 1);
              }
            }),
        of(
            "SETTINGS",
            peer -> {
              for (int i = 0; i < 20_000; i++) {
                peer.frame(Http2Peer.SETTINGS, 0, 0, Http2Peer.setting(3, i));
              }
            }),
        of(
            "PING",
            peer -> {
              for (int i = 0; i < 20_000; i++) {
                peer.frame(Http2Peer.PING, 0, 0, new byte[8]);
              }
            }),
        of(
            "PRIORITY",
            peer -> {
              for (int i = 0; i < 10_000; i++) {
                peer.frame(Http2Peer.PRIORITY, 0, 1 + 2 * i, new byte[5]);
              }
            }),
        of(
            "frames of an unknown type",
            peer -> {
              for (int i = 0; i < 10_000; i++) {
                peer.frame(99, 0, 0);
              }
            }),
        of(
            "WINDOW_UPDATE",
            peer -> {
              for (int i = 0; i < 10_000; i++) {
                peer.frame(Http2Peer.WINDOW_UPDATE, 0, 0, Http2Peer.int32(1));
              }
            }));
  }

  private static TestUpstream upstream() throws IOException {
    return TestUpstream.of(
        connection -> {
          for (String request = connection.request();
              request != null;
              request = connection.request()) {
            if (request.contains("/hang")) {
              connection.beSilent();
            }
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
          }
        });
  }

  @ParameterizedTest
  @MethodSource
  void floods(Attack attack) throws Exception {
    try (TestUpstream upstream = upstream();
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer other = Http2Peer.client(world.address());
          Http2Peer attacker = Http2Peer.client(world.address())) {
        Thread flood = Thread.ofVirtual().start(() -> run(attack, attacker));
        assertThat(attacker.end()).isEqualTo(CALM);
        flood.join();
        other.get(1, "/");
        assertThat(other.message(1).body()).isEqualTo("ok");
      }
      world.await(() -> world.stat("http.main.downstream_cx_active") == 0);
      assertThat(world.stat("http.main.downstream_rq_active")).isZero();
      assertThat(world.stat("cluster.web.upstream_rq_active")).isZero();
      assertThat(world.stat("http.main.downstream_cx_protocol_error")).isPositive();
    }
  }

  private static void run(Attack attack, Http2Peer peer) {
    try {
      attack.flood().at(peer);
    } catch (SocketException e) {
      assertThat(e).as("the proxy has closed").isNotNull();
    } catch (IOException e) {
      throw new IllegalStateException(e);
    }
  }

  // ---- heads

  @Test
  void aHeadThatIsTooLarge() throws Exception {
    try (TestUpstream upstream = upstream();
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        byte[] block =
            Http2Peer.block(
                ":method",
                "GET",
                ":scheme",
                "http",
                ":path",
                "/",
                ":authority",
                "t",
                "a",
                "x".repeat(62_000));
        client.frame(Http2Peer.HEADERS, 1, 1, java.util.Arrays.copyOf(block, 16_384));
        for (int at = 16_384; at < block.length; at += 16_384) {
          int end = Math.min(block.length, at + 16_384);
          int flags = end == block.length ? Http2Peer.END_HEADERS : 0;
          client.frame(
              Http2Peer.CONTINUATION, flags, 1, java.util.Arrays.copyOfRange(block, at, end));
        }
        assertThat(client.message(1).status()).isEqualTo(431);
        client.get(3, "/");
        assertThat(client.message(3).body()).isEqualTo("ok");
      }
      assertThat(world.log().getFirst()).contains("431 DPE http2.headers_too_large");
      assertThat(world.stat("http.main.downstream_rq_too_large")).isOne();
    }
  }

  @Test
  void tooManyFields() throws Exception {
    try (TestUpstream upstream = upstream();
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        String[] many = new String[300];
        java.util.Arrays.setAll(many, i -> i % 2 == 0 ? "a" : "b");
        client.get(1, "/", many);
        assertThat(client.message(1).status()).isEqualTo(431);
      }
      assertThat(world.log().getFirst()).contains("431 DPE http2.too_many_headers");
    }
  }

  /** A field of 4 KB in the table, named again by one byte each: 16 KB that would be 64 MB. */
  @Test
  void aCompressionBomb() throws Exception {
    try (TestUpstream upstream = upstream();
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        java.io.ByteArrayOutputStream block = new java.io.ByteArrayOutputStream();
        block.writeBytes(
            Http2Peer.block(":method", "GET", ":scheme", "http", ":path", "/", ":authority", "t"));
        byte[] large = Http2Peer.block("b", "a".repeat(4000));
        large[0] = 0x40;
        block.writeBytes(large);
        byte[] again = new byte[12_000];
        java.util.Arrays.fill(again, (byte) (0x80 | 62));
        block.writeBytes(again);
        client.frame(Http2Peer.HEADERS, 5, 1, block.toByteArray());
        assertThat(client.message(1).status()).isEqualTo(431);
        client.get(3, "/");
        assertThat(client.message(3).body()).isEqualTo("ok");
      }
    }
  }

  @Test
  void moreStreamsThanAllowed() throws Exception {
    try (TestUpstream upstream = upstream();
        World world = World.start().cluster("web", upstream.port())) {
      world.listen("http2_protocol_options: {max_concurrent_streams: 2}").routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.get(1, "/hang");
        client.get(3, "/hang");
        client.get(5, "/");
        assertThat(client.message(5).reset).isEqualTo(REFUSED_STREAM);
        client.frame(Http2Peer.RST_STREAM, 0, 1, Http2Peer.int32(8));
        client.get(7, "/");
        assertThat(client.message(7).body()).isEqualTo("ok");
      }
    }
  }

  // ---- windows

  /** A client that never takes its response: what waits is given up. */
  @Test
  void aWindowOfZero() throws Exception {
    try (TestUpstream upstream = upstream();
        World world = World.start().cluster("web", upstream.port())) {
      world.listen("stream_idle_timeout: 0.3s").routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address(), Http2Peer.setting(4, 0))) {
        client.get(1, "/");
        Http2Peer.Message answer = client.message(1);
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEmpty();
        assertThat(answer.reset).isNotNegative();
      }
    }
  }

  @Test
  void moreDataThanTheWindow() throws Exception {
    try (TestUpstream upstream = TestUpstream.of(TestUpstream.Connection::halt);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen("http2_protocol_options: {initial_stream_window_size: 65535}").routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.request(1, false, "POST", "/");
        byte[] full = new byte[16_384];
        Thread flood =
            Thread.ofVirtual()
                .start(
                    () ->
                        run(
                            of(
                                "data",
                                peer -> {
                                  for (int i = 0; i < 4000; i++) {
                                    peer.frame(Http2Peer.DATA, 0, 1, full);
                                  }
                                }),
                            client));
        assertThat(client.message(1).reset).isEqualTo(3);
        client.close();
        flood.join();
      }
    }
  }

  // ---- slow readers

  private static final int LIMIT = 256 * 1024;

  /** What may be on its way besides the configured buffer: sockets and one read. */
  private static final long SLACK = 9L << 20;

  private static final long LARGE = 64L << 20;

  private static TestUpstream pouring() throws IOException {
    return TestUpstream.of(
        connection -> {
          connection.request();
          connection.send("HTTP/1.1 200 OK\r\ncontent-length: " + LARGE + "\r\n\r\n");
          String piece = "x".repeat(1 << 16);
          for (long sent = 0; sent < LARGE; sent += piece.length()) {
            connection.send(piece);
          }
          connection.beSilent();
        });
  }

  /** Waits until a counter has stopped growing. */
  private static long settled(World world, LongSupplier counter) throws InterruptedException {
    long last = -1;
    long now = counter.getAsLong();
    while (now != last) {
      last = now;
      world.pass(300);
      now = counter.getAsLong();
    }
    return now;
  }

  @Test
  void anHttp2ClientThatDoesNotRead() throws Exception {
    try (TestUpstream upstream = pouring();
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.get(1, "/");
        client.await(Http2Peer.DATA);
        long taken = settled(world, () -> world.stat("cluster.web.upstream_cx_rx_bytes_total"));
        assertThat(taken).isLessThan(LIMIT);
        client.frame(Http2Peer.WINDOW_UPDATE, 0, 0, Http2Peer.int32(1 << 30));
        client.frame(Http2Peer.WINDOW_UPDATE, 0, 1, Http2Peer.int32(1 << 30));
        assertThat(client.message(1).ended).isTrue();
      }
    }
  }

  @Test
  void anHttp2UpstreamIsHeldBackByItsWindow() throws Exception {
    String http2 =
        """
        connect_timeout: 2s
        per_connection_buffer_limit_bytes: %d
        typed_extension_protocol_options:
          envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
            "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
            explicit_http_config: {http2_protocol_options: {}}
        """
            .formatted(LIMIT);
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  Http2Peer peer = Http2Peer.server(connection.socket());
                  pour(peer, true);
                });
        World world = World.start().cluster("web", http2, upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send("GET / HTTP/1.1\r\nhost: test\r\n\r\n");
        world.await(() -> world.stat("cluster.web.upstream_cx_rx_bytes_total") > 65_535);
        long taken = settled(world, () -> world.stat("cluster.web.upstream_cx_rx_bytes_total"));
        assertThat(taken).isLessThan(LIMIT + SLACK);
      }
    }
  }

  /** Sends data as fast as the windows allow, as an answer or as a request's body. */
  private static void pour(Http2Peer peer, boolean answer) throws IOException {
    long stream = 65_535;
    long connection = 65_535;
    boolean begun = !answer;
    byte[] piece = new byte[16_384];
    for (long sent = 0; sent < LARGE; sent += piece.length) {
      while (!begun || stream < piece.length || connection < piece.length) {
        Http2Peer.Frame frame = peer.next();
        if (frame == null) {
          return;
        }
        switch (frame.type()) {
          case Http2Peer.WINDOW_UPDATE -> {
            connection += frame.stream() == 0 ? frame.number(0) : 0;
            stream += frame.stream() == 0 ? 0 : frame.number(0);
          }
          case Http2Peer.SETTINGS -> stream += windowChange(frame);
          case Http2Peer.HEADERS -> {
            begun = true;
            peer.headers(1, false, ":status", "200");
          }
          default -> {
            // nothing that opens a window
          }
        }
      }
      stream -= piece.length;
      connection -= piece.length;
      peer.frame(Http2Peer.DATA, 0, 1, piece);
    }
  }

  private static long windowChange(Http2Peer.Frame settings) {
    for (int at = 0; at + 6 <= settings.payload().length; at += 6) {
      if (settings.payload()[at + 1] == 4) {
        return settings.number(at + 2) - 65_535L;
      }
    }
    return 0;
  }

  /** An upstream that takes nothing: the client's window is not refilled. */
  @Test
  void anHttp1UpstreamThatDoesNotRead() throws Exception {
    try (TestUpstream upstream = TestUpstream.of(TestUpstream.Connection::halt);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer client = Http2Peer.client(world.address())) {
        client.request(1, false, "POST", "/");
        Thread pouring =
            Thread.ofVirtual().start(() -> run(of("upload", peer -> pour(peer, false)), client));
        world.await(() -> world.stat("http.main.downstream_cx_rx_bytes_total") > 65_535);
        long taken = settled(world, () -> world.stat("http.main.downstream_cx_rx_bytes_total"));
        assertThat(taken).isLessThan((1 << 20) + SLACK);
        client.close();
        pouring.join();
      }
    }
  }

  @Test
  void aMalformedResponseDoesNotHarmOthers() throws Exception {
    try (TestUpstream upstream = upstream();
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (Http2Peer good = Http2Peer.client(world.address());
          Http2Peer bad = Http2Peer.client(world.address())) {
        bad.headers(1, true, ":method", "GET");
        assertThat(bad.end()).isEqualTo(PROTOCOL_ERROR);
        good.get(1, "/");
        assertThat(good.message(1).body()).isEqualTo("ok");
      }
      assertThat(world.log().getFirst()).contains("DPE http2.violation.of.messaging.rule");
    }
  }
}
