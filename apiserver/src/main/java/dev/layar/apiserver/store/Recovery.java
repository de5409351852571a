package dev.layar.apiserver.store;

import dev.layar.apiserver.json.Json;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import tools.jackson.core.JacksonException;
import tools.jackson.databind.node.ObjectNode;

/**
 * Reads a journal's directory: the newest snapshot and the logs after it. It accepts a torn end of
 * the last log, which nobody was told about, and refuses every other damage: a store that starts
 * with a hole in it would be worse than one that does not start.
 */
final class Recovery {
  static final byte[] LOG_HEAD = "LYRLOG1\n".getBytes(StandardCharsets.US_ASCII);
  static final byte[] SNAPSHOT_HEAD = "LYRSNP1\n".getBytes(StandardCharsets.US_ASCII);

  /** The revision of an empty store: 0 means "not there" to clients. */
  static final long EMPTY = 1;

  private static final String LOG = "log-";
  private static final String SNAPSHOT = "snapshot-";

  private final List<Stored> objects = new ArrayList<>();
  private final List<Replayed> changes = new ArrayList<>();
  private long snapshotRevision = EMPTY;
  private long revision = EMPTY;

  /**
   * What a directory holds.
   *
   * @param objects at the snapshot's revision
   * @param changes after it, in order, one a revision
   * @param lastLog where to go on; null when there is none
   * @param lastLogEnd where its sound part ends
   */
  record State(
      List<Stored> objects,
      long snapshotRevision,
      List<Replayed> changes,
      long revision,
      @Nullable Path lastLog,
      long lastLogEnd) {
    /** Nothing at all. */
    static final State NOTHING = new State(List.of(), EMPTY, List.of(), EMPTY, null, 0);
  }

  /**
   * A change as the log has it.
   *
   * @param after null at deletion
   */
  record Replayed(long revision, Key key, @Nullable Stored after) {}

  private Recovery() {}

  static String logName(long firstRevision) {
    return LOG + "%020d".formatted(firstRevision);
  }

  static String snapshotName(long revision) {
    return SNAPSHOT + "%020d".formatted(revision);
  }

  static State run(Path directory) throws IOException {
    deleteMatching(directory, name -> name.endsWith(".part"));
    Recovery recovery = new Recovery();
    List<Path> snapshots = files(directory, SNAPSHOT);
    if (!snapshots.isEmpty()) {
      recovery.readSnapshot(snapshots.getLast());
    }
    return recovery.readLogs(files(directory, LOG));
  }

  /** Deletes what a snapshot has made superfluous. */
  static void deleteBefore(Path directory, long revision) throws IOException {
    String snapshot = snapshotName(revision);
    String log = logName(revision + 1);
    deleteMatching(
        directory,
        name ->
            (name.startsWith(SNAPSHOT) && name.compareTo(snapshot) < 0)
                || (name.startsWith(LOG) && name.compareTo(log) < 0));
  }

  private static void deleteMatching(Path directory, Predicate<String> superfluous)
      throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      for (Path file : all.filter(f -> superfluous.test(f.getFileName().toString())).toList()) {
        Files.deleteIfExists(file);
      }
    }
  }

  private static List<Path> files(Path directory, String prefix) throws IOException {
    try (Stream<Path> all = Files.list(directory)) {
      return all.filter(f -> f.getFileName().toString().matches(prefix + "[0-9]{20}"))
          .sorted()
          .toList();
    }
  }

  private static long number(Path file) {
    String name = file.getFileName().toString();
    return Long.parseLong(name.substring(name.indexOf('-') + 1));
  }

  private void readSnapshot(Path file) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (!startsWith(bytes, SNAPSHOT_HEAD)) {
      throw damaged(file, 0, "it does not begin like a snapshot");
    }
    snapshotRevision = number(file);
    revision = snapshotRevision;
    int at = SNAPSHOT_HEAD.length;
    while (true) {
      Records.Decoded record = Records.decode(bytes, at);
      if (record == null) {
        throw damaged(file, at, "a record is not whole");
      }
      if (record.entries().isEmpty()) {
        return; // its end
      }
      for (Journal.Entry entry : record.entries()) {
        objects.add(new Stored(entry.key(), entry.revision(), object(file, at, entry)));
      }
      at = record.end();
    }
  }

  private State readLogs(List<Path> logs) throws IOException {
    Path last = null;
    long end = 0;
    for (int i = 0; i < logs.size(); i++) {
      boolean isLast = i == logs.size() - 1;
      long soundEnd = readLog(logs.get(i), isLast);
      if (isLast && soundEnd > 0) {
        last = logs.get(i);
        end = soundEnd;
      }
    }
    return new State(objects, snapshotRevision, changes, revision, last, end);
  }

  /** Where the log's sound part ends; 0 when not even its head was finished. */
  private long readLog(Path file, boolean isLast) throws IOException {
    byte[] bytes = Files.readAllBytes(file);
    if (!startsWith(bytes, LOG_HEAD)) {
      if (isLast && bytes.length <= LOG_HEAD.length) {
        return 0; // made in the very moment of the crash
      }
      throw damaged(file, 0, "it does not begin like a log");
    }
    int at = LOG_HEAD.length;
    while (at < bytes.length) {
      Records.Decoded record = Records.decode(bytes, at);
      if (record == null) {
        checkTorn(file, bytes, at, isLast);
        return at;
      }
      for (Journal.Entry entry : record.entries()) {
        take(file, at, entry);
      }
      at = record.end();
    }
    return at;
  }

  private static void checkTorn(Path file, byte[] bytes, int at, boolean isLast)
      throws IOException {
    if (!isLast) {
      throw damaged(file, at, "a record is not whole, and a later log exists");
    }
    if (Records.anyAfter(bytes, at + 1)) {
      throw damaged(file, at, "a record is not whole, and whole ones follow it");
    }
  }

  private void take(Path file, int at, Journal.Entry entry) throws IOException {
    if (entry.revision() <= snapshotRevision) {
      return;
    }
    if (entry.revision() != revision + 1) {
      throw damaged(file, at, "revision " + entry.revision() + " follows revision " + revision);
    }
    revision = entry.revision();
    Stored after =
        entry.json().length == 0
            ? null
            : new Stored(entry.key(), revision, object(file, at, entry));
    changes.add(new Replayed(revision, entry.key(), after));
  }

  private static ObjectNode object(Path file, int at, Journal.Entry entry) throws IOException {
    try {
      if (Json.read(entry.json()) instanceof ObjectNode object) {
        Store.stamp(object, entry.revision());
        return object;
      }
    } catch (JacksonException e) {
      throw damaged(file, at, "the JSON of " + entry.key() + " cannot be read");
    }
    throw damaged(file, at, entry.key() + " is not an object");
  }

  private static boolean startsWith(byte[] bytes, byte[] head) {
    return bytes.length >= head.length
        && Arrays.equals(bytes, 0, head.length, head, 0, head.length);
  }

  private static IOException damaged(Path file, long at, String why) {
    return new IOException(
        file
            + " is damaged at offset "
            + at
            + ": "
            + why
            + ". Nothing was changed; restore the directory from a copy, or move it away to begin"
            + " anew");
  }
}
