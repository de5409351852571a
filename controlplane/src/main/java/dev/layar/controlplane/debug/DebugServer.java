package dev.layar.controlplane.debug;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import dev.layar.controlplane.ControlPlane;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;

/**
 * Readiness, metrics and debug pages over HTTP, as istiod serves them on 8080 and 15014. Nobody is
 * asked who they are: the address should be loopback, which a port-forward reaches. Thread-safe;
 * two threads and a short queue, as a page may be large and a scrape may not wait for ever.
 */
public final class DebugServer implements AutoCloseable {
  private static final int THREADS = 2;
  private static final int WAITING = 32;

  private final HttpServer server;
  private final ExecutorService threads;

  private DebugServer(HttpServer server, ExecutorService threads) {
    this.server = server;
    this.threads = threads;
  }

  /**
   * Starts serving.
   *
   * @param ready whether the state is complete, so that proxies may be served from it
   * @throws IOException when the address cannot be bound
   */
  public static DebugServer start(
      InetSocketAddress address, ControlPlane plane, BooleanSupplier ready) throws IOException {
    HttpServer server = HttpServer.create(address, WAITING);
    ThreadPoolExecutor threads =
        new ThreadPoolExecutor(
            THREADS,
            THREADS,
            1,
            TimeUnit.MINUTES,
            new LinkedBlockingQueue<>(WAITING),
            Thread.ofPlatform().daemon().name("layar-debug-", 0).factory(),
            new ThreadPoolExecutor.CallerRunsPolicy());
    threads.allowCoreThreadTimeOut(true);
    server.setExecutor(threads);
    DebugPages pages = new DebugPages(plane);
    server.createContext("/", exchange -> answer(exchange, pages, ready));
    server.start();
    return new DebugServer(server, threads);
  }

  /** Where it listens, with the real port. */
  public InetSocketAddress address() {
    return server.getAddress();
  }

  private static void answer(HttpExchange exchange, DebugPages pages, BooleanSupplier ready)
      throws IOException {
    try (exchange) {
      String method = exchange.getRequestMethod();
      if (!method.equals("GET") && !method.equals("HEAD")) {
        exchange.getResponseHeaders().set("allow", "GET, HEAD");
        send(exchange, 405, Page.text("only GET is answered\n"));
        return;
      }
      String path = exchange.getRequestURI().getPath();
      if (path.equals("/ready")) {
        boolean is = ready.getAsBoolean();
        send(exchange, is ? 200 : 503, Page.text(is ? "ready\n" : "waiting for the state\n"));
        return;
      }
      Optional<Page> page = pages.page(path, parameter(exchange, "proxyID"));
      send(
          exchange,
          page.isPresent() ? 200 : 404,
          page.orElse(Page.text("no such page, or no such proxy\n")));
    }
  }

  /**
   * One page.
   *
   * @param type its media type
   */
  record Page(String type, String body) {
    static Page text(String body) {
      return new Page("text/plain; charset=utf-8", body);
    }

    static Page json(String body) {
      return new Page("application/json", body);
    }
  }

  private static void send(HttpExchange exchange, int status, Page page) throws IOException {
    exchange.getResponseHeaders().set("content-type", page.type());
    byte[] body = page.body().getBytes(StandardCharsets.UTF_8);
    if (exchange.getRequestMethod().equals("HEAD")) {
      exchange.sendResponseHeaders(status, -1);
      return;
    }
    exchange.sendResponseHeaders(status, body.length);
    exchange.getResponseBody().write(body);
  }

  private static String parameter(HttpExchange exchange, String name) {
    String query = exchange.getRequestURI().getRawQuery();
    if (query == null) {
      return "";
    }
    for (String pair : query.split("&")) {
      if (pair.startsWith(name + "=")) {
        return URLDecoder.decode(pair.substring(name.length() + 1), StandardCharsets.UTF_8);
      }
    }
    return "";
  }

  @Override
  public void close() {
    server.stop(0);
    threads.shutdownNow();
  }
}
