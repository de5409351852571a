package dev.layar.proxy.server;

import dev.layar.proxy.config.AccessLogConfig;
import dev.layar.proxy.net.Loop;
import dev.layar.proxy.net.Timer;
import dev.layar.proxy.observe.ByteSink;
import dev.layar.proxy.observe.StreamInfo;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One open log file of a workload: a buffer per event loop, handed to the writer when it is 64 KiB
 * or a second old (Envoy: buffer 64 KiB; Istio sets {@code --file-flush-interval-msec 1000}).
 */
final class AccessLog {
  private static final int FLUSH_BYTES = 64 * 1024;
  private static final long FLUSH_NANOS = 1_000_000_000L;

  /** One loop's part. Event-loop confined. */
  private final class Part {
    private final Loop loop;
    private final Timer timer = new Timer(this::flush);
    private @Nullable ByteSink lines;

    Part(Loop loop) {
      this.loop = loop;
    }

    void append(AccessLogConfig config, StreamInfo info) {
      ByteSink out = lines;
      if (out == null) {
        out = writer.buffer();
        lines = out;
      }
      config.format().append(info, out);
      if (out.length() >= FLUSH_BYTES) {
        flush();
      } else if (!timer.armed()) {
        loop.arm(timer, info.endNanos + FLUSH_NANOS);
      }
    }

    private void flush() {
      ByteSink out = lines;
      if (out != null) {
        lines = null;
        writer.write(sink, out);
      }
    }
  }

  private final LogWriter writer;
  private final LogSink sink;
  private final Part[] parts;

  AccessLog(LogWriter writer, LogSink sink, List<Loop> loops) {
    this.writer = writer;
    this.sink = sink;
    this.parts = new Part[loops.size()];
    for (int i = 0; i < parts.length; i++) {
      parts[i] = new Part(loops.get(i));
    }
  }

  /** Logs a stream that ended, on its loop. */
  void append(int loop, AccessLogConfig config, StreamInfo info) {
    parts[loop].append(config, info);
  }

  /** Hands a loop's lines to the writer. On that loop. */
  void flush(int loop) {
    parts[loop].flush();
  }

  LogSink sink() {
    return sink;
  }
}
