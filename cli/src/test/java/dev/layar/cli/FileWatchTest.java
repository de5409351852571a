package dev.layar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.cli.manifest.ManifestFiles.Folders;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class FileWatchTest {

  @Test
  void noticesContentAdditionAndRemoval(@TempDir Path folder) throws Exception {
    Path first = Files.writeString(folder.resolve("a.yaml"), "a");
    FileWatch watch = FileWatch.of(List.of(folder.toString()), Folders.FLAT);
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
  void noticesSubfoldersOnlyWhenTheyAreReadToo(@TempDir Path folder) throws Exception {
    Files.writeString(folder.resolve("a.yaml"), "a");
    FileWatch flat = FileWatch.of(List.of(folder.toString()), Folders.FLAT);
    FileWatch recursive = FileWatch.of(List.of(folder.toString()), Folders.RECURSIVE);

    Files.writeString(Files.createDirectory(folder.resolve("sub")).resolve("b.yaml"), "b");

    assertThat(flat.changed()).isFalse();
    assertThat(recursive.changed()).isTrue();
  }

  @Test
  void aFileThatVanishesAndReturnsIsAChange(@TempDir Path folder) throws Exception {
    Path file = Files.writeString(folder.resolve("a.yaml"), "a");
    FileWatch watch = FileWatch.of(List.of(file.toString()), Folders.FLAT);

    Files.delete(file);
    assertThat(watch.changed()).isTrue();
    Files.writeString(file, "a");
    assertThat(watch.changed()).isTrue();
  }
}
