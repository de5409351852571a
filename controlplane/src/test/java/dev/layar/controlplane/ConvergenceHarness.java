package dev.layar.controlplane;

import dev.layar.compiler.ProxyIdentity;
import dev.layar.controlplane.ads.SyncResult;
import io.grpc.ManagedChannel;
import io.grpc.netty.NettyChannelBuilder;
import io.netty.util.ResourceLeakDetector;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * Measures how long an edit takes until every proxy has acknowledged it: over real gRPC, with
 * simulated proxies that share some connections. Prints; asserts nothing about time.
 *
 * <p>Arguments: number of proxies, of services, of edits.
 */
final class ConvergenceHarness {
  private static final Duration PATIENCE = Duration.ofSeconds(60);
  private static final int PROXIES_PER_CONNECTION = 100;

  private ConvergenceHarness() {}

  public static void main(String[] args) throws Exception {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    int proxies = args.length > 0 ? Integer.parseInt(args[0]) : 100;
    int services = args.length > 1 ? Integer.parseInt(args[1]) : 100;
    int edits = args.length > 2 ? Integer.parseInt(args[2]) : 100;
    MeshStore store = new MeshStore(InstantSource.system(), Admission.validation(), 1);
    store.put(SampleMesh.services(services));
    store.put(SampleMesh.rule(50));
    List<ManagedChannel> channels = new ArrayList<>();
    List<SimulatedProxy> connected = new ArrayList<>();
    try (ControlPlane plane = ControlPlane.start(ControlPlaneOptions.loopback(), store)) {
      long start = System.nanoTime();
      for (int i = 0; i < proxies; i++) {
        if (i % PROXIES_PER_CONNECTION == 0) {
          channels.add(
              NettyChannelBuilder.forAddress(plane.adsAddress())
                  .usePlaintext()
                  .maxInboundMessageSize(64 << 20)
                  .build());
        }
        connected.add(new SimulatedProxy(identity(i), channels.getLast()));
      }
      while (plane.syncStatus().size() < proxies) {
        plane.awaitAcked(Long.MAX_VALUE, Duration.ofMillis(10));
      }
      settle(plane, store.state().revision());
      System.out.printf(
          "%d proxies x %d services: connected and settled in %d ms, %d KB each%n",
          proxies,
          services,
          (System.nanoTime() - start) / 1_000_000,
          connected.getFirst().bytes() >> 10);
      print(
          "VirtualService edit",
          edits,
          i -> settle(plane, store.put(SampleMesh.rule(1 + i % 99)).revision()));
      print(
          "endpoint change",
          edits,
          i -> settle(plane, store.put(SampleMesh.endpoints(1, 1000 + i)).revision()));
      System.out.println(plane.totals());
    }
    channels.forEach(ManagedChannel::shutdownNow);
  }

  /** One edit and the wait for it. */
  @FunctionalInterface
  private interface Edit {
    void run(int number) throws Exception;
  }

  private static void print(String what, int edits, Edit edit) throws Exception {
    for (int i = 0; i < edits; i++) {
      edit.run(i);
    }
    long[] nanos = new long[edits];
    for (int i = 0; i < edits; i++) {
      long start = System.nanoTime();
      edit.run(edits + i);
      nanos[i] = System.nanoTime() - start;
    }
    Arrays.sort(nanos);
    System.out.printf(
        "%s until all have acknowledged: p50 %.2f ms, p99 %.2f ms, max %.2f ms%n",
        what, nanos[edits / 2] / 1e6, nanos[edits * 99 / 100] / 1e6, nanos[edits - 1] / 1e6);
  }

  private static void settle(ControlPlane plane, long revision) throws Exception {
    SyncResult result = plane.awaitAcked(revision, PATIENCE);
    if (!result.accepted()) {
      throw new IllegalStateException("not everyone has accepted " + revision + ": " + result);
    }
  }

  private static ProxyIdentity identity(int i) {
    return ProxyIdentity.sidecar(
        "10.1." + i / 250 + "." + (i % 250 + 1),
        "client-" + i,
        "default",
        Map.of("app", "client"),
        new ProxyIdentity.Capture.HttpProxy(15001));
  }
}
