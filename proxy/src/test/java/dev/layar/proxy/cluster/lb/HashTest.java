package dev.layar.proxy.cluster.lb;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class HashTest {
  /** The first three are Envoy's; the long ones are of the reference implementation. */
  @ParameterizedTest
  @CsvSource({
    "foo, 3728699739546630719",
    "bar, 5234164152756840025",
    "'', 17241709254077376921",
    "a, 15154266338359012955",
    "abc, 4952883123889572249",
    "Nobody inspects the spammish repetition, 18144624926692707313",
    "'The quick brown fox jumps over the lazy dog', 802816344064684476"
  })
  void xxHash64GivesThePublishedValues(String text, String expected) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    assertThat(Long.toUnsignedString(XxHash64.hash(bytes))).isEqualTo(expected);
  }

  @Test
  void xxHash64OfASliceIsThatOfTheBytesAlone() {
    byte[] bytes = new byte[200];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) (i * 37);
    }
    for (int length = 0; length < 150; length++) {
      byte[] alone = Arrays.copyOfRange(bytes, 13, 13 + length);
      assertThat(XxHash64.hash(bytes, 13, length, 99))
          .as("length %d", length)
          .isEqualTo(XxHash64.hash(alone, 0, length, 99));
    }
  }

  /** Values of libstdc++'s {@code std::hash<std::string>}, which Envoy's murmur hash equals. */
  @ParameterizedTest
  @CsvSource({"'', 6142509188972423790", "foo, 9631199822919835226", "bar, 11474628671133349555"})
  void murmurHash2GivesTheKnownValues(String text, String expected) {
    byte[] bytes = text.getBytes(StandardCharsets.US_ASCII);
    assertThat(Long.toUnsignedString(MurmurHash2.hash(bytes, 0, bytes.length))).isEqualTo(expected);
  }
}
