package dev.layar.local;

import dev.layar.local.image.Program;
import dev.layar.local.process.ContainerProcess;
import dev.layar.local.process.Grouping;
import dev.layar.model.k8s.Pod;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/** One container of a pod: its process now, and its past. Confined to the cluster's thread. */
final class ContainerRuntime {
  /** A crashing container waits 0.5 s, 1 s, 2 s … before its next start, at most this long. */
  private static final long MAX_BACK_OFF_MILLIS = 30_000;

  private static final long FIRST_BACK_OFF_MILLIS = 500;

  final Pod.Container spec;
  final Program program;
  final Path log;
  Map<Integer, Integer> ports = Map.of();
  Map<String, String> environment = Map.of();
  @Nullable ContainerProcess process;
  boolean ready;
  boolean started;
  boolean finished;

  /** It ended although it should run, and waits for its next start. */
  boolean crashed;

  int exitCode;
  int restarts;
  String waiting = "ContainerCreating";

  ContainerRuntime(Pod.Container spec, Program program, Path log) {
    this.spec = spec;
    this.program = program;
    this.log = log;
  }

  /** Starts the process; the caller has set ports and environment. */
  ContainerProcess start(Grouping grouping) throws IOException {
    ContainerProcess fresh =
        ContainerProcess.start(
            new ContainerProcess.Spec(
                Programs.commandLine(program, environment),
                environment,
                Programs.directory(spec.workingDir()),
                log,
                log),
            grouping);
    process = fresh;
    ready = false;
    started = true;
    crashed = false;
    waiting = "not ready";
    return fresh;
  }

  /** DEVIATION: Kubernetes begins with 10 s and ends with 5 min; a laptop is less patient. */
  long backOffMillis() {
    return Math.min(MAX_BACK_OFF_MILLIS, FIRST_BACK_OFF_MILLIS << Math.min(restarts, 10));
  }

  boolean isAlive() {
    ContainerProcess current = process;
    return current != null && current.isAlive();
  }

  Set<Integer> actualPorts() {
    return Set.copyOf(ports.values());
  }

  PodView.Container view() {
    return new PodView.Container(spec.name(), spec.image(), ready, restarts, ports);
  }
}
