package dev.layar.proxy.server;

import java.io.IOException;

/** Where access-log lines go. Called by one thread at a time. */
public interface LogSink extends AutoCloseable {
  /** Takes whole lines; the array is reused afterwards. */
  void write(byte[] bytes, int length) throws IOException;

  @Override
  void close() throws IOException;
}
