package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.xds.ResourceType;
import dev.layar.xds.client.Rejection;
import io.grpc.MethodDescriptor;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ServerCalls;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Active health checks over real sockets. */
class HealthCheckTest {
  private static final String ROUTE = "- {match: {prefix: /}, route: {cluster: web}}";
  private static final String TIMES =
      "timeout: 5s, interval: 0.02s, no_traffic_interval: 0.02s, unhealthy_threshold: 2,"
          + " healthy_threshold: 2";

  private static World world(String check, int... ports) {
    return World.start()
        .listen()
        .routes(ROUTE)
        .cluster(
            "web",
            "health_checks: [{"
                + TIMES
                + ", "
                + check
                + "}]\n"
                + "common_lb_config: {healthy_panic_threshold: {value: 0}}",
            ports);
  }

  private static void awaitHealthy(World world, int count) throws InterruptedException {
    world.await(
        () ->
            world.workload().snapshot().cluster("web") != null
                && world.stat("cluster.web.membership_healthy") == count);
  }

  @Test
  void anEndpointThatSaysThatItIsIllGetsNothingUntilItIsWell() throws Exception {
    AtomicReference<String> health = new AtomicReference<>("200 OK");
    TestUpstream.Script script =
        connection -> {
          String request = connection.request();
          while (request != null) {
            boolean check = request.startsWith("GET /healthz ");
            String status = check ? health.get() : "200 OK";
            connection.send("HTTP/1.1 " + status + "\r\ncontent-length: 2\r\n\r\nhi");
            request = connection.request();
          }
        };
    try (TestUpstream upstream = TestUpstream.of(script);
        World world = world("http_health_check: {path: /healthz, host: me}", upstream.port())) {
      awaitHealthy(world, 1);
      assertThat(world.get("/").body()).isEqualTo("hi");
      assertThat(upstream.requests().getFirst())
          .startsWith("GET /healthz HTTP/1.1\r\n")
          .contains("host: me\r\n", "user-agent: Envoy/HC\r\n");
      health.set("503 Ill");
      awaitHealthy(world, 0);
      assertThat(world.get("/").status()).isEqualTo(503);
      assertThat(world.stat("cluster.web.health_check.failure")).isPositive();
      assertThat(world.stat("cluster.web.health_check.network_failure")).isZero();
      health.set("200 OK");
      awaitHealthy(world, 1);
      assertThat(world.get("/").body()).isEqualTo("hi");
      assertThat(world.stat("cluster.web.health_check.healthy")).isOne();
      assertThat(world.stat("cluster.web.upstream_cx_total")).as("checks are not traffic").isOne();
    }
  }

  @Test
  void aPortOnWhichNothingListensIsLeftOut() throws Exception {
    try (TestUpstream upstream = TestUpstream.answering("hi");
        World world = world("tcp_health_check: {}", upstream.port(), TestUpstream.refusedPort())) {
      awaitHealthy(world, 1);
      for (int i = 0; i < 6; i++) {
        assertThat(world.get("/").body()).isEqualTo("hi");
      }
      world.await(() -> world.stat("cluster.web.health_check.network_failure") > 1);
      assertThat(world.stat("cluster.web.membership_total")).isEqualTo(2);
    }
  }

  @Test
  void expectedStatusesAndBytesAreWhatTheyAreConfiguredToBe() throws Exception {
    try (TestUpstream upstream =
            TestUpstream.responding("HTTP/1.1 207 Fine\r\ncontent-length: 0\r\n\r\n");
        World world =
            world(
                "http_health_check: {path: /, method: HEAD, expected_statuses: [{start: 200, end:"
                    + " 208}]}",
                upstream.port())) {
      awaitHealthy(world, 1);
    }
    TestUpstream.Script pong =
        connection -> {
          connection.skip(4);
          connection.send("+PO");
          connection.send("NG\r\n");
          connection.drain();
        };
    try (TestUpstream upstream = TestUpstream.of(pong);
        World world =
            world(
                // "PING" and "PONG"
                "tcp_health_check: {send: {text: '50494e47'}, receive: [{text: '504f4e47'}]}",
                upstream.port())) {
      awaitHealthy(world, 1);
    }
  }

