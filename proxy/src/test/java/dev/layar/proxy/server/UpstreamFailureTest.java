package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.xds.ResourceType;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What the client, the access log and the counters say when an upstream misbehaves. */
class UpstreamFailureTest {
  private static final String RESET =
      "upstream connect error or disconnect/reset before headers. reset reason: ";
  private static final String ROUTE = "- {match: {prefix: /}, route: {cluster: web}}";

  @Test
  void refused() throws Exception {
    try (World world = World.start().cluster("web", TestUpstream.refusedPort())) {
      world.listen().routes(ROUTE);
      TestClient.Answer answer = world.get("/");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body()).isEqualTo(RESET + "remote connection failure");
      assertThat(answer.header("content-type")).isEqualTo("text/plain");
      assertThat(world.log().getFirst())
          .startsWith("GET / 503 UF upstream_reset_before_response_started{remote_connection_fail");
      assertThat(world.stat("cluster.web.upstream_cx_connect_fail")).isOne();
      assertThat(world.stat("cluster.web.upstream_rq_5xx")).isOne();
      assertThat(world.stat("http.main.downstream_rq_5xx")).isOne();
      assertThat(world.stat("cluster.web.upstream_cx_active")).isZero();
    }
  }

  @Test
  void closedBeforeTheHead() throws Exception {
    assertFailure(
        connection -> {
          connection.request();
          connection.close();
        },
        503,
        RESET + "connection termination",
        "UC upstream_reset_before_response_started{connection_termination}");
  }

  @Test
  void resetBeforeTheHead() throws Exception {
    assertFailure(
        connection -> {
          connection.request();
          connection.reset();
        },
        503,
        RESET + "connection termination",
        "UC upstream_reset_before_response_started{connection_termination}");
  }

  @Test
  void closedWithinTheHead() throws Exception {
    assertFailure(
        connection -> {
          connection.request();
          connection.send("HTTP/1.1 200 OK\r\ncontent-");
          connection.close();
        },
        503,
        RESET + "connection termination",
        "UC upstream_reset_before_response_started{connection_termination}");
  }

  @Test
  void garbage() throws Exception {
    assertFailure(
        connection -> {
          connection.request();
          connection.send("SSH-2.0-OpenSSH_9.2\r\n\r\n");
          connection.beSilent();
        },
        502,
        RESET + "protocol error",
        "UPE upstream_reset_before_response_started{protocol_error}");
  }

  @Test
  void smuggledLengths() throws Exception {
    assertFailure(
        connection -> {
          connection.request();
          connection.send(
              "HTTP/1.1 200 OK\r\n"
                  + "content-length: 1\r\n"
                  + "transfer-encoding: chunked\r\n\r\n"
                  + "0\r\n\r\n");
          connection.beSilent();
        },
        502,
        RESET + "protocol error",
        "UPE upstream_reset_before_response_started{protocol_error}");
  }

  @Test
  void cutWithinTheBodyCutsTheClient() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.request();
                  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 100\r\n\r\nten bytes.");
                  connection.close();
                });
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        TestClient.Answer answer = client.get("/");
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.body()).isEqualTo("ten bytes.");
        assertThat(client.closed()).isTrue();
      }
      assertThat(world.log())
          .containsExactly(
              "GET / 200 UC upstream_reset_after_response_started{connection_termination} 0 10"
                  + " web -");
      assertThat(world.stat("http.main.downstream_rq_tx_reset")).isOne();
    }
  }

  @Test
  void silentUntilTheRouteTimeout() throws Exception {
    try (TestUpstream upstream = TestUpstream.of(TestUpstream.Connection::beSilent);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes("- {match: {prefix: /}, route: {cluster: web, timeout: 0.2s}}");
      long start = System.nanoTime();
      TestClient.Answer answer = world.get("/");
      long millis = (System.nanoTime() - start) / 1_000_000;
      assertThat(answer.status()).isEqualTo(504);
      assertThat(answer.body()).isEqualTo("upstream request timeout");
      assertThat(millis).isBetween(200L, 5_000L);
      assertThat(world.log()).containsExactly("GET / 504 UT response_timeout 0 24 web -");
      assertThat(world.stat("cluster.web.upstream_rq_timeout")).isOne();
      assertThat(world.stat("cluster.web.upstream_cx_active")).isZero();
      assertThat(world.stat("cluster.web.upstream_rq_active")).isZero();
    }
  }

  @Test
  void connectTimeout() throws Exception {
    try (World world = World.start()) {
      // 192.0.2.0/24 answers nobody (RFC 5737); where it is unreachable at once, that is a refusal.
      world.push(
          ResourceType.CLUSTER,
          "web",
          """
          name: web
          type: STATIC
          connect_timeout: 0.1s
          load_assignment:
            cluster_name: web
            endpoints:
            - lb_endpoints:
              - endpoint: {address: {socket_address: {address: 192.0.2.1, port_value: 81}}}
          """);
      world.listen().routes(ROUTE);
      TestClient.Answer answer = world.get("/");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body())
          .isIn(RESET + "connection timeout", RESET + "remote connection failure");
      assertThat(world.log().getFirst()).startsWith("GET / 503 UF ");
    }
  }

  @Test
  void noEndpoints() throws Exception {
    try (World world = World.start().cluster("web")) {
      world.listen().routes(ROUTE);
      TestClient.Answer answer = world.get("/");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body()).isEqualTo("no healthy upstream");
      assertThat(world.log()).containsExactly("GET / 503 UH no_healthy_upstream 0 19 web -");
      assertThat(world.stat("cluster.web.upstream_cx_none_healthy")).isOne();
    }
  }

  @Test
  void noCluster() throws Exception {
    try (World world = World.start()) {
      world.listen().routes("- {match: {prefix: /}, route: {cluster: absent}}");
      TestClient.Answer answer = world.get("/");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body()).isEmpty();
      assertThat(world.log()).containsExactly("GET / 503 NC cluster_not_found 0 0 absent -");
    }
  }

  @Test
  void noRoute() throws Exception {
    try (World world = World.start()) {
      world.listen().routes("- {match: {prefix: /only}, route: {cluster: absent}}");
      TestClient.Answer answer = world.get("/other");
      assertThat(answer.status()).isEqualTo(404);
      assertThat(answer.body()).isEmpty();
      assertThat(world.log()).containsExactly("GET /other 404 NR route_not_found 0 0 - -");
      assertThat(world.stat("http.main.no_route")).isOne();
    }
  }

  @Test
  void overflow() throws Exception {
    try (TestUpstream upstream = TestUpstream.of(TestUpstream.Connection::beSilent);
        World world =
            World.start()
                .cluster(
                    "web",
                    "circuit_breakers: {thresholds: [{max_requests: 1}]}",
                    upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient first = world.client()) {
        first.send("GET /1 HTTP/1.1\r\nhost: a\r\n\r\n");
        upstream.awaitConnection();
        TestClient.Answer answer = world.get("/2");
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).isEqualTo(RESET + "overflow");
        assertThat(answer.header("x-envoy-overloaded")).isEqualTo("true");
        assertThat(world.log().getFirst())
            .isEqualTo("GET /2 503 UO upstream_reset_before_response_started{overflow} 0 81 web -");
      }
    }
  }

  @Test
  void theClientLeaves() throws Exception {
    try (TestUpstream upstream = TestUpstream.of(TestUpstream.Connection::beSilent);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
        upstream.awaitConnection();
      }
      world.await(() -> world.stat("http.main.downstream_rq_rx_reset") == 1);
      assertThat(world.log()).containsExactly("GET / 0 DC downstream_remote_disconnect 0 0 web -");
      assertThat(world.stat("cluster.web.upstream_rq_active")).isZero();
    }
  }

  @Test
  void aKeptConnectionThatClosedCostsNothing() throws Exception {
    AtomicInteger served = new AtomicInteger();
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.request();
                  served.incrementAndGet();
                  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                  if (connection.request() != null) {
                    connection.reset();
                  }
                });
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      try (TestClient client = world.client()) {
        assertThat(client.get("/1").status()).isEqualTo(200);
        assertThat(client.get("/2").status()).isEqualTo(200);
      }
      assertThat(served).hasValue(2);
      assertThat(world.log())
          .containsExactly(
              "GET /1 200 - via_upstream 0 0 web -", "GET /2 200 - via_upstream 0 0 web -");
    }
  }

  private static void assertFailure(
      TestUpstream.Script script, int status, String body, String flagAndDetails) throws Exception {
    try (TestUpstream upstream = TestUpstream.of(script);
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      TestClient.Answer answer = world.get("/");
      assertThat(answer.status()).isEqualTo(status);
      assertThat(answer.body()).isEqualTo(body);
      assertThat(world.log())
          .containsExactly(
              "GET / " + status + " " + flagAndDetails + " 0 " + body.length() + " web -");
      assertThat(world.stat("cluster.web.upstream_rq_5xx")).isOne();
      assertThat(world.stat("cluster.web.upstream_rq_rx_reset")).isOne();
      assertThat(world.stat("cluster.web.upstream_cx_active")).isZero();
      assertThat(world.stat("http.main.downstream_rq_active")).isZero();
    }
  }
}
