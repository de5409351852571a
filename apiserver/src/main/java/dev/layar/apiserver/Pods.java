package dev.layar.apiserver;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * What only the node can do with a running pod: logs, commands, ports, usage. Thread-safe; calls
 * may block. The API server asks it; the cluster implements it. Every method throws {@link
 * StatusException} when pod or container is not there or not running.
 */
public interface Pods {
  /**
   * Which log lines.
   *
   * @param container empty where the pod has only one
   * @param tailLines −1 for all
   * @param since null for all
   * @param limitBytes 0 for no limit
   */
  record LogRequest(
      String namespace,
      String pod,
      String container,
      boolean follow,
      boolean previous,
      boolean timestamps,
      long tailLines,
      @Nullable Instant since,
      long limitBytes) {}

  /**
   * A command to run in a container.
   *
   * @param command empty: attach to the container's main process
   */
  record ExecRequest(
      String namespace,
      String pod,
      String container,
      List<String> command,
      boolean stdin,
      boolean tty) {}

  /** A running command. Closing kills it. */
  interface Session extends AutoCloseable {
    /** Where the client's input goes; closing it is end of file. */
    OutputStream stdin();

    InputStream stdout();

    /** Empty with a terminal, where everything is on stdout. */
    InputStream stderr();

    void resize(int columns, int rows);

    /** Waits for the end; the exit code as a shell has it. */
    int await() throws InterruptedException;

    @Override
    void close();
  }

  /**
   * What a container uses now.
   *
   * @param cpu processor time per second of wall time
   */
  record Usage(Duration cpu, long memoryBytes) {}

  /** The lines; with {@code follow} the stream ends when the container ends or it is closed. */
  InputStream logs(LogRequest request) throws IOException;

  Session exec(ExecRequest request) throws IOException;

  /** Where a connection to this port of the pod really goes. */
  InetSocketAddress address(String namespace, String pod, int port);

  /** Usage by container. */
  Map<String, Usage> usage(String namespace, String pod);
}
