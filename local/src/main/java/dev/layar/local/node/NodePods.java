package dev.layar.local.node;

import dev.layar.apiserver.Pods;
import dev.layar.apiserver.StatusException;
import dev.layar.local.LocalException;
import dev.layar.local.controllers.Kinds;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.process.Command;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Logs, commands, ports and usage of the pods that run here. Thread-safe.
 *
 * <p>DEVIATION: a command sees this machine's files and programs with the container's environment,
 * and attaching to a container's main process is not possible: it has no input.
 */
public final class NodePods implements Pods {
  private static final String DEFAULT_CONTAINER = "kubectl.kubernetes.io/default-container";
  private static final int BAD_REQUEST = 400;
  private static final int NOT_FOUND = 404;
  private static final int NOT_IMPLEMENTED = 501;

  private final Kubelet kubelet;
  private final Kube kube;
  private final Path scratch;
  private final Usages usages = new Usages();

  /**
   * @param scratch a directory for files of open terminals
   */
  public NodePods(Kubelet kubelet, Kube kube, Path scratch) {
    this.kubelet = kubelet;
    this.kube = kube;
    this.scratch = scratch;
  }

  private Kubelet.Inside inside(String namespace, String pod) {
    Kubelet.Inside inside = kubelet.view().inside().get(new Key(namespace, pod));
    if (inside == null) {
      throw refusal(NOT_FOUND, "NotFound", "pod \"" + pod + "\" does not run on this machine");
    }
    return inside;
  }

  private static StatusException refusal(int code, String reason, String message) {
    return new StatusException(code, reason, message, StatusException.Details.NONE);
  }

  private Kubelet.Container container(String namespace, String pod, String name) {
    Kubelet.Inside inside = inside(namespace, pod);
    String chosen = name.isEmpty() ? usual(namespace, pod) : name;
    Kubelet.Container found = chosen.isEmpty() ? inside.first() : inside.containers().get(chosen);
    if (found == null) {
      throw refusal(
          BAD_REQUEST, "BadRequest", "container " + chosen + " is not valid for pod " + pod);
    }
    return found;
  }

  private String usual(String namespace, String pod) {
    ObjectNode object = kube.informer(Kinds.POD).get(namespace, pod);
    return object == null ? "" : Trees.annotations(object).getOrDefault(DEFAULT_CONTAINER, "");
  }

  private boolean isRunning(String namespace, String pod, Kubelet.Container container) {
    Kubelet.Inside inside = kubelet.view().inside().get(new Key(namespace, pod));
    Kubelet.Container now = inside == null ? null : inside.containers().get(container.name());
    return now != null && now.running() && now.pid() == container.pid();
  }

  @Override
  public InputStream logs(LogRequest request) throws IOException {
    String namespace = request.namespace();
    Kubelet.Container container = container(namespace, request.pod(), request.container());
    Path log = log(request, container);
    return log == null
        ? InputStream.nullInputStream()
        : new LogStream(
            log, request, kubelet.logTimes(), () -> isRunning(namespace, request.pod(), container));
  }

  /** The file; null while nothing was written. */
  private static @Nullable Path log(LogRequest request, Kubelet.Container container) {
    if (request.previous()) {
      if (!Files.exists(container.previousLog())) {
        throw refusal(
            BAD_REQUEST,
            "BadRequest",
            "previous terminated container \""
                + container.name()
                + "\" in pod \""
                + request.pod()
                + "\" not found");
      }
      return container.previousLog();
    }
    if (Files.exists(container.log())) {
      return container.log();
    }
    if (container.running()) {
      return null;
    }
    throw refusal(
        BAD_REQUEST,
        "BadRequest",
        "container \""
            + container.name()
            + "\" in pod \""
            + request.pod()
            + "\" is waiting to start");
  }

  @Override
  public Session exec(ExecRequest request) throws IOException {
    Kubelet.Container container =
        container(request.namespace(), request.pod(), request.container());
    if (!container.running()) {
      throw refusal(BAD_REQUEST, "BadRequest", "container " + container.name() + " is not running");
    }
    if (request.command().isEmpty()) {
      throw refusal(
          NOT_IMPLEMENTED,
          "NotImplemented",
          "attaching is not possible on this machine; use kubectl logs -f, or kubectl exec");
    }
    if (request.tty() && !Command.canHaveTerminal()) {
      throw refusal(
          NOT_IMPLEMENTED,
          "NotImplemented",
          "a terminal needs script(1) of util-linux, which this machine lacks; leave out -t");
    }
    Map<String, String> environment = environment(request, container);
    return new Running(
        Command.start(
            words(request.command(), environment),
            environment,
            Path.of("."),
            request.tty(),
            scratch,
            kubelet.grouping()));
  }

  /** A proxy has no process of its own: a command there runs as one of the application. */
  private Map<String, String> environment(ExecRequest request, Kubelet.Container container) {
    if (!container.environment().isEmpty()) {
      return container.environment();
    }
    Kubelet.Container first = inside(request.namespace(), request.pod()).first();
    Map<String, String> out =
        new LinkedHashMap<>(
            first == null || first.environment().isEmpty()
                ? Programs.inherited(false)
                : first.environment());
    List.of("http_proxy", "HTTP_PROXY").forEach(out::remove);
    return out;
  }

  private static List<String> words(List<String> command, Map<String, String> environment) {
    try {
      return Programs.execLine(command, environment);
    } catch (LocalException e) {
      throw refusal(BAD_REQUEST, "BadRequest", String.valueOf(e.getMessage()));
    }
  }

  private record Running(Command command) implements Session {
    @Override
    public OutputStream stdin() {
      return command.stdin();
    }

    @Override
    public InputStream stdout() {
      return command.stdout();
    }

    @Override
    public InputStream stderr() {
      return command.stderr();
    }

    @Override
    public void resize(int columns, int rows) {
      command.resize(columns, rows);
    }

    @Override
    public int await() throws InterruptedException {
      return command.await();
    }

    @Override
    public void close() {
      command.close();
    }
  }

  @Override
  public InetSocketAddress address(String namespace, String pod, int port) {
    Kubelet.Inside inside = inside(namespace, pod);
    for (Kubelet.Container container : inside.containers().values()) {
      Integer actual = container.ports().get(port);
      if (actual != null) {
        return new InetSocketAddress(inside.ip(), actual);
      }
    }
    return new InetSocketAddress(inside.ip(), port);
  }

  @Override
  public Map<String, Usage> usage(String namespace, String pod) {
    Map<String, Usage> out = new LinkedHashMap<>();
    for (Kubelet.Container container : inside(namespace, pod).containers().values()) {
      if (container.pid() > 0) {
        out.put(container.name(), usages.of(container.pid()));
      }
    }
    return out;
  }
}
