package dev.layar.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.model.Kinds;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSourceTest {
  @TempDir Path dir;

  private final MeshStore store =
      new MeshStore(InstantSource.fixed(Instant.EPOCH), Admission.validation(), 1);

  private static String namespace(String name) {
    return "apiVersion: v1\nkind: Namespace\nmetadata: {name: " + name + "}\n---\n";
  }

  private List<String> namespaces() {
    return store.state().all(Kinds.NAMESPACE).stream()
        .map(object -> object.metadata().name())
        .toList();
  }

  private Path write(String name, String text) throws IOException {
    Path file = dir.resolve(name);
    Files.createDirectories(file.getParent());
    return Files.writeString(file, text);
  }

  @Test
  void readsADirectoryWithAllBelowInOneStep() throws IOException {
    write("a.yaml", namespace("a") + namespace("b"));
    write("below/c.yml", namespace("c"));
    write("notes.txt", "not a manifest");
    Change change = new FileSource(store, List.of(dir)).reload();
    assertThat(change.findings()).isEmpty();
    assertThat(change.revision()).isEqualTo(1);
    assertThat(namespaces()).containsExactly("a", "b", "c");
  }

  @Test
  void whatLeavesTheFilesLeavesTheStore() throws IOException {
    write("a.yaml", namespace("a") + namespace("b"));
    Path c = write("c.yaml", namespace("c"));
    FileSource files = new FileSource(store, List.of(dir));
    files.reload();
    write("a.yaml", namespace("b"));
    Files.delete(c);
    files.reload();
    assertThat(namespaces()).containsExactly("b");
  }

  @Test
  void whatMovesToAnotherFileStays() throws IOException {
    Path a = write("a.yaml", namespace("a"));
    FileSource files = new FileSource(store, List.of(dir));
    files.reload();
    Files.delete(a);
    write("z.yaml", namespace("a"));
    assertThat(files.reload().changed()).isFalse();
    assertThat(namespaces()).containsExactly("a");
  }

  @Test
  void aBrokenFileKeepsWhatItSaidBeforeAndHoldsUpNoOther() throws IOException {
    write("a.yaml", namespace("a"));
    FileSource files = new FileSource(store, List.of(dir));
    files.reload();
    write("a.yaml", "kind: [");
    write("b.yaml", namespace("b"));
    Change change = files.reload();
    assertThat(change.findings()).isNotEmpty();
    assertThat(change.findings().getFirst().location().source()).endsWith("a.yaml");
    assertThat(namespaces()).containsExactly("a", "b");
  }

  @Test
  void aMissingFileIsAFinding() {
    Change change = new FileSource(store, List.of(dir.resolve("nowhere.yaml"))).reload();
    assertThat(change.findings()).singleElement().extracting("code").isEqualTo("LYR0910");
  }

  @Test
  void objectsOfOthersAreLeftAlone() throws IOException {
    write("a.yaml", namespace("a"));
    FileSource files = new FileSource(store, List.of(dir));
    files.reload();
    FileSource others = new FileSource(store, List.of(write("other/x.yaml", namespace("x"))));
    others.reload();
    Files.delete(dir.resolve("other/x.yaml"));
    files.reload();
    assertThat(namespaces()).containsExactly("a", "x");
  }
}
