package dev.layar.local.process;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

@Timeout(30)
class ContainerProcessTest {
  private static final Map<String, String> ENVIRONMENT =
      Map.of("PATH", System.getenv("PATH"), "GREETING", "hello");

  @TempDir Path directory;

  private ContainerProcess start(Grouping grouping, String... command) throws IOException {
    Path log = directory.resolve("log");
    return ContainerProcess.start(
        new ContainerProcess.Spec(List.of(command), ENVIRONMENT, directory, log, log), grouping);
  }

  private String log() throws IOException {
    return Files.readString(directory.resolve("log"));
  }

  @ParameterizedTest
  @EnumSource
  void outputGoesToTheLogAndTheCodeIsTold(Grouping grouping) throws IOException {
    ContainerProcess process =
        start(grouping, "/bin/sh", "-c", "echo $GREETING; echo \"$1\" >&2; exit 3", "x", "a  b");
    assertThat(process.exit()).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(3);
    assertThat(log()).isEqualTo("hello\na  b\n");
  }

  @ParameterizedTest
  @EnumSource
  void terminatingReachesTheProgramItself(Grouping grouping) throws IOException {
    ContainerProcess process =
        start(
            grouping,
            "/bin/sh",
            "-c",
            "trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.05; done");
    await(() -> log().contains("up"));
    process.terminate();
    assertThat(process.exit()).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(0);
    assertThat(log()).endsWith("bye\n");
  }

  @ParameterizedTest
  @EnumSource
  void aMissingProgramEndsWith127(Grouping grouping) throws IOException {
    ContainerProcess process = start(grouping, "/no/such/program");
    assertThat(process.exit()).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(127);
    assertThat(log()).contains("/no/such/program");
  }

  @ParameterizedTest
  @EnumSource(mode = EnumSource.Mode.EXCLUDE, names = "TREE")
  void killingTakesWhatTheProgramStarted(Grouping grouping) throws IOException {
    ContainerProcess process = start(grouping, "/bin/sh", "-c", "sleep 300 & echo child $!; wait");
    await(() -> log().contains("child"));
    ProcessHandle child = child(log());
    process.kill();
    assertThat(process.exit()).succeedsWithin(Duration.ofSeconds(10)).isEqualTo(137);
    await(() -> !child.isAlive());
  }

  /** A real JVM is killed -9; every process of its containers must end, whatever the grouping. */
  @ParameterizedTest
  @EnumSource
  void nothingOutlivesTheMesh(Grouping grouping) throws Exception {
    Process mesh =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-XX:TieredStopAtLevel=1",
                "-XX:+UseSerialGC",
                "-cp",
                location(ContainerProcess.class) + File.pathSeparator + location(Crashing.class),
                Crashing.class.getName(),
                grouping.name(),
                directory.toString())
            .redirectErrorStream(true)
            .start();
    List<ProcessHandle> handles = new ArrayList<>();
    try (BufferedReader reader = mesh.inputReader()) {
      for (int i = 0; i < 2 * Crashing.CONTAINERS; i++) {
        String line = String.valueOf(reader.readLine());
        assertThat(line).startsWith("pid ");
        handles.add(ProcessHandle.of(Long.parseLong(line.substring(4))).orElseThrow());
      }
      assertThat(handles).allMatch(ProcessHandle::isAlive);
      mesh.destroyForcibly();
      assertThat(mesh.waitFor(10, TimeUnit.SECONDS)).isTrue();
    }
    await(() -> handles.stream().noneMatch(ProcessHandle::isAlive));
  }

  /** Starts containers that ignore SIGTERM and have children, names their processes, and waits. */
  static final class Crashing {
    static final int CONTAINERS = 3;

    private Crashing() {}

    public static void main(String[] args) throws Exception {
      for (int i = 0; i < CONTAINERS; i++) {
        Path log = Path.of(args[1], "log" + i);
        ContainerProcess process =
            ContainerProcess.start(
                new ContainerProcess.Spec(
                    List.of("/bin/sh", "-c", "trap '' TERM HUP; sleep 300 & echo child $!; wait"),
                    ENVIRONMENT,
                    Path.of(args[1]),
                    log,
                    log),
                Grouping.valueOf(args[0]));
        await(() -> Files.readString(log).contains("child"));
        System.out.println("pid " + process.pid());
        System.out.println("pid " + child(Files.readString(log)).pid());
      }
      new java.util.concurrent.CountDownLatch(1).await();
    }
  }

  private static ProcessHandle child(String log) {
    String number = log.substring(log.indexOf("child ") + 6).strip();
    return ProcessHandle.of(Long.parseLong(number)).orElseThrow();
  }

  private static String location(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
  }

  private interface Check {
    boolean holds() throws IOException;
  }

  private static void await(Check check) throws IOException {
    long deadline = System.nanoTime() + Duration.ofSeconds(10).toNanos();
    while (!check.holds()) {
      if (System.nanoTime() > deadline) {
        throw new AssertionError("does not hold within ten seconds");
      }
      LockSupport.parkNanos(5_000_000);
    }
  }
}
