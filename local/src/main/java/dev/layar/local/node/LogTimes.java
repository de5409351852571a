package dev.layar.local.node;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * When which part of a log was written. Containers write their logs themselves, so this is found by
 * looking at the files' sizes now and then, and is as exact as that is often. Thread-safe.
 */
final class LogTimes {
  private static final int MAX_MARKS = 4096;

  /** At this time the file had this size. */
  private record Mark(long size, Instant time) {}

  private final Map<Path, List<Mark>> marks = new ConcurrentHashMap<>();

  /** Looks at these logs; others are forgotten. */
  void look(Collection<Path> logs, Instant now) {
    Set<Path> wanted = new HashSet<>(logs);
    marks.keySet().retainAll(wanted);
    wanted.forEach(log -> look(log, now));
  }

  private void look(Path log, Instant now) {
    try {
      note(log, Files.size(log), now);
    } catch (IOException notYet) {
      marks.remove(log);
    }
  }

  void note(Path log, long size, Instant now) {
    List<Mark> list = marks.computeIfAbsent(log, _ -> new ArrayList<>());
    synchronized (list) {
      if (!list.isEmpty() && list.getLast().size() > size) {
        list.clear();
      }
      if (list.isEmpty() || list.getLast().size() < size) {
        list.add(new Mark(size, now));
      }
      if (list.size() > MAX_MARKS) {
        thin(list);
      }
    }
  }

  /** Forgets every second mark: the times get less exact, not wrong. */
  private static void thin(List<Mark> list) {
    List<Mark> kept = new ArrayList<>();
    for (int i = 1; i < list.size(); i += 2) {
      kept.add(list.get(i));
    }
    list.clear();
    list.addAll(kept);
  }

  /** When the byte before this offset was written; {@code otherwise} when it is newer. */
  Instant at(Path log, long offset, Instant otherwise) {
    List<Mark> list = marks.getOrDefault(log, List.of());
    synchronized (list) {
      for (Mark mark : list) {
        if (mark.size() >= offset) {
          return mark.time();
        }
      }
    }
    return otherwise;
  }

  /** Where what was written since then begins. */
  long offset(Path log, Instant since) {
    List<Mark> list = marks.getOrDefault(log, List.of());
    long offset = 0;
    synchronized (list) {
      for (Mark mark : list) {
        if (mark.time().isBefore(since)) {
          offset = mark.size();
        }
      }
    }
    return offset;
  }
}
