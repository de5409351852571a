package dev.layar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileWatchTest {

  @Test
  void noticesContentAdditionAndRemoval(@TempDir Path folder) throws Exception {
    Path first = Files.writeString(folder.resolve("a.yaml"), "a");
    FileWatch watch = FileWatch.of(List.of(folder.toString(), "-"));
    assertThat(watch.changed()).isFalse();

    Files.writeString(first, "ab");
    assertThat(watch.changed()).isTrue();
    assertThat(watch.changed()).isFalse();

    Path second = Files.writeString(folder.resolve("b.yaml"), "b");
    assertThat(watch.changed()).isTrue();

    Files.delete(second);
    assertThat(watch.changed()).isTrue();

    Files.writeString(folder.resolve("notes.txt"), "x");
    assertThat(watch.changed()).isFalse();
  }

  @Test
  void aFileThatVanishesAndReturnsIsAChange(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("a.yaml"), "a");
    FileWatch watch = FileWatch.of(List.of(file.toString()));

    Files.delete(file);
    assertThat(watch.changed()).isTrue();
    Files.writeString(file, "a");
    assertThat(watch.changed()).isTrue();
  }
}
