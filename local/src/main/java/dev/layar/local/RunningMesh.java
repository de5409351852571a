package dev.layar.local;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A running mesh as another process sees it: what its state directory says. This is all that {@code
 * layar exec}, {@code layar logs} and {@code layar down} need.
 *
 * @param name the mesh's name
 * @param pid the process that runs it
 * @param directory the state directory
 */
public record RunningMesh(String name, long pid, Path directory, List<Pod> pods) {

  /**
   * A pod's entry.
   *
   * @param environment what its first container gets, over the machine's own
   * @param logs container → file, the application's first
   */
  public record Pod(
      String namespace,
      String name,
      Map<String, String> labels,
      boolean ready,
      Map<String, String> environment,
      Map<String, Path> logs) {}

  /**
   * Reads a state directory. State left by a dead process is removed and counts as none.
   *
   * @return empty when no mesh runs there
   */
  public static Optional<RunningMesh> read(Path directory) throws IOException {
    throw new UnsupportedOperationException(directory.toString());
  }

  /** The pod by name, or the first ready one of that Deployment or {@code app} label. */
  public Optional<Pod> pod(String namespace, String name) {
    throw new UnsupportedOperationException();
  }

  /** The command line that runs a program in a pod's environment; see {@link LocalMesh#exec}. */
  public ProcessBuilder exec(Pod pod, List<String> command) throws LocalException {
    throw new UnsupportedOperationException();
  }

  /**
   * Asks the mesh's process to stop and waits for it.
   *
   * @return whether it ended in time
   */
  public boolean down(Duration timeout) throws InterruptedException {
    throw new UnsupportedOperationException();
  }
}
