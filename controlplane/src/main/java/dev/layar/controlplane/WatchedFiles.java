package dev.layar.controlplane;

import dev.layar.base.Finding;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * Manifests in files and directories, read again whenever one of them changes. Each reading is one
 * step in the store. Thread-safe; readings happen on the watcher's thread.
 */
public final class WatchedFiles implements Source {
  private final FileSource files;
  private final FileWatcher watcher;
  private final Consumer<Change> read;
  private volatile Health health = new Health(false, false, "not read yet");

  private WatchedFiles(MeshStore store, List<Path> roots, Consumer<Change> read)
      throws IOException {
    this.files = new FileSource(store, roots);
    this.read = read;
    this.watcher = FileWatcher.start(roots, this::reload);
  }

  /**
   * Watches, then reads for the first time, so that nothing is missed between the two.
   *
   * @param read told of every reading with its findings, the first included
   * @throws IOException when the system cannot watch
   */
  public static WatchedFiles start(MeshStore store, List<Path> roots, Consumer<Change> read)
      throws IOException {
    WatchedFiles source = new WatchedFiles(store, roots, read);
    source.reload();
    return source;
  }

  private void reload() {
    Change change = files.reload();
    String wrong =
        change.findings().stream()
            .filter(Finding::isError)
            .findFirst()
            .map(Finding::line)
            .orElse("");
    health = new Health(true, true, wrong);
    read.accept(change);
  }

  @Override
  public Health health() {
    return health;
  }

  @Override
  public boolean awaitSynced(Duration atMost) {
    return health.synced();
  }

  @Override
  public void close() {
    watcher.close();
  }
}
