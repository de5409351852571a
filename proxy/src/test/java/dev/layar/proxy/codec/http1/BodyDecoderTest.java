package dev.layar.proxy.codec.http1;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import dev.layar.proxy.http.Ascii;
import io.netty.buffer.ByteBuf;
import io.netty.buffer.Unpooled;
import java.nio.charset.StandardCharsets;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class BodyDecoderTest {
  private final BodyDecoder decoder = new BodyDecoder(Limits.REQUEST);
  private final StringBuilder body = new StringBuilder();

  @Test
  void takesALength() {
    decoder.length(5);
    assertThat(feed("abc")).isEqualTo(BodyDecoder.MORE);
    assertThat(feed("deXX")).isEqualTo(BodyDecoder.END);
    assertThat(body).hasToString("abcde");
  }

  @Test
  void everySplitOfAChunkedBodyGivesTheSame() {
    String wire = "3\r\nabc\r\n00B;ext=\"v\"\r\nhello world\r\n0\r\nTrailer: x\r\n\r\n";
    for (int first = 0; first <= wire.length(); first++) {
      for (int second = first; second <= wire.length(); second++) {
        body.setLength(0);
        decoder.chunked();
        feed(wire.substring(0, first));
        feed(wire.substring(first, second));
        assertThat(feed(wire.substring(second))).isEqualTo(BodyDecoder.END);
        assertThat(body).hasToString("abchello world");
      }
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\r\n",
        "g\r\n",
        "-1\r\n",
        "0x3\r\nabc\r\n",
        "3\nabc\r\n",
        "3\r\nabcd\r\n",
        "3\r\nabc\n",
        "3\r\nabc\r\r\n",
        "3;a\nb\r\nabc\r\n",
        "3;\0\r\nabc\r\n",
        "ffffffffffffffff\r\n",
        "0\r\n: x\r\n\r\n",
        "0\r\na b: x\r\n\r\n",
        "0\r\na: \0\r\n\r\n",
        "0\r\n\n",
      })
  void refusesWhatIsNoChunk(String wire) {
    decoder.chunked();
    assertThat(feed(wire)).isEqualTo(BodyDecoder.BAD);
  }

  @Test
  void boundsExtensionsAndTrailers() {
    decoder.chunked();
    assertThat(feed("1;" + "x".repeat(2_000))).isEqualTo(BodyDecoder.BAD);
    decoder.chunked();
    assertThat(feed("0\r\n" + "a: b\r\n".repeat(101))).isEqualTo(BodyDecoder.BAD);
    decoder.chunked();
    assertThat(feed("0\r\na: " + "b".repeat(70_000))).isEqualTo(BodyDecoder.BAD);
  }

  @Test
  void writesWhatItReads() {
    for (int size : new int[] {1, 15, 16, 255, 256, 4095, 65_536, 1 << 20}) {
      ByteBuf out = Unpooled.buffer();
      BodyDecoder.writeChunkStart(out, size);
      assertThat(out.toString(StandardCharsets.US_ASCII))
          .isEqualTo(Integer.toHexString(size) + "\r\n");
      out.writeZero(size);
      BodyDecoder.writeChunkEnd(out);
      BodyDecoder.writeLastChunk(out);
      decoder.chunked();
      body.setLength(0);
      assertThat(drain(out)).isEqualTo(BodyDecoder.END);
      assertThat(body).hasSize(size);
    }
  }

  @Test
  void randomBytesNeverThrow() {
    for (long seed = 0; seed < 5_000; seed++) {
      SplitMix64 random = new SplitMix64(seed);
      byte[] wire = Ascii.bytes("5\r\nabcde\r\n1;x\r\nf\r\n0\r\nt: v\r\n\r\n");
      for (int i = 0; i < 3; i++) {
        wire[random.below(wire.length)] = (byte) random.below(256);
      }
      decoder.chunked();
      int answer = drain(Unpooled.wrappedBuffer(wire));
      assertThat(answer).as("seed %d", seed).isLessThanOrEqualTo(0);
    }
  }

  private int feed(String text) {
    return drain(Unpooled.wrappedBuffer(Ascii.bytes(text)));
  }

  private int drain(ByteBuf in) {
    int size = decoder.next(in);
    while (size > 0) {
      body.append(in.readCharSequence(size, StandardCharsets.ISO_8859_1));
      size = decoder.next(in);
    }
    return size;
  }
}
