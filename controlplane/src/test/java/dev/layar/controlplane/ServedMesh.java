package dev.layar.controlplane;

import com.google.rpc.Status;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.xds.ResourceType;
import io.envoyproxy.envoy.service.discovery.v3.AggregatedDiscoveryServiceGrpc;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryRequest;
import io.envoyproxy.envoy.service.discovery.v3.DeltaDiscoveryResponse;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.grpc.stub.StreamObserver;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.function.BiConsumer;

/** Two services with a rule, a control plane, and simulated proxies over real gRPC. */
public final class ServedMesh implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final MeshStore store = new MeshStore(InstantSource.system(), Admission.validation(), 1);
  private final ControlPlane plane;
  private final ManagedChannel channel;
  private final List<SimulatedProxy> connected = new ArrayList<>();

  public ServedMesh() throws IOException {
    store.put(SampleMesh.services(2));
    store.put(SampleMesh.rule(50));
    plane = ControlPlane.start(ControlPlaneOptions.loopback(), store);
    channel = NettyChannelBuilder.forAddress(plane.adsAddress()).usePlaintext().build();
  }

  public ControlPlane plane() {
    return plane;
  }

  public MeshStore store() {
    return store;
  }

  /** Connects a sidecar and waits until it has everything. */
  public void connect(String name) throws InterruptedException {
    int before = plane.syncStatus().size();
    connected.add(
        new SimulatedProxy(
            ProxyIdentity.sidecar(
                "10.1.0.1", name, "default", Map.of(), new ProxyIdentity.Capture.Redirect()),
            channel));
    while (plane.syncStatus().size() == before) {
      Thread.onSpinWait();
    }
    if (!plane.awaitAcked(store.state().revision(), SOON).accepted()) {
      throw new IllegalStateException(name + " has not accepted: " + plane.syncz());
    }
  }

  /** Connects a sidecar that asks for clusters and answers nothing. */
  public void connectSilent(String name) {
    raw(name, (requests, response) -> {});
  }

  /** Connects a sidecar that asks for clusters and routes, and refuses everything. */
  public void connectRefusing(String name, String why) {
    raw(
        name,
        (requests, response) ->
            requests.onNext(
                DeltaDiscoveryRequest.newBuilder()
                    .setTypeUrl(response.getTypeUrl())
                    .setResponseNonce(response.getNonce())
                    .setErrorDetail(Status.newBuilder().setCode(13).setMessage(why))
                    .build()));
  }

  private void raw(
      String name,
      BiConsumer<StreamObserver<DeltaDiscoveryRequest>, DeltaDiscoveryResponse> answer) {
    CompletableFuture<StreamObserver<DeltaDiscoveryRequest>> opened = new CompletableFuture<>();
    StreamObserver<DeltaDiscoveryRequest> requests =
        AggregatedDiscoveryServiceGrpc.newStub(channel)
            .deltaAggregatedResources(
                new StreamObserver<>() {
                  @Override
                  public void onNext(DeltaDiscoveryResponse response) {
                    answer.accept(opened.join(), response);
                  }

                  @Override
                  public void onError(Throwable failure) {}

                  @Override
                  public void onCompleted() {}
                });
    opened.complete(requests);
    DeltaDiscoveryRequest.Builder first =
        DeltaDiscoveryRequest.newBuilder()
            .setNode(
                ProxyIdentity.sidecar(
                        "10.1.0.9", name, "default", Map.of(), new ProxyIdentity.Capture.Redirect())
                    .toNode())
            .setTypeUrl(ResourceType.CLUSTER.typeUrl());
    requests.onNext(first.build());
    requests.onNext(
        DeltaDiscoveryRequest.newBuilder()
            .setTypeUrl(ResourceType.ROUTE.typeUrl())
            .addResourceNamesSubscribe("8080")
            .build());
    while (plane.syncStatus().isEmpty()) {
      Thread.onSpinWait();
    }
  }

  @Override
  public void close() {
    connected.forEach(SimulatedProxy::close);
    channel.shutdownNow();
    plane.close();
  }
}
