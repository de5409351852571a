package dev.layar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.cli.json.Json;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class ValidateCommandTest {
  private static final Path EXAMPLES = Path.of(System.getProperty("layar.root", ".."), "examples");

  private static final String GOOD =
      """
      apiVersion: networking.istio.io/v1
      kind: VirtualService
      metadata:
        name: reviews
      spec:
        hosts:
        - reviews
        http:
        - route:
          - destination:
              host: reviews
      """;

  /** A slide's manifest: a map where a list belongs, and a weight that is no number. */
  private static final String SLIDE =
      """
      apiVersion: networking.istio.io/v1alpha3
      kind: VirtualService
      metadata:
        name: reviews
      spec:
        hosts:
        - reviews
        http:
          route:
          - destination:
              host: reviews
              subset: v2
            weight: 10%
      """;

  private static final String NAME_FOR_HOST =
      """
      apiVersion: networking.istio.io/v1alpha3
      kind: DestinationRule
      metadata:
        name: foo-ext
      spec:
        name: foo.com
      """;

  @Test
  void whatIsGoodIsValid() {
    Captured run = Captured.withInput(GOOD, "validate", "-f", "-");

    assertThat(run.err()).isEmpty();
    assertThat(run.out()).isEqualTo("valid: 0 errors and 0 warnings in 1 file; 1 good object\n");
    assertThat(run.code()).isZero();
  }

  @Test
  void everyExampleIsValid() {
    for (String name : dev.layar.cli.demo.Demo.names()) {
      Captured run = Captured.run("validate", "--all", "-f", EXAMPLES.resolve(name).toString());
      assertThat(run.code()).as(run.out()).isZero();
    }
  }

  @Test
  void anErrorNamesFileLineColumnCodeAndPath(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("vs.yaml"), GOOD.replace("hosts:", "host:"));

    Captured run = Captured.run("validate", "-f", file.toString());

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out().lines().toList().getFirst())
        .startsWith(file + ":6:3: error ")
        .contains(" spec.host: ")
        .contains("hosts");
    assertThat(run.out()).contains("invalid: ");
  }

  @Test
  void subfoldersAreReadOnlyWhenAsked(@TempDir Path folder) throws Exception {
    Files.writeString(Files.createDirectory(folder.resolve("sub")).resolve("vs.yaml"), GOOD);

    Captured flat = Captured.run("validate", "-f", folder.toString());
    assertThat(flat.code()).isEqualTo(2);
    assertThat(flat.err()).contains("-R");

    Captured recursive = Captured.run("validate", "-R", "-f", folder.toString());
    assertThat(recursive.code()).isZero();
    assertThat(recursive.out()).contains("in 1 file; 1 good object");
  }

  @Test
  void aSlideThatCannotWorkSaysWhatToWrite() {
    Captured run = Captured.withInput(SLIDE, "validate", "-f", "-");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).contains("-:9:5: error ").contains("spec.http").contains("list");
  }

  @Test
  void aPercentSignInAWeightSaysWhatToWrite() {
    String listed = SLIDE.replace("http:\n    route:", "http:\n  - route:");
    Captured run = Captured.withInput(listed, "validate", "-f", "-");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).contains("spec.http[0].route[0].weight").contains("10%");
  }

  @Test
  void aNameWhereAHostBelongsSaysSo() {
    Captured run = Captured.withInput(NAME_FOR_HOST, "validate", "-f", "-");

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).contains("spec.name").contains("host");
  }

  @Test
  void aRouteToNobodyIsFoundWhenTheFilesAreTheWholeMesh() {
    Captured run = Captured.withInput(GOOD, "validate", "--all", "-f", "-");

    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("warning IST0101").contains("reviews");
  }

  @Test
  void jsonIsForTools() {
    Captured run = Captured.withInput(NAME_FOR_HOST, "validate", "-f", "-", "-o", "json");

    assertThat(run.code()).isEqualTo(1);
    assertThat((List<?>) Json.parse(run.out()))
        .isNotEmpty()
        .allSatisfy(
            finding ->
                assertThat(((Map<?, ?>) finding).keySet().toString())
                    .isEqualTo(
                        "[severity, code, file, line, column, path, message, value, expected]"));
  }

  @ParameterizedTest
  @CsvSource({"-f,/no/such/file", "-x,1"})
  void wrongUsageIsCode2(String option, String value) {
    assertThat(Captured.run("validate", option, value).code()).isEqualTo(2);
    assertThat(Captured.run("validate").code()).isEqualTo(2);
  }
}
