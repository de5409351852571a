package dev.layar.xds.client;

import static dev.layar.xds.ResourceType.CLUSTER;
import static dev.layar.xds.ResourceType.ENDPOINT;
import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.Any;
import com.google.protobuf.ByteString;
import dev.layar.base.SplitMix64;
import dev.layar.xds.Fakes;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.core.v3.Node;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DiscoveryResponse;
import io.envoyproxy.envoy.service.discovery.v3.Resource;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;

class ClientSessionTest {
  private static final Node NODE = Node.newBuilder().setId("n").build();

  private final Sink sink = new Sink();
  private final DeltaClientSession delta = new DeltaClientSession(NODE, sink);
  private final SotwClientSession sotw = new SotwClientSession(NODE, sink);

  @Test
  void deltaAsksForNewNamesBeforeItAcknowledges() {
    delta.connected();
    List<DeltaDiscoveryRequest> requests = delta.onResponse(deltaResponse(CLUSTER, "1", "c"));
    assertThat(requests).hasSize(2);
    assertThat(requests.get(0).getResourceNamesSubscribeList()).containsExactly("c");
    assertThat(requests.get(0).getTypeUrl()).isEqualTo(ENDPOINT.typeUrl());
    assertThat(requests.get(1).getResponseNonce()).isEqualTo("1");
    assertThat(requests.get(1).hasErrorDetail()).isFalse();
  }

  @Test
  void deltaUnsubscribesWhatIsNoLongerWanted() {
    delta.connected();
    delta.onResponse(deltaResponse(CLUSTER, "1", "c"));
    List<DeltaDiscoveryRequest> requests =
        delta.onResponse(
            DeltaDiscoveryResponse.newBuilder()
                .setTypeUrl(CLUSTER.typeUrl())
                .setNonce("2")
                .addRemovedResources("c")
                .build());
    assertThat(requests.getFirst().getResourceNamesUnsubscribeList()).containsExactly("c");
  }

  @Test
  void deltaSaysAfterAReconnectionWhatItAccepted() {
    delta.connected();
    XdsResource cluster = Fakes.resource(CLUSTER, "c", "1");
    delta.onResponse(deltaResponse(CLUSTER, "1", "c", "bad"));
    delta.onResponse(deltaResponse(ENDPOINT, "2", "c"));
    List<DeltaDiscoveryRequest> again = delta.connected();
    assertThat(again.get(0).getNode().getId()).isEqualTo("n");
    assertThat(again.get(0).getInitialResourceVersionsMap())
        .containsOnlyKeys("c")
        .containsEntry("c", cluster.version());
    assertThat(again.get(1).getTypeUrl()).isEqualTo(ENDPOINT.typeUrl());
    assertThat(again.get(1).getResourceNamesSubscribeList()).containsExactly("c");
    assertThat(again.get(1).getInitialResourceVersionsMap()).containsOnlyKeys("c");
  }

  @Test
  void aRefusalNamesTheResourceAndIsCut() {
    delta.connected();
    DeltaDiscoveryRequest verdict =
        delta.onResponse(deltaResponse(CLUSTER, "1", "bad" + "x".repeat(10_000))).getLast();
    assertThat(verdict.getErrorDetail().getCode()).isEqualTo(13);
    assertThat(verdict.getErrorDetail().getMessage()).startsWith("badx").hasSize(4_096);
  }

  @Test
  void twoOfOneNameAreBothRefused() {
    delta.connected();
    DeltaDiscoveryRequest verdict =
        delta.onResponse(deltaResponse(CLUSTER, "1", "c", "d", "c")).getLast();
    assertThat(verdict.getErrorDetail().getMessage()).contains("c: ").contains("share this name");
    assertThat(sink.clusters).containsExactly("d");
  }

  @Test
  void aResourceOfAnotherTypeIsRefused() {
    delta.connected();
    DeltaDiscoveryResponse odd =
        DeltaDiscoveryResponse.newBuilder()
            .setTypeUrl(CLUSTER.typeUrl())
            .setNonce("1")
            .addResources(
                Resource.newBuilder()
                    .setName("c")
                    .setResource(Fakes.resource(ENDPOINT, "c", "1").body()))
            .addResources(Resource.newBuilder().setName("empty"))
            .build();
    assertThat(delta.onResponse(odd).getLast().getErrorDetail().getMessage())
        .contains("c: ")
        .contains("empty: ");
    assertThat(sink.clusters).isEmpty();
  }

  @Test
  void aTypeNobodyAskedForIsRefused() {
    delta.connected();
    sotw.connected();
    assertThat(
            delta.onResponse(
                DeltaDiscoveryResponse.newBuilder().setTypeUrl("x").setNonce("1").build()))
        .singleElement()
        .satisfies(request -> assertThat(request.hasErrorDetail()).isTrue());
    assertThat(
            sotw.onResponse(DiscoveryResponse.newBuilder().setTypeUrl("x").setNonce("1").build()))
        .singleElement()
        .satisfies(request -> assertThat(request.hasErrorDetail()).isTrue());
  }

  @Test
  void sotwRefusesWithTheLastAcceptedVersion() {
    sotw.connected();
    sotw.onResponse(sotwResponse("7", "1", "c"));
    DiscoveryRequest verdict = sotw.onResponse(sotwResponse("8", "2", "c", "bad")).getLast();
    assertThat(verdict.getVersionInfo()).isEqualTo("7");
    assertThat(verdict.getResponseNonce()).isEqualTo("2");
    assertThat(verdict.hasErrorDetail()).isTrue();
  }

