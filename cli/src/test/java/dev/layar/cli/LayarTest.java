package dev.layar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

final class LayarTest {

  @Test
  void versionAndHelpSucceed() {
    assertThat(Captured.run("--version")).returns(0, Captured::code).returns("", Captured::err);
    assertThat(Captured.run("--version").out()).startsWith("layar ").contains("Java 25");
    assertThat(Captured.run("--help").out()).contains("demo", "up", "exec", "logs", "down");
  }

  @Test
  void nothingToDoIsWrongUsage() {
    Captured run = Captured.run();

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.out()).isEmpty();
    assertThat(run.err()).contains("Usage: layar");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "dmeo|did you mean demo",
        "demo --lst|did you mean",
        "demo nowhere|there is no scenario nowhere; choose one of weighted-subsets",
        "demo -o xml|layar demo --help",
        "up --detahc|did you mean",
        "up -f /no/such/file.yaml|there is no file or folder /no/such/file.yaml",
        "exec|layar exec --help",
      })
  void mistakesAreOneSentenceAndCode2(String line, String expected) {
    Captured run = Captured.run(line.split(" "));

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).startsWith("layar: ").contains(expected).endsWith(".\n");
    assertThat(run.err().lines()).hasSize(1);
    assertThat(run.out()).isEmpty();
  }

  @Test
  void anEmptyFolderHoldsNoManifest(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("notes.txt"), "x");

    Captured run = Captured.run("up", "-f", folder.toString());

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("holds no .yaml, .yml or .json file");
  }

  @Test
  void demoListsItsScenarios() {
    Captured run = Captured.run("demo", "--list");

    assertThat(run.code()).isZero();
    assertThat(run.out().lines()).hasSize(9).first().asString().startsWith("weighted-subsets ");
  }
}
