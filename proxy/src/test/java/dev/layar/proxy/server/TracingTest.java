package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.gson.JsonArray;
import com.google.gson.JsonObject;
import com.google.gson.JsonParser;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** Trace contexts and spans, with an upstream and a collector on real sockets. */
class TracingTest {
  private static final String ROUTE =
      "- {match: {prefix: /}, route: {cluster: web}, decorator: {operation: \"shop:80/*\"}}";
  private static final String REQUEST_ID = "x-request-id: 00000063-1234-4abc-8def-0123456789ab";
  private static final String TRACE = "463ac35c9f6413ad48485a3953bb6124";
  private static final String SPAN = "a2fb4a1d1a96d312";

  @FunctionalInterface
  private interface Scenario {
    void run(World world, TestUpstream web, TestUpstream zipkin) throws Exception;
  }

  private static void traced(String more, Scenario scenario) throws Exception {
    try (TestUpstream web = TestUpstream.answering("hi");
        TestUpstream zipkin =
            TestUpstream.responding("HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n");
        World world = World.start()) {
      world.cluster("web", web.port()).cluster("zipkin", zipkin.port());
      world
          .listen(
              "tracing:",
              "  provider:",
              "    name: envoy.tracers.zipkin",
              "    typed_config:",
              "      \"@type\": type.googleapis.com/envoy.config.trace.v3.ZipkinConfig",
              "      collector_cluster: zipkin",
              "      collector_hostname: zipkin.monitoring",
              "      collector_endpoint: /api/v2/spans",
              "      collector_endpoint_version: HTTP_JSON",
              "      trace_id_128bit: true",
              "  custom_tags:",
              "  - {tag: mesh, literal: {value: \"say \\\"hi\\\"\"}}",
              "  - {tag: home, environment: {name: LAYAR_NO_SUCH_NAME, default_value: nowhere}}",
              "  - {tag: user, request_header: {name: X-User, default_value: nobody}}",
              "  " + more)
          .routes(ROUTE);
      scenario.run(world, web, zipkin);
    }
  }

  private static String header(String request, String name) {
    Matcher found = Pattern.compile("(?im)^" + name + ": (.*)$").matcher(request);
    return found.find() ? found.group(1) : "";
  }

  private static String last(TestUpstream upstream) {
    return upstream.requests().getLast();
  }

  private static List<JsonObject> spans(World world, TestUpstream zipkin, int count)
      throws InterruptedException {
    world.await(() -> world.stat("tracing.zipkin.spans_sent") >= count);
    List<JsonObject> spans = new ArrayList<>();
    for (String request : zipkin.requests()) {
      assertThat(request)
          .startsWith("POST /api/v2/spans HTTP/1.1\r\n")
          .contains("host: zipkin.monitoring\r\n", "content-type: application/json\r\n");
      JsonArray array =
          JsonParser.parseString(request.substring(request.indexOf("\r\n\r\n") + 4))
              .getAsJsonArray();
      array.forEach(span -> spans.add(span.getAsJsonObject()));
    }
    return spans;
  }

  @Test
  void aRequestWithoutAContextBeginsATraceThatTheUpstreamAndTheCollectorSee() throws Exception {
    traced(
        "random_sampling: {value: 100}",
        (world, web, zipkin) -> {
          world.get("/cart?x=1", "user-agent: test", "x-user: jane");
          String seen = last(web);
          assertThat(header(seen, "x-b3-traceid")).matches("[0-9a-f]{32}");
          assertThat(header(seen, "x-b3-sampled")).isEqualTo("1");
          assertThat(header(seen, "x-b3-parentspanid")).isEmpty();
          assertThat(header(seen, "x-request-id").charAt(14)).isEqualTo('9');
          JsonObject span = spans(world, zipkin, 1).getFirst();
          assertThat(span.get("traceId").getAsString()).isEqualTo(header(seen, "x-b3-traceid"));
          assertThat(span.get("id").getAsString()).isEqualTo(header(seen, "x-b3-spanid"));
          assertThat(span.get("kind").getAsString()).isEqualTo("SERVER");
          assertThat(span.get("name").getAsString()).isEqualTo("shop:80/*");
          assertThat(span.get("duration").getAsLong()).isPositive();
          JsonObject tags = span.getAsJsonObject("tags");
          assertThat(tags.get("http.url").getAsString()).isEqualTo("http://test/cart?x=1");
          assertThat(tags.get("http.method").getAsString()).isEqualTo("GET");
          assertThat(tags.get("http.status_code").getAsString()).isEqualTo("200");
          assertThat(tags.get("upstream_cluster").getAsString()).isEqualTo("web");
          assertThat(tags.get("user_agent").getAsString()).isEqualTo("test");
          assertThat(tags.get("mesh").getAsString()).isEqualTo("say \"hi\"");
          assertThat(tags.get("home").getAsString()).isEqualTo("nowhere");
          assertThat(tags.get("user").getAsString()).isEqualTo("jane");
          assertThat(tags.has("error")).isFalse();
        });
  }

