package dev.layar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A mesh in one terminal, commands against it from another. */
class UpTest {
  private static final Duration LIMIT = Duration.ofSeconds(60);

  @TempDir Path home;

  @Test
  void upExecLogsDown() throws Exception {
    Command layar = Command.at(home);
    Path log = home.resolve("up.log");
    Process up = layar.start(log, "up", "-f", Repository.example("mirroring").toString());
    try {
      String pod =
          await()
              .atMost(Duration.ofSeconds(120))
              .until(() -> readyPod(layar, "sleep"), name -> !name.isEmpty());

      Command.Ended answer =
          layar
              .run(LIMIT, "exec", pod, "--", "curl", "-sS", "http://httpbin:8000/headers")
              .exited(0);
      assertThat(answer.out()).contains("\"Host\": \"httpbin:8000\"").contains("X-Request-Id");

      String v1 = readyPod(layar, "httpbin-v1");
      await()
          .atMost(LIMIT)
          .untilAsserted(
              () ->
                  assertThat(layar.run(LIMIT, "logs", v1).exited(0).out())
                      .contains("\"GET /headers HTTP/1.1\" 200"));

      Command.Ended failed = layar.run(LIMIT, "exec", pod, "--", "sh", "-c", "exit 7");
      assertThat(failed.exitCode()).isEqualTo(7);

      List<ProcessHandle> started = up.descendants().toList();
      assertThat(started).as("processes of the pods").isNotEmpty();
      layar.run(LIMIT, "down").exited(0);
      endedCleanly(up, started, log);
    } finally {
      up.descendants().forEach(ProcessHandle::destroyForcibly);
      up.destroyForcibly().waitFor();
    }
  }

  /** SIGTERM is what {@code down}, systemd and docker send; SIGINT is Ctrl-C. */
  @ParameterizedTest
  @ValueSource(strings = {"TERM", "INT"})
  void aSignalStopsEverything(String signal) throws Exception {
    Command layar = Command.at(home).with("LAYAR_LOG", "info");
    Path log = home.resolve("up.log");
    Process up = layar.start(log, "up", "-f", Repository.example("mirroring").toString());
    try {
      await()
          .atMost(Duration.ofSeconds(120))
          .until(() -> readyPod(layar, "sleep"), name -> !name.isEmpty());
      List<ProcessHandle> started = up.descendants().toList();
      assertThat(started).as("processes of the pods").isNotEmpty();

      new ProcessBuilder("kill", "-s", signal, Long.toString(up.pid())).start().waitFor();

      endedCleanly(up, started, log);
      assertThat(layar.run(LIMIT, "ps").exited(1).err()).contains("no mesh is running");
    } finally {
      up.descendants().forEach(ProcessHandle::destroyForcibly);
      up.destroyForcibly().waitFor();
    }
  }

  private static void endedCleanly(Process up, List<ProcessHandle> started, Path log)
      throws Exception {
    assertThat(up.waitFor(60, TimeUnit.SECONDS)).as("up ends").isTrue();
    assertThat(up.exitValue()).as(Files.readString(log)).isZero();
    assertThat(Files.readString(log))
        .doesNotContain("WARN", "Exception", "the control plane is away");
    await()
        .atMost(Duration.ofSeconds(20))
        .untilAsserted(() -> assertThat(started).noneMatch(ProcessHandle::isAlive));
  }

  @Test
  void psHasTheColumnsOfKubectl() throws Exception {
    Command layar = Command.at(home);
    Path file = home.resolve("unknown.yaml");
    Files.writeString(
        file,
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: nobody}
        spec:
          containers: [{name: main, image: example.com/unheard-of}]
        """);
    Process up =
        layar.start(
            home.resolve("up.log"),
            "up",
            "-f",
            Repository.example("mirroring").toString(),
            file.toString());
    try {
      await()
          .atMost(Duration.ofSeconds(120))
          .until(() -> readyPod(layar, "sleep"), name -> !name.isEmpty());
      List<String> lines = layar.run(LIMIT, "ps").exited(0).out().lines().toList();
      assertThat(lines.getFirst()).matches("NAMESPACE +NAME +READY +STATUS +RESTARTS +AGE +IP");
      assertThat(lines)
          .anyMatch(row -> row.matches("default +sleep-\\S+ +2/2 +Running +0 +\\d+s +[\\d.]+"))
          .anyMatch(row -> row.matches("default +nobody +1/2 +ErrImageNotFound +0 .*"));
      assertThat(layar.run(LIMIT, "ps", "-n", "elsewhere").exited(0).out().lines()).hasSize(1);
    } finally {
      up.destroy();
      if (!up.waitFor(60, TimeUnit.SECONDS)) {
        up.descendants().forEach(ProcessHandle::destroyForcibly);
        up.destroyForcibly().waitFor();
      }
    }
  }

  @Test
  void execWithoutAMeshSaysHowToStartOne() throws Exception {
    Command.Ended ended = Command.at(home).run(LIMIT, "exec", "sleep", "--", "true").exited(1);
    assertThat(ended.err()).contains("layar up");
  }

  private static String readyPod(Command layar, String prefix) throws Exception {
    Command.Ended list = layar.run(LIMIT, "ps");
    Matcher row =
        Pattern.compile("(?m)\\b(" + Pattern.quote(prefix) + "-\\S+)\\s+(\\d)/\\2\\s+Running")
            .matcher(list.out());
    return row.find() ? row.group(1) : "";
  }

  @Test
  void aWrongFileIsNamed() throws Exception {
    Path file = home.resolve("broken.yaml");
    Files.writeString(file, "apiVersion: networking.istio.io/v1\nkind: VirtualServce\n");
    Command.Ended ended = Command.at(home).run(LIMIT, "up", "-f", file.toString()).exited(1);
    assertThat(ended.err() + ended.out()).contains("broken.yaml").contains("VirtualService");
  }
}
