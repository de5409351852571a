package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/**
 * Cases of RFC 9113 by raw frames: what ends a connection, what ends a stream, and what is none of
 * both.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class Http2ConformanceTest {
  private static final int PROTOCOL_ERROR = 1;
  private static final int FLOW_CONTROL_ERROR = 3;
  private static final int STREAM_CLOSED = 5;
  private static final int FRAME_SIZE_ERROR = 6;
  private static final int COMPRESSION_ERROR = 9;

  @FunctionalInterface
  private interface Sending {
    void to(Http2Peer peer) throws IOException;
  }

  /**
   * What a client does.
   *
   * @param section of RFC 9113, and what it is about
   * @param code of the error that follows
   */
  record Case(String section, int code, Sending sending) {
    @Override
    public String toString() {
      return section;
    }
  }

  /** The fields of a request that is to be malformed: name, value, and so on. */
  record Fields(String what, String... fields) {
    @Override
    public String toString() {
      return what;
    }
  }

  private TestUpstream upstream;
  private World world;
  private World lenient;

  @BeforeAll
  void start() throws IOException {
    upstream =
        TestUpstream.of(
            connection -> {
              for (String request = connection.request();
                  request != null;
                  request = connection.request()) {
                if (request.startsWith("GET /hang")) {
                  connection.beSilent();
                }
                connection.send("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
              }
            });
    String route = "- {match: {prefix: /}, route: {cluster: web}}";
    world = World.start().cluster("web", upstream.port());
    world.listen().routes(route);
    lenient = World.start().cluster("web", upstream.port());
    lenient
        .listen("http2_protocol_options: {override_stream_error_on_invalid_http_message: true}")
        .routes(route);
  }

  @AfterAll
  void stop() throws Exception {
    world.close();
    lenient.close();
    upstream.close();
  }

  private static void frame(Http2Peer peer, int type, int flags, int stream, int... payload)
      throws IOException {
    byte[] bytes = new byte[payload.length];
    for (int i = 0; i < payload.length; i++) {
      bytes[i] = (byte) payload[i];
    }
    peer.frame(type, flags, stream, bytes);
  }

  private static Case of(String section, int code, Sending sending) {
    return new Case(section, code, sending);
  }

  // ---- connection errors

  static Stream<Case> connectionErrors() {
    return Stream.of(
        of(
            "4.2 a frame above the maximum",
            FRAME_SIZE_ERROR,
            p -> p.frame(0, 0, 1, new byte[16385])),
        of("5.1 DATA on an idle stream", PROTOCOL_ERROR, p -> p.data(1, true, "x")),
        of("5.1 RST_STREAM on an idle stream", PROTOCOL_ERROR, p -> frame(p, 3, 0, 1, 0, 0, 0, 8)),
        of(
            "5.1 WINDOW_UPDATE on an idle stream",
            PROTOCOL_ERROR,
            p -> frame(p, 8, 0, 1, 0, 0, 0, 1)),
        of("5.1.1 an even stream", PROTOCOL_ERROR, p -> p.get(2, "/")),
        of(
            "5.1.1 a stream behind a later one",
            STREAM_CLOSED,
            p -> {
              p.get(5, "/");
              p.get(3, "/");
            }),
        of("6.1 DATA on the connection", PROTOCOL_ERROR, p -> p.data(0, true, "x")),
        of(
            "6.1 more padding than payload",
            PROTOCOL_ERROR,
            p -> {
              p.request(1, false, "POST", "/");
              frame(p, 0, 8, 1, 5, 1, 2);
            }),
        of("6.2 HEADERS on the connection", PROTOCOL_ERROR, p -> p.get(0, "/")),
        of("6.2 more padding than block", PROTOCOL_ERROR, p -> frame(p, 1, 0xd, 1, 9, 0x82)),
        of("6.3 PRIORITY on the connection", PROTOCOL_ERROR, p -> frame(p, 2, 0, 0, 0, 0, 0, 1, 1)),
        of("6.4 RST_STREAM on the connection", PROTOCOL_ERROR, p -> frame(p, 3, 0, 0, 0, 0, 0, 8)),
        of(
            "6.4 RST_STREAM of three bytes",
            FRAME_SIZE_ERROR,
            p -> {
              p.get(1, "/hang");
              frame(p, 3, 0, 1, 0, 0, 8);
            }),
        of("6.5 SETTINGS on a stream", PROTOCOL_ERROR, p -> frame(p, 4, 0, 1)),
        of("6.5 SETTINGS of five bytes", FRAME_SIZE_ERROR, p -> frame(p, 4, 0, 0, 0, 3, 0, 0, 0)),
        of("6.5 an acknowledgement with content", FRAME_SIZE_ERROR, p -> frame(p, 4, 1, 0, 1)),
        of("6.5.2 ENABLE_PUSH 2", PROTOCOL_ERROR, p -> p.frame(4, 0, 0, Http2Peer.setting(2, 2))),
        of(
            "6.5.2 INITIAL_WINDOW_SIZE too large",
            FLOW_CONTROL_ERROR,
            p -> p.frame(4, 0, 0, Http2Peer.setting(4, Integer.MIN_VALUE))),
        of(
            "6.5.2 MAX_FRAME_SIZE too small",
            PROTOCOL_ERROR,
            p -> p.frame(4, 0, 0, Http2Peer.setting(5, 16383))),
        of(
            "6.5.2 MAX_FRAME_SIZE too large",
            PROTOCOL_ERROR,
            p -> p.frame(4, 0, 0, Http2Peer.setting(5, 1 << 24))),
        of("6.6 PUSH_PROMISE", PROTOCOL_ERROR, p -> frame(p, 5, 4, 1, 0, 0, 0, 2)),
        of("6.7 PING of seven bytes", FRAME_SIZE_ERROR, p -> p.frame(6, 0, 0, new byte[7])),
        of("6.7 PING on a stream", PROTOCOL_ERROR, p -> p.frame(6, 0, 1, new byte[8])),
        of("6.8 GOAWAY on a stream", PROTOCOL_ERROR, p -> p.frame(7, 0, 1, new byte[8])),
        of("6.9 WINDOW_UPDATE of nothing", PROTOCOL_ERROR, p -> frame(p, 8, 0, 0, 0, 0, 0, 0)),
        of("6.9 WINDOW_UPDATE of three bytes", FRAME_SIZE_ERROR, p -> frame(p, 8, 0, 0, 0, 0, 1)),
        of(
            "6.9.1 a window above the maximum",
            FLOW_CONTROL_ERROR,
            p -> frame(p, 8, 0, 0, 0x7f, 0xff, 0xff, 0xff)),
        of("6.10 CONTINUATION of nothing", PROTOCOL_ERROR, p -> frame(p, 9, 4, 1, 0x82)),
        of(
            "6.10 DATA within a header block",
            PROTOCOL_ERROR,
            p -> {
              frame(p, 1, 0, 1, 0x82);
              p.data(1, true, "x");
            }),
        of(
            "6.10 CONTINUATION of another stream",
            PROTOCOL_ERROR,
            p -> {
              frame(p, 1, 0, 1, 0x82);
              frame(p, 9, 4, 3, 0x86);
            }),
        of(
            "RFC 7541 2.3.3 an index beyond the table",
            COMPRESSION_ERROR,
            p -> frame(p, 1, 5, 1, 0xff, 0x20)));
  }

  @ParameterizedTest
  @MethodSource
  void connectionErrors(Case wrong) throws Exception {
    try (Http2Peer client = Http2Peer.client(world.address())) {
      wrong.sending().to(client);
      assertThat(client.end()).isEqualTo(wrong.code());
    }
  }

  /** RFC 9113 §3.4. */
  @Test
  void settingsComeFirst() throws Exception {
    try (Http2Peer client = Http2Peer.silent(world.address())) {
      client.raw(
          "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".getBytes(java.nio.charset.StandardCharsets.US_ASCII));
      client.get(1, "/");
      assertThat(client.end()).isEqualTo(PROTOCOL_ERROR);
    }
  }

  // ---- stream errors

  static Stream<Case> streamErrors() {
    return Stream.of(
        of("5.1 DATA after the end", STREAM_CLOSED, p -> p.data(1, true, "x")),
        of("5.1 HEADERS after the end", STREAM_CLOSED, p -> p.headers(1, true, "a", "b")),
        of(
            "5.3.1 a stream that depends on itself",
            PROTOCOL_ERROR,
            p -> frame(p, 2, 0, 1, 0, 0, 0, 1, 9)),
        of("6.3 PRIORITY of four bytes", FRAME_SIZE_ERROR, p -> frame(p, 2, 0, 1, 0, 0, 0, 3)),
        of("6.9 WINDOW_UPDATE of nothing", PROTOCOL_ERROR, p -> frame(p, 8, 0, 1, 0, 0, 0, 0)),
        of(
            "6.9.1 a window above the maximum",
            FLOW_CONTROL_ERROR,
            p -> frame(p, 8, 0, 1, 0x7f, 0xff, 0xff, 0xff)));
  }

  /** The stream is reset with this code, and the next one works. */
  @ParameterizedTest
  @MethodSource
  void streamErrors(Case wrong) throws Exception {
    try (Http2Peer client = Http2Peer.client(world.address())) {
      client.get(1, "/hang");
      wrong.sending().to(client);
      assertThat(client.message(1).reset).isEqualTo(wrong.code());
      client.get(3, "/");
      assertThat(client.message(3).body()).isEqualTo("ok");
    }
  }

  // ---- malformed requests

  private static Fields with(String what, String... more) {
    List<String> fields =
        new ArrayList<>(
            List.of(":method", "GET", ":scheme", "http", ":path", "/", ":authority", "test"));
    fields.addAll(Arrays.asList(more));
    return new Fields(what, fields.toArray(String[]::new));
  }

  private static Fields exactly(String what, String... fields) {
    return new Fields(what, fields);
  }

  static Stream<Fields> malformed() {
    return Stream.of(
        with("8.2.1 an upper-case name", "Accept", "x"),
        with("8.2.1 a name with a space", "a b", "x"),
        with("8.2.1 a name with a colon", "a:b", "x"),
        with("8.2.1 a name with a line end", "a\r\nb", "x"),
        with("8.2.1 an empty name", "", "x"),
        with("8.2.1 a name beyond ASCII", "caf\u00e9", "x"),
        with("8.2.1 CR in a value", "a", "x\ry"),
        with("8.2.1 LF in a value", "a", "x\ny"),
        with("8.2.1 a header in a value", "a", "x\r\nevil: 1"),
        with("8.2.1 a request in a value", "a", "x\r\n\r\nGET /admin HTTP/1.1\r\nhost: x"),
        with("8.2.1 NUL in a value", "a", "x\0y"),
        with("8.2.2 connection", "connection", "close"),
        with("8.2.2 keep-alive", "keep-alive", "timeout=5"),
        with("8.2.2 proxy-connection", "proxy-connection", "keep-alive"),
        with("8.2.2 transfer-encoding", "transfer-encoding", "chunked"),
        with("8.2.2 upgrade", "upgrade", "h2c"),
        with("8.2.2 te", "te", "gzip"),
        with("8.3 an unknown pseudo-header", ":unknown", "x"),
        with("8.3 a response's pseudo-header", ":status", "200"),
        exactly(
            "8.3 a pseudo-header behind a header",
            ":method",
            "GET",
            ":scheme",
            "http",
            "a",
            "b",
            ":path",
            "/",
            ":authority",
            "test"),
        with("8.3.1 two paths", ":path", "/other"),
        with("8.3.1 two methods", ":method", "GET"),
        with("8.3.1 two schemes", ":scheme", "http"),
        with("8.3.1 two authorities", ":authority", "test"),
        exactly("8.3.1 no method", ":scheme", "http", ":path", "/", ":authority", "test"),
        exactly("8.3.1 no scheme", ":method", "GET", ":path", "/", ":authority", "test"),
        exactly("8.3.1 no path", ":method", "GET", ":scheme", "http", ":authority", "test"),
        request("8.3.1 an empty path", "GET", ""),
        request("8.3.1 a path with a space", "GET", "/a HTTP/1.1"),
        request("8.3.1 a path with a line end", "GET", "/ HTTP/1.1\r\nevil: 1\r\nx:"),
        request("8.3.1 a path that does not begin", "GET", "a"),
        request("8.3.1 an asterisk without OPTIONS", "GET", "*"),
        request("8.3.1 a method with a space", "GET / HTTP/1.1\r\n", "/"),
        request("8.3.1 an empty method", "", "/"),
        request("8.5 CONNECT with a path", "CONNECT", "/"),
        authority("8.3.1 an authority with user information", "user@test"),
        authority("8.3.1 an authority with a space", "te st"),
        authority("8.3.1 an authority with a line end", "test\r\nevil: 1"),
        with("two hosts", "host", "test", "host", "other"),
        with("8.1.1 a length of a request that has ended", "content-length", "5"),
        with("8.1.1 a length that is none", "content-length", "+5"),
        with("8.1.1 two lengths", "content-length", "0", "content-length", "0"));
  }

  private static Fields request(String what, String method, String path) {
    return exactly(what, ":method", method, ":scheme", "http", ":path", path, ":authority", "test");
  }

  private static Fields authority(String what, String authority) {
    return exactly(
        what, ":method", "GET", ":scheme", "http", ":path", "/", ":authority", authority);
  }

  /** As Envoy has it, the connection ends; where so configured, the stream. */
  @ParameterizedTest
  @MethodSource
  void malformed(Fields wrong) throws Exception {
    int before = upstream.requests().size();
    try (Http2Peer client = Http2Peer.client(world.address())) {
      client.headers(1, true, wrong.fields());
      assertThat(client.end()).isEqualTo(PROTOCOL_ERROR);
    }
    try (Http2Peer client = Http2Peer.client(lenient.address())) {
      client.headers(1, true, wrong.fields());
      assertThat(client.message(1).reset).isEqualTo(PROTOCOL_ERROR);
      client.get(3, "/");
      assertThat(client.message(3).body()).isEqualTo("ok");
    }
    assertThat(upstream.requests()).hasSize(before + 1);
  }

  static Stream<Case> malformedBodies() {
    return Stream.of(
        of(
            "8.1.1 more than the length",
            PROTOCOL_ERROR,
            p -> {
              p.request(1, false, "POST", "/", "content-length", "2");
              p.data(1, true, "abc");
            }),
        of(
            "8.1.1 less than the length",
            PROTOCOL_ERROR,
            p -> {
              p.request(1, false, "POST", "/", "content-length", "5");
              p.data(1, true, "abc");
            }),
        of(
            "8.1 trailers that do not end",
            PROTOCOL_ERROR,
            p -> {
              p.request(1, false, "POST", "/");
              p.headers(1, false, "a", "b");
            }),
        of(
            "8.1 a pseudo-header in trailers",
            PROTOCOL_ERROR,
            p -> {
              p.request(1, false, "POST", "/");
              p.headers(1, true, ":path", "/other");
            }));
  }

  @ParameterizedTest
  @MethodSource
  void malformedBodies(Case wrong) throws Exception {
    try (Http2Peer client = Http2Peer.client(lenient.address())) {
      wrong.sending().to(client);
      assertThat(client.message(1).reset).isEqualTo(wrong.code());
      client.get(3, "/");
      assertThat(client.message(3).body()).isEqualTo("ok");
    }
  }

  // ---- what is right

  static Stream<Case> allowed() {
    return Stream.of(
        of(
            "4.1 an unknown type",
            0,
            p -> {
              frame(p, 77, 0xff, 0, 1, 2, 3);
              p.get(1, "/");
            }),
        of(
            "6.5.2 an unknown setting",
            0,
            p -> {
              p.frame(4, 0, 0, Http2Peer.setting(999, 1));
              p.get(1, "/");
            }),
        of(
            "6.1 padding",
            0,
            p -> {
              p.request(1, false, "POST", "/", "content-length", "2");
              frame(p, 0, 9, 1, 3, 'a', 'b', 0, 0, 0);
            }),
        of(
            "6.2 padding and priority",
            0,
            p -> {
              byte[] block =
                  Http2Peer.block(
                      ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "t");
              byte[] payload = new byte[block.length + 8];
              payload[0] = 2;
              payload[5] = 15;
              System.arraycopy(block, 0, payload, 6, block.length);
              p.frame(1, 0x2d, 1, payload);
            }),
        of(
            "6.10 a block in three frames",
            0,
            p -> {
              byte[] block =
                  Http2Peer.block(
                      ":method", "GET", ":scheme", "http", ":path", "/", ":authority", "t");
              p.frame(1, 1, 1, Arrays.copyOf(block, 10));
              p.frame(9, 0, 1, Arrays.copyOfRange(block, 10, 20));
              p.frame(9, 4, 1, Arrays.copyOfRange(block, 20, block.length));
            }),
        of("8.2.2 te: trailers", 0, p -> p.get(1, "/", "te", "trailers")),
        of("8.3.1 host beside authority", 0, p -> p.get(1, "/", "host", "other")),
        of(
            "8.3.1 host alone",
            0,
            p ->
                p.headers(
                    1, true, ":method", "GET", ":scheme", "http", ":path", "/", "host", "test")),
        of(
            "8.1 an empty end",
            0,
            p -> {
              p.request(1, false, "POST", "/");
              p.data(1, true, "");
            }));
  }

  @ParameterizedTest
  @MethodSource
  void allowed(Case right) throws Exception {
    try (Http2Peer client = Http2Peer.client(world.address())) {
      right.sending().to(client);
      Http2Peer.Message answer = client.message(1);
      assertThat(answer.body()).isEqualTo("ok");
    }
  }

  /** No route is for it, but it is a request. */
  @Test
  void optionsOfTheServer() throws Exception {
    try (Http2Peer client = Http2Peer.client(world.address())) {
      client.request(1, true, "OPTIONS", "*");
      assertThat(client.message(1).status()).isEqualTo(404);
    }
  }

  /** RFC 9113 §8.3.1: the authority is what counts, so that two of them cannot be told apart. */
  @Test
  void theAuthorityWinsOverHost() throws Exception {
    try (Http2Peer client = Http2Peer.client(world.address())) {
      client.get(1, "/which-host", "host", "other");
      assertThat(client.message(1).status()).isEqualTo(200);
    }
    String request =
        upstream.requests().stream()
            .filter(one -> one.startsWith("GET /which-host"))
            .findFirst()
            .orElseThrow();
    assertThat(request).contains("\r\nhost: test\r\n").doesNotContain("other");
  }

  @Test
  void aPingIsAnswered() throws Exception {
    try (Http2Peer client = Http2Peer.client(world.address())) {
      frame(client, 6, 0, 0, 1, 2, 3, 4, 5, 6, 7, 8);
      Http2Peer.Frame answer = client.await(Http2Peer.PING);
      assertThat(answer.flags()).isEqualTo(1);
      assertThat(answer.payload()).containsExactly(1, 2, 3, 4, 5, 6, 7, 8);
    }
  }

  /** Frames may come in any pieces. */
  @Test
  void byteByByte() throws Exception {
    try (Http2Peer client = Http2Peer.client(world.address())) {
      java.io.ByteArrayOutputStream all = new java.io.ByteArrayOutputStream();
      byte[] block =
          Http2Peer.block(":method", "POST", ":scheme", "http", ":path", "/", ":authority", "t");
      all.writeBytes(Http2Peer.bytes(1, 4, 1, block));
      all.writeBytes(
          Http2Peer.bytes(0, 8, 1, (byte) 2, (byte) 'a', (byte) 'b', (byte) 0, (byte) 0));
      all.writeBytes(Http2Peer.bytes(6, 0, 0, new byte[8]));
      all.writeBytes(Http2Peer.bytes(0, 1, 1, (byte) 'c'));
      for (byte one : all.toByteArray()) {
        client.raw(one);
      }
      assertThat(client.message(1).body()).isEqualTo("ok");
    }
    assertThat(upstream.requests()).anyMatch(request -> request.endsWith("\r\n\r\nabc"));
  }
}
