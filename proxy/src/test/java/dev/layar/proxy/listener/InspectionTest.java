package dev.layar.proxy.listener;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What listener filters read out of a connection's first bytes, whole, cut and damaged. */
class InspectionTest {
  private static ByteBuf bytes(byte[] content) {
    return Unpooled.wrappedBuffer(content);
  }

  private static ByteBuf text(String content) {
    return bytes(content.getBytes(StandardCharsets.ISO_8859_1));
  }

  // ---- ClientHello

  private static byte[] vector(int lengthBytes, byte[]... parts) {
    ByteArrayOutputStream body = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      body.writeBytes(part);
    }
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int shift = (lengthBytes - 1) * 8; shift >= 0; shift -= 8) {
      out.write(body.size() >>> shift);
    }
    out.writeBytes(body.toByteArray());
    return out.toByteArray();
  }

  private static byte[] join(byte[]... parts) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      out.writeBytes(part);
    }
    return out.toByteArray();
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }

  private static byte[] hello(String name, int padding, String... protocols) {
    byte[][] alpn = new byte[protocols.length][];
    for (int i = 0; i < protocols.length; i++) {
      alpn[i] = vector(1, ascii(protocols[i]));
    }
    byte[] extensions =
        join(
            new byte[] {0, 21},
            vector(2, new byte[padding]),
            new byte[] {0, 0},
            vector(2, vector(2, new byte[] {0}, vector(2, ascii(name)))),
            new byte[] {0, 16},
            vector(2, vector(2, join(alpn))));
    byte[] body =
        join(
            new byte[] {3, 3},
            new byte[32],
            vector(1, new byte[32]),
            vector(2, new byte[] {0x13, 1}),
            vector(1, new byte[] {0}),
            vector(2, extensions));
    return join(new byte[] {1}, vector(3, body));
  }

  /** As TLS records of at most {@code size} bytes each. */
  private static byte[] records(byte[] message, int size) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    for (int at = 0; at < message.length; at += size) {
      byte[] part = java.util.Arrays.copyOfRange(message, at, Math.min(message.length, at + size));
      out.writeBytes(new byte[] {22, 3, 1});
      out.writeBytes(vector(2, part));
    }
    return out.toByteArray();
  }

  @ParameterizedTest
  @ValueSource(ints = {16 * 1024, 100, 7})
  void aHelloIsReadHoweverItIsCut(int recordSize) {
    byte[] whole = records(hello("Outbound_.80_._.Web.Local", 600, "istio", "h2"), recordSize);
    for (int length = 1; length < whole.length; length++) {
      ClientHello.Look look = ClientHello.look(bytes(java.util.Arrays.copyOf(whole, length)));
      assertThat(look.outcome()).as("after %d bytes", length).isEqualTo(ClientHello.Outcome.MORE);
    }
    ClientHello.Look look = ClientHello.look(bytes(whole));
    assertThat(look.outcome()).isEqualTo(ClientHello.Outcome.TLS);
    assertThat(look.hello())
        .isEqualTo(new ClientHello("outbound_.80_._.web.local", List.of("istio", "h2")));
  }

  @Test
  void whatIsTooLongIsNotTls() {
    byte[] whole = records(hello("a.test", 20_000), 16 * 1024);
    assertThat(ClientHello.look(bytes(whole)).outcome()).isEqualTo(ClientHello.Outcome.NOT_TLS);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {"47", "16", "1604", "1603010000", "1603010004ff", "15030100020228", "160301ffff"})
  void otherFirstBytesAreSeenForWhatTheyAre(String hex) {
    ClientHello.Outcome outcome = ClientHello.look(bytes(HexFormat.of().parseHex(hex))).outcome();
    assertThat(outcome)
        .isEqualTo(hex.equals("16") ? ClientHello.Outcome.MORE : ClientHello.Outcome.NOT_TLS);
  }

  @Test
  void damageNeverThrows() {
    SplitMix64 random = new SplitMix64(20_240_817);
    byte[] good = records(hello("web.test", 40, "h2", "http/1.1"), 150);
    for (int round = 0; round < 20_000; round++) {
      byte[] bad = good.clone();
      for (int change = (int) Long.remainderUnsigned(random.next(), 4); change >= 0; change--) {
        bad[(int) Long.remainderUnsigned(random.next(), bad.length)] = (byte) random.next();
      }
      int length = 1 + (int) Long.remainderUnsigned(random.next(), bad.length);
      ByteBuf in = bytes(java.util.Arrays.copyOf(bad, length));
      ClientHello.Look look = ClientHello.look(in);
      assertThat(look.outcome() == ClientHello.Outcome.TLS).isEqualTo(look.hello() != null);
      assertThat(in.readableBytes()).isEqualTo(length);
      ProxyHeader.look(in);
      HttpLook.look(in);
    }
  }

  // ---- HTTP

  @ParameterizedTest
  @CsvSource(
      nullValues = "none",
      value = {
        "'GET / HTTP/1.1|', http/1.1",
        "'POST /a?b HTTP/1.0|', http/1.0",
        "'GET /', more",
        "'PRI * HT', more",
        "'PRI * HTTP/2.0||SM||', h2c",
        "'|GET / HTTP/1.1|', none",
        "'GET / HTTP/1.1 x|', none",
        "'SSH-2.0-OpenSSH_9|', none",
        "'*1{', none",
        "'GE', more"
      })
  void theFirstLineTellsHttp(String sent, String expected) {
    assertThat(HttpLook.look(text(sent.replace("|", "\r\n")))).isEqualTo(expected);
  }

  @Test
  void aFirstLineHasABound() {
    assertThat(HttpLook.look(text("GET /" + "a".repeat(9000)))).isNull();
  }

  // ---- PROXY

  @Test
  void version1() {
    String header = "PROXY TCP4 10.1.2.3 10.4.5.6 56324 443\r\n";
    for (int length = 1; length < header.length(); length++) {
      assertThat(ProxyHeader.look(text(header.substring(0, length)))).isSameAs(ProxyHeader.MORE);
    }
    ProxyHeader read = ProxyHeader.look(text(header + "GET /"));
    assertThat(read.length()).isEqualTo(header.length());
    assertThat(String.valueOf(read.source())).isEqualTo("/10.1.2.3:56324");
    assertThat(String.valueOf(read.destination())).isEqualTo("/10.4.5.6:443");
    assertThat(ProxyHeader.look(text("PROXY UNKNOWN\r\n")).source()).isNull();
    assertThat(ProxyHeader.look(text("GET / HTTP/1.1"))).isSameAs(ProxyHeader.ABSENT);
    assertThat(ProxyHeader.look(text("PROXY TCP4 ::1 ::1 1 2\r\n"))).isSameAs(ProxyHeader.BAD);
    assertThat(ProxyHeader.look(text("PROXY TCP4 " + "1".repeat(200)))).isSameAs(ProxyHeader.BAD);
  }

  @Test
  void version2() {
    byte[] header =
        HexFormat.of()
            .parseHex(
                "0d0a0d0a000d0a515549540a"
                    + "2111000f"
                    + "0a010203"
                    + "0a040506"
                    + "dc0401bb"
                    + "040000");
    for (int length = 1; length < header.length; length++) {
      assertThat(ProxyHeader.look(bytes(java.util.Arrays.copyOf(header, length))))
          .isSameAs(ProxyHeader.MORE);
    }
    ProxyHeader read = ProxyHeader.look(bytes(header));
    assertThat(read.length()).isEqualTo(header.length);
    assertThat(String.valueOf(read.source())).isEqualTo("/10.1.2.3:56324");
    assertThat(String.valueOf(read.destination())).isEqualTo("/10.4.5.6:443");
    byte[] local = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "20000000");
    assertThat(ProxyHeader.look(bytes(local))).isEqualTo(new ProxyHeader(16, null, null));
    byte[] wrong = HexFormat.of().parseHex("0d0a0d0a000d0a515549540a" + "31110000");
    assertThat(ProxyHeader.look(bytes(wrong))).isSameAs(ProxyHeader.BAD);
  }
}
