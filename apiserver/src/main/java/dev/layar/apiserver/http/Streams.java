package dev.layar.apiserver.http;

import dev.layar.apiserver.Pods;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.DateTimeException;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Logs, commands and ports of pods. Thread-safe; each session holds the thread of its request. */
final class Streams {
  private static final int CHUNK = 16 << 10;

  private final Pods pods;
  private final Commands commands;
  private final PortForwards forwards;

  Streams(Pods pods, WebSockets webSockets) {
    this.pods = pods;
    this.commands = new Commands(pods, webSockets);
    this.forwards = new PortForwards(pods, webSockets);
  }

  /** {@code pods/log}. */
  void logs(Request request) throws IOException {
    if (!request.exchange().method().equals("GET")) {
      throw Statuses.methodNotAllowed();
    }
    try (InputStream lines = pods.logs(logRequest(request))) {
      request.exchange().onLost(() -> closeQuietly(lines));
      try (OutputStream out = request.exchange().stream(200, "text/plain")) {
        byte[] chunk = new byte[CHUNK];
        int read = lines.read(chunk);
        while (read >= 0 && !request.exchange().isGone()) {
          out.write(chunk, 0, read);
          read = lines.read(chunk);
        }
      }
    }
  }

  private static Pods.LogRequest logRequest(Request request) {
    Query query = request.exchange().query();
    return new Pods.LogRequest(
        request.target().namespace(),
        request.target().name(),
        query.get("container"),
        query.flag("follow"),
        query.flag("previous"),
        query.flag("timestamps"),
        query.number("tailLines", -1),
        since(query),
        Math.max(0, query.number("limitBytes", 0)));
  }

  private static @Nullable Instant since(Query query) {
    long seconds = query.number("sinceSeconds", -1);
    if (seconds >= 0) {
      return Instant.now().minusSeconds(Math.min(seconds, Integer.MAX_VALUE));
    }
    String time = query.get("sinceTime");
    try {
      return time.isEmpty() ? null : Instant.parse(time);
    } catch (DateTimeException e) {
      throw Statuses.badRequest(
          "the parameter sinceTime is \"" + time + "\", expected a time of RFC 3339");
    }
  }

  /** {@code pods/exec}. */
  void exec(Request request) throws IOException, InterruptedException {
    List<String> command = request.exchange().query().all("command");
    if (command.isEmpty()) {
      throw Statuses.badRequest("you must specify at least 1 command for the container");
    }
    commands.run(request, command);
  }

  /** {@code pods/attach}. */
  void attach(Request request) throws IOException, InterruptedException {
    commands.run(request, List.of());
  }

  /** {@code pods/portforward}. */
  void portForward(Request request) throws IOException, InterruptedException {
    forwards.run(request);
  }

  private static void closeQuietly(InputStream in) {
    try {
      in.close();
    } catch (IOException e) {
      org.slf4j.LoggerFactory.getLogger(Streams.class).debug("cannot close a log", e);
    }
  }
}
