package dev.layar.apiserver.http;

import dev.layar.apiserver.Pods;
import dev.layar.apiserver.StatusException;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;

/** Pods whose commands are real processes on this machine. */
final class ProcessPods implements Pods {
  /** Where ports of any pod lead. */
  final Map<Integer, InetSocketAddress> ports = new ConcurrentHashMap<>();

  /** The window sizes that sessions were given. */
  final List<String> sizes = new CopyOnWriteArrayList<>();

  String log = "";

  @Override
  public InputStream logs(LogRequest request) throws IOException {
    if (request.follow()) {
      Process process =
          new ProcessBuilder("sh", "-c", "echo begin; while :; do echo line; read -t 1 x; done")
              .start();
      return new java.io.FilterInputStream(process.getInputStream()) {
        @Override
        public void close() throws IOException {
          process.destroyForcibly();
          super.close();
        }
      };
    }
    List<String> lines = log.lines().toList();
    int skip = request.tailLines() < 0 ? 0 : Math.max(0, lines.size() - (int) request.tailLines());
    String text = String.join("\n", lines.subList(skip, lines.size())) + "\n";
    return new ByteArrayInputStream(text.getBytes(StandardCharsets.UTF_8));
  }

  @Override
  public Session exec(ExecRequest request) throws IOException {
    if (request.container().equals("nope")) {
      throw new StatusException(
          400,
          "BadRequest",
          "container nope is not valid for pod " + request.pod(),
          StatusException.Details.NONE);
    }
    List<String> command =
        request.command().isEmpty() ? List.of("cat") : new ArrayList<>(request.command());
    ProcessBuilder builder = new ProcessBuilder(command).redirectErrorStream(request.tty());
    return new ProcessSession(builder.start());
  }

  private final class ProcessSession implements Session {
    private final Process process;

    ProcessSession(Process process) {
      this.process = process;
    }

    @Override
    public OutputStream stdin() {
      return process.getOutputStream();
    }

    @Override
    public InputStream stdout() {
      return process.getInputStream();
    }

    @Override
    public InputStream stderr() {
      return process.getErrorStream();
    }

    @Override
    public void resize(int columns, int rows) {
      sizes.add(columns + "x" + rows);
    }

    @Override
    public int await() throws InterruptedException {
      return process.waitFor();
    }

    @Override
    public void close() {
      process.destroyForcibly();
    }
  }

  @Override
  public InetSocketAddress address(String namespace, String pod, int port) {
    InetSocketAddress address = ports.get(port);
    return address != null ? address : new InetSocketAddress(InetAddress.getLoopbackAddress(), 1);
  }

  @Override
  public Map<String, Usage> usage(String namespace, String pod) {
    return Map.of("app", new Usage(Duration.ofMillis(250), 64L << 20));
  }
}
