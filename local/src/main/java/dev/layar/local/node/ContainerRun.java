package dev.layar.local.node;

import dev.layar.local.image.Program;
import dev.layar.local.process.ContainerProcess;
import dev.layar.local.process.Grouping;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.Instant;
import java.util.EnumMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * One container of a pod: what it does now, and what it did before. Confined to the node's thread.
 */
final class ContainerRun {
  /** A crashing container waits 0.5 s, 1 s, 2 s … before its next start, at most this long. */
  private static final long MAX_BACK_OFF_MILLIS = 30_000;

  private static final long FIRST_BACK_OFF_MILLIS = 500;

  /** One that ran this long has recovered (Kubernetes' {@code backOffPeriod} is 10 min too). */
  private static final Duration RECOVERED = Duration.ofMinutes(10);

  /** What it does now. */
  sealed interface State {
    /**
     * @param reason as kubectl's STATUS column shows it
     */
    record Waiting(String reason, String message) implements State {}

    record Running(Instant since) implements State {}

    record Ended(int exitCode, Instant from, Instant to) implements State {
      String reason() {
        return exitCode == 0 ? "Completed" : "Error";
      }
    }
  }

  final ContainerSpec spec;
  final @Nullable Program program;
  final Path log;
  final Map<ProbeKind, ProbeRun> probes = new EnumMap<>(ProbeKind.class);
  Map<Integer, Integer> ports = Map.of();
  Map<String, String> environment = Map.of();
  @Nullable ContainerProcess process;
  State state = new State.Waiting("PodInitializing", "");
  State.@Nullable Ended last;
  boolean started;
  boolean ready;
  boolean retrying;
  int restarts;
  private int crashes;

  ContainerRun(ContainerSpec spec, @Nullable Program program, Path log) {
    this.spec = spec;
    this.program = program;
    this.log = log;
  }

  String name() {
    return spec.name();
  }

  boolean isApp() {
    return spec.role() == ContainerSpec.Role.APP;
  }

  boolean isSidecar() {
    return spec.role() == ContainerSpec.Role.SIDECAR;
  }

  /** The node's proxy runs it, not a process. */
  boolean isProxy() {
    return program instanceof Program.Proxy;
  }

  boolean isRunning() {
    return state instanceof State.Running;
  }

  boolean isWaiting() {
    return state instanceof State.Waiting;
  }

  /** Ended, and not to be started again. */
  boolean isOver() {
    return state instanceof State.Ended;
  }

  boolean succeeded() {
    return state instanceof State.Ended(int code, Instant _, Instant _) && code == 0;
  }

  /** Starts the process; the caller has set ports and environment. */
  ContainerProcess start(Program what, Grouping grouping, Instant now) throws IOException {
    if (Files.exists(log)) {
      Files.move(log, previousLog(), StandardCopyOption.REPLACE_EXISTING);
    }
    ContainerProcess fresh =
        ContainerProcess.start(
            new ContainerProcess.Spec(
                Programs.commandLine(what, environment),
                environment,
                Programs.directory(spec.workingDir()),
                log,
                log),
            grouping);
    process = fresh;
    runs(now);
    return fresh;
  }

  /** It runs from now on. */
  void runs(Instant now) {
    state = new State.Running(now);
    started = false;
    ready = false;
    retrying = false;
    probes.clear();
  }

  /** It has ended. */
  void ends(int code, Instant now) {
    Instant from = state instanceof State.Running(Instant since) ? since : now;
    State.Ended ended = new State.Ended(code, from, now);
    state = ended;
    last = ended;
    started = false;
    ready = false;
    boolean recovered = Duration.between(from, now).compareTo(RECOVERED) > 0;
    crashes = recovered ? 0 : crashes;
  }

  /**
   * It will be started again.
   *
   * <p>DEVIATION: Kubernetes begins with 10 s and ends with 5 min; a laptop is less patient.
   *
   * @return after how many milliseconds
   */
  long backOff() {
    long wait = Math.min(MAX_BACK_OFF_MILLIS, FIRST_BACK_OFF_MILLIS << Math.min(crashes, 10));
    crashes++;
    restarts++;
    retrying = true;
    return wait;
  }

  Path previousLog() {
    return log.resolveSibling(log.getFileName() + ".previous");
  }

  boolean isAlive() {
    ContainerProcess current = process;
    return current != null && current.isAlive();
  }

  void terminate() {
    ContainerProcess current = process;
    if (current != null) {
      current.terminate();
    }
  }

  void kill() {
    ContainerProcess current = process;
    if (current != null && current.isAlive()) {
      current.kill();
    }
  }
}
