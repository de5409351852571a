package dev.layar.apiserver.store;

import dev.layar.apiserver.json.Json;
import java.io.FileOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Changes in a directory: a log that grows, and now and then a snapshot that takes the place of the
 * logs before it. Appending and rotating happen on the store's writing thread, a snapshot is
 * written by a thread of its own. Every record is synced before the next one is written, so after a
 * crash at most the last record is torn, and it was not acknowledged.
 *
 * <p>{@code log-N} holds the changes from revision N on; {@code snapshot-N} the objects at revision
 * N. Streams are used, not channels: an interrupt must not close the log.
 */
final class DiskJournal implements Journal {
  private static final Logger LOG = LoggerFactory.getLogger(DiskJournal.class);
  private static final int RECORD = 4 << 20;

  private final Path directory;
  private final DirectoryLock lock;
  private final long compactAfter;
  private RandomAccessFile log;
  private long logBytes;
  private volatile long snapshotBytes;
  private Thread compactor = new Thread(() -> {});

  private DiskJournal(
      Path directory, DirectoryLock lock, long compactAfter, RandomAccessFile log, long bytes) {
    this.directory = directory;
    this.lock = lock;
    this.compactAfter = compactAfter;
    this.log = log;
    this.logBytes = bytes;
  }

  /** An open journal and what it holds. */
  record Opened(DiskJournal journal, Recovery.State state) {}

  /**
   * Opens the directory, which is made where it is missing.
   *
   * @param compactAfter how many bytes of log are worth a snapshot
   */
  static Opened open(Path directory, long compactAfter) throws IOException {
    Files.createDirectories(directory);
    DirectoryLock lock = DirectoryLock.take(directory);
    try {
      Recovery.State state = Recovery.run(directory);
      RandomAccessFile log = continueLog(directory, state);
      DiskJournal journal = new DiskJournal(directory, lock, compactAfter, log, log.length());
      return new Opened(journal, state);
    } catch (IOException | RuntimeException e) {
      lock.close();
      throw e;
    }
  }

  private static RandomAccessFile continueLog(Path directory, Recovery.State state)
      throws IOException {
    Path last = state.lastLog();
    if (last == null) {
      return newLog(directory, state.revision() + 1);
    }
    RandomAccessFile log = new RandomAccessFile(last.toFile(), "rw");
    if (log.length() > state.lastLogEnd()) {
      LOG.warn(
          "{}: {} bytes of an unfinished write are cut off at offset {}",
          last,
          log.length() - state.lastLogEnd(),
          state.lastLogEnd());
      log.setLength(state.lastLogEnd());
      log.getFD().sync();
    }
    log.seek(state.lastLogEnd());
    return log;
  }

  private static RandomAccessFile newLog(Path directory, long firstRevision) throws IOException {
    RandomAccessFile log =
        new RandomAccessFile(directory.resolve(Recovery.logName(firstRevision)).toFile(), "rw");
    log.setLength(0);
    log.write(Recovery.LOG_HEAD);
    log.getFD().sync();
    syncDirectory(directory);
    return log;
  }

  private static void syncDirectory(Path directory) throws IOException {
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    }
  }

  @Override
  public void append(List<Entry> batch) throws IOException {
    for (List<Entry> part : parts(batch)) {
      byte[] record = Records.encode(part);
      log.write(record);
      log.getFD().sync();
      logBytes += record.length;
    }
  }

  /** A batch in pieces of bounded size; one piece unless objects are very large. */
  private static List<List<Entry>> parts(List<Entry> batch) {
    List<List<Entry>> out = new ArrayList<>();
    int start = 0;
    long size = 0;
    for (int i = 0; i < batch.size(); i++) {
      long next = batch.get(i).json().length;
      if (i > start && size + next > RECORD) {
        out.add(batch.subList(start, i));
        start = i;
        size = 0;
      }
      size += next;
    }
    out.add(batch.subList(start, batch.size()));
    return out;
  }

  @Override
  public void published(Store store) throws IOException {
    if (logBytes < Math.max(compactAfter, snapshotBytes) || compactor.isAlive()) {
      return;
    }
    Store.Listing all = store.everything();
    RandomAccessFile old = log;
    log = newLog(directory, all.revision() + 1);
    logBytes = log.length();
    old.close();
    compactor = Thread.ofPlatform().daemon().name("store-snapshot").start(() -> compact(all));
  }

  private void compact(Store.Listing all) {
    try {
      snapshotBytes = writeSnapshot(all);
      Recovery.deleteBefore(directory, all.revision());
    } catch (IOException | UncheckedIOException e) {
      // the logs are all still there, so nothing is lost; the next rotation tries again
      LOG.warn("{}: no snapshot at revision {}: {}", directory, all.revision(), e.getMessage());
    }
  }

  private long writeSnapshot(Store.Listing all) throws IOException {
    Path done = directory.resolve(Recovery.snapshotName(all.revision()));
    Path part = directory.resolve(done.getFileName() + ".part");
    try (FileOutputStream out = new FileOutputStream(part.toFile())) {
      out.write(Recovery.SNAPSHOT_HEAD);
      writeObjects(out, all.items());
      out.write(Records.encode(List.of())); // the end: an empty record
      out.getFD().sync();
    }
    Files.move(part, done, StandardCopyOption.ATOMIC_MOVE);
    syncDirectory(directory);
    return Files.size(done);
  }

  private static void writeObjects(OutputStream out, List<Stored> items) throws IOException {
    List<Entry> piece = new ArrayList<>();
    long size = 0;
    for (Stored item : items) {
      byte[] json = Json.write(item.object());
      piece.add(new Entry(item.revision(), item.key(), json));
      size += json.length;
      if (size > RECORD) {
        out.write(Records.encode(piece));
        piece.clear();
        size = 0;
      }
    }
    if (!piece.isEmpty()) {
      out.write(Records.encode(piece));
    }
  }

  @Override
  public void close() throws IOException {
    boolean interrupted = false;
    while (compactor.isAlive()) {
      try {
        compactor.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    log.close();
    lock.close();
  }
}
