package dev.layar.proxy.server;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowableOfType;

import dev.layar.proxy.cluster.Cluster;
import io.grpc.CallOptions;
import io.grpc.ClientCall;
import io.grpc.ManagedChannel;
import io.grpc.Metadata;
import io.grpc.MethodDescriptor;
import io.grpc.MethodDescriptor.MethodType;
import io.grpc.Server;
import io.grpc.ServerServiceDefinition;
import io.grpc.Status;
import io.grpc.StatusRuntimeException;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.netty.NettyServerBuilder;
import io.grpc.stub.ClientCalls;
import io.grpc.stub.ServerCallStreamObserver;
import io.grpc.stub.ServerCalls;
import io.grpc.stub.StreamObserver;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

/** gRPC's own client and server with the proxy between them. */
class GrpcThroughProxyTest {
  private static final String ROUTE = "- {match: {prefix: /}, route: {cluster: web, timeout: 0s}}";
  private static final String HTTP2 =
      """
      connect_timeout: 2s
      typed_extension_protocol_options:
        envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
          "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
          explicit_http_config: {http2_protocol_options: {}}
      """;

  private static final MethodDescriptor<String, String> ECHO = method("Echo", MethodType.UNARY);
  private static final MethodDescriptor<String, String> FAIL = method("Fail", MethodType.UNARY);
  private static final MethodDescriptor<String, String> HANG = method("Hang", MethodType.UNARY);
  private static final MethodDescriptor<String, String> COUNT =
      method("Count", MethodType.SERVER_STREAMING);
  private static final MethodDescriptor<String, String> TALK =
      method("Talk", MethodType.BIDI_STREAMING);

  private final CountDownLatch hanging = new CountDownLatch(1);
  private final CountDownLatch cancelled = new CountDownLatch(1);

  private static MethodDescriptor<String, String> method(String name, MethodType type) {
    return MethodDescriptor.<String, String>newBuilder()
        .setType(type)
        .setFullMethodName("layar.Test/" + name)
        .setRequestMarshaller(new Text())
        .setResponseMarshaller(new Text())
        .build();
  }

  private static final class Text implements MethodDescriptor.Marshaller<String> {
    @Override
    public InputStream stream(String value) {
      return new ByteArrayInputStream(value.getBytes(StandardCharsets.UTF_8));
    }

    @Override
    public String parse(InputStream stream) {
      try {
        return new String(stream.readAllBytes(), StandardCharsets.UTF_8);
      } catch (IOException e) {
        throw new UncheckedIOException(e);
      }
    }
  }

  private ServerServiceDefinition service() {
    return ServerServiceDefinition.builder("layar.Test")
        .addMethod(ECHO, ServerCalls.asyncUnaryCall(GrpcThroughProxyTest::echo))
        .addMethod(FAIL, ServerCalls.asyncUnaryCall(GrpcThroughProxyTest::fail))
        .addMethod(HANG, ServerCalls.asyncUnaryCall(this::hang))
        .addMethod(COUNT, ServerCalls.asyncServerStreamingCall(GrpcThroughProxyTest::count))
        .addMethod(TALK, ServerCalls.asyncBidiStreamingCall(GrpcThroughProxyTest::talk))
        .build();
  }

  private static void echo(String request, StreamObserver<String> answer) {
    answer.onNext(request);
    answer.onCompleted();
  }

  private static void fail(String request, StreamObserver<String> answer) {
    if (request.equals("late")) {
      answer.onNext(request);
      answer.onError(Status.UNAVAILABLE.asRuntimeException());
      return;
    }
    answer.onError(Status.RESOURCE_EXHAUSTED.withDescription(request).asRuntimeException());
  }

  private void hang(String request, StreamObserver<String> answer) {
    ((ServerCallStreamObserver<String>) answer).setOnCancelHandler(cancelled::countDown);
    hanging.countDown();
  }

  private static void count(String request, StreamObserver<String> answer) {
    for (int i = 0; i < Integer.parseInt(request); i++) {
      answer.onNext("number " + i);
    }
    answer.onCompleted();
  }

  private static StreamObserver<String> talk(StreamObserver<String> answer) {
    return new StreamObserver<>() {
      @Override
      public void onNext(String value) {
        answer.onNext("you said " + value);
      }

      @Override
      public void onError(Throwable cause) {
        answer.onError(cause);
      }

      @Override
      public void onCompleted() {
        answer.onCompleted();
      }
    };
  }

  @FunctionalInterface
  private interface Scenario {
    void run(ManagedChannel channel, World world) throws Exception;
  }