  @Test
  void aGrpcServerIsAskedForItsService() throws Exception {
    AtomicInteger answer = new AtomicInteger(1);
    AtomicReference<String> asked = new AtomicReference<>("");
    MethodDescriptor<byte[], byte[]> check =
        MethodDescriptor.<byte[], byte[]>newBuilder()
            .setType(MethodDescriptor.MethodType.UNARY)
            .setFullMethodName("grpc.health.v1.Health/Check")
            .setRequestMarshaller(new Bytes())
            .setResponseMarshaller(new Bytes())
            .build();
    Server server =
        NettyServerBuilder.forAddress(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))
            .addService(
                ServerServiceDefinition.builder("grpc.health.v1.Health")
                    .addMethod(
                        check,
                        ServerCalls.asyncUnaryCall(
                            (request, reply) -> {
                              asked.set(
                                  new String(
                                      request, 2, request.length - 2, StandardCharsets.UTF_8));
                              reply.onNext(new byte[] {8, (byte) answer.get()});
                              reply.onCompleted();
                            }))
                    .build())
            .build()
            .start();
    try (World world = world("grpc_health_check: {service_name: shop}", server.getPort())) {
      awaitHealthy(world, 1);
      assertThat(asked.get()).isEqualTo("shop");
      answer.set(2);
      awaitHealthy(world, 0);
    } finally {
      server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  @Test
  void checksEndWithTheirCluster() throws Exception {
    AtomicInteger open = new AtomicInteger();
    TestUpstream.Script script =
        connection -> {
          open.incrementAndGet();
          while (connection.request() != null) {
            connection.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
          }
          open.decrementAndGet();
        };
    try (TestUpstream upstream = TestUpstream.of(script);
        World world = world("http_health_check: {path: /}", upstream.port())) {
      awaitHealthy(world, 1);
      assertThat(open.get()).isOne();
      world.cluster("web", upstream.port());
      world.await(() -> open.get() == 0);
      assertThat(world.stat("cluster.web.membership_healthy")).isOne();
      world.cluster(
          "web", "health_checks: [{" + TIMES + ", tcp_health_check: {}}]", upstream.port());
      world.await(() -> world.stat("cluster.web.health_check.success") > 3);
      world.server().removeWorkload(world.workload());
      world.await(() -> open.get() == 0);
    }
  }

  @Test
  void aCheckThatCannotBeMadeIsRefused() throws Exception {
    try (World world = World.start()) {
      List<Rejection> rejections =
          world.offer(
              ResourceType.CLUSTER, "c", "{name: c, type: STATIC, health_checks: [{timeout: 1s}]}");
      assertThat(rejections.toString())
          .contains("health_checks[0].interval", "health_checks[0].health_checker");
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "http_health_check: {path: /a b}; http_health_check.path",
        "http_health_check: {path: a}; http_health_check.path",
        "http_health_check: {path: /, host: a|b}; http_health_check.host",
        "grpc_health_check: {authority: a b}; grpc_health_check.authority",
        "http_health_check: {path: /, request_headers_to_add: [{header: {key: a b, value: c}}]};"
            + " http_health_check.request_headers_to_add",
      })
  void aRequestThatCannotBeMadeIsRefusedWhenItIsRead(String check, String path) throws Exception {
    try (World world = World.start()) {
      List<Rejection> rejections =
          world.offer(
              ResourceType.CLUSTER,
              "c",
              "{name: c, type: STATIC, health_checks: [{" + TIMES + ", " + check + "}]}");
      assertThat(rejections.toString()).contains("health_checks[0]." + path);
    }
  }

  /** Istio's names of clusters are no hosts. */
  @Test
  void aCheckWithoutHostNamesThatOfIstiosCluster() throws Exception {
    String name = "outbound|80||reviews.default.svc.cluster.local";
    try (TestUpstream upstream =
            TestUpstream.of(
                connection -> {
                  while (connection.request() != null) {
                    connection.send("HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n");
                  }
                });
        World world =
            World.start()
                .cluster(
                    "\"" + name + "\"",
                    "health_checks: [{" + TIMES + ", http_health_check: {path: /}}]",
                    upstream.port())) {
      world.await(() -> !upstream.requests().isEmpty());
      assertThat(upstream.requests().getFirst())
          .contains("host: reviews.default.svc.cluster.local\r\n");
    }
  }

  private static final class Bytes implements MethodDescriptor.Marshaller<byte[]> {
    @Override
    public InputStream stream(byte[] value) {
      return new ByteArrayInputStream(value);
    }

    @Override
    public byte[] parse(InputStream stream) {
      try {
        return stream.readAllBytes();
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }
}
