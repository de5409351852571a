package dev.layar.apiserver.store;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;

/**
 * The form of a batch of changes in a file: a mark, the length, a checksum of both length and
 * content, the content. Pure.
 *
 * <pre>
 * "LYRB" length:u32 crc32c:u32 ( count:u32 ( revision:u64 type ns name:utf8 length:i32 json )* )
 * </pre>
 */
final class Records {
  static final int HEAD = 12;

  /** No record is longer: what is longer in a file is damage. */
  static final int MAX_LENGTH = 64 << 20;

  private static final int MARK = 0x4c595242;

  private Records() {}

  /** The batch as one record. */
  static byte[] encode(List<Journal.Entry> batch) {
    byte[] content = content(batch);
    ByteBuffer out = ByteBuffer.allocate(HEAD + content.length);
    out.putInt(MARK).putInt(content.length).putInt(checksum(content, 0, content.length));
    return out.put(content).array();
  }

  private static byte[] content(List<Journal.Entry> batch) {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (DataOutputStream out = new DataOutputStream(bytes)) {
      out.writeInt(batch.size());
      for (Journal.Entry entry : batch) {
        out.writeLong(entry.revision());
        text(out, entry.key().type());
        text(out, entry.key().namespace());
        text(out, entry.key().name());
        out.writeInt(entry.json().length);
        out.write(entry.json());
      }
    } catch (IOException e) {
      throw new IllegalStateException("memory does not fail", e);
    }
    return bytes.toByteArray();
  }

  private static void text(DataOutputStream out, String text) throws IOException {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    out.writeShort(bytes.length);
    out.write(bytes);
  }

  private static int checksum(byte[] bytes, int from, int length) {
    CRC32C crc = new CRC32C();
    crc.update(ByteBuffer.allocate(4).putInt(length).flip());
    crc.update(bytes, from, length);
    return (int) crc.getValue();
  }

  /**
   * A record that was read.
   *
   * @param end where the next one begins
   */
  record Decoded(List<Journal.Entry> entries, int end) {}

  /** The record at an offset; null when there is no whole and sound one. */
  static @Nullable Decoded decode(byte[] file, int offset) {
    if (file.length - offset < HEAD) {
      return null;
    }
    ByteBuffer head = ByteBuffer.wrap(file, offset, HEAD);
    int mark = head.getInt();
    int length = head.getInt();
    int crc = head.getInt();
    if (mark != MARK || length < 4 || length > MAX_LENGTH || length > file.length - offset - HEAD) {
      return null;
    }
    if (checksum(file, offset + HEAD, length) != crc) {
      return null;
    }
    List<Journal.Entry> entries = entries(ByteBuffer.wrap(file, offset + HEAD, length));
    return entries == null ? null : new Decoded(entries, offset + HEAD + length);
  }

  private static @Nullable List<Journal.Entry> entries(ByteBuffer in) {
    int count = in.getInt();
    List<Journal.Entry> out = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      if (in.remaining() < 8) {
        return null;
      }
      long revision = in.getLong();
      byte[] type = bytes(in, 2);
      byte[] namespace = bytes(in, 2);
      byte[] name = bytes(in, 2);
      byte[] json = bytes(in, 4);
      if (type == null || namespace == null || name == null || json == null) {
        return null;
      }
      out.add(new Journal.Entry(revision, new Key(text(type), text(namespace), text(name)), json));
    }
    return in.hasRemaining() ? null : out;
  }

  private static byte @Nullable [] bytes(ByteBuffer in, int lengthBytes) {
    if (in.remaining() < lengthBytes) {
      return null;
    }
    int length = lengthBytes == 2 ? in.getShort() & 0xffff : in.getInt();
    if (length < 0 || length > in.remaining()) {
      return null;
    }
    byte[] out = new byte[length];
    in.get(out);
    return out;
  }

  private static String text(byte[] bytes) {
    return new String(bytes, StandardCharsets.UTF_8);
  }

  /** Whether a sound record begins anywhere at or after an offset. */
  static boolean anyAfter(byte[] file, int offset) {
    for (int at = offset; at <= file.length - HEAD; at++) {
      if (file[at] == 'L' && decode(file, at) != null) {
        return true;
      }
    }
    return false;
  }
}
