package dev.layar.e2e;

import static org.assertj.core.api.Assertions.assertThat;
import static org.awaitility.Awaitility.await;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@code ./layar proxy} alone, from an Envoy bootstrap file. */
class ProxyTest {
  @TempDir Path home;

  @Test
  void servesAStaticBootstrapAndStopsOnTerm() throws Exception {
    HttpServer backend = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    backend.createContext(
        "/",
        exchange -> {
          byte[] body = exchange.getRequestURI().toString().getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, body.length);
          exchange.getResponseBody().write(body);
          exchange.close();
        });
    backend.start();
    int port = freePort();
    int admin = freePort();
    Path log = home.resolve("proxy.log");
    Path bootstrap = home.resolve("bootstrap.yaml");
    Files.writeString(
        bootstrap,
        Files.readString(Repository.root().resolve("bench/bootstrap.yaml"))
            .replace("@LISTEN@", Integer.toString(port))
            .replace("@ADMIN@", Integer.toString(admin))
            .replace("@BACKEND@", Integer.toString(backend.getAddress().getPort()))
            .replace("@LOG@", home.resolve("access.log").toString()));
    Process proxy = Command.at(home).start(log, "proxy", "-c", bootstrap.toString());
    try (HttpClient client = HttpClient.newHttpClient()) {
      await()
          .atMost(Duration.ofSeconds(60))
          .ignoreExceptions()
          .until(() -> get(client, admin, "/ready").contains("LIVE"));
      assertThat(get(client, port, "/products/7?x=1")).isEqualTo("/products/7?x=1");
      assertThat(get(client, admin, "/stats")).contains("cluster.backend.upstream_rq_total: 1");
      assertThat(get(client, admin, "/config_dump")).contains("\"backend\"");

      proxy.destroy();
      assertThat(proxy.waitFor(60, TimeUnit.SECONDS)).as("ends after SIGTERM").isTrue();
    } finally {
      proxy.destroyForcibly().waitFor();
      backend.stop(0);
    }
    assertThat(Files.readString(home.resolve("access.log")))
        .contains("\"GET /products/7?x=1 HTTP/1.1\" 200");
  }

  @Test
  void aPortInUseIsOneLine() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path bootstrap = home.resolve("bootstrap.yaml");
      Files.writeString(
          bootstrap,
          Files.readString(Repository.root().resolve("bench/bootstrap.yaml"))
              .replace("@LISTEN@", Integer.toString(taken.getLocalPort()))
              .replace("@ADMIN@", "0")
              .replace("@BACKEND@", "1")
              .replace("@LOG@", home.resolve("access.log").toString()));
      Command.Ended ended =
          Command.at(home)
              .run(Duration.ofSeconds(60), "proxy", "-c", bootstrap.toString())
              .exited(1);
      assertThat(ended.err().lines())
          .singleElement()
          .asString()
          .contains(":" + taken.getLocalPort())
          .contains("stop what holds the port");
    }
  }

  @Test
  void aBrokenBootstrapIsNamedWithWhatIsWrong() throws Exception {
    Path bootstrap = home.resolve("bootstrap.yaml");
    Files.writeString(bootstrap, "static_resources: { listners: [] }\n");
    Command.Ended ended =
        Command.at(home).run(Duration.ofSeconds(60), "proxy", "-c", bootstrap.toString()).exited(1);
    assertThat(ended.err()).contains("bootstrap.yaml").contains("listners");
  }

  private static String get(HttpClient client, int port, String path)
      throws IOException, InterruptedException {
    URI uri = URI.create("http://127.0.0.1:" + port + path);
    return client.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString()).body();
  }

  /** The proxy's own configuration names its ports, so one is reserved and let go just before. */
  private static int freePort() throws IOException {
    try (ServerSocket socket = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return socket.getLocalPort();
    }
  }
}
