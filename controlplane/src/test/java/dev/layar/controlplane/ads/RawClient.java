package dev.layar.controlplane.ads;

import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.Status;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.ClientCallStreamObserver;
import io.grpc.stub.ClientResponseObserver;
import io.grpc.stub.StreamObserver;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.Objects;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** A delta stream that does exactly what a test says, right or wrong. */
final class RawClient implements AutoCloseable {
  private static final long PATIENCE_SECONDS = 10;

  private final ManagedChannel channel;
  private final StreamObserver<DeltaDiscoveryRequest> requests;
  private final BlockingQueue<DeltaDiscoveryResponse> responses = new LinkedBlockingQueue<>();
  private final CompletableFuture<Status> end = new CompletableFuture<>();

  RawClient(InetSocketAddress server) {
    this(server, true);
  }

  /**
   * @param reads whether responses are taken from the transport at all
   */
  RawClient(InetSocketAddress server, boolean reads) {
    channel =
        NettyChannelBuilder.forAddress(server)
            .usePlaintext()
            .maxInboundMessageSize(64 << 20)
            .directExecutor()
            .build();
    requests =
        AggregatedDiscoveryServiceGrpc.newStub(channel).deltaAggregatedResources(observer(reads));
  }

  private ClientResponseObserver<DeltaDiscoveryRequest, DeltaDiscoveryResponse> observer(
      boolean reads) {
    return new ClientResponseObserver<>() {
      @Override
      public void beforeStart(ClientCallStreamObserver<DeltaDiscoveryRequest> call) {
        if (!reads) {
          call.disableAutoRequestWithInitial(0);
        }
      }

      @Override
      public void onNext(DeltaDiscoveryResponse response) {
        responses.add(response);
      }

      @Override
      public void onError(Throwable failure) {
        end.complete(Status.fromThrowable(failure));
      }

      @Override
      public void onCompleted() {
        end.complete(Status.OK);
      }
    };
  }

  static DeltaDiscoveryRequest.Builder to(ResourceType type) {
    return DeltaDiscoveryRequest.newBuilder().setTypeUrl(type.typeUrl());
  }

  static DeltaDiscoveryRequest.Builder hello(String id, ResourceType type) {
    return to(type).setNode(Node.newBuilder().setId(id));
  }

  void send(DeltaDiscoveryRequest.Builder request) {
    requests.onNext(request.build());
  }

  void ack(DeltaDiscoveryResponse response) {
    send(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(response.getTypeUrl())
            .setResponseNonce(response.getNonce()));
  }

  DeltaDiscoveryResponse next() throws InterruptedException {
    DeltaDiscoveryResponse next = nextWithin(Duration.ofSeconds(PATIENCE_SECONDS));
    return Objects.requireNonNull(next, () -> "no response within " + PATIENCE_SECONDS + " s");
  }

  @Nullable DeltaDiscoveryResponse nextWithin(Duration time) throws InterruptedException {
    return responses.poll(time.toNanos(), TimeUnit.NANOSECONDS);
  }

  @Nullable DeltaDiscoveryResponse unread() {
    return responses.poll();
  }

  Status end() throws Exception {
    return end.get(PATIENCE_SECONDS, TimeUnit.SECONDS);
  }

  @Override
  public void close() {
    channel.shutdownNow();
  }
}
