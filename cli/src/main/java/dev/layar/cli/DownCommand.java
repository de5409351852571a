package dev.layar.cli;

import dev.layar.local.RunningMesh;
import java.time.Duration;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code layar down}. */
@Command(
    name = "down",
    description = "Stops a running mesh and every process it started.",
    mixinStandardHelpOptions = true)
final class DownCommand implements Callable<Integer> {
  private static final Duration LIMIT = Duration.ofSeconds(40);

  private final Console console;

  @Mixin private Meshes meshes = new Meshes();

  DownCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    RunningMesh mesh = meshes.mesh();
    if (!mesh.down(LIMIT)) {
      throw UserError.failed(
          "the mesh "
              + mesh.name()
              + " (process "
              + mesh.pid()
              + ") did not stop within "
              + LIMIT.toSeconds()
              + " s; end it with kill -9 "
              + mesh.pid()
              + ", its pods end with it.");
    }
    console.out().println("stopped the mesh " + mesh.name());
    return ExitCode.OK;
  }
}
