package dev.layar.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class FileWatcherTest {
  @TempDir Path directory;
  private final Semaphore calls = new Semaphore(0);

  @Test
  void aWrittenFileIsNoticed() throws Exception {
    try (FileWatcher _ = FileWatcher.start(List.of(directory), calls::release)) {
      Files.writeString(directory.resolve("a.yaml"), "a: 1");
      assertThat(noticed()).isTrue();
    }
  }

  @Test
  void aFileInADirectoryMadeLaterIsNoticed() throws Exception {
    try (FileWatcher _ = FileWatcher.start(List.of(directory), calls::release)) {
      Path made = Files.createDirectory(directory.resolve("made"));
      assertThat(noticed()).isTrue();
      Files.writeString(made.resolve("a.yaml"), "a: 1");
      assertThat(noticed()).isTrue();
    }
  }

  @Test
  void ofASingleFileItsNeighboursDoNotMatter() throws Exception {
    Path file = Files.writeString(directory.resolve("a.yaml"), "a: 1");
    try (FileWatcher _ = FileWatcher.start(List.of(file), calls::release)) {
      Files.writeString(directory.resolve("b.yaml"), "b: 1");
      Files.writeString(file, "a: 2");
      assertThat(noticed()).isTrue();
      assertThat(calls.tryAcquire(FileWatcher.MAX_WAIT.toMillis(), TimeUnit.MILLISECONDS))
          .isFalse();
    }
  }

  private boolean noticed() throws InterruptedException {
    return calls.tryAcquire(10, TimeUnit.SECONDS);
  }
}
