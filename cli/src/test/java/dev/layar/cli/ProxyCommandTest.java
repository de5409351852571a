package dev.layar.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class ProxyCommandTest {
  private static final String BOOTSTRAP =
      """
      node: { id: alone, cluster: alone }
      admin:
        address: { socket_address: { address: 127.0.0.1, port_value: 0 } }
      static_resources:
        listeners:
        - name: front
          address: { socket_address: { address: 127.0.0.1, port_value: %d } }
          filter_chains:
          - filters:
            - name: envoy.filters.network.http_connection_manager
              typed_config:
                "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                stat_prefix: front
                http_filters:
                - name: envoy.filters.http.router
                  typed_config:
                    "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router
                route_config:
                  virtual_hosts:
                  - name: any
                    domains: ["*"]
                    routes:
                    - match: { prefix: "/" }
                      direct_response: { status: 203, body: { inline_string: "alone" } }
      """;

  private static final Pattern READY =
      Pattern.compile("ready after \\d+ ms, 1 event loop, front (\\S+), admin (\\S+)");

  @TempDir Path folder;

  @Test
  void servesUntilItIsToldToQuit() throws Exception {
    Path file = Files.writeString(folder.resolve("bootstrap.yaml"), BOOTSTRAP.formatted(0));
    BlockingQueue<String> said = new LinkedBlockingQueue<>();
    CompletableFuture<Integer> exit =
        CompletableFuture.supplyAsync(
            () ->
                Layar.run(speakingTo(said), "proxy", "-c", file.toString(), "--concurrency", "1"));

    String line = said.poll(30, TimeUnit.SECONDS);
    assertThat(line).isNotNull();
    Matcher ready = READY.matcher(line);
    assertThat(ready.find()).as(line).isTrue();
    try (HttpClient client = HttpClient.newHttpClient()) {
      assertThat(send(client, "GET", ready.group(1), "/x")).isEqualTo("203 alone");
      assertThat(send(client, "GET", ready.group(2), "/ready")).startsWith("200 LIVE");
      assertThat(send(client, "POST", ready.group(2), "/quitquitquit")).startsWith("200 ");
    }
    assertThat(exit.get(30, TimeUnit.SECONDS)).isZero();
  }

  @Test
  void aPortInUseIsOneSentence() throws Exception {
    try (ServerSocket taken = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      Path file =
          Files.writeString(
              folder.resolve("bootstrap.yaml"), BOOTSTRAP.formatted(taken.getLocalPort()));

      Captured run = Captured.run("proxy", "-c", file.toString());

      assertThat(run.code()).isEqualTo(1);
      assertThat(run.err())
          .contains("cannot listen on 127.0.0.1:" + taken.getLocalPort())
          .contains("stop what holds the port");
    }
  }

  @Test
  void aMissingFileIsOneSentence() {
    Captured run = Captured.run("proxy", "-c", folder.resolve("none.yaml").toString());

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.err().lines()).hasSize(1).first().asString().contains("there is no such file");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0", "-1", "1000", "two"})
  void aWrongConcurrencyIsWrongUsage(String loops) {
    assertThat(Captured.run("proxy", "-c", "x.yaml", "--concurrency", loops).code()).isEqualTo(2);
  }

  private static String send(HttpClient client, String method, String at, String path)
      throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://" + at + path))
            .method(method, HttpRequest.BodyPublishers.noBody())
            .build();
    var response = client.send(request, BodyHandlers.ofString());
    return response.statusCode() + " " + response.body();
  }

  private static Console speakingTo(BlockingQueue<String> said) {
    PrintStream lines =
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8) {
          @Override
          public void println(String line) {
            said.add(line);
          }
        };
    return new Console(
        new PrintStream(new ByteArrayOutputStream(), true, StandardCharsets.UTF_8),
        lines,
        new ByteArrayInputStream(new byte[0]),
        false);
  }
}
