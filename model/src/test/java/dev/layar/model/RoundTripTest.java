package dev.layar.model;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import java.time.Instant;
import java.util.Map;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Any object that can be made can be written and read back, as YAML and as JSON. */
class RoundTripTest {
  private static final int ROUNDS = 60;

  static java.util.List<Kind> kinds() {
    return Kinds.all();
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void decodeOfEncodeIsTheSame(Kind kind) {
    for (long seed = 0; seed < ROUNDS; seed++) {
      Resource<?> made = make(kind, seed);
      check(made, Encoder.yaml(made), seed);
      check(made, Encoder.json(made), seed);
    }
  }

  @ParameterizedTest
  @MethodSource("kinds")
  void equalObjectsGiveEqualText(Kind kind) {
    assertThat(Encoder.yaml(make(kind, 1))).isEqualTo(Encoder.yaml(make(kind, 1)));
    assertThat(make(kind, 1)).isEqualTo(make(kind, 1)).hasSameHashCodeAs(make(kind, 1));
  }

  private static void check(Resource<?> made, String text, long seed) {
    Decoded decoded = Decoder.decode("t", text);
    assertThat(decoded.findings())
        .as("seed %d\n%s", seed, text)
        .allMatch(f -> f.code().equals(DecodeCode.UNSUPPORTED_KIND.id()));
    Resource<?> read = decoded.resources().getFirst();
    assertThat(read.spec()).as("seed %d\n%s", seed, text).isEqualTo(made.spec());
    assertThat(read).isEqualTo(made);
    assertThat(Encoder.yaml(read)).isEqualTo(Encoder.yaml(made));
  }

  private static Resource<?> make(Kind kind, long seed) {
    Samples samples = new Samples(new SplitMix64(seed));
    ObjectMeta meta =
        ObjectMeta.of(kind.namespaced() ? "ns" : "", "x", Map.of("a", "b"))
            .withCreationTimestamp(Instant.parse("2024-01-07T00:57:14Z"));
    Record body = (Record) samples.message(Shapes.of(kind.type()));
    return new Resource<>(kind, kind.preferredApiVersion(), meta, body, SourceMap.EMPTY);
  }
}
