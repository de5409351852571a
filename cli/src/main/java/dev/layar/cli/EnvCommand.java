package dev.layar.cli;

import dev.layar.local.RunningMesh;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code layar env}. */
@Command(
    name = "env",
    description = {
      "Prints what a shell must export so that kubectl talks to a running mesh; your own"
          + " kubeconfig",
      "is not touched. Use: eval \"$(./layar env)\""
    },
    mixinStandardHelpOptions = true)
final class EnvCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private Meshes meshes = new Meshes();

  EnvCommand(Console console) {
    this.console = console;
  }

  /** What to type, for a message. */
  static String howTo(String mesh) {
    String option = mesh.equals(Meshes.DEFAULT_NAME) ? "" : " --mesh " + mesh;
    return "eval \"$(./layar env" + option + ")\"";
  }

  @Override
  public Integer call() {
    RunningMesh mesh = meshes.mesh();
    Path kubeconfig = mesh.kubeconfig();
    if (!Files.exists(kubeconfig)) {
      throw UserError.failed(
          "the mesh " + mesh.name() + " does not serve kubectl; start it with ./layar up.");
    }
    console.out().println("export KUBECONFIG='" + kubeconfig + "'");
    return ExitCode.OK;
  }
}
