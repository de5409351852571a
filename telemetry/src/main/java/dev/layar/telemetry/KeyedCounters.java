package dev.layar.telemetry;

import java.lang.invoke.MethodHandles;
import java.lang.invoke.VarHandle;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;

/**
 * Counters whose keys are met at run time, such as (response code, response flags). One small open
 * hash table per event loop, written by that loop alone; counting a key that was met before
 * allocates nothing. Bounded: keys beyond {@link #MAX_KEYS} per loop are counted under {@link
 * #OVERFLOW_KEY}.
 */
public final class KeyedCounters {
  public static final int MAX_KEYS = 256;

  /** The key that takes what found no room. */
  public static final long OVERFLOW_KEY = -2;

  private static final long FREE = -1;
  private static final VarHandle LONGS = MethodHandles.arrayElementVarHandle(long[].class);
  private static final VarHandle TABLES = MethodHandles.arrayElementVarHandle(long[][].class);

  /** Per loop: key and count alternate; length a power of two; replaced when it grows. */
  private final long[] @Nullable [] tables;

  private final int[] sizes;

  public KeyedCounters(int loops) {
    this.tables = new long[loops][];
    this.sizes = new int[loops];
  }

  /** Adds one to the key's count. Keys are not negative. Only from the event loop of that index. */
  public void increment(int loop, long key) {
    long[] table = tables[loop];
    if (table == null) {
      table = publish(loop, fresh(8));
    }
    int at = slot(table, key);
    if (table[at] == FREE) {
      if (sizes[loop] >= MAX_KEYS && key != OVERFLOW_KEY) {
        increment(loop, OVERFLOW_KEY);
        return;
      }
      if (sizes[loop] * 4 >= table.length) {
        table = publish(loop, grown(table));
        at = slot(table, key);
      }
      sizes[loop]++;
      LONGS.setRelease(table, at, key);
    }
    table[at + 1]++;
  }

  /** All keys with their sums over the loops, in the order of keys. From any thread. */
  public Map<Long, Long> sums() {
    Map<Long, Long> sums = new TreeMap<>();
    for (int loop = 0; loop < tables.length; loop++) {
      long[] table = (long[]) TABLES.getAcquire(tables, loop);
      for (int i = 0; table != null && i < table.length; i += 2) {
        long key = (long) LONGS.getAcquire(table, i);
        if (key != FREE) {
          sums.merge(key, (long) LONGS.getOpaque(table, i + 1), Long::sum);
        }
      }
    }
    return sums;
  }

  private long[] publish(int loop, long[] table) {
    TABLES.setRelease(tables, loop, table);
    return table;
  }

  private static int slot(long[] table, long key) {
    int mask = table.length - 1;
    int at = (int) (key * 0x9E3779B97F4A7C15L >>> 40) * 2 & mask;
    while (table[at] != FREE && table[at] != key) {
      at = at + 2 & mask;
    }
    return at;
  }

  private static long[] fresh(int pairs) {
    long[] table = new long[pairs * 2];
    for (int i = 0; i < table.length; i += 2) {
      table[i] = FREE;
    }
    return table;
  }

  private static long[] grown(long[] old) {
    long[] table = fresh(old.length);
    for (int i = 0; i < old.length; i += 2) {
      if (old[i] != FREE) {
        int at = slot(table, old[i]);
        table[at] = old[i];
        table[at + 1] = old[i + 1];
      }
    }
    return table;
  }
}
