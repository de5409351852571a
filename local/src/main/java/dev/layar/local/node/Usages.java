package dev.layar.local.node;

import dev.layar.apiserver.Pods;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.stream.Stream;

/**
 * What containers use, read from {@code /proc}; nothing where there is none. Thread-safe. Processor
 * time is that since the last question, at first that of the process's life.
 */
final class Usages {
  private static final Path PROC = Path.of("/proc");

  /** {@code USER_HZ}: 100 on every Linux of today (proc_pid_stat(5)). */
  private static final long TICK_NANOS = 10_000_000;

  private static final long PAGE = 4096;
  private static final int SESSION = 3;
  private static final int USER_TIME = 11;
  private static final int SYSTEM_TIME = 12;
  private static final int RESIDENT = 21;
  private static final long MIN_WINDOW_NANOS = 200_000_000;
  private static final int MAX_REMEMBERED = 4096;

  /** What a session had used at a time. */
  private record Sample(long atNanos, long cpuNanos) {}

  private final Map<Long, Sample> last = new ConcurrentHashMap<>();

  /**
   * Of the processes in the session that a container's first process leads.
   *
   * @param pid the container's first process
   */
  Pods.Usage of(long pid) {
    long cpu = 0;
    long memory = 0;
    try (Stream<Path> processes = Files.list(PROC)) {
      for (Path process : (Iterable<Path>) processes.filter(Usages::isProcess)::iterator) {
        String[] stat = stat(process);
        boolean own = process.getFileName().toString().equals(Long.toString(pid));
        if (stat.length > RESIDENT && (own || stat[SESSION].equals(Long.toString(pid)))) {
          cpu += (Long.parseLong(stat[USER_TIME]) + Long.parseLong(stat[SYSTEM_TIME])) * TICK_NANOS;
          memory += Long.parseLong(stat[RESIDENT]) * PAGE;
        }
      }
    } catch (IOException noProc) {
      return new Pods.Usage(Duration.ZERO, 0);
    }
    return new Pods.Usage(rate(pid, cpu), memory);
  }

  private static boolean isProcess(Path path) {
    return Character.isDigit(path.getFileName().toString().charAt(0));
  }

  /** The fields after the name, which may hold anything (proc_pid_stat(5)). */
  private static String[] stat(Path process) {
    try {
      String text = Files.readString(process.resolve("stat"));
      return text.substring(text.lastIndexOf(')') + 2).split(" ");
    } catch (IOException gone) {
      return new String[0];
    }
  }

  /** Processor time per second. */
  private Duration rate(long pid, long cpuNanos) {
    long now = System.nanoTime();
    Sample before = last.get(pid);
    if (before == null || now - before.atNanos() > MIN_WINDOW_NANOS) {
      if (last.size() > MAX_REMEMBERED) {
        last.clear();
      }
      last.put(pid, new Sample(now, cpuNanos));
    }
    long window = before == null ? age(pid) : now - before.atNanos();
    long used = before == null ? cpuNanos : cpuNanos - before.cpuNanos();
    double share = (double) Math.max(0, used) / Math.max(MIN_WINDOW_NANOS, window);
    return Duration.ofNanos((long) (share * 1_000_000_000L));
  }

  private static long age(long pid) {
    return ProcessHandle.of(pid)
        .flatMap(process -> process.info().startInstant())
        .map(start -> Duration.between(start, java.time.Instant.now()).toNanos())
        .orElse(0L);
  }
}
