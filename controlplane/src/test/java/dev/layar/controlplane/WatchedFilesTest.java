package dev.layar.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(20)
class WatchedFilesTest {
  private static final ObjectKey NAMESPACE = new ObjectKey(Kinds.NAMESPACE, "", "shop");

  @TempDir Path directory;
  private final MeshStore store = new MeshStore(InstantSource.system(), Admission.validation(), 1);
  private final BlockingQueue<Change> readings = new LinkedBlockingQueue<>();

  @Test
  void theStoreFollowsTheFiles() throws Exception {
    Path file = Files.writeString(directory.resolve("a.yaml"), namespace("shop"));
    try (WatchedFiles files = WatchedFiles.start(store, List.of(directory), readings::add)) {
      assertThat(files.awaitSynced(Duration.ZERO)).isTrue();
      assertThat(next().changed()).isTrue();
      assertThat(store.state().get(NAMESPACE)).isNotNull();

      Path aside = Files.writeString(directory.resolve("next"), "kind: Namespace\nmetadata: [");
      Files.move(aside, file, StandardCopyOption.ATOMIC_MOVE);
      while (files.health().message().isEmpty()) {
        next();
      }
      assertThat(store.state().get(NAMESPACE)).as("the last good version").isNotNull();

      Files.delete(file);
      while (store.state().get(NAMESPACE) != null) {
        next();
      }
      assertThat(files.health()).isEqualTo(new Source.Health(true, true, ""));
    }
  }

  private Change next() throws InterruptedException {
    return Objects.requireNonNull(readings.poll(10, TimeUnit.SECONDS), "no reading came");
  }

  private static String namespace(String name) {
    return "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + "}\n";
  }
}
