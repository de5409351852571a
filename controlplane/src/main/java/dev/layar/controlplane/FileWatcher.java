package dev.layar.controlplane;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.ClosedWatchServiceException;
import java.nio.file.FileSystems;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardWatchEventKinds;
import java.nio.file.WatchEvent;
import java.nio.file.WatchKey;
import java.nio.file.WatchService;
import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Tells when something below files and directories changed. One thread of its own, on which the
 * callback runs; it is told by the system (inotify on Linux), not by looking again and again.
 *
 * <p>A file is seldom written by one system call, and one that was just truncated says that its
 * objects are gone. So the callback runs when nothing has happened for a moment, and not later than
 * {@link #MAX_WAIT} after the first event.
 */
public final class FileWatcher implements AutoCloseable {
  /** Longer than the gap between two writes of one program, short beside a person's patience. */
  static final Duration QUIET = Duration.ofMillis(5);

  static final Duration MAX_WAIT = Duration.ofMillis(250);

  private static final int MAX_DEPTH = 32;
  private static final Logger LOG = LoggerFactory.getLogger(FileWatcher.class);

  private final List<Path> roots;
  private final Runnable changed;
  private final WatchService service;
  private final Thread thread;

  /** Watcher's thread, once started. */
  private final Map<WatchKey, Path> watched = new HashMap<>();

  private FileWatcher(List<Path> roots, Runnable changed, WatchService service) {
    this.roots = roots.stream().map(Path::toAbsolutePath).toList();
    this.changed = changed;
    this.service = service;
    this.thread = Thread.ofPlatform().daemon().name("layar-files").unstarted(this::watch);
  }

  /**
   * Starts watching.
   *
   * @param roots files, and directories that are watched with everything below them
   * @param changed must not throw
   * @throws IOException when the system cannot watch
   */
  public static FileWatcher start(List<Path> roots, Runnable changed) throws IOException {
    FileWatcher watcher =
        new FileWatcher(roots, changed, FileSystems.getDefault().newWatchService());
    try {
      watcher.registerAll();
    } catch (IOException | UncheckedIOException unwatchable) {
      watcher.service.close();
      throw unwatchable;
    }
    watcher.thread.start();
    return watcher;
  }

  private void registerAll() throws IOException {
    Set<Path> directories = new HashSet<>();
    for (Path root : roots) {
      if (!Files.isDirectory(root)) {
        directories.add(root.getParent());
        continue;
      }
      try (Stream<Path> below = Files.walk(root, MAX_DEPTH)) {
        below.filter(Files::isDirectory).forEach(directories::add);
      }
    }
    directories.removeAll(watched.values());
    for (Path directory : directories) {
      register(directory);
    }
  }

  private void register(Path directory) throws IOException {
    try {
      watched.put(
          directory.register(
              service,
              StandardWatchEventKinds.ENTRY_CREATE,
              StandardWatchEventKinds.ENTRY_DELETE,
              StandardWatchEventKinds.ENTRY_MODIFY),
          directory);
    } catch (NoSuchFileException gone) {
      LOG.debug("{} is gone again", directory);
    }
  }

  private void watch() {
    try {
      while (true) {
        boolean relevant = take(service.take());
        long first = System.nanoTime();
        long quietSince = first;
        while (relevant && System.nanoTime() - first < MAX_WAIT.toNanos()) {
          long rest = QUIET.toNanos() - (System.nanoTime() - quietSince);
          WatchKey more = rest <= 0 ? null : service.poll(rest, TimeUnit.NANOSECONDS);
          if (more == null) {
            break;
          }
          if (take(more)) {
            quietSince = System.nanoTime();
          }
        }
        if (relevant) {
          changed.run();
        }
      }
    } catch (ClosedWatchServiceException closed) {
      LOG.debug("no longer watching {}", roots);
    } catch (InterruptedException stop) {
      Thread.currentThread().interrupt();
    }
  }

  /** Whether any of the events is about what is watched. */
  private boolean take(WatchKey key) {
    Path directory = watched.get(key);
    boolean relevant = false;
    for (WatchEvent<?> event : key.pollEvents()) {
      boolean overflow = event.kind().equals(StandardWatchEventKinds.OVERFLOW);
      relevant |=
          overflow
              || (directory != null
                  && event.context() instanceof Path name
                  && concerns(directory.resolve(name)));
    }
    if (!key.reset()) {
      watched.remove(key);
    }
    if (relevant) {
      lookForDirectories();
    }
    return relevant;
  }

  /** A single file is watched through its directory, whose other files do not matter. */
  private boolean concerns(Path path) {
    return roots.stream().anyMatch(path::startsWith);
  }

  private void lookForDirectories() {
    try {
      registerAll();
    } catch (IOException | UncheckedIOException unreadable) {
      LOG.warn("cannot watch everything below {}: {}", roots, unreadable.toString());
    }
  }

  /** Ends the calls; one that is running ends by itself. */
  @Override
  public void close() {
    try {
      service.close();
    } catch (IOException failed) {
      LOG.warn("closing the watch of {}: {}", roots, failed.toString());
    }
  }
}
