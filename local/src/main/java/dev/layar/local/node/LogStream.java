package dev.layar.local.node;

import dev.layar.apiserver.Pods;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Instant;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * A container's log from some line on, as it is or as it grows. Read by one thread, closed by any.
 */
final class LogStream extends InputStream {
  private static final long POLL_MILLIS = 50;
  private static final int MAX_LINE = 1 << 16;

  private final RandomAccessFile file;
  private final Path path;
  private final Pods.LogRequest request;
  private final LogTimes times;
  private final BooleanSupplier goesOn;
  private final Semaphore closed = new Semaphore(0);
  private long left;
  private byte[] line = new byte[0];
  private int next;

  /**
   * @param goesOn whether more may be written
   */
  LogStream(Path path, Pods.LogRequest request, LogTimes times, BooleanSupplier goesOn)
      throws IOException {
    this.file = new RandomAccessFile(path.toFile(), "r");
    this.path = path;
    this.request = request;
    this.times = times;
    this.goesOn = goesOn;
    this.left = request.limitBytes() > 0 ? request.limitBytes() : Long.MAX_VALUE;
    Instant since = request.since();
    long start = since == null ? 0 : times.offset(path, since);
    file.seek(Math.max(start, tail(request.tailLines())));
  }

  /** Where the last lines begin. */
  private long tail(long lines) throws IOException {
    if (lines < 0) {
      return 0;
    }
    long position = file.length();
    if (lines == 0) {
      return position;
    }
    long found = 0;
    byte[] block = new byte[8192];
    while (position > 0) {
      int length = (int) Math.min(block.length, position);
      position -= length;
      file.seek(position);
      file.readFully(block, 0, length);
      for (int i = length - 1; i >= 0; i--) {
        boolean endOfFile = position + i == file.length() - 1;
        if (block[i] == '\n' && !endOfFile && ++found == lines) {
          return position + i + 1;
        }
      }
    }
    return 0;
  }

  @Override
  public int read() throws IOException {
    byte[] one = new byte[1];
    return read(one, 0, 1) < 0 ? -1 : one[0] & 0xff;
  }

  @Override
  public int read(byte[] bytes, int offset, int length) throws IOException {
    if (left <= 0 || (next == line.length && !fill())) {
      return -1;
    }
    int count = (int) Math.min(Math.min(length, line.length - next), left);
    System.arraycopy(line, next, bytes, offset, count);
    next += count;
    left -= count;
    return count;
  }

  /** The next line, waiting for it where the log goes on; false at the end. */
  private boolean fill() throws IOException {
    while (true) {
      boolean last = !request.follow() || !goesOn.getAsBoolean();
      byte[] read = readLine(last);
      if (read.length > 0) {
        line = read;
        next = 0;
        return true;
      }
      if (last || isClosed()) {
        return false;
      }
    }
  }

  /** One line with its end; without it only at the end of all. */
  private byte[] readLine(boolean last) throws IOException {
    long begin = file.getFilePointer();
    if (begin > file.length()) {
      begin = 0; // The log was shortened.
      file.seek(0);
    }
    byte[] block = new byte[MAX_LINE];
    int read = file.read(block);
    int end = 0;
    while (end < read && block[end] != '\n') {
      end++;
    }
    boolean whole = end < read;
    if (read <= 0 || (!whole && !last && read < MAX_LINE)) {
      file.seek(begin);
      return new byte[0];
    }
    int length = whole ? end + 1 : read;
    file.seek(begin + length);
    return stamped(block, length, begin + length);
  }

  private byte[] stamped(byte[] block, int length, long end) {
    byte[] stamp =
        request.timestamps()
            ? (times.at(path, end, Instant.now()) + " ").getBytes(StandardCharsets.US_ASCII)
            : new byte[0];
    byte[] out = new byte[stamp.length + length];
    System.arraycopy(stamp, 0, out, 0, stamp.length);
    System.arraycopy(block, 0, out, stamp.length, length);
    return out;
  }

  private boolean isClosed() throws IOException {
    try {
      return closed.tryAcquire(POLL_MILLIS, TimeUnit.MILLISECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IOException("interrupted", e);
    }
  }

  @Override
  public void close() throws IOException {
    closed.release(1);
    file.close();
  }
}
