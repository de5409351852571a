package dev.layar.apiserver.store;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.Watch;
import dev.layar.testkit.Seeded;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What was acknowledged is there after a crash, and nothing else is. */
class DurabilityTest {
  private static final int KILLS = Integer.getInteger("layar.kills", 6);

  @TempDir Path directory;

  private ApiFixture open() {
    return new ApiFixture(StoreOptions.inMemory().in(directory));
  }

  @Test
  void everythingIsThereAgain() {
    String uid;
    long revision;
    try (ApiFixture f = open()) {
      f.create("configmaps", "{'metadata':{'name':'a'},'data':{'k':'v','n':'é'}}");
      f.create("configmaps", "{'metadata':{'name':'b'}}");
      f.delete("configmaps", "b");
      uid = f.get("configmaps", "a").at("/metadata/uid").asString();
      revision = f.api.revision();
    }
    try (ApiFixture f = open()) {
      assertThat(f.api.revision()).isEqualTo(revision);
      assertThat(f.get("configmaps", "a").at("/metadata/uid").asString()).isEqualTo(uid);
      assertThat(f.get("configmaps", "a").at("/data/n").asString()).isEqualTo("é");
      assertThat(f.exists("configmaps", "b")).isFalse();
    }
  }

  @Test
  void watchesGoOnAcrossARestart() {
    String from;
    try (ApiFixture f = open()) {
      f.create("configmaps", "{'metadata':{'name':'a'}}");
      from = ApiFixture.revision(f.get("configmaps", "a"));
      f.patch("configmaps", "a", PatchType.MERGE, "{'data':{'k':'v'}}");
      f.delete("configmaps", "a");
    }
    try (ApiFixture f = open();
        Watch watch = f.watch("configmaps", "", from)) {
      assertThat(ApiFixture.drain(watch)).containsExactly("MODIFIED a", "DELETED a");
    }
  }

  @Test
  void onlyOneServerHasADirectory() {
    try (ApiFixture f = open()) {
      assertThat(f.exists("namespaces", "default")).isTrue();
      assertThatThrownBy(() -> ObjectApi.open(StoreOptions.inMemory().in(directory)))
          .isInstanceOf(IOException.class)
          .hasMessageContaining("is in use by another API server (process ");
    }
    open().close();
  }

  @Test
  void snapshotsReplaceLogs() throws IOException {
    StoreOptions small = StoreOptions.inMemory().in(directory).compactingAfter(4000);
    try (ApiFixture f = new ApiFixture(small)) {
      for (int step = 0; step < 300; step++) {
        CrashModel.write(f.api, 0, step);
      }
    }
    try (Stream<Path> files = Files.list(directory)) {
      List<String> names = files.map(p -> p.getFileName().toString()).toList();
      assertThat(names).filteredOn(n -> n.startsWith("snapshot-")).hasSize(1);
      assertThat(names).filteredOn(n -> n.startsWith("log-")).hasSizeLessThanOrEqualTo(2);
    }
    try (ApiFixture f = new ApiFixture(small)) {
      assertThat(CrashModel.content(f.api, 0)).isEqualTo(CrashModel.after(0, 300));
    }
  }

  /** Every place at which a crash can cut the log, at every byte of it. */
  @Test
  void aTornLogIsAPrefix(@TempDir Path copy) throws IOException {
    int steps = 12;
    List<Long> ends = new ArrayList<>();
    try (ApiFixture f = open()) {
      for (int step = 0; step < steps; step++) {
        ends.add(Files.size(log(directory)));
        CrashModel.write(f.api, 0, step);
      }
    }
    byte[] whole = Files.readAllBytes(log(directory));
    Path target = copy.resolve(log(directory).getFileName());
    for (int cut = ends.getFirst().intValue(); cut <= whole.length; cut += 13) {
      Files.write(target, Arrays.copyOf(whole, cut));
      int length = cut;
      int survive = (int) ends.stream().skip(1).filter(end -> end <= length).count();
      survive = cut == whole.length ? steps : survive;
      try (ApiFixture f = new ApiFixture(StoreOptions.inMemory().in(copy))) {
        assertThat(CrashModel.content(f.api, 0))
            .as("cut at %d", cut)
            .isEqualTo(CrashModel.after(0, survive));
        CrashModel.write(f.api, 0, survive);
      }
    }
  }

