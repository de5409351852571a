package dev.layar.proxy.codec.http2;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.http.Ascii;
import dev.layar.proxy.http.Head;
import dev.layar.proxy.http.HeaderName;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.ByteBufUtil;
import io.netty.buffer.Unpooled;
import io.netty.handler.codec.http2.DefaultHttp2Headers;
import io.netty.handler.codec.http2.DefaultHttp2HeadersDecoder;
import io.netty.handler.codec.http2.DefaultHttp2HeadersEncoder;
import io.netty.handler.codec.http2.Http2Headers;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Header compression against RFC 7541's examples and against an implementation of others. */
class HpackTest {
  /** What was decoded, a line a field. */
  private static final class Lines implements FieldSink {
    final List<String> lines = new ArrayList<>();

    @Override
    public void field(byte[] bytes, int start, int nameLength, int valueLength, short id) {
      String name = Ascii.string(bytes, start, nameLength);
      lines.add(name + ": " + Ascii.string(bytes, start + nameLength, valueLength));
      if (id > 0) {
        assertThat(HeaderName.name(id)).isEqualTo(name);
      } else {
        assertThat(id == PSEUDO).isEqualTo(name.startsWith(":"));
      }
    }
  }

  private static List<String> decode(HpackDecoder decoder, byte[] block) {
    Lines lines = new Lines();
    assertThat(decoder.decode(block, 0, block.length, lines)).isTrue();
    return lines.lines;
  }

