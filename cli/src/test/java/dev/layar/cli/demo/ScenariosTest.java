package dev.layar.cli.demo;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.cli.manifest.ManifestFiles;
import dev.layar.cli.manifest.Manifests;
import dev.layar.model.Decoded;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

final class ScenariosTest {
  private static final Path EXAMPLES = Path.of(System.getProperty("layar.root", ".."), "examples");
  private static final List<String> V1 =
      List.of("httpping-without-sidecar-v1-a", "httpping-without-sidecar-v1-b");
  private static final List<String> SIX =
      List.of(
          "httpping-without-sidecar-v1-a",
          "httpping-without-sidecar-v1-b",
          "httpping-without-sidecar-v1-c",
          "httpping-without-sidecar-v2-a",
          "httpping-without-sidecar-v2-b",
          "httpping-without-sidecar-v2-c");

  static Stream<Path> manifests() throws Exception {
    try (Stream<Path> files = Files.walk(EXAMPLES)) {
      return files.filter(file -> file.toString().endsWith(".yaml")).sorted().toList().stream();
    }
  }

  @ParameterizedTest
  @MethodSource("manifests")
  void everyExampleDecodesWithoutAFinding(Path file) throws Exception {
    Decoded decoded =
        Manifests.decode(
            ManifestFiles.read(
                List.of(file.toString()),
                ManifestFiles.Folders.FLAT,
                InputStream.nullInputStream()));

    assertThat(decoded.findings()).isEmpty();
    assertThat(decoded.resources()).isNotEmpty();
  }

  @Test
  void everyScenarioHasItsFolder() {
    assertThat(Demo.names())
        .containsExactlyInAnyOrder(
            "weighted-subsets",
            "consistent-hash",
            "mirroring",
            "header-match",
            "gateway",
            "timeout",
            "fault",
            "mtls",
            "canary")
        .allSatisfy(name -> assertThat(EXAMPLES.resolve(name)).isDirectory());
  }

  @Test
  void weightsThatHoldAgree() throws InterruptedException {
    FakeWorld world = new FakeWorld();
    world.answers =
        step -> {
          boolean ruled =
              step.startsWith("client-with-sidecar")
                  && !world.steps.contains("apply weighted-subsets/steps/gateway-only.yaml");
          return ruled
              ? FakeWorld.fetched(1000, Map.of(SIX.get(0), 97, SIX.get(3), 903))
              : FakeWorld.fetched(1000, FakeWorld.evenly(1000, SIX));
        };

    Played played = Played.play(new WeightedSubsets(), world, _ -> {});

    assertThat(played.checks()).filteredOn(check -> !check.agrees()).isEmpty();
    assertThat(played.agrees()).isTrue();
  }

  @Test
  void weightsThatAreIgnoredDisagree() throws InterruptedException {
    FakeWorld world = new FakeWorld();
    world.answers = _ -> FakeWorld.fetched(1000, FakeWorld.evenly(1000, SIX));

    Played played = Played.play(new WeightedSubsets(), world, _ -> {});

    assertThat(played.agrees()).isFalse();
    assertThat(played.checks())
        .filteredOn(check -> !check.agrees())
        .extracting(Check::what)
        .containsExactly("pod with a sidecar: share of v1", "pod with a sidecar: share of v2");
  }

  @Test
  void aPodThatRoundRobinSkipsDisagrees() throws InterruptedException {
    FakeWorld world = new FakeWorld();
    world.answers = _ -> FakeWorld.fetched(1000, FakeWorld.evenly(1000, V1));

    Played played = Played.play(new WeightedSubsets(), world, _ -> {});

    assertThat(played.checks())
        .filteredOn(check -> check.what().equals("pod without a sidecar: round robin"))
        .singleElement()
        .returns(false, Check::agrees)
        .returns("2 pods, [500, 500]", Check::observed);
  }

  @Test
  void aMeshThatFailsIsADisagreementAndNotACrash() throws InterruptedException {
    Scenario failing =
        new Scenario() {
          @Override
          public String name() {
            return "failing";
          }

          @Override
          public String summary() {
            return "";
          }

          @Override
          public String example() {
            return "";
          }

          @Override
          public void play(World world, Checks checks) throws DemoFailure {
            throw new DemoFailure("pod a is not ready.");
          }
        };

    Played played = Played.play(failing, new FakeWorld(), _ -> {});

    assertThat(played.agrees()).isFalse();
    assertThat(played.checks().getFirst().observed()).isEqualTo("pod a is not ready.");
  }

  @Test
  void jsonHasTheDocumentedShape() {
    List<Check> checks = List.of(new Check("answers", "2 x 200", "1 x 200", false));
    Played played = new Played(new HeaderMatch(), checks, Duration.ofMillis(1234));

    assertThat(DemoReport.json(List.of(played)))
        .isEqualTo(
            """
            {
              "scenarios" : [
                {
                  "name" : "header-match",
                  "agrees" : false,
                  "seconds" : 1.234,
                  "checks" : [
                    {
                      "what" : "answers",
                      "expected" : "2 x 200",
                      "observed" : "1 x 200",
                      "agrees" : false
                    }
                  ]
                }
              ]
            }\
            """);
  }
}