  @Test
  void sotwTakesAbsenceForRemovalUnlessSomethingWasUnreadable() {
    sotw.connected();
    sotw.onResponse(sotwResponse("1", "1", "c", "d"));
    DiscoveryResponse garbled =
        sotwResponse("2", "2", "c").toBuilder()
            .addResources(
                Any.newBuilder()
                    .setTypeUrl(CLUSTER.typeUrl())
                    .setValue(ByteString.copyFrom(new byte[] {0x0a, 0x7f})))
            .build();
    assertThat(sotw.onResponse(garbled).getLast().hasErrorDetail()).isTrue();
    assertThat(sink.clusters).containsExactly("c", "d");
    sotw.onResponse(sotwResponse("3", "3", "c"));
    assertThat(sink.clusters).containsExactly("c");
  }

  @Test
  void sotwUnwrapsResources() {
    sotw.connected();
    DiscoveryResponse wrapped =
        DiscoveryResponse.newBuilder()
            .setTypeUrl(CLUSTER.typeUrl())
            .setNonce("1")
            .addResources(
                Any.pack(
                    Resource.newBuilder()
                        .setName("c")
                        .setResource(Fakes.resource(CLUSTER, "c", "1").body())
                        .build()))
            .build();
    assertThat(sotw.onResponse(wrapped).getLast().hasErrorDetail()).isFalse();
    assertThat(sink.clusters).containsExactly("c");
  }

  /** Whatever comes, each response gets exactly one verdict and nothing is thrown. */
  @Test
  void randomResponsesAreAnsweredOnce() {
    for (long seed = 1; seed <= 300; seed++) {
      SplitMix64 random = new SplitMix64(seed);
      delta.connected();
      sotw.connected();
      for (int i = 0; i < 20; i++) {
        String nonce = seed + "." + i;
        long verdicts =
            delta.onResponse(randomDelta(random, nonce)).stream()
                .filter(request -> request.getResponseNonce().equals(nonce))
                .count();
        assertThat(verdicts).as("seed %s", seed).isEqualTo(1);
        assertThat(sotw.onResponse(randomSotw(random, nonce)).getLast().getResponseNonce())
            .as("seed %s", seed)
            .isEqualTo(nonce);
      }
    }
  }

  private static DeltaDiscoveryResponse randomDelta(SplitMix64 random, String nonce) {
    DeltaDiscoveryResponse.Builder response =
        DeltaDiscoveryResponse.newBuilder().setTypeUrl(randomType(random)).setNonce(nonce);
    for (int i = random.below(4); i > 0; i--) {
      response.addResources(
          Resource.newBuilder().setName("n" + random.below(3)).setResource(randomAny(random)));
    }
    if (random.below(2) == 0) {
      response.addRemovedResources("n" + random.below(3));
    }
    return response.build();
  }

  private static DiscoveryResponse randomSotw(SplitMix64 random, String nonce) {
    DiscoveryResponse.Builder response =
        DiscoveryResponse.newBuilder().setTypeUrl(randomType(random)).setNonce(nonce);
    for (int i = random.below(4); i > 0; i--) {
      response.addResources(randomAny(random));
    }
    return response.build();
  }

  private static Any randomAny(SplitMix64 random) {
    byte[] bytes = new byte[random.below(24)];
    for (int i = 0; i < bytes.length; i++) {
      bytes[i] = (byte) random.below(256);
    }
    String url =
        random.below(4) == 0
            ? "type.googleapis.com/envoy.service.discovery.v3.Resource"
            : randomType(random);
    return Any.newBuilder().setTypeUrl(url).setValue(ByteString.copyFrom(bytes)).build();
  }

  private static String randomType(SplitMix64 random) {
    ResourceType[] types = ResourceType.values();
    int index = random.below(types.length + 1);
    return index == types.length ? "nonsense" : types[index].typeUrl();
  }

  private static DeltaDiscoveryResponse deltaResponse(
      ResourceType type, String nonce, String... names) {
    DeltaDiscoveryResponse.Builder response =
        DeltaDiscoveryResponse.newBuilder().setTypeUrl(type.typeUrl()).setNonce(nonce);
    for (String name : names) {
      XdsResource resource = Fakes.resource(type, name, "1");
      response.addResources(
          Resource.newBuilder()
              .setName(name)
              .setVersion(resource.version())
              .setResource(resource.body()));
    }
    return response.build();
  }

  private static DiscoveryResponse sotwResponse(String version, String nonce, String... names) {
    DiscoveryResponse.Builder response =
        DiscoveryResponse.newBuilder()
            .setTypeUrl(CLUSTER.typeUrl())
            .setVersionInfo(version)
            .setNonce(nonce);
    for (String name : names) {
      response.addResources(Fakes.resource(CLUSTER, name, "1").body());
    }
    return response.build();
  }

  /** Wants the endpoints of its clusters; refuses names that start with {@code bad}. */
  private static final class Sink implements ResourceSink {
    final Set<String> clusters = new TreeSet<>();

    @Override
    public List<Rejection> update(
        ResourceType type, List<XdsResource> changed, Set<String> removed) {
      List<Rejection> rejections = new ArrayList<>();
      for (XdsResource resource : changed) {
        if (resource.name().startsWith("bad")) {
          rejections.add(ClientState.undecodable(resource.name(), "bad name"));
        } else if (type == CLUSTER) {
          clusters.add(resource.name());
        }
      }
      if (type == CLUSTER) {
        clusters.removeAll(removed);
      }
      return rejections;
    }

    @Override
    public Set<String> wanted(ResourceType type) {
      return type == ENDPOINT ? clusters : Set.of();
    }
  }
}
