package dev.layar.bench.serve;

import com.sun.management.OperatingSystemMXBean;
import dev.layar.controlplane.Admission;
import dev.layar.controlplane.ControlPlane;
import dev.layar.controlplane.ControlPlaneOptions;
import dev.layar.controlplane.MeshStore;
import dev.layar.controlplane.ads.SyncResult;
import dev.layar.model.Resource;
import io.netty.util.ResourceLeakDetector;
import java.lang.management.ManagementFactory;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.locks.LockSupport;

/**
 * What an edit costs the control plane and how soon every proxy has acknowledged it: simulated
 * proxies in another process, one gRPC connection each, on loopback. Prints; asserts nothing about
 * time.
 *
 * <p>Arguments: services, sidecars, namespaces, {@code scoped} or {@code open}, edits, seconds of
 * churn.
 */
public final class ServeBench {
  private static final Duration PATIENCE = Duration.ofSeconds(120);
  private static final int CHURN_PER_SECOND = 100;
  private static final OperatingSystemMXBean OS =
      ManagementFactory.getPlatformMXBean(OperatingSystemMXBean.class);

  private final ServeMesh mesh;
  private final MeshStore store;
  private final ControlPlane plane;
  private final Fleet fleet;

  private ServeBench(ServeMesh mesh, MeshStore store, ControlPlane plane, Fleet fleet) {
    this.mesh = mesh;
    this.store = store;
    this.plane = plane;
    this.fleet = fleet;
  }

  public static void main(String[] args) throws Exception {
    ResourceLeakDetector.setLevel(ResourceLeakDetector.Level.DISABLED);
    int services = number(args, 0, 1000);
    int sidecars = number(args, 1, 200);
    int namespaces = number(args, 2, 20);
    boolean scoped = args.length < 4 || args[3].equals("scoped");
    int edits = number(args, 4, 100);
    int churn = number(args, 5, 10);
    ServeMesh mesh = new ServeMesh(services, namespaces, scoped);
    System.out.printf(
        "%d services, %d sidecars, %d namespaces, %s%n",
        services, sidecars, namespaces, scoped ? "scoped" : "open");
    List<Resource<?>> objects = mesh.objects();
    objects.addAll(mesh.pods(2 * services));
    MeshStore store = new MeshStore(InstantSource.system(), Admission.validation(), 1);
    long start = System.nanoTime();
    try (ControlPlane plane = ControlPlane.start(ControlPlaneOptions.loopback(), store);
        Fleet fleet = Fleet.start(plane.adsAddress(), namespaces)) {
      store.put(objects);
      ServeBench bench = new ServeBench(mesh, store, plane, fleet);
      say("objects stored", start);
      bench.connect(1);
      say("first sidecar has everything", start);
      bench.connect(namespaces);
      say("one sidecar of each namespace has everything", start);
      bench.heap("heap with one sidecar of each namespace", 0);
      long before = usedHeap();
      bench.connect(sidecars);
      say("all have everything", start);
      bench.heap("heap with all", (usedHeap() - before) / Math.max(1, sidecars - namespaces));
      bench.edits("VirtualService edit", edits, i -> mesh.rule(10 * (i % 10), 1 + i % 99));
      bench.edits("endpoint change", edits, i -> mesh.endpoints(10 * (i % 10) + 1, i + 1));
      bench.churn(churn);
      System.out.println(plane.totals());
    }
  }

  private static int number(String[] args, int at, int otherwise) {
    return args.length > at ? Integer.parseInt(args[at]) : otherwise;
  }

  private static void say(String what, long start) {
    System.out.printf(Locale.ROOT, "%s: after %.2f s%n", what, (System.nanoTime() - start) / 1e9);
  }

  private void connect(int total) throws Exception {
    fleet.connect(total);
    long deadline = System.nanoTime() + PATIENCE.toNanos();
    while (plane.syncStatus().size() < total) {
      if (System.nanoTime() > deadline) {
        throw new IllegalStateException("not everyone has connected");
      }
      LockSupport.parkNanos(1_000_000);
    }
    settle(store.state().revision());
  }

  private void heap(String what, long perProxy) {
    System.out.printf(
        "%s: %d MB%s%n",
        what, usedHeap() >> 20, perProxy == 0 ? "" : ", " + (perProxy >> 10) + " KB a sidecar");
  }

  private static long usedHeap() {
    for (int i = 0; i < 3; i++) {
      System.gc();
    }
    return Runtime.getRuntime().totalMemory() - Runtime.getRuntime().freeMemory();
  }

  /** The objects of one edit. */
  @FunctionalInterface
  private interface Edit {
    List<Resource<?>> objects(int number);
  }

  private void edits(String what, int count, Edit edit) throws Exception {
    for (int i = 0; i < count / 2; i++) {
      settle(store.put(edit.objects(i)).revision());
    }
    Latencies latencies = new Latencies();
    Fleet.Received before = fleet.received();
    int concerned = 0;
    long cpu = 0;
    long recomputed = 0;
    for (int i = 0; i < count; i++) {
      List<Resource<?>> objects = edit.objects(count + i);
      long cpuBefore = OS.getProcessCpuTime();
      long start = System.nanoTime();
      settle(store.put(objects).revision());
      latencies.add(System.nanoTime() - start);
      cpu += OS.getProcessCpuTime() - cpuBefore;
      recomputed += plane.compiler().stats().recomputed();
      if (i == 0) {
        concerned = fleet.received().since(before).concerned();
      }
    }
    long bytes = fleet.received().since(before).totalBytes();
    System.out.printf(
        Locale.ROOT,
        "%s: %s; CPU %.1f ms; %d proxies got bytes, %d bytes each; %d queries%n",
        what,
        latencies,
        cpu / 1e6 / count,
        concerned,
        bytes / count / Math.max(1, concerned),
        recomputed / count);
  }

  private void churn(int seconds) throws Exception {
    int changes = seconds * CHURN_PER_SECOND;
    long period = 1_000_000_000L / CHURN_PER_SECOND;
    BlockingQueue<Long> written = new ArrayBlockingQueue<>(changes + 1);
    Latencies latencies = new Latencies();
    long cpuBefore = OS.getProcessCpuTime();
    long start = System.nanoTime();
    Thread writer = Thread.ofPlatform().start(() -> write(start, period, changes, written));
    for (int i = 0; i < changes; i++) {
      settle(written.take());
      latencies.add(System.nanoTime() - (start + i * period));
    }
    writer.join();
    System.out.printf(
        Locale.ROOT,
        "churn, %d endpoint changes/s for %d s, each until acknowledged: %s; CPU %.0f %% of a"
            + " core%n",
        CHURN_PER_SECOND,
        seconds,
        latencies,
        (OS.getProcessCpuTime() - cpuBefore) / 1e7 / seconds);
  }

  /** Writes on time, whatever the proxies do. */
  private void write(long start, long period, int changes, BlockingQueue<Long> written) {
    for (int i = 0; i < changes; i++) {
      long at = start + i * period;
      while (System.nanoTime() < at) {
        LockSupport.parkNanos(at - System.nanoTime());
      }
      written.add(store.put(mesh.endpoints(i % mesh.services(), i + 7)).revision());
    }
  }

  private void settle(long revision) throws Exception {
    SyncResult result = plane.awaitAcked(revision, PATIENCE);
    if (!result.accepted()) {
      throw new IllegalStateException(
          result.behind().size() + " proxies are behind revision " + revision);
    }
  }
}
