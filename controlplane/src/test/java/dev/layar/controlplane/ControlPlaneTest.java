package dev.layar.controlplane;

import static org.assertj.core.api.Assertions.assertThat;

import com.google.protobuf.InvalidProtocolBufferException;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.controlplane.ads.ProxySync;
import dev.layar.controlplane.ads.SyncResult;
import dev.layar.xds.ResourceType;
import dev.layar.xds.XdsResource;
import io.envoyproxy.envoy.config.endpoint.v3.ClusterLoadAssignment;
import io.envoyproxy.envoy.config.route.v3.Route;
import io.envoyproxy.envoy.config.route.v3.RouteConfiguration;
import io.envoyproxy.envoy.config.route.v3.WeightedCluster;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** From objects in the store to acknowledged xDS in proxies, over real gRPC. */
class ControlPlaneTest {
  private static final Duration PATIENCE = Duration.ofSeconds(15);
  private static final String S1 = "outbound|8080||s1.default.svc.cluster.local";

  private final MeshStore store = new MeshStore(InstantSource.system(), Admission.validation(), 1);
  private final List<AutoCloseable> open = new ArrayList<>();
  private ControlPlane plane;

  @BeforeEach
  void start() throws Exception {
    store.put(SampleMesh.services(3));
    plane = ControlPlane.start(ControlPlaneOptions.loopback(), store);
    open.add(plane);
  }

  @AfterEach
  void stop() throws Exception {
    for (AutoCloseable one : open.reversed()) {
      one.close();
    }
  }

  private SimulatedProxy connect(ProxyIdentity identity) throws Exception {
    int before = plane.syncStatus().size();
    ManagedChannel channel =
        NettyChannelBuilder.forAddress(plane.adsAddress()).usePlaintext().build();
    open.add(channel::shutdownNow);
    SimulatedProxy proxy = new SimulatedProxy(identity, channel);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (plane.syncStatus().size() == before) {
      assertThat(System.nanoTime()).isLessThan(deadline);
      plane.awaitAcked(Long.MAX_VALUE, Duration.ofMillis(1));
    }
    settle(store.state().revision());
    return proxy;
  }

  private static ProxyIdentity sidecar(String name) {
    return ProxyIdentity.sidecar("10.1.0.1", name, "default", Map.of("app", "client"), http());
  }

  private static ProxyIdentity.Capture http() {
    return new ProxyIdentity.Capture.HttpProxy(15001);
  }

  private void settle(long revision) throws Exception {
    SyncResult result = plane.awaitAcked(revision, PATIENCE);
    assertThat(result.accepted()).as(result.toString()).isTrue();
  }

  private static List<Integer> weights(SimulatedProxy proxy) {
    return proxy.names(ResourceType.ROUTE).stream()
        .flatMap(name -> routes(Objects.requireNonNull(proxy.find(ResourceType.ROUTE, name))))
        .flatMap(route -> route.getRoute().getWeightedClusters().getClustersList().stream())
        .map(WeightedCluster.ClusterWeight::getWeight)
        .map(weight -> weight.getValue())
        .distinct()
        .toList();
  }

  private static Stream<Route> routes(XdsResource resource) {
    try {
      return RouteConfiguration.parseFrom(resource.body().getValue()).getVirtualHostsList().stream()
          .flatMap(host -> host.getRoutesList().stream());
    } catch (InvalidProtocolBufferException malformed) {
      throw new AssertionError(malformed);
    }
  }

  @Test
  void anEditReachesTheProxiesItConcerns() throws Exception {
    SimulatedProxy mesh = connect(sidecar("client"));
    SimulatedProxy plain =
        connect(
            ProxyIdentity.serviceNetwork(
                "10.1.0.2", "plain", "default", Map.of("app", "plain"), http()));
    assertThat(mesh.names(ResourceType.CLUSTER)).contains(S1);
    assertThat(plain.names(ResourceType.CLUSTER)).contains(S1);
    assertThat(plane.syncStatus())
        .extracting(ProxySync::proxy)
        .containsExactly("client.default", "plain.default");

    settle(store.put(SampleMesh.rule(90)).revision());
    assertThat(weights(mesh)).containsExactly(90, 10);
    assertThat(weights(plain)).as("the service network sees no rule").isEmpty();
    assertThat(plane.syncz()).contains("client.default (delta) settled on 2 of 2");
  }

  @Test
  void anEditCostsOneResponse() throws Exception {
    settle(store.put(SampleMesh.rule(90)).revision());
    connect(sidecar("client"));
    long responses = plane.totals().responses();
    settle(store.put(SampleMesh.rule(80)).revision());
    assertThat(plane.totals().responses() - responses).isEqualTo(1);
    settle(store.put(SampleMesh.endpoints(1, 77)).revision());
    assertThat(plane.totals().responses() - responses).isEqualTo(2);
    settle(store.put(SampleMesh.rule(80)).revision());
    assertThat(plane.totals().responses() - responses).isEqualTo(2);
  }

  @Test
  void endpointsMoveAlone() throws Exception {
    SimulatedProxy proxy = connect(sidecar("client"));
    settle(store.put(SampleMesh.endpoints(1, 77)).revision());
    ClusterLoadAssignment assignment =
        ClusterLoadAssignment.parseFrom(
            Objects.requireNonNull(proxy.find(ResourceType.ENDPOINT, S1)).body().getValue());
    assertThat(assignment.getEndpoints(0).getLbEndpointsList())
        .extracting(endpoint -> endpoint.getEndpoint().getAddress().getSocketAddress().getAddress())
        .containsExactlyInAnyOrder("10.0.77.1", "10.0.77.2");
  }

  @Test
  void aServiceThatGoesTakesItsClusterWithIt() throws Exception {
    SimulatedProxy proxy = connect(sidecar("client"));
    settle(
        store
            .delete(
                SampleMesh.services(2).stream()
                    .map(object -> object.key())
                    .filter(key -> key.name().startsWith("s1"))
                    .toList())
            .revision());
    assertThat(proxy.names(ResourceType.CLUSTER)).doesNotContain(S1);
  }

  @Test
  void whatIsRefusedAtTheEdgeMovesNothing() throws Exception {
    connect(sidecar("client"));
    settle(store.put(SampleMesh.rule(90)).revision());
    long responses = plane.totals().responses();
    Change change = store.put(SampleMesh.rule(-1));
    assertThat(change.refused()).hasSize(1);
    assertThat(change.changed()).isFalse();
    settle(change.revision());
    assertThat(plane.totals().responses()).isEqualTo(responses);
  }
}
