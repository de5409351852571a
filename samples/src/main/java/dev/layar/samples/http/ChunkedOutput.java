package dev.layar.samples.http;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;

/** Frames what is written as chunks (RFC 9112 §7.1), one for each flush or 8 KiB. */
final class ChunkedOutput extends OutputStream {
  private static final int CHUNK = 8192;
  private static final byte[] CRLF = {'\r', '\n'};

  private final OutputStream out;
  private final ByteArrayOutputStream pending = new ByteArrayOutputStream();
  private long written;

  ChunkedOutput(OutputStream out) {
    this.out = out;
  }

  @Override
  public void write(int b) throws IOException {
    pending.write(b);
    flushIfFull();
  }

  @Override
  public void write(byte[] bytes, int offset, int length) throws IOException {
    pending.write(bytes, offset, length);
    flushIfFull();
  }

  @Override
  public void flush() throws IOException {
    if (pending.size() > 0) {
      out.write(Integer.toHexString(pending.size()).getBytes(StandardCharsets.ISO_8859_1));
      out.write(CRLF);
      pending.writeTo(out);
      out.write(CRLF);
      written += pending.size();
      pending.reset();
    }
    out.flush();
  }

  void finish() throws IOException {
    flush();
    out.write("0\r\n\r\n".getBytes(StandardCharsets.ISO_8859_1));
  }

  long written() {
    return written;
  }

  private void flushIfFull() throws IOException {
    if (pending.size() >= CHUNK) {
      flush();
    }
  }
}
