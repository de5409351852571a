package dev.layar.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import java.nio.charset.StandardCharsets;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** No input makes the decoder throw. A failure prints its seed. */
class DecoderFuzzTest {
  private static final int ROUNDS = 3_000;
  private static final String PIECES = "{}[]:,-&*!|>'\"%@`#?\n\n \t0aé\u0000<~";

  @Test
  void randomBytes() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      SplitMix64 random = new SplitMix64(seed);
      byte[] text = new byte[random.below(40)];
      for (int i = 0; i < text.length; i++) {
        text[i] = (byte) random.next();
      }
      decode(text, seed);
    }
  }

  @Test
  void randomYaml() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      SplitMix64 random = new SplitMix64(seed);
      StringBuilder text = new StringBuilder();
      for (int i = random.below(60); i > 0; i--) {
        text.append(PIECES.charAt(random.below(PIECES.length())));
      }
      decode(text.toString().getBytes(StandardCharsets.UTF_8), seed);
    }
  }

  @Test
  void damagedObjects() {
    for (long seed = 0; seed < ROUNDS; seed++) {
      SplitMix64 random = new SplitMix64(seed);
      Kind kind = Kinds.all().get(random.below(Kinds.all().size()));
      Record body = (Record) new Samples(random).message(Shapes.of(kind.type()));
      Resource<?> made = Resource.of(ObjectMeta.of("", "x", Map.of()), body);
      StringBuilder text =
          new StringBuilder(random.below(2) == 0 ? Encoder.yaml(made) : Encoder.json(made));
      for (int i = random.below(4); i >= 0; i--) {
        int at = random.below(text.length());
        text.setCharAt(at, PIECES.charAt(random.below(PIECES.length())));
      }
      decode(text.toString().getBytes(StandardCharsets.UTF_8), seed);
    }
  }

  private static void decode(byte[] text, long seed) {
    try {
      Decoded decoded = Decoder.decode("f", text);
      assertThat(decoded.findings()).allMatch(f -> !f.message().isEmpty());
    } catch (RuntimeException | StackOverflowError e) {
      throw new AssertionError("seed " + seed + ": " + new String(text, StandardCharsets.UTF_8), e);
    }
  }
}
