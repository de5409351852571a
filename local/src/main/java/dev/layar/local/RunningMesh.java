package dev.layar.local;

import dev.layar.local.node.Programs;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/**
 * A running mesh as another process sees it: what its state directory says. This is all that {@code
 * layar exec}, {@code layar logs} and {@code layar down} need. Immutable.
 *
 * @param name the mesh's name
 * @param pid the process that runs it
 * @param directory the state directory
 * @param admin where the node proxy's admin interface listens
 */
public record RunningMesh(String name, long pid, Path directory, HostPort admin, List<Pod> pods) {

  /**
   * A pod's entry.
   *
   * @param status the word in kubectl's STATUS column, see {@link PodView.Status}
   * @param containers how many there are, the sidecar counted
   * @param containersReady how many of them are ready
   * @param message why it is not ready
   * @param created when the pod was made
   * @param environment the whole environment of its first container
   * @param logs container → file, the application's first
   */
  public record Pod(
      String namespace,
      String name,
      Map<String, String> labels,
      String ip,
      String status,
      boolean ready,
      int containers,
      int containersReady,
      String message,
      int restarts,
      Instant created,
      Map<String, String> environment,
      Map<String, Path> logs) {}

  /**
   * Reads a state directory. State left by a dead process counts as none.
   *
   * @return empty when no mesh runs there
   */
  public static Optional<RunningMesh> read(Path directory) throws IOException {
    return StateFile.read(directory);
  }

  /** Where its kubeconfig is, when it serves kubectl. */
  public Path kubeconfig() {
    return directory.toAbsolutePath().resolve("kubeconfig");
  }

  /**
   * The pod of that name, else the first ready one whose Deployment, {@code app} label or name's
   * beginning it is. A leading {@code deploy/}, {@code deployment/} or {@code pod/} is taken off.
   */
  public Optional<Pod> pod(String namespace, String name) {
    String wanted = PodChoice.bare(name);
    return pods.stream()
        .filter(pod -> pod.namespace().equals(namespace))
        .filter(pod -> PodChoice.matches(wanted, pod.name(), pod.labels()))
        .min(
            Comparator.comparing((Pod pod) -> !pod.name().equals(wanted))
                .thenComparing(pod -> !pod.ready())
                .thenComparing(Pod::name));
  }

  /**
   * The command that runs a program in a pod's environment, its streams still to be connected; see
   * {@link LocalMesh#exec}.
   *
   * @throws LocalException when this machine has no such program
   */
  public ProcessBuilder exec(Pod pod, List<String> command) throws LocalException {
    ProcessBuilder builder = new ProcessBuilder(Programs.execLine(command, pod.environment()));
    builder.environment().clear();
    builder.environment().putAll(pod.environment());
    return builder;
  }

  /**
   * Asks the mesh's process to stop (SIGTERM) and waits for it.
   *
   * @return whether it ended in time
   */
  public boolean down(Duration timeout) throws InterruptedException {
    Optional<ProcessHandle> process = ProcessHandle.of(pid);
    if (process.isEmpty()) {
      return true;
    }
    process.get().destroy();
    try {
      process.get().onExit().get(timeout.toMillis(), TimeUnit.MILLISECONDS);
      return true;
    } catch (TimeoutException late) {
      return false;
    } catch (ExecutionException e) {
      throw new IllegalStateException(e.getCause());
    }
  }
}
