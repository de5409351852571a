package dev.layar.cli;

import dev.layar.local.LocalException;
import dev.layar.local.RunningMesh;
import java.io.IOException;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code layar exec}. */
@Command(
    name = "exec",
    description = {
      "Runs a command in a pod's environment: its variables, its address, its way into the mesh.",
      "Example: ./layar exec sleep -- curl -sS http://httpbin:8000/headers"
    },
    mixinStandardHelpOptions = true)
final class ExecCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private Meshes meshes = new Meshes();

  @Parameters(index = "0", paramLabel = "POD", description = "A pod, Deployment or app label.")
  private String pod = "";

  @Option(
      names = {"-c", "--container"},
      paramLabel = "CONTAINER",
      description = "Which container; the pod's first when left out.")
  private String container = "";

  @Parameters(index = "1..*", arity = "1..*", paramLabel = "CMD", description = "After --.")
  private List<String> command = List.of();

  ExecCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() throws InterruptedException {
    RunningMesh mesh = meshes.mesh();
    RunningMesh.Pod target = meshes.pod(mesh, pod);
    if (!container.isEmpty() && !target.logs().containsKey(container)) {
      throw UserError.failed(
          "pod "
              + target.name()
              + " has no container "
              + container
              + "; it has "
              + String.join(", ", target.logs().keySet())
              + ".");
    }
    console.out().flush();
    try {
      return mesh.exec(target, command).inheritIO().start().waitFor();
    } catch (LocalException e) {
      throw UserError.failed(String.valueOf(e.getMessage()));
    } catch (IOException e) {
      throw UserError.failed(
          "cannot run " + command.getFirst() + " (" + e.getMessage() + "); is it installed?");
    }
  }
}
