package dev.layar.bench.serve;

import dev.layar.controlplane.FileWatcher;
import dev.layar.local.ApplyResult;
import dev.layar.local.LocalMesh;
import dev.layar.local.LocalOptions;
import dev.layar.local.PodView;
import dev.layar.model.Decoded;
import dev.layar.model.Decoder;
import io.netty.util.ResourceLeakDetector;
import java.io.BufferedInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.net.Socket;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.LockSupport;

/**
 * From the edit of a YAML file until every proxy obeys it: a mesh as {@code layar up} makes it,
 * with real pods and the real proxies of this JVM. A VirtualService's file is rewritten; the time
 * ends when, in each pod with a sidecar, a request to the service comes back with what the new rule
 * adds.
 *
 * <p>Arguments: number of calling pods, of edits.
 */
public final class EditToObey {
  private static final Duration PATIENCE = Duration.ofSeconds(60);

  /** How often each pod asks; the measure is that much too long at most. */
  private static final long PAUSE_NANOS = 2_500_000;

  private static final String HEADER = "x-edit: ";

  private static final String APPS =
      """
      apiVersion: v1
      kind: Namespace
      metadata: {name: default, labels: {istio-injection: enabled}}
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: httpbin}
      spec:
        selector: {matchLabels: {app: httpbin}}
        template:
          metadata: {labels: {app: httpbin}}
          spec:
            containers:
            - {name: httpbin, image: docker.io/kennethreitz/httpbin, ports: [{containerPort: 80}]}
      ---
      apiVersion: v1
      kind: Service
      metadata: {name: httpbin}
      spec:
        selector: {app: httpbin}
        ports: [{name: http, port: 8000, targetPort: 80}]
      ---
      apiVersion: apps/v1
      kind: Deployment
      metadata: {name: sleep}
      spec:
        replicas: %d
        selector: {matchLabels: {app: sleep}}
        template:
          metadata: {labels: {app: sleep}}
          spec:
            containers:
            - {name: sleep, image: curlimages/curl, command: [/bin/sleep, 3650d]}
      """;

  private static final String RULE =
      """
      apiVersion: networking.istio.io/v1
      kind: VirtualService
      metadata: {name: httpbin}
      spec:
        hosts: [httpbin]
        http:
        - headers: {response: {set: {x-edit: "%d"}}}
          route: [{destination: {host: httpbin}}]
      """;

  private EditToObey() {}

  public static void main(String[] args) throws Exception {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    int pods = args.length > 0 ? Integer.parseInt(args[0]) : 10;
    int edits = args.length > 1 ? Integer.parseInt(args[1]) : 100;
    Path directory = Files.createTempDirectory("layar-bench");
    Path file = Files.writeString(directory.resolve("rule.yaml"), RULE.formatted(0));
    try (LocalMesh mesh =
            LocalMesh.start(
                LocalOptions.defaults("bench").withStateDirectory(directory.resolve("state")));
        ExecutorService callers = Executors.newVirtualThreadPerTaskExecutor()) {
      apply(mesh, Decoder.decode("apps.yaml", APPS.formatted(pods)));
      mesh.awaitReady(PATIENCE);
      List<Caller> all = new ArrayList<>();
      for (PodView pod : mesh.pods()) {
        if ("sleep".equals(pod.labels().get("app"))) {
          all.add(Caller.of(mesh, pod));
        }
      }
      try (FileWatcher _ = FileWatcher.start(List.of(file), () -> reload(mesh, file))) {
        Latencies latencies = new Latencies();
        int warmUp = edits / 2;
        for (int edit = 1; edit <= warmUp + edits; edit++) {
          long nanos = measure(callers, all, file, edit);
          if (edit > warmUp) {
            latencies.add(nanos);
          }
        }
        System.out.println(
            "YAML edit until the requests of %d pods obey: %s".formatted(pods, latencies));
      }
    }
  }

  private static long measure(ExecutorService callers, List<Caller> all, Path file, int edit)
      throws Exception {
    Path next = Files.writeString(file.resolveSibling("rule.next"), RULE.formatted(edit));
    long start = System.nanoTime();
    Files.move(next, file, StandardCopyOption.ATOMIC_MOVE);
    List<Callable<Long>> waits = new ArrayList<>();
    all.forEach(caller -> waits.add(() -> caller.untilObeyed(edit)));
    long last = start;
    for (Future<Long> seen : callers.invokeAll(waits)) {
      last = Math.max(last, seen.get());
    }
    return last - start;
  }

  private static void reload(LocalMesh mesh, Path file) {
    try {
      apply(mesh, Decoder.decode(file.toString(), Files.readAllBytes(file)));
    } catch (IOException unreadable) {
      throw new UncheckedIOException(unreadable);
    }
  }

  private static void apply(LocalMesh mesh, Decoded decoded) {
    ApplyResult result = mesh.apply(decoded.resources());
    if (decoded.hasErrors() || !result.refused().isEmpty()) {
      throw new IllegalStateException(decoded.findings() + " " + result.findings());
    }
  }

  /** Asks from one pod, through its sidecar, over one connection. */
  private static final class Caller {
    private static final byte[] REQUEST =
        "GET http://httpbin:8000/status/200 HTTP/1.1\r\nHost: httpbin:8000\r\n\r\n"
            .getBytes(StandardCharsets.US_ASCII);

    private final OutputStream out;
    private final InputStream in;

    private Caller(Socket socket) throws IOException {
      socket.setTcpNoDelay(true);
      socket.setSoTimeout((int) PATIENCE.toMillis());
      this.out = socket.getOutputStream();
      this.in = new BufferedInputStream(socket.getInputStream());
    }

    static Caller of(LocalMesh mesh, PodView pod) throws Exception {
      String proxy =
          mesh.exec(pod.namespace(), pod.name(), List.of("printenv", "http_proxy"), PATIENCE)
              .stdout()
              .strip();
      URI address = URI.create(proxy);
      return new Caller(new Socket(address.getHost(), address.getPort()));
    }

    long untilObeyed(int edit) throws IOException {
      String wanted = HEADER + edit;
      long deadline = System.nanoTime() + PATIENCE.toNanos();
      while (System.nanoTime() < deadline) {
        out.write(REQUEST);
        boolean obeyed = false;
        int length = 0;
        for (String line = line(); !line.isEmpty(); line = line()) {
          obeyed |= line.equals(wanted);
          if (line.startsWith("content-length: ")) {
            length = Integer.parseInt(line.substring(16));
          }
        }
        in.skipNBytes(length);
        if (obeyed) {
          return System.nanoTime();
        }
        LockSupport.parkNanos(PAUSE_NANOS);
      }
      throw new IllegalStateException("edit " + edit + " is not obeyed");
    }

    private String line() throws IOException {
      StringBuilder line = new StringBuilder();
      for (int b = in.read(); b != '\n'; b = in.read()) {
        if (b < 0) {
          throw new IOException("the proxy has closed");
        }
        if (b != '\r') {
          line.append((char) b);
        }
      }
      return line.toString().toLowerCase(Locale.ROOT);
    }
  }
}
