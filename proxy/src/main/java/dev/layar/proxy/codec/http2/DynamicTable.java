package dev.layar.proxy.codec.http2;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/**
 * The dynamic table of one decoder (RFC 7541 §2.3.2). Event-loop confined; owns nothing until the
 * first entry.
 *
 * <p>Implementation notes. Entries lie in one array, name then value, the oldest first; when its
 * end is reached what is alive moves to the front. Entry numbers only grow, and take turns in the
 * arrays that describe them.
 */
final class DynamicTable {
  /** What an entry costs besides its bytes (RFC 7541 §4.1). */
  static final int OVERHEAD = 32;

  private final int limit;
  private int maximum;
  private int size;
  private int first;
  private int count;

  private byte @Nullable [] bytes;
  private int end;
  private int[] starts = new int[0];
  private int[] nameLengths = new int[0];
  private int[] valueLengths = new int[0];
  private short[] ids = new short[0];

  /**
   * @param limit {@code SETTINGS_HEADER_TABLE_SIZE} as announced: the most that the peer may use
   */
  DynamicTable(int limit) {
    this.limit = limit;
    this.maximum = limit;
  }

  int count() {
    return count;
  }

  /** Changes the maximum size; false when it exceeds what was announced. */
  boolean resize(int wanted) {
    if (wanted > limit) {
      return false;
    }
    maximum = wanted;
    evict(0);
    return true;
  }

  byte[] bytes() {
    byte[] present = bytes;
    if (present == null) {
      throw new IllegalStateException("the table is empty");
    }
    return present;
  }

  /** Where the entry is, 0 for the newest. */
  int start(int index) {
    return starts[slot(index)];
  }

  int nameLength(int index) {
    return nameLengths[slot(index)];
  }

  int valueLength(int index) {
    return valueLengths[slot(index)];
  }

  short id(int index) {
    return ids[slot(index)];
  }

  /** Adds an entry; one that is too large empties the table (RFC 7541 §4.4). */
  void add(byte[] source, int start, int nameLength, int valueLength, short id) {
    int length = nameLength + valueLength;
    evict(length + OVERHEAD);
    if (length + OVERHEAD > maximum) {
      return;
    }
    byte[] target = room(length);
    System.arraycopy(source, start, target, end, length);
    int slot = (first + count) & (starts.length - 1);
    starts[slot] = end;
    nameLengths[slot] = nameLength;
    valueLengths[slot] = valueLength;
    ids[slot] = id;
    end += length;
    size += length + OVERHEAD;
    count++;
  }

  private void evict(int needed) {
    while (count > 0 && size + needed > maximum) {
      size -= nameLengths[first] + valueLengths[first] + OVERHEAD;
      first = (first + 1) & (starts.length - 1);
      count--;
    }
  }

  private byte[] room(int length) {
    byte[] present = bytes;
    if (present == null) {
      present = new byte[Math.max(256, Math.min(limit, 1024))];
      bytes = present;
      grow(16);
    }
    if (count == starts.length) {
      grow(count * 2);
    }
    if (present.length - end < length) {
      present = compact(present, length);
    }
    return present;
  }

  private byte[] compact(byte[] present, int length) {
    int live = count == 0 ? end : starts[first];
    int used = end - live;
    byte[] target = present;
    if (used + length > present.length / 2) {
      target = new byte[Math.max(present.length * 2, 2 * (used + length))];
    }
    System.arraycopy(present, live, target, 0, used);
    for (int i = 0; i < count; i++) {
      starts[(first + i) & (starts.length - 1)] -= live;
    }
    end = used;
    bytes = target;
    return target;
  }

  private void grow(int capacity) {
    int[] order = new int[count];
    for (int i = 0; i < count; i++) {
      order[i] = (first + i) & (starts.length - 1);
    }
    starts = reordered(starts, order, capacity);
    nameLengths = reordered(nameLengths, order, capacity);
    valueLengths = reordered(valueLengths, order, capacity);
    short[] moved = Arrays.copyOf(ids, capacity);
    for (int i = 0; i < count; i++) {
      moved[i] = ids[order[i]];
    }
    ids = moved;
    first = 0;
  }

  private static int[] reordered(int[] from, int[] order, int capacity) {
    int[] to = new int[capacity];
    for (int i = 0; i < order.length; i++) {
      to[i] = from[order[i]];
    }
    return to;
  }

  private int slot(int index) {
    return (first + count - 1 - index) & (starts.length - 1);
  }
}
