package dev.layar.apiserver.http;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** Runs the real kubectl against a server, with files of its own. */
final class Kubectl {
  private static final long PATIENCE_SECONDS = 60;

  private final String program;
  private final Path kubeconfig;
  private final Path directory;

  /** What a run left. */
  record Run(int code, String out, String err) {
    /** Both outputs; fails the test when the run failed. */
    String ok() {
      assertThat(code).as("exit code; out: %s err: %s", out, err).isZero();
      return out;
    }
  }

  private Kubectl(String program, Path kubeconfig, Path directory) {
    this.program = program;
    this.kubeconfig = kubeconfig;
    this.directory = directory;
  }

  /** Fails with a sentence where kubectl is not installed. */
  static Kubectl with(Path kubeconfig, Path directory) {
    assertThat(find("kubectl"))
        .as("kubectl must be on the PATH: these tests run the real one; install it")
        .isNotNull();
    return new Kubectl("kubectl", kubeconfig, directory);
  }

  /** The same commands by a kubectl of another minor version, beside the one on the PATH. */
  static List<Kubectl> versions(Path kubeconfig, Path directory) throws IOException {
    Path first =
        Objects.requireNonNull(
            find("kubectl"),
            "kubectl must be on the PATH: these tests run the real one; install it");
    List<Kubectl> all = new ArrayList<>();
    for (int minor = 28; minor <= 33; minor++) {
      Path sibling = first.toRealPath().resolveSibling("kubectl.1." + minor);
      if (Files.isExecutable(sibling)) {
        all.add(
            new Kubectl(
                sibling.toString(),
                kubeconfig,
                Files.createDirectories(directory.resolve("1." + minor))));
      }
    }
    if (all.isEmpty()) {
      all.add(new Kubectl("kubectl", kubeconfig, directory));
    }
    return all;
  }

  private static @Nullable Path find(String program) {
    for (String folder : System.getenv("PATH").split(":")) {
      Path file = Path.of(folder, program);
      if (Files.isExecutable(file)) {
        return file;
      }
    }
    return null;
  }

  String name() {
    return Path.of(program).getFileName().toString();
  }

  @Override
  public String toString() {
    return name();
  }

  /** The same for another user. */
  Kubectl as(Path otherKubeconfig) {
    return new Kubectl(program, otherKubeconfig, directory);
  }

  Run run(String... arguments) throws Exception {
    return runWith("", arguments);
  }

  /** Runs with this input. */
  Run runWith(String input, String... arguments) throws Exception {
    return finish(start(arguments), input);
  }

  /** Starts and leaves the ends to the caller. */
  Process start(String... arguments) throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                program,
                "--kubeconfig=" + kubeconfig,
                "--cache-dir=" + directory.resolve("cache")));
    // Plugins and flags before "--" alone: the rest is the container's command.
    command.addAll(List.of(arguments));
    ProcessBuilder builder = new ProcessBuilder(command).directory(directory.toFile());
    builder.environment().put("HOME", directory.toString());
    builder.environment().put("KUBE_EDITOR", "sed -i s/EDIT-ME/edited/");
    builder.environment().remove("KUBECONFIG");
    return builder.start();
  }

  static Run finish(Process process, String input) throws Exception {
    CompletableFuture<String> out = text(process.getInputStream());
    CompletableFuture<String> err = text(process.getErrorStream());
    try (var stdin = process.getOutputStream()) {
      stdin.write(input.getBytes(StandardCharsets.UTF_8));
    } catch (IOException closed) {
      assertThat(closed).hasMessageContaining("pipe");
    }
    if (!process.waitFor(PATIENCE_SECONDS, TimeUnit.SECONDS)) {
      process.destroyForcibly();
      throw new AssertionError("kubectl did not end; it said: " + out.get() + err.get());
    }
    return new Run(process.exitValue(), out.get(), err.get());
  }

  private static CompletableFuture<String> text(java.io.InputStream in) {
    return CompletableFuture.supplyAsync(
        () -> {
          try (in) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8);
          } catch (IOException e) {
            return "unreadable: " + e;
          }
        },
        task -> Thread.ofVirtual().start(task));
  }
}
