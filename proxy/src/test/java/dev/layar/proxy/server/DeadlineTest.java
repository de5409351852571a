package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

/** Every deadline on real sockets: answer, response flag, details and counter together. */
class DeadlineTest {
  private static final String ROUTE = "- {match: {prefix: /}, route: {cluster: web}}";
  private static final String PART = "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\npart";
  private static final String UNFINISHED =
      "POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nabc";

  @Test
  void everyTryIsTooSlow() throws Exception {
    try (TestUpstream upstream = TestUpstream.of(TestUpstream.Connection::beSilent);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(retrying("retry_on: reset, num_retries: 1, per_try_timeout: 0.05s"));
      TestClient.Answer answer = world.get("/");
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.body()).isEqualTo("upstream request timeout");
      assertThat(world.log())
          .containsExactly("GET / 504 UT,URX upstream_per_try_timeout 0 24 web -");
      assertThat(world.stat("cluster.web.upstream_rq_per_try_timeout")).isEqualTo(2);
      assertThat(world.stat("cluster.web.upstream_rq_retry_limit_exceeded")).isOne();
      assertThat(world.stat("cluster.web.upstream_rq_timeout")).isZero();
      assertThat(world.stat("cluster.web.upstream_rq_active")).isZero();
      assertThat(world.stat("cluster.web.upstream_cx_active")).isZero();
    }
  }

  @Test
  void aTryIsIdleBeforeItsResponse() throws Exception {
    try (TestUpstream upstream = TestUpstream.of(TestUpstream.Connection::beSilent);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(retrying("retry_on: connect-failure, per_try_idle_timeout: 0.05s"));
      TestClient.Answer answer = world.get("/");
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.body()).isEqualTo("upstream request timeout");
      assertThat(world.log())
          .containsExactly("GET / 504 UT upstream_per_try_idle_timeout 0 24 web -");
      assertThat(world.stat("cluster.web.upstream_rq_per_try_idle_timeout")).isOne();
      assertThat(world.stat("cluster.web.upstream_rq_per_try_timeout")).isZero();
      assertThat(world.stat("cluster.web.upstream_rq_active")).isZero();
    }
  }

  @Test
  void aTryIsIdleWithinItsResponse() throws Exception {
    assertCutAfterPart(
        retrying("retry_on: connect-failure, per_try_idle_timeout: 0.05s"),
        "GET / 200 UT upstream_per_try_idle_timeout 0 4 web -",
        "cluster.web.upstream_rq_per_try_idle_timeout");
  }

  @Test
  void theRequestIsNotCompleteInTime() throws Exception {
    assertTimeout(
        UNFINISHED,
        "request_timeout: 0.05s",
        408,
        "request timeout",
        "POST / 408 - request_overall_timeout 3 15 web -",
        "http.main.downstream_rq_timeout");
  }

  @Test
  void theHeadIsNotCompleteInTime() throws Exception {
    assertTimeout(
        "GET / HTTP/1.1\r\nhost: a\r\nx-slow: ",
        "request_headers_timeout: 0.05s",
        408,
        "request header timeout",
        "- - 408 - request_header_timeout 0 22 - -",
        "http.main.downstream_rq_header_timeout");
  }

  @Test
  void theStreamIsIdleBeforeTheResponse() throws Exception {
    assertTimeout(
        "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
        "stream_idle_timeout: 0.05s",
        504,
        "stream timeout",
        "GET / 504 SI stream_idle_timeout 0 14 web -",
        "http.main.downstream_rq_idle_timeout");
  }

  @Test
  void theStreamIsIdleWithinTheRequest() throws Exception {
    assertTimeout(
        UNFINISHED,
        "stream_idle_timeout: 0.05s",
        408,
        "stream timeout",
        "POST / 408 SI stream_idle_timeout 3 14 web -",
        "http.main.downstream_rq_idle_timeout");
  }

  @Test
  void theStreamIsIdleWithinTheResponseByTheRoutesOwnTimeout() throws Exception {
    assertCutAfterPart(
        "- {match: {prefix: /}, route: {cluster: web, idle_timeout: 0.05s}}",
        "GET / 200 SI stream_idle_timeout 0 4 web -",
        "http.main.downstream_rq_idle_timeout");
  }

  @Test
  void theStreamLastsTooLong() throws Exception {
    assertTimeout(
        "GET / HTTP/1.1\r\nhost: a\r\n\r\n",
        "common_http_protocol_options: {max_stream_duration: 0.05s}",
        504,
        "downstream duration timeout",
        "GET / 504 DT max_duration_timeout 0 27 web -",
        "http.main.downstream_rq_max_duration_reached");
  }

  @Test
  void theStreamLastsTooLongByTheRoutesOwnLimit() throws Exception {
    assertCutAfterPart(
        """
        - match: {prefix: /}
          route: {cluster: web, max_stream_duration: {max_stream_duration: 0.05s}}
        """,
        "GET / 200 DT max_duration_timeout 0 4 web -",
        "http.main.downstream_rq_max_duration_reached");
  }

  private static String retrying(String policy) {
    return "- match: {prefix: /}\n  route: {cluster: web, timeout: 10s, retry_policy: {"
        + policy
        + "}}";
  }

  private static void assertTimeout(
      String sent, String setting, int status, String body, String line, String counter)
      throws Exception {
    try (TestUpstream upstream = TestUpstream.of(TestUpstream.Connection::beSilent);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen(setting).routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send(sent);
        TestClient.Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(status);
        assertThat(answer.body()).isEqualTo(body);
        if (status == 408) {
          assertThat(answer.header("connection")).isEqualTo("close");
          assertThat(client.closed()).isTrue();
        }
      }
      assertThat(world.log()).containsExactly(line);
      assertThat(world.stat(counter)).isOne();
      assertThat(world.stat("http.main.downstream_rq_" + status / 100 + "xx")).isOne();
      assertThat(world.stat("http.main.downstream_rq_active")).isZero();
      assertThat(world.stat("cluster.web.upstream_rq_active")).isZero();
    }
  }

  /** The head is out already: all that is left is to cut the connection. */
  private static void assertCutAfterPart(String route, String line, String counter)
      throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.request();
                  connection.send(PART);
                  connection.beSilent();
                });
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(route);
      TestClient.Answer answer = world.get("/");
      assertThat(answer.status()).isEqualTo(200);
      assertThat(answer.body()).isEqualTo("part");
      assertThat(world.log()).containsExactly(line);
      assertThat(world.stat(counter)).isOne();
      assertThat(world.stat("http.main.downstream_rq_tx_reset")).isOne();
      assertThat(world.stat("http.main.downstream_rq_active")).isZero();
      assertThat(world.stat("cluster.web.upstream_rq_active")).isZero();
    }
  }
}
