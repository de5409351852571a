package dev.layar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What the launcher does before a build's first proxy, with real processes. */
class RehearsalTest {
  @TempDir Path home;

  private static List<String> java(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(
        List.of("-XX:TieredStopAtLevel=1", "-cp", System.getProperty("java.class.path")));
    command.addAll(List.of(arguments));
    return command;
  }

  private String rehearse(int expected, List<String> proxy) throws Exception {
    String bootstrap = home.resolve("bootstrap.yaml").toString();
    List<String> command = java(Rehearsal.class.getName(), bootstrap);
    command.addAll(proxy);
    command.addAll(List.of("-c", bootstrap, "--concurrency", "1"));
    Path log = home.resolve("log");
    Process process =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile()).start();
    try {
      assertThat(process.waitFor(100, TimeUnit.SECONDS)).isTrue();
    } finally {
      process.destroyForcibly().waitFor();
    }
    String out = Files.readString(log);
    assertThat(process.exitValue()).as(out).isEqualTo(expected);
    return out;
  }

  @Test
  void aProxyServesALoadAndEnds() throws Exception {
    String out = rehearse(ExitCode.OK, java(Main.class.getName(), "proxy"));
    assertThat(out).contains("ready after").doesNotContain("a connection ended early");
  }

  @Test
  void aProxyThatDoesNotStartFailsIt() throws Exception {
    String out = rehearse(ExitCode.FAILED, java(Main.class.getName(), "proxi"));
    assertThat(out).contains("did you mean proxy");
  }
}