  private void through(String routes, Scenario scenario) throws Exception {
    InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
    Server server =
        NettyServerBuilder.forAddress(any)
            .maxInboundMessageSize(64 << 20)
            .addService(service())
            .build()
            .start();
    try (World world = World.start().cluster("web", HTTP2, server.getPort())) {
      world.listen().routes(routes);
      ManagedChannel channel =
          NettyChannelBuilder.forAddress(world.address())
              .usePlaintext()
              .maxInboundMessageSize(64 << 20)
              .build();
      try {
        scenario.run(channel, world);
      } finally {
        channel.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
      }
    } finally {
      server.shutdownNow().awaitTermination(10, TimeUnit.SECONDS);
    }
  }

  private static CallOptions patient() {
    return CallOptions.DEFAULT.withDeadlineAfter(30, TimeUnit.SECONDS);
  }

  @Test
  void oneToOne() throws Exception {
    through(
        ROUTE,
        (channel, world) -> {
          for (int i = 0; i < 20; i++) {
            String answer = ClientCalls.blockingUnaryCall(channel, ECHO, patient(), "hello " + i);
            assertThat(answer).isEqualTo("hello " + i);
          }
          assertThat(world.stat("cluster.web.upstream_cx_total")).isOne();
          assertThat(world.stat("cluster.web.upstream_rq_2xx")).isEqualTo(20);
        });
  }

  @Test
  void messagesLargerThanAnyWindow() throws Exception {
    through(
        ROUTE,
        (channel, world) -> {
          String large = "0123456789abcdef".repeat(5 << 16);
          String answer = ClientCalls.blockingUnaryCall(channel, ECHO, patient(), large);
          assertThat(answer.equals(large)).isTrue();
        });
  }

  @Test
  void aStatusInTrailersArrives() throws Exception {
    through(
        ROUTE,
        (channel, world) -> {
          StatusRuntimeException failure =
              catchThrowableOfType(
                  StatusRuntimeException.class,
                  () -> ClientCalls.blockingUnaryCall(channel, FAIL, patient(), "too much"));
          assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
          assertThat(failure.getStatus().getDescription()).isEqualTo("too much");
        });
  }

  @Test
  void aServerWhoseTrailersSayUnavailableIsEjected() throws Exception {
    through(
        ROUTE,
        (channel, world) -> {
          Cluster web = Objects.requireNonNull(world.workload().snapshot().cluster("web"));
          int port = web.endpoints().getFirst().address().getPort();
          world.cluster(
              "web",
              HTTP2
                  + "outlier_detection: {consecutive_5xx: 2, max_ejection_percent: 100}\n"
                  + "common_lb_config: {healthy_panic_threshold: {value: 0}}\n",
              port);
          for (int i = 0; i < 2; i++) {
            assertThatThrownBy(
                    () -> ClientCalls.blockingUnaryCall(channel, FAIL, patient(), "late"))
                .hasMessageContaining("UNAVAILABLE");
          }
          assertThat(world.stat("cluster.web.outlier_detection.ejections_enforced_consecutive_5xx"))
              .isOne();
          assertThat(code(channel, ECHO)).isEqualTo(Status.Code.UNAVAILABLE);
        });
  }

  @Test
  void theLogSaysWhatTrailersSay() throws Exception {
    through(
        ROUTE,
        (channel, world) -> {
          world.logging(
              "%GRPC_STATUS% %GRPC_STATUS(SNAKE_STRING)% %GRPC_STATUS_NUMBER% %TRAILER(X)%");
          world.listen();
          assertThat(code(channel, FAIL)).isEqualTo(Status.Code.RESOURCE_EXHAUSTED);
          assertThat(ClientCalls.blockingUnaryCall(channel, ECHO, patient(), "x")).isEqualTo("x");
          world.await(() -> logOf(world).size() == 2);
          assertThat(logOf(world))
              .containsExactly("ResourceExhausted RESOURCE_EXHAUSTED 8 -", "OK OK 0 -");
        });
  }

  @Test
  void streamsFromTheServer() throws Exception {
    through(
        ROUTE,
        (channel, world) -> {
          Iterator<String> answers =
              ClientCalls.blockingServerStreamingCall(channel, COUNT, patient(), "5000");
          List<String> all = new ArrayList<>();
          answers.forEachRemaining(all::add);
          assertThat(all).hasSize(5000).endsWith("number 4999");
        });
  }

