package dev.layar.apiserver.http;

import dev.layar.apiserver.Pods;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.time.Duration;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs a command in a container for a client: {@code exec} and {@code attach}. Thread-safe; a
 * session holds the thread of its request and up to three more.
 */
final class Commands {
  private static final Logger LOG = LoggerFactory.getLogger(Commands.class);
  private static final int CHUNK = 16 << 10;

  /** How long a command may go on after its client has left. */
  private static final Duration ORPHAN = Duration.ofSeconds(10);

  private final Pods pods;
  private final WebSockets webSockets;

  Commands(Pods pods, WebSockets webSockets) {
    this.pods = pods;
    this.webSockets = webSockets;
  }

  /** Which of the streams the client wants. */
  private record Wanted(boolean stdin, boolean stdout, boolean stderr, boolean tty) {
    Set<String> streams() {
      Set<String> names = new HashSet<>(Set.of("error"));
      if (stdin) {
        names.add("stdin");
      }
      if (stdout) {
        names.add("stdout");
      }
      if (stderr) {
        names.add("stderr");
      }
      if (tty) {
        names.add("resize");
      }
      return names;
    }
  }

  /**
   * Runs it.
   *
   * @param command empty to attach
   */
  void run(Request request, List<String> command) throws IOException, InterruptedException {
    Exchange exchange = request.exchange();
    Query query = exchange.query();
    boolean tty = query.flag("tty");
    Wanted wanted =
        new Wanted(query.flag("stdin"), query.flag("stdout"), query.flag("stderr") && !tty, tty);
    boolean webSocket = exchange.wants("websocket");
    String protocol = protocol(exchange, webSocket);
    // Before the switch, so that a refusal is an ordinary answer.
    try (Pods.Session session = pods.exec(execRequest(request, command, wanted))) {
      Remote remote =
          webSocket
              ? new WebSocketRemote(webSockets.accept(exchange, protocol))
              : SpdyRemote.open(Spdy.accept(exchange, protocol), wanted.streams());
      try {
        converse(remote, session, wanted);
      } finally {
        remote.close();
      }
    }
  }

  private static String protocol(Exchange exchange, boolean webSocket) {
    if (webSocket) {
      String chosen = WebSockets.choose(exchange, WebSocketRemote.PROTOCOLS);
      if (chosen.isEmpty()) {
        throw Statuses.badRequest("expected one of the subprotocols " + WebSocketRemote.PROTOCOLS);
      }
      return chosen;
    }
    if (!exchange.wants("SPDY/3.1")) {
      throw Statuses.badRequest("Upgrade request required: websocket or SPDY/3.1");
    }
    if (!exchange.headers("X-Stream-Protocol-Version").contains(SpdyRemote.PROTOCOL)) {
      throw Statuses.badRequest("expected X-Stream-Protocol-Version: " + SpdyRemote.PROTOCOL);
    }
    return SpdyRemote.PROTOCOL;
  }

  private static Pods.ExecRequest execRequest(
      Request request, List<String> command, Wanted wanted) {
    return new Pods.ExecRequest(
        request.target().namespace(),
        request.target().name(),
        request.exchange().query().get("container"),
        command,
        wanted.stdin(),
        wanted.tty());
  }

  private static void converse(Remote remote, Pods.Session session, Wanted wanted)
      throws IOException, InterruptedException {
    CountDownLatch ended = new CountDownLatch(1);
    Thread input = start("stdin", () -> feed(remote, session, wanted, ended));
    Thread output =
        start(
            "stdout", () -> pump(session.stdout(), remote, Remote.Stream.STDOUT, wanted.stdout()));
    Thread errors =
        start(
            "stderr", () -> pump(session.stderr(), remote, Remote.Stream.STDERR, wanted.stderr()));
    try {
      int code = session.await();
      ended.countDown();
      output.join();
      errors.join();
      remote.finish(status(code));
    } finally {
      ended.countDown();
      input.interrupt();
      output.interrupt();
      errors.interrupt();
    }
  }

  private static Thread start(String name, Runnable work) {
    return Thread.ofVirtual().name("command-" + name).start(work);
  }

  /** Input until its end; a client that leaves ends the command a little later. */
  private static void feed(
      Remote remote, Pods.Session session, Wanted wanted, CountDownLatch ended) {
    try (OutputStream stdin = session.stdin()) {
      if (!wanted.stdin()) {
        stdin.close();
      }
      Remote.Input input = remote.take();
      while (input != null) {
        switch (input) {
          case Remote.Data data -> write(stdin, data.bytes());
          case Remote.EndOfInput _ -> stdin.close();
          case Remote.Resize size -> session.resize(size.columns(), size.rows());
        }
        input = remote.take();
      }
      stdin.close();
      if (!ended.await(ORPHAN.toMillis(), TimeUnit.MILLISECONDS)) {
        session.close();
      }
    } catch (IOException e) {
      LOG.debug("a command does not take its input", e);
    } catch (InterruptedException e) {
      LOG.trace("a command has ended", e);
    }
  }

  /** A command that closed its input ignores what comes. */
  private static void write(OutputStream stdin, byte[] bytes) {
    try {
      stdin.write(bytes);
      stdin.flush();
    } catch (IOException e) {
      LOG.debug("a command does not take its input", e);
    }
  }

  private static void pump(InputStream from, Remote remote, Remote.Stream stream, boolean wanted) {
    byte[] chunk = new byte[CHUNK];
    boolean sending = wanted;
    try (from) {
      int read = from.read(chunk);
      while (read >= 0) {
        sending = sending && sent(remote, stream, chunk, read);
        read = from.read(chunk);
      }
    } catch (IOException e) {
      LOG.debug("a command's output ended", e);
    }
  }

  /** Whether the client still takes output; the command is not stopped by one that does not. */
  private static boolean sent(Remote remote, Remote.Stream stream, byte[] bytes, int length) {
    try {
      remote.send(stream, bytes, length);
      return true;
    } catch (IOException e) {
      LOG.debug("the client does not take output", e);
      return false;
    }
  }

  /** k8s.io/apimachinery, util/remotecommand NonZeroExitCodeReason. */
  private static ObjectNode status(int code) {
    ObjectNode status = Json.object();
    status.putObject("metadata");
    if (code == 0) {
      return status.put("status", "Success");
    }
    status.put("status", "Failure");
    status.put("reason", "NonZeroExitCode");
    status.put("message", "command terminated with non-zero exit code: exit status " + code);
    status
        .putObject("details")
        .putArray("causes")
        .addObject()
        .put("reason", "ExitCode")
        .put("message", Integer.toString(code));
    return status;
  }
}
