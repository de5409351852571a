package dev.layar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs {@code ./layar} as a user would: a process with arguments, streams and an exit code. */
final class Command {
  private final Path home;
  private final Map<String, String> environment;

  private Command(Path home, Map<String, String> environment) {
    this.home = home;
    this.environment = environment;
  }

  /** Keeps its state in {@code home}, so that tests and a user's own meshes do not meet. */
  static Command at(Path home) {
    return new Command(home, Map.of());
  }

  Command with(String name, String value) {
    return new Command(home, Map.of(name, value));
  }

  /** What a finished command left. */
  record Ended(int exitCode, String out, String err) {
    Ended exited(int expected) {
      assertThat(exitCode).as("stdout:%n%s%nstderr:%n%s", out, err).isEqualTo(expected);
      return this;
    }
  }

  /** Runs to the end; a command that takes longer is killed and fails the test. */
  Ended run(Duration limit, String... arguments) throws IOException, InterruptedException {
    return runWithInput(limit, "", arguments);
  }

  Ended runWithInput(Duration limit, String input, String... arguments)
      throws IOException, InterruptedException {
    Path out = Files.createTempFile(home, "out", ".txt");
    Path err = Files.createTempFile(home, "err", ".txt");
    Process process =
        builder(arguments).redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    }
    boolean ended = process.waitFor(limit.toMillis(), TimeUnit.MILLISECONDS);
    if (!ended) {
      process.destroyForcibly().waitFor();
    }
    String said = Files.readString(err);
    assertThat(ended).as("ended within %s; stderr:%n%s", limit, said).isTrue();
    return new Ended(process.exitValue(), Files.readString(out), said);
  }

  /** Starts a command that goes on; its output goes to {@code log}. */
  Process start(Path log, String... arguments) throws IOException {
    return builder(arguments).redirectErrorStream(true).redirectOutput(log.toFile()).start();
  }

  private ProcessBuilder builder(String... arguments) {
    List<String> command = new ArrayList<>();
    command.add(Repository.root().resolve("layar").toString());
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().put("LAYAR_HOME", home.toString());
    builder.environment().put("LAYAR_NO_BUILD", "1");
    builder.environment().putAll(environment);
    return builder;
  }
}