  /** Each message is answered before the next is sent: nothing waits for an end of stream. */
  @Test
  void streamsBothWays() throws Exception {
    through(
        ROUTE,
        (channel, world) -> {
          LinkedBlockingQueue<String> answers = new LinkedBlockingQueue<>();
          CompletableFuture<Void> done = new CompletableFuture<>();
          StreamObserver<String> out =
              ClientCalls.asyncBidiStreamingCall(
                  channel.newCall(TALK, patient()),
                  new StreamObserver<>() {
                    @Override
                    public void onNext(String value) {
                      answers.add(value);
                    }

                    @Override
                    public void onError(Throwable cause) {
                      done.completeExceptionally(cause);
                    }

                    @Override
                    public void onCompleted() {
                      done.complete(null);
                    }
                  });
          for (int i = 0; i < 50; i++) {
            out.onNext("word " + i);
            assertThat(answers.poll(20, TimeUnit.SECONDS)).isEqualTo("you said word " + i);
          }
          out.onCompleted();
          done.get(20, TimeUnit.SECONDS);
        });
  }

  @Test
  void aCancelledCallEndsAtTheServer() throws Exception {
    through(
        ROUTE,
        (channel, world) -> {
          ClientCall<String, String> call = channel.newCall(HANG, patient());
          call.start(new ClientCall.Listener<>() {}, new Metadata());
          call.sendMessage("wait");
          call.halfClose();
          call.request(1);
          assertThat(hanging.await(20, TimeUnit.SECONDS)).isTrue();
          call.cancel("changed my mind", null);
          assertThat(cancelled.await(20, TimeUnit.SECONDS)).isTrue();
          world.await(() -> world.stat("cluster.web.upstream_rq_active") == 0);
          world.await(() -> !logOf(world).isEmpty());
          assertThat(logOf(world).getFirst()).contains(" 0 DR http2.remote_reset ");
        });
  }

  private static List<String> logOf(World world) {
    try {
      return world.log();
    } catch (InterruptedException e) {
      throw new IllegalStateException(e);
    }
  }

  @Test
  void aDeadlineOfTheClientEndsTheCall() throws Exception {
    through(
        ROUTE,
        (channel, world) -> {
          CallOptions hasty = CallOptions.DEFAULT.withDeadlineAfter(100, TimeUnit.MILLISECONDS);
          StatusRuntimeException failure =
              catchThrowableOfType(
                  StatusRuntimeException.class,
                  () -> ClientCalls.blockingUnaryCall(channel, HANG, hasty, "x"));
          assertThat(failure.getStatus().getCode()).isEqualTo(Status.Code.DEADLINE_EXCEEDED);
          world.await(() -> world.stat("cluster.web.upstream_rq_active") == 0);
        });
  }

  /** What the proxy answers by itself is a gRPC status for a gRPC client. */
  @Test
  void theProxysOwnAnswers() throws Exception {
    through(
        "- {match: {prefix: /layar.Test/Hang}, route: {cluster: web, timeout: 0.05s}}\n"
            + "- {match: {prefix: /layar.Test/Echo}, route: {cluster: none}}",
        (channel, world) -> {
          assertThat(code(channel, HANG)).isEqualTo(Status.Code.UNAVAILABLE);
          assertThat(code(channel, ECHO)).isEqualTo(Status.Code.UNAVAILABLE);
          assertThat(code(channel, FAIL)).isEqualTo(Status.Code.UNIMPLEMENTED);
        });
  }

  /** The client's own deadline, capped by the route, ends the call at the proxy. */
  @Test
  void aRouteCapsTheClientsDeadline() throws Exception {
    through(
        "- {match: {prefix: /layar.Test/Hang}, route: {cluster: web, max_grpc_timeout: 0.1s}}\n"
            + "- {match: {prefix: /}, route: {cluster: web, max_stream_duration:"
            + " {grpc_timeout_header_max: 0.1s}}}",
        (channel, world) -> {
          assertThat(code(channel, HANG)).isEqualTo(Status.Code.UNAVAILABLE);
          ClientCall<String, String> call = channel.newCall(TALK, patient());
          CompletableFuture<Status> end = new CompletableFuture<>();
          call.start(
              new ClientCall.Listener<>() {
                @Override
                public void onClose(Status status, Metadata trailers) {
                  end.complete(status);
                }
              },
              new Metadata());
          call.request(1);
          assertThat(end.get(20, TimeUnit.SECONDS).getCode())
              .isEqualTo(Status.Code.DEADLINE_EXCEEDED);
        });
  }

  private static Status.Code code(ManagedChannel channel, MethodDescriptor<String, String> method) {
    StatusRuntimeException failure =
        catchThrowableOfType(
            StatusRuntimeException.class,
            () -> ClientCalls.blockingUnaryCall(channel, method, patient(), "x"));
    return failure.getStatus().getCode();
  }
}
