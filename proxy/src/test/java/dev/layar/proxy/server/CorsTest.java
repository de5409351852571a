package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Who may read responses, and who answers preflights. */
class CorsTest {
  private static final String FILTERS =
      """
      http_filters:
      - name: envoy.filters.http.cors
        typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.Cors}
      """;

  private static final String TYPE =
      "\"@type\": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy\n";

  private static String route(String policy) {
    return """
    - match: {prefix: /}
      route: {cluster: web}
      typed_per_filter_config:
        envoy.filters.http.cors:
    """
        + (TYPE + policy).indent(6);
  }

  private static final String POLICY =
      """
      allow_origin_string_match: [{exact: "https://a.example"}, {prefix: "https://b."}]
      allow_methods: GET,PUT
      allow_headers: "*"
      expose_headers: x-seen
      max_age: "600"
      allow_credentials: true
      """;

  private static TestClient.Answer options(World world, String... headers) throws Exception {
    try (TestClient client = world.client()) {
      client.send("OPTIONS / HTTP/1.1\r\nhost: test\r\n" + TestClient.lines(headers) + "\r\n");
      return client.read();
    }
  }

  @Test
  void aPreflightIsAnsweredHere() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.listenWith(FILTERS).routes(route(POLICY));
      TestClient.Answer answer =
          options(
              world,
              "origin: https://b.example",
              "access-control-request-method: PUT",
              "access-control-request-headers: x-one, x-two");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEmpty();
      assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://b.example");
      assertThat(answer.header("access-control-allow-credentials")).isEqualTo("true");
      assertThat(answer.header("access-control-allow-methods")).isEqualTo("get,put");
      assertThat(answer.header("access-control-allow-headers")).isEqualTo("x-one, x-two");
      assertThat(answer.header("access-control-max-age")).isEqualTo("600");
      assertThat(answer.head()).doesNotContain("access-control-expose-headers");
      assertThat(upstream.requests()).isEmpty();
      assertThat(world.log().getFirst()).startsWith("OPTIONS / 200 - cors_response");
      assertThat(world.stat("http.main.cors.origin_valid")).isOne();
    }
  }

  @Test
  void aResponseNamesTheOriginThatMayReadIt() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.responding(
                "HTTP/1.1 200 OK\r\naccess-control-allow-origin: *\r\ncontent-length: 0\r\n\r\n");
        World world = World.start().cluster("web", upstream.port())) {
      world.listenWith(FILTERS).routes(route(POLICY));
      TestClient.Answer answer = world.get("/", "origin: https://a.example");
      assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://a.example");
      assertThat(answer.header("access-control-expose-headers")).isEqualTo("x-seen");
      assertThat(answer.head()).doesNotContain("allow-origin: *");
    }
  }

  @Test
  void anotherOriginIsNotNamed() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.listenWith(FILTERS).routes(route(POLICY));
      assertThat(world.get("/", "origin: https://c.example").head())
          .doesNotContain("access-control");
      assertThat(world.get("/").head()).doesNotContain("access-control");
      assertThat(world.stat("http.main.cors.origin_invalid")).isOne();
    }
  }

  @Test
  void aPreflightOfAnotherOriginGoesOnUnlessItMayNot() throws Exception {
    String[] foreign = {"origin: https://c.example", "access-control-request-method: GET"};
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.listenWith(FILTERS).routes(route(POLICY));
      assertThat(options(world, foreign).body()).isEqualTo("hello");
      world.routes(route(POLICY + "forward_not_matching_preflights: false"));
      TestClient.Answer answer = options(world, foreign);
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEmpty();
      assertThat(answer.head()).doesNotContain("access-control");
    }
  }

  /** What the route leaves open, the virtual host says. */
  @Test
  void thePolicyOfTheVirtualHostShowsThrough() throws Exception {
    String host =
        """
          typed_per_filter_config:
            envoy.filters.http.cors:
              "@type": type.googleapis.com/envoy.extensions.filters.http.cors.v3.CorsPolicy
              allow_origin_string_match: [{exact: "*"}]
              max_age: "5"
              expose_headers: x-of-host
        """;
    try (TestUpstream upstream = TestUpstream.answering("hello");
        World world = World.start().cluster("web", upstream.port())) {
      world.listenWith(FILTERS).routes(host, route("expose_headers: x-of-route"));
      TestClient.Answer answer = world.get("/", "origin: https://any.example");
      assertThat(answer.header("access-control-allow-origin")).isEqualTo("https://any.example");
      assertThat(answer.header("access-control-expose-headers")).isEqualTo("x-of-route");
    }
  }
}
