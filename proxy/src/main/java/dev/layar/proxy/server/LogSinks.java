package dev.layar.proxy.server;

import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.io.IOException;
import java.nio.file.Path;

/** Opens what an access log's {@code path} names. Passed in, so that a pod's log is the pod's. */
@FunctionalInterface
public interface LogSinks {
  /**
   * Opens a sink.
   *
   * @param path as in the configuration; {@code /dev/stdout} and {@code /dev/stderr} are the
   *     workload's own
   */
  LogSink open(String path) throws IOException;

  /** Files, and the process's own output for {@code /dev/stdout} and {@code /dev/stderr}. */
  static LogSinks files() {
    return path ->
        switch (path) {
          case "/dev/stdout" -> stream(new FileOutputStream(FileDescriptor.out));
          case "/dev/stderr" -> stream(new FileOutputStream(FileDescriptor.err));
          default -> stream(new FileOutputStream(Path.of(path).toFile(), true));
        };
  }

  private static LogSink stream(FileOutputStream out) {
    return new LogSink() {
      @Override
      public void write(byte[] bytes, int length) throws IOException {
        out.write(bytes, 0, length);
      }

      @Override
      public void close() throws IOException {
        out.flush();
      }
    };
  }
}
