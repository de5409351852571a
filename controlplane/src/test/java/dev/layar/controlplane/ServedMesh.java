package dev.layar.controlplane;

import dev.layar.compiler.ProxyIdentity;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;

/** Two services with a rule, a control plane, and simulated proxies over real gRPC. */
public final class ServedMesh implements AutoCloseable {
  private static final Duration SOON = Duration.ofSeconds(10);

  private final MeshStore store = new MeshStore(InstantSource.system(), Admission.validation(), 1);
  private final ControlPlane plane;
  private final ManagedChannel channel;

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
    SimulatedProxy unused =
        new SimulatedProxy(
            ProxyIdentity.sidecar(
                "10.1.0.1", name, "default", Map.of(), new ProxyIdentity.Capture.Redirect()),
            channel);
    while (plane.syncStatus().size() == before) {
      Thread.onSpinWait();
    }
    if (!plane.awaitAcked(store.state().revision(), SOON).accepted()) {
      throw new IllegalStateException(unused + " has not accepted: " + plane.syncz());
    }
  }

  @Override
  public void close() {
    channel.shutdownNow();
    plane.close();
  }
}
