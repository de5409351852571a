package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.xds.ResourceType;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** What routes can ask for, on real sockets: answer, upstream's view, log and counters together. */
class RoutingWorldTest {
  @Test
  void retriesWhatThePolicyNames() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  while (connection.request() != null) {
                    String status = calls.incrementAndGet() < 3 ? "503 No" : "200 OK";
                    connection.send("HTTP/1.1 " + status + "\r\ncontent-length: 2\r\n\r\nhi");
                  }
                });
        World world = World.start().cluster("web", upstream.port())) {
      world
          .listen()
          .routes(
              "  include_request_attempt_count: true\n",
              """
              - match: {prefix: /}
                route: {cluster: web, retry_policy: {retry_on: "5xx", num_retries: 2}}
              """);
      try (TestClient client = world.client()) {
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbody");
        assertThat(client.read().status()).isEqualTo(200);
      }
      assertThat(upstream.requests()).hasSize(3).allMatch(request -> request.endsWith("body"));
      assertThat(upstream.requests().get(2)).contains("\r\nx-envoy-attempt-count: 3\r\n");
      assertThat(world.stat("cluster.web.upstream_rq_retry")).isEqualTo(2);
      assertThat(world.stat("cluster.web.upstream_rq_retry_success")).isOne();
      assertThat(world.log()).containsExactly("POST / 200 - via_upstream 4 2 web -");
    }
  }

  @Test
  void retriesOnAnotherEndpointAndSaysWhenItGivesUp() throws Exception {
    try (World world =
        World.start().cluster("web", TestUpstream.refusedPort(), TestUpstream.refusedPort())) {
      world
          .listen()
          .routes(
              """
              - match: {prefix: /}
                route: {cluster: web, retry_policy: {retry_on: connect-failure, num_retries: 2}}
              """);
      TestClient.Answer answer = world.get("/");
      assertThat(answer.status()).isEqualTo(503);
      assertThat(answer.body())
          .endsWith("retried and the latest reset reason: remote connection failure");
      assertThat(world.log().getFirst()).startsWith("GET / 503 UF,URX ");
      assertThat(world.stat("cluster.web.upstream_rq_retry_limit_exceeded")).isOne();
    }
  }

  @Test
  void aTryThatTakesTooLongIsRepeated() throws Exception {
    AtomicInteger calls = new AtomicInteger();
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  if (connection.request() != null && calls.incrementAndGet() == 1) {
                    connection.beSilent();
                  }
                  connection.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                  connection.beSilent();
                });
        World world = World.start().cluster("web", upstream.port())) {
      world
          .listen()
          .routes(
              """
              - match: {prefix: /}
                route:
                  cluster: web
                  timeout: 10s
                  retry_policy: {retry_on: reset, num_retries: 1, per_try_timeout: 0.1s}
              """);
      assertThat(world.get("/").status()).isEqualTo(200);
      assertThat(world.stat("cluster.web.upstream_rq_per_try_timeout")).isOne();
    }
  }

  @Test
  void mirrorsWithoutEverHurting() throws Exception {
    try (TestUpstream main = TestUpstream.answering("main");
        TestUpstream copy = TestUpstream.answering("copy");
        World world =
            World.start()
                .cluster("web", main.port())
                .cluster("copy", copy.port())
                .cluster("dead", TestUpstream.refusedPort())) {
      world
          .listen()
          .routes(
              """
              - match: {prefix: /}
                route:
                  cluster: web
                  request_mirror_policies:
                  - {cluster: copy}
                  - {cluster: dead}
              """);
      try (TestClient client = world.client()) {
        client.send("POST /m HTTP/1.1\r\nhost: httpbin:8000\r\ncontent-length: 4\r\n\r\nbody");
        assertThat(client.read().body()).isEqualTo("main");
      }
      world.await(() -> copy.requests().size() == 1);
      assertThat(copy.requests().getFirst())
          .startsWith("POST /m HTTP/1.1\r\n")
          .contains("\r\nhost: httpbin-shadow:8000\r\n")
          .endsWith("body");
      assertThat(main.requests().getFirst()).contains("\r\nhost: httpbin:8000\r\n");
      world.await(() -> world.stat("cluster.copy.upstream_rq_2xx") == 1);
      world.await(() -> world.stat("cluster.dead.upstream_rq_5xx") == 1);
      assertThat(world.log()).containsExactly("POST /m 200 - via_upstream 4 4 web -");
    }
  }

  @Test
  void injectsFaults() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("ok");
        World world = World.start().cluster("web", upstream.port())) {
      world
          .listen()
          .routes(
              """
              - match: {prefix: /abort}
                route: {cluster: web}
                typed_per_filter_config:
                  envoy.filters.http.fault:
                    "@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault
                    abort: {http_status: 418, percentage: {numerator: 100}}
              - match: {prefix: /delay}
                route: {cluster: web}
                typed_per_filter_config:
                  envoy.filters.http.fault:
                    "@type": type.googleapis.com/envoy.extensions.filters.http.fault.v3.HTTPFault
                    delay: {fixed_delay: 0.15s, percentage: {numerator: 100}}
              """);
      TestClient.Answer aborted = world.get("/abort");
      assertThat(aborted.status()).isEqualTo(418);
      assertThat(aborted.body()).isEqualTo("fault filter abort");
      long start = System.nanoTime();
      assertThat(world.get("/delay").body()).isEqualTo("ok");
      assertThat((System.nanoTime() - start) / 1_000_000).isGreaterThanOrEqualTo(150);
      assertThat(world.log())
          .containsExactly(
              "GET /abort 418 FI fault_filter_abort 0 18 web -".replace(" web -", " - -"),
              "GET /delay 200 DI via_upstream 0 2 web -");
      assertThat(upstream.requests()).hasSize(1);
    }
  }

  @Test
  void rewritesRedirectsAndAnswers() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("ok");
        World world = World.start().cluster("web", upstream.port())) {
      world
          .listen()
          .routes(
              """
              - match: {prefix: /old/}
                route: {cluster: web, prefix_rewrite: /new/, host_rewrite_literal: inner}
                request_headers_to_add: [{header: {key: X-Added, value: "1"}}]
                request_headers_to_remove: [x-gone]
                response_headers_to_add: [{header: {key: x-answer, value: "2"}}]
              - match: {path: /go}
                redirect: {host_redirect: there, path_redirect: /x, response_code: FOUND}
              - match: {path: /direct}
                direct_response: {status: 299, body: {inline_string: straight}}
              """);
      assertThat(world.get("/old/a?q", "x-gone: 1").header("x-answer")).isEqualTo("2");
      assertThat(upstream.requests().getFirst())
          .startsWith("GET /new/a?q HTTP/1.1\r\n")
          .contains("\r\nhost: inner\r\n", "\r\nx-added: 1\r\n")
          .contains("\r\nx-envoy-original-path: /old/a?q\r\n")
          .doesNotContain("x-gone");
      TestClient.Answer redirect = world.get("/go?q");
      assertThat(redirect.status()).isEqualTo(302);
      assertThat(redirect.header("location")).isEqualTo("http://there/x?q");
      TestClient.Answer direct = world.get("/direct");
      assertThat(direct.status()).isEqualTo(299);
      assertThat(direct.body()).isEqualTo("straight");
      assertThat(world.log().getLast()).isEqualTo("GET /direct 299 - direct_response 0 8 - -");
    }
  }

  @Test
  void aPortInUseIsOneSentence() throws Exception {
    try (TestUpstream holder = TestUpstream.answering("held");
        World world = World.start()) {
      assertThat(
              world.offer(
                  ResourceType.LISTENER,
                  "taken",
                  """
                  name: taken
                  address: {socket_address: {address: 127.0.0.1, port_value: %d}}
                  filter_chains:
                  - filters:
                    - name: hcm
                      typed_config:
                        "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
                        stat_prefix: x
                        route_config: {name: none}
                        http_filters:
                        - name: envoy.filters.http.router
                          typed_config: {"@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router}
                  """
                      .formatted(holder.port())))
          .singleElement()
          .satisfies(
              rejection ->
                  assertThat(rejection.findings().getFirst().message())
                      .startsWith("cannot listen on 127.0.0.1:" + holder.port())
                      .contains("stop what holds the port"));
      assertThat(world.workload().ready()).isFalse();
    }
  }
}
