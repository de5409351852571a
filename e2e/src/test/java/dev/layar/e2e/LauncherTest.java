package dev.layar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The launcher's own mistakes and duties. */
class LauncherTest {
  @TempDir Path home;

  @Test
  void aWrongJdkIsOneSentenceThatSaysWhatToDo() throws Exception {
    Command.Ended ended =
        Command.at(home)
            .with("LAYAR_JAVA_HOME", home.toString())
            .run(Duration.ofSeconds(60), "--version")
            .exited(1);
    assertThat(ended.err().strip().lines()).hasSize(1);
    assertThat(ended.err()).contains(home.toString()).contains("JDK 25");
    assertThat(ended.out()).isEmpty();
  }

  @Test
  void worksThroughASymbolicLinkFromAnywhere() throws Exception {
    Path link = home.resolve("mesh");
    Files.createSymbolicLink(link, Repository.root().resolve("layar"));
    Process process =
        new ProcessBuilder(link.toString(), "--version")
            .directory(home.toFile())
            .redirectErrorStream(true)
            .start();
    String out = new String(process.getInputStream().readAllBytes());
    assertThat(process.waitFor()).as(out).isZero();
    assertThat(out).containsIgnoringCase("layar");
  }

  @Test
  void anUnknownCommandIsAUsageErrorWithTheNearestOne() throws Exception {
    Command.Ended ended =
        Command.at(home).run(Duration.ofSeconds(60), "validat", "-f", "x.yaml").exited(2);
    assertThat(ended.err()).contains("validat");
  }
}