  /** Damage is either refused or hits only the end that a crash could have torn. */
  @Test
  void damageIsRefusedOrCutOff(@TempDir Path copy) throws IOException {
    int steps = 12;
    try (ApiFixture f = open()) {
      for (int step = 0; step < steps; step++) {
        CrashModel.write(f.api, 0, step);
      }
    }
    byte[] whole = Files.readAllBytes(log(directory));
    Path target = copy.resolve(log(directory).getFileName());
    Seeded.forSeeds(
        1,
        300,
        random -> {
          byte[] damaged = whole.clone();
          damaged[random.below(damaged.length)] ^= (byte) (1 << random.below(8));
          checkDamaged(copy, target, damaged, steps);
        });
  }

  private static void checkDamaged(Path copy, Path target, byte[] damaged, int steps) {
    try {
      Files.write(target, damaged);
      Recovery.State state = Recovery.run(copy);
      long lost = 6L + steps - state.revision(); // five namespaces, from revision 1
      assertThat(lost).isBetween(0L, 1L);
    } catch (IOException e) {
      assertThat(e).hasMessageContaining("is damaged at offset");
    }
  }

  /** A real process, really killed, in the middle of whatever it is doing. */
  @Test
  void aKilledWriterLosesNothingThatItWasToldIsDone() throws Exception {
    int[] next = new int[CrashingWriter.WRITERS];
    for (int kill = 0; kill < KILLS; kill++) {
      int[] acknowledged = runAndKill(next, 20 + kill * 17);
      try (ApiFixture f =
          new ApiFixture(
              StoreOptions.inMemory()
                  .in(directory)
                  .compactingAfter(CrashingWriter.COMPACT_AFTER))) {
        for (int writer = 0; writer < next.length; writer++) {
          next[writer] = reached(f, writer, acknowledged[writer]);
        }
      }
    }
    assertThat(next[0]).isPositive();
  }

  /** How many writes are there: those acknowledged, and perhaps the one that was on its way. */
  private static int reached(ApiFixture f, int writer, int acknowledged) {
    Map<String, String> content = CrashModel.content(f.api, writer);
    int one = CrashModel.after(writer, acknowledged + 1).equals(content) ? 1 : 0;
    assertThat(content).isEqualTo(CrashModel.after(writer, acknowledged + one));
    return acknowledged + one;
  }

  /** How many writes of each writer were acknowledged in all. */
  private int[] runAndKill(int[] next, int lines) throws IOException, InterruptedException {
    Process process = start(next);
    int[] done = next.clone();
    try (BufferedReader out = process.inputReader(StandardCharsets.US_ASCII)) {
      int seen = 0;
      for (String line = out.readLine(); line != null; line = out.readLine()) {
        String[] words = line.split(" ");
        if (words.length == 2 && words[1].matches("[0-9]+")) {
          done[Integer.parseInt(words[0])] = Integer.parseInt(words[1]) + 1;
        }
        if (++seen == lines) {
          assertThat(process.toHandle().destroyForcibly()).isTrue(); // and leaves the pipe open
        }
      }
    } finally {
      process.destroyForcibly();
      process.waitFor();
    }
    return done;
  }

  private Process start(int[] next) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(List.of("-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-Xshare:auto"));
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(CrashingWriter.class.getName());
    command.add(directory.toString());
    for (int step : next) {
      command.add(Integer.toString(step));
    }
    return new ProcessBuilder(command).redirectError(ProcessBuilder.Redirect.INHERIT).start();
  }

  private static Path log(Path directory) throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files
          .filter(p -> p.getFileName().toString().startsWith("log-"))
          .sorted()
          .toList()
          .getLast();
    }
  }
}
