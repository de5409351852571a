package dev.layar.cli;

import dev.layar.local.RunningMesh;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code layar logs}. */
@Command(
    name = "logs",
    description = "Prints what a container of a pod wrote.",
    mixinStandardHelpOptions = true)
final class LogsCommand implements Callable<Integer> {
  private static final int POLL_MILLIS = 100;

  private final Console console;

  @Mixin private Meshes meshes = new Meshes();

  @Parameters(index = "0", paramLabel = "POD", description = "A pod, Deployment or app label.")
  private String pod = "";

  @Option(
      names = {"-c", "--container"},
      paramLabel = "CONTAINER",
      description = "Which container; the pod's first when left out. The sidecar is istio-proxy.")
  private String container = "";

  @Option(
      names = {"-f", "--follow"},
      description = "Go on with what is written from now on.")
  private boolean follow;

  LogsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    RunningMesh mesh = meshes.mesh();
    RunningMesh.Pod target = meshes.pod(mesh, pod);
    Path log = file(target);
    try (InputStream in = Files.newInputStream(log)) {
      in.transferTo(console.out());
      while (follow && !console.out().checkError()) {
        new Semaphore(0).tryAcquire(POLL_MILLIS, TimeUnit.MILLISECONDS);
        in.transferTo(console.out());
      }
      return ExitCode.OK;
    } catch (IOException e) {
      throw UserError.failed("cannot read the log " + log + " (" + e.getMessage() + ").");
    }
  }

  private Path file(RunningMesh.Pod target) {
    @Nullable Path log =
        container.isEmpty()
            ? target.logs().values().stream().findFirst().orElse(null)
            : target.logs().get(container);
    if (log == null) {
      throw UserError.failed(
          "pod "
              + target.name()
              + " has no container "
              + container
              + "; it has "
              + String.join(", ", target.logs().keySet())
              + ".");
    }
    return log;
  }
}
