package dev.layar.samples;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.samples.http.Header;
import dev.layar.samples.http.HttpClient;
import dev.layar.samples.http.HttpServer;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class SamplesTest {
  private final List<HttpServer> servers = new ArrayList<>();
  private final HttpClient client = new HttpClient(Map.of(), Duration.ofSeconds(10));

  @AfterEach
  void stop() {
    client.close();
    servers.forEach(HttpServer::close);
  }

  private interface Create {
    Sample sample(Pod pod, Clock clock);
  }

  private String start(Create create, Map<String, String> environment) throws IOException {
    Pod pod = new Pod("pod-1", "127.0.0.1", 0, environment);
    HttpServer server = Samples.start(create.sample(pod, Clock.systemUTC()), pod);
    servers.add(server);
    return "http://127.0.0.1:" + server.port();
  }

  private String httpbin() throws IOException {
    return start(Httpbin::new, Map.of());
  }

  @Test
  void misbehavesWhenItsEnvironmentAsks() throws IOException {
    String url = start(Httpping::new, Map.of("SAMPLE_DELAY_MS", "120", "SAMPLE_STATUS", "503"));
    long begun = System.nanoTime();
    HttpClient.Answer answer = client.get(url + "/ping", List.of());
    assertThat(answer.status()).isEqualTo(503);
    assertThat(System.nanoTime() - begun).isGreaterThan(119_000_000);
  }

  @Test
  void headersAreEchoedTitleCasedAndSorted() throws IOException {
    String url = httpbin();
    HttpClient.Answer answer =
        client.get(
            url + "/headers",
            List.of(new Header("x-b3-traceid", "1"), new Header("Host", "h:8000")));
    assertThat(answer.text())
        .isEqualTo(
            """
            {
              "headers": {
                "Accept": "*/*",\s
                "Host": "h:8000",\s
                "User-Agent": "layar-fetch/1",\s
                "X-B3-Traceid": "1"
              }
            }
            """);
    assertThat(answer.header("x-pod")).contains("pod-1");
  }

  @ParameterizedTest
  @CsvSource({
    "/get, 200",
    "/ip, 200",
    "/user-agent, 200",
    "/hostname, 200",
    "/anything/a/b?c=d, 200",
    "/status/503, 503",
    "/status/204, 204",
    "/status/9999, 400",
    "/status/x, 400",
    "/delay/0, 200",
    "/delay/x, 404",
    "/bytes/17, 200",
    "/stream/3, 200",
    "/post, 405",
    "/nowhere, 404",
    "/, 200"
  })
  void httpbinAnswers(String path, int status) throws IOException {
    assertThat(client.get(httpbin() + path, List.of()).status()).isEqualTo(status);
  }

  @Test
  void bodiesComeBackWhole() throws IOException {
    String url = httpbin();
    assertThat(client.get(url + "/bytes/12345", List.of()).body()).hasSize(12345);
    assertThat(client.get(url + "/stream/7", List.of()).text().lines()).hasSize(7);
    byte[] json = "{\"a\": [1, 2.5, null, \"ü\"]}".getBytes(StandardCharsets.UTF_8);
    HttpClient.Answer posted = client.send("POST", url + "/post", List.of(), json);
    assertThat(Json.parse(posted.text()))
        .extracting("json")
        .extracting("a")
        .isEqualTo(java.util.Arrays.asList(1.0, 2.5, null, "ü"));
  }

  @Test
  void whatWasAskedIsCountedByHost() throws IOException {
    String url = httpbin();
    client.get(url + "/headers", List.of(new Header("Host", "httpbin-shadow")));
    client.get(url + "/headers", List.of(new Header("Host", "httpbin-shadow")));
    String seen = client.get(url + Seen.PATH, List.of()).text();
    assertThat(seen).contains("\"host\": \"httpbin-shadow\"").contains("\"count\": 2");
  }

  @Test
  void brokenRequestsAreRefusedAndOthersServed() throws IOException {
    String url = httpbin();
    int port = Integer.parseInt(url.substring(url.lastIndexOf(':') + 1));
    for (String bad :
        List.of(
            "nonsense\r\n\r\n",
            "GET / HTTP/1.1\r\nno colon\r\n\r\n",
            "GET / HTTP/1.1\r\ncontent-length: x\r\n\r\n")) {
      try (Socket socket = new Socket("127.0.0.1", port)) {
        socket.getOutputStream().write(bad.getBytes(StandardCharsets.ISO_8859_1));
        String answer =
            new String(socket.getInputStream().readAllBytes(), StandardCharsets.ISO_8859_1);
        assertThat(answer).startsWith("HTTP/1.1 400 ");
      }
    }
    assertThat(client.get(url + "/get", List.of()).status()).isEqualTo(200);
  }

  @Test
  void stoppingFinishesWhatIsInFlight() throws IOException {
    String url = httpbin();
    HttpServer server = servers.getFirst();
    client.get(url + "/get", List.of());
    HttpClient slow = new HttpClient(Map.of(), Duration.ofSeconds(10));
    CompletableFuture<Integer> answer =
        CompletableFuture.supplyAsync(() -> status(slow, url + "/delay/0.5"));
    awaitSeen(url, "/delay/0.5");
    server.stop(Duration.ofSeconds(10));
    assertThat(answer).succeedsWithin(Duration.ofSeconds(5)).isEqualTo(200);
    slow.close();
  }

  private void awaitSeen(String url, String path) throws IOException {
    while (!client.get(url + Seen.PATH, List.of()).text().contains(path)) {
      Thread.onSpinWait();
    }
  }

  private static int status(HttpClient client, String url) {
    try {
      return client.get(url, List.of()).status();
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  @ParameterizedTest
  @CsvSource({"v1, ''", "v2, black", "v3, red"})
  void reviewsCallRatingsForStars(String version, String colour) throws IOException {
    String ratings = start(Bookinfo.Ratings::new, Map.of()).substring("http://".length());
    Map<String, String> environment =
        Map.of(
            "RATINGS_HOSTNAME",
            "127.0.0.1",
            "RATINGS_SERVICE_PORT",
            ratings.substring(ratings.indexOf(':') + 1));
    String url = start((pod, clock) -> new Bookinfo.Reviews(pod, clock, version), environment);
    String text = client.get(url + "/reviews/0", List.of()).text();
    assertThat(text)
        .startsWith("{\"id\": \"0\", \"podname\": \"pod-1\", \"clustername\": \"null\"");
    if (colour.isEmpty()) {
      assertThat(text).doesNotContain("rating");
    } else {
      assertThat(text).contains("{\"stars\": 5, \"color\": \"" + colour + "\"}");
    }
  }

  @Test
  void reviewsSurviveWithoutRatings() throws IOException {
    Map<String, String> environment =
        Map.of("RATINGS_HOSTNAME", "127.0.0.1", "RATINGS_SERVICE_PORT", "1");
    String url = start((pod, clock) -> new Bookinfo.Reviews(pod, clock, "v3"), environment);
    assertThat(client.get(url + "/reviews/0", List.of()).text())
        .contains("Ratings service is currently unavailable");
  }

  @Test
  void productPageJoinsDetailsAndReviews() throws IOException {
    String details = start(Bookinfo.Details::new, Map.of());
    String reviews = start((pod, clock) -> new Bookinfo.Reviews(pod, clock, "v1"), Map.of());
    Map<String, String> environment =
        Map.of(
            "DETAILS_HOSTNAME",
            "127.0.0.1",
            "DETAILS_SERVICE_PORT",
            details.substring(details.lastIndexOf(':') + 1),
            "REVIEWS_HOSTNAME",
            "127.0.0.1",
            "REVIEWS_SERVICE_PORT",
            reviews.substring(reviews.lastIndexOf(':') + 1));
    String url = start(Bookinfo.ProductPage::new, environment);
    assertThat(client.get(url + "/productpage", List.of()).text())
        .contains("William Shakespeare", "Reviewer2");
    assertThat(client.get(url + "/api/v1/products/0/reviews", List.of()).text())
        .contains("\"podname\": \"pod-1\"");
    byte[] jason = "username=jason&passwd=".getBytes(StandardCharsets.UTF_8);
    assertThat(client.send("POST", url + "/login", List.of(), jason).header("set-cookie"))
        .contains("user=jason; Path=/");
  }

  @Test
  void coloursAndPongsNameTheirPod() throws IOException {
    String green = start((pod, clock) -> new Colours(pod, clock, "green"), Map.of());
    assertThat(client.get(green + "/", List.of()).text())
        .isEqualTo("{\"colour\": \"green\", \"pod\": \"pod-1\"}\n");
    String ping = start(Httpping::new, Map.of());
    assertThat(client.get(ping + "/ping", List.of()).text()).isEqualTo("pong\n");
  }

  @Test
  void fetchCountsStatusesPodsAndVariedHeaders() throws IOException {
    String url = httpbin();
    Map<?, ?> all = fetch("-n", "40", "-c", "4", "--vary-header", "foo:4", url + "/get");
    assertThat(all.get("answered")).isEqualTo(40.0);
    assertThat(all.get("statuses")).isEqualTo(Map.of("200", 40.0));
    assertThat(all.get("pods")).isEqualTo(Map.of("pod-1", 40.0));
    assertThat(all.get("vary")).extracting("v3").isEqualTo(Map.of("pod-1", 10.0));
    assertThat(fetch("-n", "2", url + "/status/503").get("statuses")).isEqualTo(Map.of("503", 2.0));
    assertThat(fetch("-n", "2", "http://127.0.0.1:1/").get("errors"))
        .isEqualTo(Map.of("Connection refused", 2.0));
  }

  @Test
  void fetchGoesThroughTheProxyUnlessToldNot() throws IOException {
    String proxy = httpbin();
    Map<?, ?> all =
        fetch(Map.of("http_proxy", proxy), "-n", "1", "http://nowhere.invalid:8000/headers");
    assertThat(String.valueOf(all.get("bodies"))).contains("nowhere.invalid:8000");
    Map<?, ?> direct =
        fetch(
            Map.of("http_proxy", "http://127.0.0.1:1", "no_proxy", "127.0.0.1"),
            "-n",
            "1",
            proxy + "/get");
    assertThat(direct.get("statuses")).isEqualTo(Map.of("200", 1.0));
  }

  private static Map<?, ?> fetch(String... arguments) {
    return fetch(Map.of(), arguments);
  }

  private static Map<?, ?> fetch(Map<String, String> environment, String... arguments) {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    Fetch.run(List.of(arguments), environment, new PrintStream(out, true, StandardCharsets.UTF_8));
    return (Map<?, ?>)
        java.util.Objects.requireNonNull(Json.parse(out.toString(StandardCharsets.UTF_8)));
  }
}
