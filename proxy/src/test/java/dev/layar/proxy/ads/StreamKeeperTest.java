package dev.layar.proxy.ads;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import dev.layar.testkit.VirtualTime;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import dev.layar.xds.client.DeltaClientSession;
import dev.layar.xds.client.Rejection;
import dev.layar.xds.client.ResourceSink;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.Status;
import io.grpc.stub.StreamObserver;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** Reconnection in virtual time. */
class StreamKeeperTest {
  private static final Duration BASE = Duration.ofMillis(500);
  private static final Duration MAX = Duration.ofSeconds(30);
  private static final DeltaDiscoveryResponse NOTHING_NEW =
      DeltaDiscoveryResponse.newBuilder()
          .setTypeUrl(ResourceType.CLUSTER.typeUrl())
          .setNonce("1")
          .build();

  private final VirtualTime time = new VirtualTime();
  private final List<FakeStream> streams = new ArrayList<>();
  private final FakeSink sink = new FakeSink();
  private final StreamKeeper<DeltaDiscoveryRequest, DeltaDiscoveryResponse> keeper =
      new StreamKeeper<>(
          () -> {},
          new DeltaClientSession(Node.newBuilder().setId("n").build(), sink),
          this::open,
          new Backoff(BASE, MAX, new SplitMix64(1)),
          time::schedule);

  private StreamObserver<DeltaDiscoveryRequest> open(
      StreamObserver<DeltaDiscoveryResponse> responses) {
    FakeStream stream = new FakeStream(responses);
    streams.add(stream);
    return stream;
  }

  @Test
  void asksForEverythingAndSaysWhoItIsOnce() {
    keeper.connect();
    assertThat(streams.getLast().requests).hasSize(2);
    assertThat(streams.getLast().requests.getFirst().getNode().getId()).isEqualTo("n");
    assertThat(streams.getLast().requests.getLast().hasNode()).isFalse();
  }

  @Test
  void comesBackWithinTheBoundHoweverOftenItFails() {
    keeper.connect();
    Duration bound = BASE;
    for (int failure = 1; failure <= 12; failure++) {
      streams.getLast().responses.onError(Status.UNAVAILABLE.asRuntimeException());
      assertThat(keeper.status().connected()).isFalse();
      assertThat(streams).hasSize(failure);
      time.advance(bound);
      assertThat(streams).as("within %s after failure %s", bound, failure).hasSize(failure + 1);
      bound = bound.multipliedBy(2).compareTo(MAX) > 0 ? MAX : bound.multipliedBy(2);
    }
    assertThat(keeper.status().lastFailure()).contains("UNAVAILABLE");
  }

  @Test
  void aResponseMakesTheNextWaitShortAgain() {
    keeper.connect();
    for (int failure = 0; failure < 6; failure++) {
      streams.getLast().responses.onCompleted();
      time.advance(MAX);
    }
    streams.getLast().responses.onNext(NOTHING_NEW);
    assertThat(keeper.status().connected()).isTrue();
    int before = streams.size();
    streams.getLast().responses.onCompleted();
    time.advance(BASE);
    assertThat(streams).hasSize(before + 1);
  }

  @Test
  void aStreamThatIsGoneHasNothingToSayAnyMore() {
    keeper.connect();
    FakeStream first = streams.getLast();
    first.responses.onCompleted();
    time.advance(BASE);
    first.responses.onNext(NOTHING_NEW);
    first.responses.onError(Status.CANCELLED.asRuntimeException());
    assertThat(sink.updates).isZero();
    assertThat(streams).hasSize(2);
    assertThat(time.pending()).isZero();
  }

  @Test
  void afterTheEndNothingHappens() {
    keeper.connect();
    streams.getLast().responses.onNext(NOTHING_NEW);
    keeper.stop();
    streams.getLast().responses.onNext(NOTHING_NEW);
    streams.getLast().responses.onCompleted();
    time.advance(MAX);
    assertThat(streams).hasSize(1);
    assertThat(sink.updates).isEqualTo(1);
  }

  @Test
  void newWishesAreToldToAnOpenStreamOnly() {
    keeper.refresh();
    keeper.connect();
    sink.wanted = Set.of("c");
    keeper.refresh();
    assertThat(streams.getLast().requests.getLast().getResourceNamesSubscribeList())
        .containsExactly("c");
  }

  /** The requests that went out on one stream. */
  private static final class FakeStream implements StreamObserver<DeltaDiscoveryRequest> {
    final StreamObserver<DeltaDiscoveryResponse> responses;
    final List<DeltaDiscoveryRequest> requests = new ArrayList<>();

    FakeStream(StreamObserver<DeltaDiscoveryResponse> responses) {
      this.responses = responses;
    }

    @Override
    public void onNext(DeltaDiscoveryRequest request) {
      requests.add(request);
    }

    @Override
    public void onError(Throwable cancelled) {}

    @Override
    public void onCompleted() {}
  }

  private static final class FakeSink implements ResourceSink {
    int updates;
    Set<String> wanted = Set.of();

    @Override
    public List<Rejection> update(
        ResourceType type, List<XdsResource> changed, Set<String> removed) {
      updates++;
      return List.of();
    }

    @Override
    public Set<String> wanted(ResourceType type) {
      return type == ResourceType.ENDPOINT ? wanted : Set.of();
    }
  }
}
