package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import java.net.InetSocketAddress;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the proxy says by itself, and what it says about others, on real sockets. */
class LocalAnswerTest {
  private static final String ROUTE = "- {match: {prefix: /}, route: {cluster: web}}";

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          /none  | 12 |                     | NR route_not_found | 404
          /empty | 14 | no healthy upstream | UH no_healthy_upstream | 503
          /away  | 14 |                     | NC cluster_not_found | 503
          """)
  void grpcIsAnsweredInItsOwnForm(String path, int code, String message, String why, int status)
      throws Exception {
    try (World world = World.start().cluster("web")) {
      world
          .listen()
          .routes(
              """
              - {match: {prefix: /empty}, route: {cluster: web}}
              - {match: {prefix: /away}, route: {cluster: absent}}
              """);
      try (TestClient client = world.client()) {
        client.send(
            "POST "
                + path
                + " HTTP/1.1\r\nhost: a\r\ncontent-type: application/grpc+proto\r\n"
                + "content-length: 0\r\n\r\n");
        TestClient.Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(200);
        assertThat(answer.header("content-type")).isEqualTo("application/grpc");
        assertThat(answer.header("grpc-status")).isEqualTo(Integer.toString(code));
        assertThat(answer.header("grpc-message")).isEqualTo(message == null ? "" : message);
        assertThat(answer.body()).isEmpty();
      }
      String cluster = status == 404 ? "-" : path.equals("/empty") ? "web" : "absent";
      assertThat(world.log())
          .containsExactly("POST " + path + " 200 " + why + " 0 0 " + cluster + " -");
      assertThat(world.stat("http.main.downstream_rq_2xx")).isOne();
      assertThat(world.stat("cluster.web.upstream_rq_2xx")).isZero();
      assertThat(world.stat("cluster.web.upstream_rq_5xx"))
          .isEqualTo(path.equals("/empty") ? 1 : 0);
    }
  }

  @Test
  void tooMuchBodyWhileARetryIsWaitedFor() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.head();
                  connection.send("HTTP/1.1 503 No\r\ncontent-length: 0\r\n\r\n");
                  connection.beSilent();
                });
        World world = World.start().cluster("web", upstream.port())) {
      world
          .listen()
          .routes(
              """
              - match: {prefix: /}
                per_request_buffer_limit_bytes: 64
                route:
                  cluster: web
                  retry_policy:
                    retry_on: 5xx
                    retry_back_off: {base_interval: 1000s, max_interval: 1000s}
              """);
      try (TestClient client = world.client()) {
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 200\r\n\r\nabc");
        world.await(() -> world.stat("cluster.web.upstream_rq_retry") == 1);
        client.send("x".repeat(100));
        TestClient.Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(507);
        assertThat(answer.body())
            .isEqualTo("exceeded request buffer limit while retrying upstream");
        assertThat(answer.header("connection")).isEqualTo("close");
      }
      assertThat(world.log())
          .containsExactly("POST / 507 - request_payload_exceeded_retry_buffer_limit 103 53 web -");
      assertThat(world.stat("cluster.web.retry_or_shadow_abandoned")).isOne();
      assertThat(world.stat("cluster.web.upstream_rq_active")).isZero();
      assertThat(world.stat("http.main.downstream_rq_active")).isZero();
    }
  }

  @Test
  void tooMuchBodyToSendAgainIsStillSentOnce() throws Exception {
    CountDownLatch headSeen = new CountDownLatch(1);
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  connection.head();
                  headSeen.countDown();
                  connection.skip(200);
                  connection.send("HTTP/1.1 503 No\r\ncontent-length: 2\r\n\r\nno");
                  connection.beSilent();
                });
        World world = World.start().cluster("web", upstream.port())) {
      world
          .listen()
          .routes(
              """
              - match: {prefix: /}
                per_request_buffer_limit_bytes: 64
                route: {cluster: web, retry_policy: {retry_on: 5xx, num_retries: 3}}
              """);
      try (TestClient client = world.client()) {
        client.send("POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 200\r\n\r\n");
        headSeen.await();
        client.send("x".repeat(200));
        TestClient.Answer answer = client.read();
        assertThat(answer.status()).isEqualTo(503);
        assertThat(answer.body()).isEqualTo("no");
      }
      assertThat(upstream.connections()).isOne();
      assertThat(world.log()).containsExactly("POST / 503 - via_upstream 200 2 web -");
      assertThat(world.stat("cluster.web.retry_or_shadow_abandoned")).isOne();
      assertThat(world.stat("cluster.web.upstream_rq_retry")).isZero();
    }
  }

  @Test
  void aListenerMovesToAnotherAddress() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("ok");
        World world = World.start().cluster("web", upstream.port())) {
      world.listen().routes(ROUTE);
      InetSocketAddress before = world.address();
      try (TestClient idle = world.client();
          TestClient busy = world.client()) {
        assertThat(idle.get("/idle").body()).isEqualTo("ok");
        busy.send("POST /busy HTTP/1.1\r\nhost: a\r\ncontent-length: 4\r\n\r\nbo");
        world.await(() -> world.stat("http.main.downstream_rq_active") == 1);
        world.at("127.0.0.2").listen();
        assertThat(world.address().getAddress().getHostAddress()).isEqualTo("127.0.0.2");
        assertThat(idle.closed()).isTrue();
        busy.send("dy");
        TestClient.Answer last = busy.read();
        assertThat(last.body()).isEqualTo("ok");
        assertThat(last.header("connection")).isEqualTo("close");
        assertThat(busy.closed()).isTrue();
        assertThat(world.get("/new").body()).isEqualTo("ok");
        assertThat(refuses(before)).isTrue();
      }
      assertThat(world.log())
          .containsExactly(
              "GET /idle 200 - via_upstream 0 2 web -",
              "POST /busy 200 - via_upstream 4 2 web -",
              "GET /new 200 - via_upstream 0 2 web -");
      assertThat(world.stat("http.main.downstream_cx_drain_close")).isEqualTo(2);
    }
  }

  private static boolean refuses(InetSocketAddress address) throws Exception {
    try (TestClient late = new TestClient(address)) {
      return late.closed();
    } catch (java.net.ConnectException e) {
      return true;
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          use_remote_address: true                          | 9.9.9.9,127.0.0.1 | 127.0.0.1 | http
          {use_remote_address: true, xff_num_trusted_hops: 1} | 9.9.9.9,8.8.8.8,127.0.0.1 | 8.8.8.8 | https
          {use_remote_address: true, xff_num_trusted_hops: 2} | 9.9.9.9,8.8.8.8,127.0.0.1 | 9.9.9.9 | https
          {use_remote_address: true, xff_num_trusted_hops: 3} | 9.9.9.9,8.8.8.8,127.0.0.1 | 127.0.0.1 | https
          xff_num_trusted_hops: 0                           | 9.9.9.9,8.8.8.8   | 8.8.8.8   | https
          xff_num_trusted_hops: 1                           | 9.9.9.9,8.8.8.8   | 9.9.9.9   | https
          """)
  void theClientIsWhomTheTrustedHopsName(
      String setting, String forwarded, String client, String proto) throws Exception {
    String came = forwarded.replace(",127.0.0.1", "");
    String yaml = setting.startsWith("{") ? setting.substring(1, setting.length() - 1) : setting;
    try (TestUpstream upstream = TestUpstream.answering("ok");
        World world = World.start().cluster("web", upstream.port())) {
      world
          .logging("%RESPONSE_CODE% %RESPONSE_FLAGS% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%")
          .listen(yaml.split(", "))
          .routes(ROUTE);
      assertThat(world.get("/", "x-forwarded-for: " + came, "x-forwarded-proto: https").body())
          .isEqualTo("ok");
      assertThat(upstream.requests().getFirst())
          .contains("\r\nx-forwarded-for: " + forwarded + "\r\n")
          .contains("\r\nx-forwarded-proto: " + proto + "\r\n");
      assertThat(world.log()).containsExactly("200 - " + client);
      assertThat(world.stat("http.main.downstream_rq_2xx")).isOne();
    }
  }
}
