package dev.layar.local;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class LogFilesTest {
  @TempDir Path directory;

  @Test
  void aLogOverItsLimitIsEmptiedAndItsWriterGoesOn() throws IOException {
    Path file = directory.resolve("app.log");
    try (FileOutputStream writer = new FileOutputStream(file.toFile(), true)) {
      writer.write("0123456789\n".getBytes(StandardCharsets.UTF_8));
      LogFiles.bound(file, 11);
      assertThat(Files.size(file)).isEqualTo(11);
      LogFiles.bound(file, 10);
      writer.write("next\n".getBytes(StandardCharsets.UTF_8));
    }
    assertThat(Files.readString(file)).isEqualTo("next\n");
    assertThat(Files.readString(directory.resolve("app.log.1"))).isEqualTo("0123456789\n");
  }

  @Test
  void theTailIsTheLastLines() throws IOException {
    Path file = Files.writeString(directory.resolve("app.log"), "a\nb\nc\n".repeat(5000));
    assertThat(LogFiles.tail(file, 2)).containsExactly("b", "c");
    assertThat(LogFiles.tail(directory.resolve("none"), 2)).isEmpty();
  }
}
