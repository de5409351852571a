package dev.layar.cli;

import dev.layar.local.LocalOptions;
import dev.layar.local.RunningMesh;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Option;

/** Which running mesh a command speaks to, and which pod in it. A picocli mixin. */
final class Meshes {
  static final String DEFAULT_NAME = "default";

  @Option(
      names = "--mesh",
      paramLabel = "MESH",
      description = "The mesh's name; may be left out while only one runs.")
  private @Nullable String name;

  @Option(
      names = {"-n", "--namespace"},
      paramLabel = "NS",
      description = "Pods of this namespace only; may be left out when no other has such a pod.")
  private @Nullable String namespace;

  /**
   * The mesh.
   *
   * @throws UserError when none runs, or several do and none was named
   */
  RunningMesh mesh() {
    List<RunningMesh> running = name == null ? all() : named(name);
    if (running.isEmpty()) {
      throw UserError.failed(
          (name == null ? "no mesh is running" : "no mesh named " + name + " is running")
              + "; start one with ./layar up -f FILE_OR_DIR.");
    }
    if (running.size() > 1) {
      throw UserError.usage(
          "several meshes are running ("
              + String.join(", ", running.stream().map(RunningMesh::name).toList())
              + "); say which with --mesh.");
    }
    return running.getFirst();
  }

  /**
   * The pod of that name, or the first ready one of that Deployment or {@code app} label.
   *
   * @throws UserError when there is none, or several namespaces have one and none was named
   */
  RunningMesh.Pod pod(RunningMesh mesh, String podName) {
    List<String> namespaces =
        namespace == null
            ? mesh.pods().stream().map(RunningMesh.Pod::namespace).distinct().sorted().toList()
            : List.of(namespace);
    List<RunningMesh.Pod> found =
        namespaces.stream().flatMap(ns -> mesh.pod(ns, podName).stream()).toList();
    if (found.isEmpty()) {
      throw UserError.failed(
          "there is no pod, Deployment or app "
              + podName
              + (namespace == null ? "" : " in namespace " + namespace)
              + "; see ./layar ps.");
    }
    if (found.size() > 1) {
      throw UserError.usage(
          "namespaces "
              + String.join(", ", found.stream().map(RunningMesh.Pod::namespace).toList())
              + " have a "
              + podName
              + "; say which with -n.");
    }
    return found.getFirst();
  }

  /** The pods of the chosen namespace, of all of them when none was. */
  List<RunningMesh.Pod> pods(RunningMesh mesh) {
    return mesh.pods().stream()
        .filter(pod -> namespace == null || pod.namespace().equals(namespace))
        .toList();
  }

  private static List<RunningMesh> named(String name) {
    return read(LocalOptions.defaultStateDirectory(name));
  }

  private static List<RunningMesh> all() {
    Path parent = LocalOptions.defaultStateDirectory(DEFAULT_NAME).getParent();
    if (parent == null || !Files.isDirectory(parent)) {
      return List.of();
    }
    try (Stream<Path> directories = Files.list(parent)) {
      List<RunningMesh> out = new ArrayList<>();
      for (Path directory : directories.filter(Files::isDirectory).sorted().toList()) {
        out.addAll(read(directory));
      }
      return out;
    } catch (IOException e) {
      throw UserError.failed("cannot list " + parent + " (" + e.getMessage() + ").");
    }
  }

  private static List<RunningMesh> read(Path directory) {
    try {
      return RunningMesh.read(directory).stream().toList();
    } catch (IOException e) {
      throw UserError.failed(
          "cannot read the mesh's state in " + directory + " (" + e.getMessage() + ").");
    }
  }
}
