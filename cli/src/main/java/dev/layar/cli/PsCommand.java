package dev.layar.cli;

import dev.layar.local.RunningMesh;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code layar ps}. */
@Command(
    name = "ps",
    aliases = "status",
    description = {
      "Lists the pods of a running mesh: READY counts containers, the sidecar among them;",
      "STATUS is Running, Pending, Completed, Error, Terminating, CrashLoopBackOff or"
          + " ErrImageNotFound."
    },
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
    List<List<String>> rows = new ArrayList<>();
    rows.add(List.of("NAMESPACE", "NAME", "READY", "STATUS", "RESTARTS", "AGE", "IP"));
    Instant now = Instant.now();
    for (RunningMesh.Pod pod : meshes.pods(mesh)) {
      rows.add(
          List.of(
              pod.namespace(),
              pod.name(),
              pod.containersReady() + "/" + pod.containers(),
              pod.status(),
              String.valueOf(pod.restarts()),
              Age.of(Duration.between(pod.created(), now)),
              pod.ip()));
    }
    Table.lines(rows).forEach(console.out()::println);
    return ExitCode.OK;
  }
}
