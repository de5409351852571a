package dev.layar.cli;

import dev.layar.local.RunningMesh;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code layar ps}. */
@Command(
    name = "ps",
    aliases = "status",
    description = "Lists the pods of a running mesh.",
    mixinStandardHelpOptions = true)
final class PsCommand implements Callable<Integer> {
  private final Console console;

  @Mixin private Meshes meshes = new Meshes();

  PsCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    RunningMesh mesh = meshes.mesh();
    console
        .out()
        .println("mesh " + mesh.name() + ", process " + mesh.pid() + ", " + mesh.directory());
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("NAMESPACE", "POD", "READY", "CONTAINERS"));
    for (RunningMesh.Pod pod : mesh.pods()) {
      rows.add(
          List.of(
              pod.namespace(),
              pod.name(),
              pod.ready() ? "yes" : "no",
              String.join(",", pod.logs().keySet())));
    }
    Table.lines(rows).forEach(console.out()::println);
    return ExitCode.OK;
  }
}
