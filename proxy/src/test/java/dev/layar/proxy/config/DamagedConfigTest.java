package dev.layar.proxy.config;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.ByteString;
import dev.layar.base.Result;
import dev.layar.base.SplitMix64;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.client.Rejection;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Damaged configuration is refused in words, never with an exception. A failure says its seed. */
class DamagedConfigTest {
  private static final int ROUNDS = 300;
  private static final String PIECES = "{}[]:,-&*!|>'\"%@`#?\n \t0ae~";

  static Stream<Path> goldens() throws IOException {
    return CompilerGoldenTest.goldens();
  }

  /** What is in effect stays when the next version is refused. */
  @ParameterizedTest
  @MethodSource("goldens")
  void damagedResources(Path golden) throws IOException {
    String[] parts = golden.getFileName().toString().split("\\.");
    ResourceType type = ResourceType.valueOf(parts[parts.length - 2].toUpperCase(Locale.ROOT));
    XdsResource good = StoreWorld.resource(type, CompilerGoldenTest.resources(golden)[0]);
    StoreWorld world = new StoreWorld();
    world.store.update(type, List.of(good), Set.of());
    int refused = 0;
    for (long seed = 0; seed < ROUNDS; seed++) {
      Snapshot before = world.store.snapshot();
      XdsResource damaged = damaged(good, seed);
      try {
        List<Rejection> rejections = world.store.update(type, List.of(damaged), Set.of());
        refused += rejections.size();
        for (Rejection rejection : rejections) {
          assertThat(rejection.resourceName()).isEqualTo(good.name());
          assertThat(rejection.findings()).isNotEmpty().allMatch(f -> !f.message().isEmpty());
          assertThat(world.store.snapshot()).isSameAs(before);
        }
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("seed " + seed, e);
      }
    }
    assertThat(refused).isPositive();
  }

  private static XdsResource damaged(XdsResource good, long seed) {
    byte[] bytes = damaged(good.body().getValue().toByteArray(), new SplitMix64(seed));
    return XdsResource.of(good.type(), good.name(), ByteString.copyFrom(bytes));
  }

  /** A few bytes other, and one time in four the end missing. */
  private static byte[] damaged(byte[] good, SplitMix64 random) {
    byte[] bytes = good.clone();
    for (int i = random.below(4); i >= 0; i--) {
      bytes[random.below(bytes.length)] = (byte) random.below(256);
    }
    return random.below(4) == 0 ? Arrays.copyOf(bytes, random.below(bytes.length)) : bytes;
  }

  @Test
  void damagedBootstraps() {
    int refused = 0;
    for (long seed = 0; seed < 10 * ROUNDS; seed++) {
      SplitMix64 random = new SplitMix64(seed);
      StringBuilder text = new StringBuilder(BootstrapTest.STATIC);
      for (int i = random.below(4); i >= 0; i--) {
        text.setCharAt(random.below(text.length()), PIECES.charAt(random.below(PIECES.length())));
      }
      try {
        Result<Bootstrap> result = Bootstrap.load(text.toString(), "damaged.yaml");
        if (result instanceof Result.Rejected<Bootstrap> rejected) {
          refused++;
          assertThat(rejected.findings()).isNotEmpty().allMatch(f -> !f.message().isEmpty());
        }
      } catch (RuntimeException | StackOverflowError e) {
        throw new AssertionError("seed " + seed + ":\n" + text, e);
      }
    }
    assertThat(refused).isPositive();
  }
}
