package dev.layar.e2e;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A mesh that goes on by itself, and kubectl against it. */
class KubectlTest {
  private static final Duration LIMIT = Duration.ofSeconds(90);

  @TempDir Path home;

  @Test
  void upDetachedEnvKubectlDown() throws Exception {
    assertThat(System.getenv("PATH").split(":"))
        .as("kubectl must be installed: this test types what users type")
        .anyMatch(folder -> Files.isExecutable(Path.of(folder, "kubectl")));
    Command layar = Command.at(home);
    layar.run(LIMIT, "up", "-d", "-f", Repository.example("mirroring").toString()).exited(0);
    try {
      String export = layar.run(LIMIT, "env").exited(0).out();
      assertThat(export).matches("export KUBECONFIG='.*'\n");
      String line =
          export + "kubectl exec deploy/sleep -c sleep -- curl -sS http://httpbin:8000/headers";
      Process process =
          new ProcessBuilder("sh", "-c", line)
              .redirectErrorStream(true)
              .directory(home.toFile())
              .start();
      process.getOutputStream().close();
      assertThat(new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8))
          .contains("\"Host\": \"httpbin:8000\"");
      assertThat(process.waitFor()).isZero();
    } finally {
      layar.run(LIMIT, "down").exited(0);
    }
    assertThat(layar.run(LIMIT, "env").exited(1).err()).contains("no mesh is running");
  }
}
