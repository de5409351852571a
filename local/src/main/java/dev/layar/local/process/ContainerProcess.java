package dev.layar.local.process;

import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;

/**
 * One container's process with all that it starts. Thread-safe.
 *
 * <p>A POSIX shell script starts it: the shell replaces itself by the program, and leaves behind a
 * watcher that reads a pipe from this JVM. Nobody ever writes to that pipe; when this JVM ends, in
 * whatever way, the kernel closes it and the watcher kills the program's process group. So no
 * container outlives the mesh, kill -9 included, and nothing but pipes and signals is needed.
 */
public final class ContainerProcess {
  private static final String SCRIPT = script("supervise.sh");

  private final Process process;

  private ContainerProcess(Process process) {
    this.process = process;
  }

  /**
   * What to run.
   *
   * @param command program with its arguments
   * @param environment the whole environment, nothing is inherited
   * @param directory where to run
   * @param log file that standard output is appended to
   * @param errors file that standard error is appended to; may be the same
   */
  public record Spec(
      List<String> command,
      Map<String, String> environment,
      Path directory,
      Path log,
      Path errors) {
    public Spec {
      command = List.copyOf(command);
      environment = Map.copyOf(environment);
    }
  }

  /**
   * Starts a container. A program that cannot be run ends with 127 and a line in the log.
   *
   * @throws IOException when the log cannot be written or no process can be made
   */
  public static ContainerProcess start(Spec spec, Grouping grouping) throws IOException {
    Files.createDirectories(spec.log().toAbsolutePath().getParent());
    List<String> command = new ArrayList<>(List.of("/bin/sh", "-c", SCRIPT, "layar-pod"));
    command.add(grouping.word());
    command.addAll(spec.command());
    ProcessBuilder builder = new ProcessBuilder(command);
    builder.environment().clear();
    builder.environment().putAll(spec.environment());
    builder.directory(spec.directory().toFile());
    builder.redirectOutput(ProcessBuilder.Redirect.appendTo(spec.log().toFile()));
    if (spec.errors().equals(spec.log())) {
      builder.redirectErrorStream(true);
    } else {
      builder.redirectError(ProcessBuilder.Redirect.appendTo(spec.errors().toFile()));
    }
    return new ContainerProcess(builder.start());
  }

  /** The container's first process. */
  public long pid() {
    return process.pid();
  }

  public boolean isAlive() {
    return process.isAlive();
  }

  /** Completed with the exit code, 128 + signal number when a signal ended it. */
  public CompletableFuture<Integer> exit() {
    return process.onExit().thenApply(Process::exitValue);
  }

  /**
   * Asks the first process to end (SIGTERM). Through its handle: {@link Process#destroy} would also
   * close the pipe, and with it kill the process.
   */
  public void terminate() {
    process.toHandle().destroy();
  }

  /** Kills the container (SIGKILL); the watcher then kills what the first process left behind. */
  public void kill() {
    process.toHandle().destroyForcibly();
  }

  static String script(String name) {
    try (InputStream in = ContainerProcess.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException(name + " is missing from the jar");
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
