package dev.layar.controlplane;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.Stream;

/**
 * Feeds a store from manifests. Reads when told to; one reading is one step in the store: what the
 * files hold is put, and what an earlier reading put and no file holds any more is deleted.
 *
 * <p>A file with an error keeps what it said when it was last good, as far as its objects cannot be
 * read now. Thread-safe.
 */
public final class FileSource {
  private static final int MAX_DEPTH = 32;
  private static final List<String> SUFFIXES = List.of(".yaml", ".yml", ".json");

  private final MeshStore store;
  private final List<Path> roots;
  private final ReentrantLock reading = new ReentrantLock();

  /** By file: the objects of the last reading. */
  private Map<Path, Set<ObjectKey>> owned = new TreeMap<>();

  /**
   * @param roots files, and directories that are read with everything below them
   */
  public FileSource(MeshStore store, List<Path> roots) {
    this.store = store;
    this.roots = List.copyOf(roots);
  }

  /** Reads all files and brings the store to what they say. */
  public Change reload() {
    reading.lock();
    try {
      Reading now = new Reading();
      for (Path root : roots) {
        now.root(root);
      }
      return commit(now);
    } finally {
      reading.unlock();
    }
  }

  private Change commit(Reading now) {
    Set<ObjectKey> kept = new HashSet<>();
    now.owned.values().forEach(kept::addAll);
    Set<ObjectKey> gone = new HashSet<>();
    owned.values().forEach(gone::addAll);
    gone.removeAll(kept);
    Change change = store.edit(now.objects, gone);
    owned = now.owned;
    List<Finding> findings = new ArrayList<>(now.findings);
    findings.addAll(change.findings());
    return new Change(change.revision(), change.changed(), change.refused(), findings);
  }

  /** One pass over the files. */
  private final class Reading {
    final Map<Path, Set<ObjectKey>> owned = new TreeMap<>();
    final List<Resource<?>> objects = new ArrayList<>();
    final List<Finding> findings = new ArrayList<>();

    void root(Path root) {
      if (!Files.isDirectory(root)) {
        file(root);
        return;
      }
      try (Stream<Path> below = Files.walk(root, MAX_DEPTH)) {
        below
            .filter(Files::isRegularFile)
            .filter(FileSource::manifest)
            .sorted()
            .forEach(this::file);
      } catch (IOException unreadable) {
        unreadable(root, unreadable);
      }
    }

    void file(Path file) {
      Decoded decoded;
      try {
        decoded = Decoder.decode(file.toString(), Files.readAllBytes(file));
      } catch (IOException unreadable) {
        unreadable(file, unreadable);
        keep(file);
        return;
      }
      findings.addAll(decoded.findings());
      objects.addAll(decoded.resources());
      Set<ObjectKey> keys = owned.computeIfAbsent(file, path -> new HashSet<>());
      decoded.resources().forEach(object -> keys.add(object.key()));
      if (decoded.hasErrors()) {
        keep(file);
      }
    }

    private void keep(Path file) {
      owned
          .computeIfAbsent(file, path -> new HashSet<>())
          .addAll(FileSource.this.owned.getOrDefault(file, Set.of()));
    }

    private void unreadable(Path path, IOException why) {
      findings.add(
          Finding.error(
              "LYR0910",
              new Location(path.toString(), 0, 0),
              "",
              "cannot be read: " + why,
              "",
              "a readable file or directory"));
    }
  }

  private static boolean manifest(Path file) {
    String name = file.getFileName().toString().toLowerCase(Locale.ROOT);
    return SUFFIXES.stream().anyMatch(name::endsWith);
  }
}
