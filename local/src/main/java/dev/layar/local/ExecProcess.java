package dev.layar.local;

import dev.layar.local.node.Programs;
import dev.layar.local.process.ContainerProcess;
import dev.layar.local.process.Grouping;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** A command in a pod's environment, its output kept in two files until it is read. */
final class ExecProcess implements ExecSession {
  private static final int MAX_OUTPUT = 8 << 20;

  private final ContainerProcess process;
  private final Path directory;

  private ExecProcess(ContainerProcess process, Path directory) {
    this.process = process;
    this.directory = directory;
  }

  static ExecProcess start(
      List<String> command, Map<String, String> environment, Path parent, Grouping grouping)
      throws LocalException {
    try {
      Files.createDirectories(parent);
      Path directory = Files.createTempDirectory(parent, "exec");
      ContainerProcess.Spec spec =
          new ContainerProcess.Spec(
              Programs.execLine(command, environment),
              environment,
              Path.of("."),
              directory.resolve("out"),
              directory.resolve("err"));
      return new ExecProcess(ContainerProcess.start(spec, grouping), directory);
    } catch (IOException e) {
      throw new LocalException("cannot run " + command.getFirst() + ": " + e.getMessage(), e);
    }
  }

  @Override
  public boolean isRunning() {
    return process.isAlive();
  }

  @Override
  public ExecResult await(Duration timeout) throws InterruptedException {
    try {
      return result(process.exit().get(timeout.toMillis(), TimeUnit.MILLISECONDS));
    } catch (TimeoutException late) {
      process.kill();
      return result(ExecResult.TIMED_OUT);
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }

  @Override
  public ExecResult stop(Duration timeout) throws InterruptedException {
    process.terminate();
    return await(timeout);
  }

  @Override
  public void close() {
    process.kill();
    LogFiles.delete(directory);
  }

  private ExecResult result(int code) {
    return new ExecResult(code, read("out"), read("err"));
  }

  private String read(String name) {
    Path file = directory.resolve(name);
    try (InputStream in = Files.newInputStream(file)) {
      return new String(in.readNBytes(MAX_OUTPUT), StandardCharsets.UTF_8);
    } catch (IOException e) {
      return "";
    }
  }
}