  /** RFC 7541 appendix C.4: three requests with Huffman coding on one connection. */
  @Test
  void theRfcsRequests() {
    HpackDecoder decoder = new HpackDecoder(4096, 8192);
    assertThat(decode(decoder, hex("828684418cf1e3c2e5f23a6ba0ab90f4ff")))
        .containsExactly(
            ":method: GET", ":scheme: http", ":path: /", ":authority: www.example.com");
    assertThat(decode(decoder, hex("828684be5886a8eb10649cbf")))
        .containsExactly(
            ":method: GET",
            ":scheme: http",
            ":path: /",
            ":authority: www.example.com",
            "cache-control: no-cache");
    assertThat(decode(decoder, hex("828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf")))
        .containsExactly(
            ":method: GET",
            ":scheme: https",
            ":path: /index.html",
            ":authority: www.example.com",
            "custom-key: custom-value");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "80", // index 0
        "ff808080808001", // an integer that never ends
        "be", // an entry that is not there
        "418cf1", // a string that is cut off
        "4081ff8100", // Huffman: eight bits of padding
        "4084ffffffff00", // Huffman: EOS
        "4001613fe1ffff7f", // a size update behind a field
        "3fe1ffff7f", // a size beyond what was announced
        "40" // nothing behind the first byte
      })
  void whatIsNoBlock(String block) {
    byte[] bytes = hex(block);
    HpackDecoder decoder = new HpackDecoder(4096, 8192);
    assertThat(decoder.decode(bytes, 0, bytes.length, new Lines())).isFalse();
  }

  private static byte[] hex(String text) {
    return HexFormat.of().parseHex(text);
  }

  /** Sessions of random requests, coded by Netty with its dynamic table and Huffman. */
  @Test
  void decodesWhatOthersEncode() throws Exception {
    SplitMix64 random = new SplitMix64(7541);
    for (int session = 0; session < 40; session++) {
      DefaultHttp2HeadersEncoder encoder = new DefaultHttp2HeadersEncoder();
      HpackDecoder decoder = new HpackDecoder(4096, 8192);
      for (int request = 0; request < 60; request++) {
        Http2Headers headers = new DefaultHttp2Headers(false);
        List<String> expected = new ArrayList<>();
        int count = (int) Long.remainderUnsigned(random.next(), 20);
        for (int i = 0; i < count; i++) {
          String name = name(random);
          String value = text(random, 1 + (int) Long.remainderUnsigned(random.next(), 60));
          headers.add(name, value);
        }
        headers.forEach(field -> expected.add(field.getKey() + ": " + field.getValue()));
        ByteBuf block = Unpooled.buffer();
        encoder.encodeHeaders(1, headers, block);
        assertThat(decode(decoder, ByteBufUtil.getBytes(block))).isEqualTo(expected);
      }
    }
  }

  private static String name(SplitMix64 random) {
    String[] common = {":path", "accept", "x-request-id", "grpc-timeout", "cookie", "via", "host"};
    int pick = (int) Long.remainderUnsigned(random.next(), 12);
    return pick < common.length ? common[pick] : "x-" + Long.remainderUnsigned(random.next(), 40);
  }

  private static String text(SplitMix64 random, int length) {
    StringBuilder text = new StringBuilder();
    for (int i = 0; i < length; i++) {
      text.append((char) (' ' + Long.remainderUnsigned(random.next(), 223)));
    }
    return text.toString();
  }

  @Test
  void othersDecodeWhatIsEncoded() throws Exception {
    Head head = new Head(64);
    head.reset();
    head.statusLine(404, 1);
    head.append(HeaderName.DATE, Ascii.bytes("Wed, 25 Nov 2026 09:00:00 GMT"));
    head.append(HeaderName.CONNECTION, Ascii.bytes("close"));
    head.append(HeaderName.CONTENT_LENGTH, 123_456);
    head.append(Ascii.bytes("x-long"), HeaderName.UNKNOWN, Ascii.bytes("y".repeat(5000)), 0, 5000);
    head.append(HeaderName.VIA, Ascii.bytes("gone"));
    head.dropAll(HeaderName.VIA);
    HpackEncoder encoder = new HpackEncoder();
    DefaultHttp2HeadersDecoder decoder = new DefaultHttp2HeadersDecoder(true, 1 << 20);
    for (int i = 0; i < 2; i++) {
      ByteBuf block = Unpooled.buffer();
      encoder.response(head, block);
      List<String> lines = new ArrayList<>();
      decoder
          .decodeHeaders(1, block)
          .forEach(field -> lines.add(field.getKey() + ": " + field.getValue()));
      assertThat(lines)
          .containsExactly(
              ":status: 404",
              "date: Wed, 25 Nov 2026 09:00:00 GMT",
              "content-length: 123456",
              "x-long: " + "y".repeat(5000));
    }
  }

  /** Whatever the bytes are: an answer, no exception, and no more memory than the limit allows. */
  @Test
  void anyBytesGetAnAnswer() {
    SplitMix64 random = new SplitMix64(9113);
    int good = 0;
    for (int round = 0; round < 20_000; round++) {
      HpackDecoder decoder = new HpackDecoder(256, 512);
      for (int block = 0; block < 3; block++) {
        byte[] bytes = new byte[(int) Long.remainderUnsigned(random.next(), 64)];
        for (int i = 0; i < bytes.length; i++) {
          bytes[i] = (byte) random.next();
        }
        HeadBuilder builder = new HeadBuilder(1000, 10, false, false);
        builder.begin(HeadBuilder.Kind.REQUEST, new Head(16));
        if (!decoder.decode(bytes, 0, bytes.length, builder)) {
          break;
        }
        builder.finish(true);
        good++;
      }
    }
    assertThat(good).isPositive();
  }

  /** An entry of 4 KB named again and again in one byte each: nothing is kept beyond the limit. */
  @Test
  void aBombIsNotKept() {
    HpackDecoder decoder = new HpackDecoder(4096, 8192);
    byte[] value = new byte[4000];
    Arrays.fill(value, (byte) 'a');
    ByteBuf block = Unpooled.buffer();
    block
        .writeByte(0x40)
        .writeByte(1)
        .writeByte('b')
        .writeByte(0x7f)
        .writeByte(0xa1)
        .writeByte(0x1e);
    block.writeBytes(value);
    for (int i = 0; i < 10_000; i++) {
      block.writeByte(0x80 | 62);
    }
    Head head = new Head(64);
    HeadBuilder builder = new HeadBuilder(60 * 1024, 100, false, false);
    builder.begin(HeadBuilder.Kind.TRAILERS, head);
    byte[] bytes = ByteBufUtil.getBytes(block);
    assertThat(decoder.decode(bytes, 0, bytes.length, builder)).isTrue();
    assertThat(builder.finish(true)).isEqualTo(HeadFault.TOO_LARGE);
    assertThat(head.bytes().length).isLessThan(200 * 1024);
  }
}