  @Test
  void aSpanIsSharedWithTheClientWhereverItsContextComesFrom() throws Exception {
    traced(
        "random_sampling: {value: 0}",
        (world, web, zipkin) -> {
          world.get("/", "x-b3-traceid: " + TRACE, "x-b3-spanid: " + SPAN, "x-b3-sampled: 1");
          world.get("/", "b3: " + TRACE + "-" + SPAN + "-1");
          for (String seen : web.requests()) {
            assertThat(header(seen, "x-b3-traceid")).isEqualTo(TRACE);
            assertThat(header(seen, "x-b3-spanid")).isEqualTo(SPAN);
            assertThat(header(seen, "b3")).isEmpty();
          }
          for (JsonObject span : spans(world, zipkin, 2)) {
            assertThat(span.get("traceId").getAsString()).isEqualTo(TRACE);
            assertThat(span.get("id").getAsString()).isEqualTo(SPAN);
            assertThat(span.get("shared").getAsBoolean()).isTrue();
          }
        });
  }

  @Test
  void theRequestIdDecidesAndAClientMayAskForMore() throws Exception {
    // The id's first 8 digits are 0x63 = 99: in the first 1 %, not in the first 0.99 %.
    traced(
        "random_sampling: {value: 1}",
        (world, web, zipkin) -> {
          world.get("/", REQUEST_ID);
          assertThat(header(last(web), "x-b3-sampled")).isEqualTo("1");
          assertThat(header(last(web), "x-request-id")).contains("-9abc-");
        });
    traced(
        "random_sampling: {value: 0.99}",
        (world, web, zipkin) -> {
          world.get("/", REQUEST_ID);
          assertThat(header(last(web), "x-b3-sampled")).isEqualTo("0");
          assertThat(header(last(web), "x-request-id")).contains("-4abc-");
          world.get("/", REQUEST_ID, "x-client-trace-id: mine");
          assertThat(header(last(web), "x-b3-sampled")).isEqualTo("1");
          assertThat(header(last(web), "x-request-id")).contains("-babc-");
          world.get("/", REQUEST_ID.replace("-4abc", "-9abc"));
          assertThat(header(last(web), "x-b3-sampled")).as("decided before").isEqualTo("1");
          world.get("/", REQUEST_ID, "x-b3-flags: 1");
          assertThat(header(last(web), "x-b3-sampled")).as("debug").isEqualTo("1");
        });
    traced(
        "overall_sampling: {value: 0}",
        (world, web, zipkin) -> {
          world.get("/", REQUEST_ID, "x-client-trace-id: mine");
          assertThat(header(last(web), "x-b3-sampled")).isEqualTo("0");
          assertThat(world.stat("tracing.zipkin.spans_sent")).isZero();
        });
  }

  @Test
  void aBrokenContextIsNone() throws Exception {
    traced(
        "random_sampling: {value: 100}",
        (world, web, zipkin) -> {
          for (String broken :
              List.of("b3: zz", "b3: " + TRACE + "-12", "b3: -", "b3: " + "x".repeat(49))) {
            world.get("/", broken);
            assertThat(header(last(web), "x-b3-traceid"))
                .matches("[0-9a-f]{32}")
                .isNotEqualTo(TRACE);
          }
        });
  }

  @Test
  void aCollectorThatIsAwayCostsSpansAndNothingElse() throws Exception {
    traced(
        "random_sampling: {value: 100}",
        (world, web, zipkin) -> {
          world.cluster("zipkin", TestUpstream.refusedPort());
          assertThat(world.get("/").status()).isEqualTo(200);
          world.await(() -> world.stat("tracing.zipkin.spans_failed") == 1);
          world.cluster("zipkin", zipkin.port());
          assertThat(world.get("/").status()).isEqualTo(200);
          assertThat(spans(world, zipkin, 1)).hasSize(1);
        });
  }
}
