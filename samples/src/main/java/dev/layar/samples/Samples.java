package dev.layar.samples;

import dev.layar.samples.http.HttpServer;
import dev.layar.samples.http.Request;
import dev.layar.samples.http.Response;
import java.io.IOException;
import java.net.InetAddress;
import java.time.Clock;
import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * Runs one sample: {@code Samples NAME [ARGS]}. Servers listen on {@code POD_IP:PORT} from the
 * environment, else on every address and the port that the original listens on; {@code --port N}
 * and {@code --bind ADDRESS} win over both. On SIGTERM a server refuses new connections, finishes
 * what is in flight, and exits.
 */
public final class Samples {
  private static final Duration DRAIN = Duration.ofSeconds(25);

  /** The server samples, by the name on the command line. */
  private enum Server {
    HTTPBIN("httpbin", 80, Httpbin::new),
    HTTPPING("httpping", 8080, Httpping::new),
    PRODUCTPAGE("productpage", 9080, Bookinfo.ProductPage::new),
    DETAILS("details", 9080, Bookinfo.Details::new),
    RATINGS("ratings", 9080, Bookinfo.Ratings::new),
    REVIEWS_V1("reviews-v1", 9080, (pod, clock) -> new Bookinfo.Reviews(pod, clock, "v1")),
    REVIEWS_V2("reviews-v2", 9080, (pod, clock) -> new Bookinfo.Reviews(pod, clock, "v2")),
    REVIEWS_V3("reviews-v3", 9080, (pod, clock) -> new Bookinfo.Reviews(pod, clock, "v3")),
    COLOUR("colour", 8080, (pod, clock) -> new Colours(pod, clock, pod.variable("COLOUR", "blue")));

    final String command;
    final int port;
    final BiFunction<Pod, Clock, Sample> create;

    Server(String command, int port, BiFunction<Pod, Clock, Sample> create) {
      this.command = command;
      this.port = port;
      this.create = create;
    }

    static @Nullable Server named(String name) {
      return Arrays.stream(values()).filter(s -> s.command.equals(name)).findFirst().orElse(null);
    }
  }

  private Samples() {}

  /** Exits 2 when the name or an argument is unknown, 1 when the sample fails. */
  public static void main(String[] args) {
    int code = run(args);
    if (code >= 0) {
      System.exit(code);
    }
  }

  /** Exit code, or -1 when a server now runs on its own threads. */
  private static int run(String[] args) {
    if (args.length == 0) {
      return usage();
    }
    List<String> rest = List.of(args).subList(1, args.length);
    try {
      return switch (args[0]) {
        case "sleep" -> sleep();
        case "fetch" -> Fetch.run(rest, System.getenv(), System.out);
        default -> serve(args[0], rest);
      };
    } catch (IllegalArgumentException e) {
      System.err.println(args[0] + ": " + e.getMessage());
      return 2;
    } catch (IOException e) {
      System.err.println(args[0] + ": " + e.getMessage());
      return 1;
    }
  }

  private static int usage() {
    System.err.println(
        "usage: Samples NAME [--bind ADDRESS] [--port N]; NAME is sleep, fetch or one of "
            + Arrays.stream(Server.values()).map(s -> s.command).toList());
    return 2;
  }

  private static int serve(String name, List<String> options) throws IOException {
    Server server = Server.named(name);
    if (server == null) {
      return usage();
    }
    Pod pod = Pod.of(System.getenv(), server.port).overriddenBy(options);
    HttpServer running = start(server.create.apply(pod, Clock.systemUTC()), pod);
    Thread stop = Thread.ofPlatform().name("stop").unstarted(() -> running.stop(DRAIN));
    try {
      Runtime.getRuntime().addShutdownHook(stop);
    } catch (IllegalStateException alreadyStopping) {
      running.close();
    }
    return -1;
  }

  /** Starts a sample inside this JVM; the caller closes it. */
  static HttpServer start(Sample sample, Pod pod) throws IOException {
    Seen seen = new Seen();
    Trouble trouble = Trouble.of(pod);
    HttpServer server =
        HttpServer.start(
            InetAddress.getByName(pod.ip()),
            pod.port(),
            request -> answer(sample, pod, seen, trouble, request),
            (request, status, bytes, took) -> {
              if (!request.path().equals(Seen.PATH)) {
                sample.log().answered(request, status, bytes, took);
              }
            });
    System.out.println(sample.greeting(pod.ip() + ":" + server.port()));
    return server;
  }

  private static Response answer(
      Sample sample, Pod pod, Seen seen, Trouble trouble, Request request) throws IOException {
    if (request.path().equals(Seen.PATH)) {
      return seen.answer(pod.name());
    }
    seen.count(request);
    return trouble
        .applyTo(sample.answer(request))
        .with("Server", "layar-samples")
        .with("X-Pod", pod.name());
  }

  private static int sleep() {
    try {
      new CountDownLatch(1).await();
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 1;
    }
  }
}
