package dev.layar.testkit;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class GoldenTest {
  @TempDir Path directory;

  @Test
  void equalTextPasses() throws Exception {
    Path file = Files.writeString(directory.resolve("a.txt"), "one\ntwo\n");

    assertThatCode(() -> Golden.check(file, "one\ntwo\n", false)).doesNotThrowAnyException();
    assertThatCode(() -> Golden.check(file, "one\ntwo\n", true)).doesNotThrowAnyException();
  }

  @Test
  void aDifferenceNamesItsLine() throws Exception {
    Path file = Files.writeString(directory.resolve("a.txt"), "one\ntwo\n");

    assertThatThrownBy(() -> Golden.check(file, "one\nthree\n", false))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("line 2\n  expected: two\n  actual:   three");
    assertThat(file).content().isEqualTo("one\ntwo\n");
  }

  @Test
  void aMissingFileFails() {
    assertThatThrownBy(() -> Golden.check(directory.resolve("none.txt"), "x", false))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("no golden file");
  }

  @Test
  void writingNeverPassesSilently() {
    Path file = directory.resolve("new/a.txt");

    assertThatThrownBy(() -> Golden.check(file, "x\n", true))
        .isInstanceOf(AssertionError.class)
        .hasMessageContaining("wrote");
    assertThat(file).content().isEqualTo("x\n");
  }
}
