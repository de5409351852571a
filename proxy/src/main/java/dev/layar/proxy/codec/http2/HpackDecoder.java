package dev.layar.proxy.codec.http2;

import dev.layar.proxy.http.Chars;
import dev.layar.proxy.http.HeaderName;
import java.util.Arrays;

/**
 * Decodes header blocks (RFC 7541). One per connection, because the dynamic table is; event-loop
 * confined.
 *
 * <p>Implementation notes. (1) A block is decoded to its end whatever its fields are, so that the
 * table stays what the peer thinks it is; it is the sink's task to stop keeping them. (2) Work is
 * linear in the block's bytes plus what the sink copies. (3) A literal longer than the limit given
 * is an error of the connection: nobody can need it.
 */
final class HpackDecoder {
  private static final byte[][] STATIC_BYTES = staticBytes();

  private final DynamicTable table;
  private final int longestLiteral;
  private byte[] field = new byte[256];
  private byte[] block = field;
  private int at;
  private int end;
  private boolean bad;

  /**
   * @param tableSize {@code SETTINGS_HEADER_TABLE_SIZE} as announced
   * @param longestLiteral bytes of one name or value
   */
  HpackDecoder(int tableSize, int longestLiteral) {
    this.table = new DynamicTable(tableSize);
    this.longestLiteral = longestLiteral;
  }

  /**
   * Decodes one whole block.
   *
   * @return false for what is a COMPRESSION_ERROR; the connection cannot go on then
   */
  boolean decode(byte[] bytes, int start, int length, FieldSink sink) {
    block = bytes;
    at = start;
    end = start + length;
    bad = false;
    boolean fieldsBegan = false;
    while (at < end && !bad) {
      int first = bytes[at] & 0xff;
      if (first >= 0x80) {
        indexed(sink);
        fieldsBegan = true;
      } else if (first >= 0x40) {
        literal(6, true, sink);
        fieldsBegan = true;
      } else if (first >= 0x20) {
        resize(fieldsBegan);
      } else {
        literal(4, false, sink);
        fieldsBegan = true;
      }
    }
    return !bad;
  }

  /** RFC 7541 §4.2: size updates come first in a block. */
  private void resize(boolean fieldsBegan) {
    int size = integer(5);
    bad |= fieldsBegan || !bad && !table.resize(size);
  }

  private void indexed(FieldSink sink) {
    int index = integer(7);
    if (bad || index == 0) {
      bad = true;
    } else if (index <= StaticTable.SIZE) {
      sink.field(
          STATIC_BYTES[index],
          0,
          StaticTable.name(index).length,
          StaticTable.value(index).length,
          staticId(index));
    } else if (index - StaticTable.SIZE <= table.count()) {
      int entry = index - StaticTable.SIZE - 1;
      sink.field(
          table.bytes(),
          table.start(entry),
          table.nameLength(entry),
          table.valueLength(entry),
          table.id(entry));
    } else {
      bad = true;
    }
  }

  private void literal(int prefix, boolean keep, FieldSink sink) {
    int index = integer(prefix);
    if (bad) {
      return;
    }
    int nameLength;
    short id;
    if (index == 0) {
      nameLength = string(0);
      id = bad ? 0 : idOf(nameLength);
    } else if (index <= StaticTable.SIZE) {
      byte[] name = StaticTable.name(index);
      nameLength = name.length;
      room(nameLength);
      System.arraycopy(name, 0, field, 0, nameLength);
      id = staticId(index);
    } else if (index - StaticTable.SIZE <= table.count()) {
      int entry = index - StaticTable.SIZE - 1;
      nameLength = table.nameLength(entry);
      room(nameLength);
      System.arraycopy(table.bytes(), table.start(entry), field, 0, nameLength);
      id = table.id(entry);
    } else {
      bad = true;
      return;
    }
    int valueLength = bad ? 0 : string(nameLength);
    if (bad) {
      return;
    }
    if (keep) {
      table.add(field, 0, nameLength, valueLength, id);
    }
    sink.field(field, 0, nameLength, valueLength, id);
  }

  /** Names are lower-case tokens (RFC 9113 §8.2.1); a colon at the start makes a pseudo-header. */
  private short idOf(int length) {
    if (length > 0 && field[0] == ':') {
      return FieldSink.PSEUDO;
    }
    int hash = 0;
    for (int i = 0; i < length; i++) {
      byte value = field[i];
      if (Chars.TOKEN[value & 0xff] != value || value == 0) {
        return FieldSink.BAD_NAME;
      }
      hash = HeaderName.hashStep(hash, value);
    }
    return length == 0 ? FieldSink.BAD_NAME : HeaderName.find(field, 0, length, hash);
  }

  private static short staticId(int index) {
    return index <= 14 ? FieldSink.PSEUDO : StaticTable.id(index);
  }

  /** RFC 7541 §5.1. */
  private int integer(int prefix) {
    int mask = (1 << prefix) - 1;
    int value = block[at++] & mask;
    if (value < mask) {
      return value;
    }
    int shift = 0;
    while (at < end && shift <= 21) {
      int next = block[at++];
      value += (next & 0x7f) << shift;
      if (next >= 0) {
        return value;
      }
      shift += 7;
    }
    bad = true;
    return 0;
  }

  /** RFC 7541 §5.2: decodes a string into {@link #field} and returns its length. */
  private int string(int target) {
    if (at >= end) {
      bad = true;
      return 0;
    }
    boolean huffman = block[at] < 0;
    int length = integer(7);
    if (bad || length > end - at || length > longestLiteral) {
      bad = true;
      return 0;
    }
    int start = at;
    at += length;
    if (!huffman) {
      room(target + length);
      System.arraycopy(block, start, field, target, length);
      return length;
    }
    room(target + length * 8 / 5 + 1);
    int stop = Huffman.decode(block, start, length, field, target);
    bad = stop < 0;
    return bad ? 0 : stop - target;
  }

  private void room(int size) {
    if (field.length < size) {
      field = Arrays.copyOf(field, Math.max(size, field.length * 2));
    }
  }

  /** Gives large scratch space back. */
  void shrink() {
    block = field;
    if (field.length > 1024) {
      field = new byte[256];
      block = field;
    }
  }

  private static byte[][] staticBytes() {
    byte[][] all = new byte[StaticTable.SIZE + 1][];
    for (int i = 1; i <= StaticTable.SIZE; i++) {
      byte[] name = StaticTable.name(i);
      byte[] value = StaticTable.value(i);
      all[i] = Arrays.copyOf(name, name.length + value.length);
      System.arraycopy(value, 0, all[i], name.length, value.length);
    }
    return all;
  }
}
