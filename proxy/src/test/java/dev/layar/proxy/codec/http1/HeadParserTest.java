package dev.layar.proxy.codec.http1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeadWriter;
import dev.layar.proxy.http.HeaderName;
import dev.layar.proxy.http.Method;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HeadParserTest {
  private final Head head = new Head(64);

  @Test
  void readsARequest() {
    assertThat(request("GET /a?b=c HTTP/1.1\r\nHost: foo\r\nX-Thing:  v w \r\n\r\nBODY")).isNull();
    assertThat(head.method()).isEqualTo(Method.GET);
    assertThat(head.path()).isEqualTo("/a?b=c");
    assertThat(head.pathOnlyLength()).isEqualTo(2);
    assertThat(head.authority()).isEqualTo("foo");
    assertThat(head.value(head.find(HeaderName.HOST))).isEqualTo("foo");
    assertThat(head.value(head.find(Ascii.bytes("x-thing"), -1))).isEqualTo("v w");
    assertThat(head.keepAlive()).isTrue();
  }

  @Test
  void takesTheAuthorityOfAnAbsoluteTarget() {
    assertThat(request("GET http://bar:8000/p?q HTTP/1.1\r\nHost: foo\r\nA: b\r\n\r\n")).isNull();
    assertThat(head.authority()).isEqualTo("bar:8000");
    assertThat(head.path()).isEqualTo("/p?q");
    assertThat(written()).isEqualTo("GET /p?q HTTP/1.1\r\na: b\r\nhost: bar:8000\r\n\r\n");
    assertThat(request("GET http://bar?q HTTP/1.1\r\nHost: foo\r\n\r\n")).isNull();
    assertThat(head.path()).isEqualTo("/?q");
    assertThat(request("GET http://bar HTTP/1.1\r\nHost: foo\r\n\r\n")).isNull();
    assertThat(head.path()).isEqualTo("/");
  }

  @Test
  void everySplitGivesTheSameHead() {
    String text =
        "\r\nPOST http://h:1/p HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nCookie: a=b; c\r\n\r\n";
    for (int first = 0; first <= text.length(); first++) {
      for (int second = first; second <= text.length(); second++) {
        HeadParser parser = HeadParser.requests(Limits.REQUEST, false, false);
        head.reset();
        boolean done = feed(parser, text.substring(0, first));
        done |= feed(parser, text.substring(first, second));
        done |= feed(parser, text.substring(second) + "abc");
        assertThat(done).as("split %d %d", first, second).isTrue();
        assertThat(parser.refusal()).isNull();
        assertThat(head.contentLength()).isEqualTo(3);
        assertThat(written())
            .isEqualTo(
                "POST /p HTTP/1.1\r\ncontent-length: 3\r\ncookie: a=b; c\r\nhost: h:1\r\n\r\n");
      }
    }
  }

  @ParameterizedTest(name = "{0}")
  @CsvSource(
      delimiter = '|',
      value = {
        "GET / HTTP/1.1~Host: a~Content-Length: 1~Transfer-Encoding: chunked~~|LENGTH_AND_CHUNKED",
        "GET / HTTP/1.1~Host: a~Content-Length: 1~Content-Length: 2~~|LENGTH",
        "GET / HTTP/1.1~Host: a~Content-Length: 1~Content-Length: 1~~|LENGTH",
        "GET / HTTP/1.1~Host: a~Content-Length: 1, 1~~|LENGTH",
        "GET / HTTP/1.1~Host: a~Content-Length: +1~~|LENGTH",
        "GET / HTTP/1.1~Host: a~Content-Length: -1~~|LENGTH",
        "GET / HTTP/1.1~Host: a~Content-Length: 0x1~~|LENGTH",
        "GET / HTTP/1.1~Host: a~Content-Length:~~|LENGTH",
        "GET / HTTP/1.1~Host: a~Content-Length: 99999999999999999999~~|LENGTH",
        "GET / HTTP/1.1~Host: a~Content-Length: 9223372036854775808~~|LENGTH",
        "GET / HTTP/1.1~Host: a~Transfer-Encoding: gzip, chunked~~|TRANSFER_ENCODING",
        "GET / HTTP/1.1~Host: a~Transfer-Encoding: chunked, chunked~~|TRANSFER_ENCODING",
        "GET / HTTP/1.1~Host: a~Transfer-Encoding: xchunked~~|TRANSFER_ENCODING",
        "GET / HTTP/1.1~Host: a~Transfer-Encoding: identity~~|TRANSFER_ENCODING",
        "GET / HTTP/1.1~Host: a~Transfer-Encoding: chunked~Transfer-Encoding:"
            + " x~~|TRANSFER_ENCODING",
        "GET / HTTP/1.1~Host: a~Transfer-Encoding: \"chunked\"~~|TRANSFER_ENCODING",
        "GET / HTTP/1.1~Host: a~Transfer-Encoding : chunked~~|HEADER_NAME",
        "GET / HTTP/1.1~Host : a~~|HEADER_NAME",
        "GET / HTTP/1.1~Host: a~X: b~ folded~~|HEADER_NAME",
        "GET / HTTP/1.1~ Host: a~~|HEADER_NAME",
        "GET / HTTP/1.1~: a~~|HEADER_NAME",
        "GET / HTTP/1.1~Ho(st: a~~|HEADER_NAME",
        "GET / HTTP/1.1~Host a~~|HEADER_NAME",
        "GET / HTTP/1.1~Host: a~X: b`0c~~|HEADER_VALUE",
        "GET / HTTP/1.1~Host: a~X: b`Rc~~|HEADER_VALUE",
        "GET / HTTP/1.1~Host: a~X: b`Nc: d~~|HEADER_VALUE",
        "GET / HTTP/1.1`NHost: a~~|PROTOCOL",
        "GET / HTTP/1.1~Host: a`N`N|HEADER_VALUE",
        "GET / HTTP/1.1~Host: a~`N|HEADER_NAME",
        "GET / HTTP/1.1~Host: a~`Rx|PROTOCOL",
        "GET  / HTTP/1.1~Host: a~~|URL",
        "GET / HTTP/1.1 ~Host: a~~|PROTOCOL",
        "GET /`0 HTTP/1.1~Host: a~~|URL",
        "GET /a b HTTP/1.1~Host: a~~|PROTOCOL",
        "GET / HTTP/1.2~Host: a~~|PROTOCOL",
        "GET / HTTP/2.0~Host: a~~|PROTOCOL",
        "GET / http/1.1~Host: a~~|PROTOCOL",
        "GET /~~|URL",
        "GET~~|PROTOCOL",
        "G(T / HTTP/1.1~Host: a~~|PROTOCOL",
        "GET / HTTP/1.0~Host: a~~|VERSION",
        "GET a HTTP/1.1~Host: a~~|URL",
        "GET * HTTP/1.1~Host: a~~|URL",
        "GET https://a/ HTTP/1.1~Host: a~~|HTTPS_ON_CLEAR",
        "GET ftp://a/ HTTP/1.1~Host: a~~|SCHEME",
        "GET http:/// HTTP/1.1~Host: a~~|URL",
        "GET http://u@a/ HTTP/1.1~Host: a~~|URL",
        "GET / HTTP/1.1~Host: a~Host: b~~|HOST",
        "GET / HTTP/1.1~Host: a/b~~|HOST",
        "GET / HTTP/1.1~Host: a b~~|HOST",
        "GET / HTTP/1.1~Host: u@b~~|HOST",
        "GET / HTTP/1.1~Host: a~Connection: host~~|CONNECTION_HEADER",
        "GET / HTTP/1.1~Host: a~Connection: x, Content-Length~~|CONNECTION_HEADER",
        "GET / HTTP/1.1~Host: a~Connection: a,b,c,d,e,f,g,h,i,j,k~~|CONNECTION_HEADER",
        "CONNECT a:1 HTTP/1.1~Host: a~Content-Length: 1~~|BODY_NOT_ALLOWED",
        "CONNECT /a HTTP/1.1~Host: a~~|URL",
        "~~GET / HTTP/1.1~Host: a~~|PROTOCOL",
        "`N|PROTOCOL",
      })
  void refuses(String text, Refusal expected) {
    String wire =
        text.replace("~", "\r\n").replace("`0", "\0").replace("`R", "\r").replace("`N", "\n");
    assertThat(request(wire)).isEqualTo(expected);
    for (int split = 1; split < wire.length(); split++) {
      HeadParser parser = HeadParser.requests(Limits.REQUEST, false, false);
      head.reset();
      feed(parser, wire.substring(0, split));
      if (parser.refusal() == null) {
        feed(parser, wire.substring(split));
      }
      assertThat(parser.refusal()).as("split at %d", split).isEqualTo(expected);
    }
  }

  @Test
  void holdsTheLimits() {
    String big = "GET / HTTP/1.1\r\nHost: a\r\nX: " + "v".repeat(61_440) + "\r\n\r\n";
    assertThat(request(big)).isEqualTo(Refusal.HEAD_TOO_LARGE);
    String endless = "GET /" + "v".repeat(61_440);
    assertThat(request(endless)).isEqualTo(Refusal.HEAD_TOO_LARGE);
    String many = "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(100) + "\r\n";
    assertThat(request(many)).isEqualTo(Refusal.TOO_MANY_HEADERS);
    String just = "GET / HTTP/1.1\r\nHost: a\r\n" + "X: y\r\n".repeat(99) + "\r\n";
    assertThat(request(just)).isNull();
  }

  @Test
  void readsResponses() {
    assertThat(response("HTTP/1.1 204 No Content\r\nServer: x\r\n\r\n")).isNull();
    assertThat(head.status()).isEqualTo(204);
    assertThat(response("HTTP/1.1 200\r\n\r\n")).isNull();
    assertThat(response("HTTP/1.0 200 OK\r\nA: b\r\n\r\n")).isNull();
    assertThat(head.keepAlive()).isFalse();
    assertThat(response("HTTP/1.1 99 X\r\n\r\n")).isEqualTo(Refusal.PROTOCOL);
    assertThat(response("HTTP/1.1 600 X\r\n\r\n")).isEqualTo(Refusal.PROTOCOL);
    assertThat(response("HTTP/1.1 2000 X\r\n\r\n")).isEqualTo(Refusal.PROTOCOL);
    assertThat(response("SSH-2.0-OpenSSH\r\n\r\n")).isEqualTo(Refusal.PROTOCOL);
    assertThat(
            response("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n"))
        .isEqualTo(Refusal.LENGTH_AND_CHUNKED);
  }

  @Test
  void dropsHopByHopHeaders() {
    request(
        "GET / HTTP/1.1\r\nHost: a\r\nConnection: close, X-Foo\r\nX-Foo: 1\r\nKeep-Alive: 2\r\n"
            + "TE: gzip\r\nUpgrade: h2c\r\nProxy-Connection: x\r\nKept: y\r\n\r\n");
    Tokens.dropHopByHop(head);
    assertThat(written()).isEqualTo("GET / HTTP/1.1\r\nhost: a\r\nkept: y\r\n\r\n");
    assertThat(head.keepAlive()).isFalse();
  }

  @Test
  void randomBytesNeverThrow() {
    for (long seed = 0; seed < 3_000; seed++) {
      SplitMix64 random = new SplitMix64(seed);
      String base = "POST /p HTTP/1.1\r\nHost: a\r\nConnection: x\r\nContent-Length: 3\r\n\r\n";
      byte[] bytes = Ascii.bytes(base);
      int edits = 1 + random.below(6);
      for (int i = 0; i < edits; i++) {
        bytes[random.below(bytes.length)] = (byte) random.below(256);
      }
      HeadParser parser = HeadParser.requests(Limits.REQUEST, true, false);
      head.reset();
      ByteBuf in = Unpooled.wrappedBuffer(bytes);
      boolean done = parser.parse(in, head);
      if (done) {
        assertThat(written()).as("seed %d", seed).endsWith("\r\n\r\n").doesNotContain("\0");
      }
    }
  }

  private @Nullable Refusal request(String text) {
    HeadParser parser = HeadParser.requests(Limits.REQUEST, false, false);
    head.reset();
    feed(parser, text);
    return parser.refusal();
  }

  private @Nullable Refusal response(String text) {
    HeadParser parser = HeadParser.responses(Limits.RESPONSE);
    head.reset();
    feed(parser, text);
    return parser.refusal();
  }

  private boolean feed(HeadParser parser, String text) {
    return parser.parse(Unpooled.copiedBuffer(Ascii.bytes(text)), head) && parser.refusal() == null;
  }

  private String written() {
    ByteBuf out = Unpooled.buffer();
    if (head.status() == 0) {
      HeadWriter.request(head, out);
    } else {
      HeadWriter.response(head, out);
    }
    return out.toString(StandardCharsets.ISO_8859_1);
  }
}
