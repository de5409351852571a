package dev.layar.local;

import dev.layar.base.Ticker;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.controlplane.Admission;
import dev.layar.controlplane.ControlPlane;
import dev.layar.controlplane.ControlPlaneOptions;
import dev.layar.controlplane.MeshStore;
import dev.layar.controlplane.ads.ProxySync;
import dev.layar.controlplane.ads.SyncResult;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.proxy.admin.AdminServer;
import dev.layar.proxy.server.ProxyOptions;
import dev.layar.proxy.server.ProxyServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The control plane and the node's proxy in this JVM. They speak xDS over loopback as they would
 * between machines. Thread-safe.
 */
final class NodeMesh implements MeshSide {
  private static final Logger LOG = LoggerFactory.getLogger(NodeMesh.class);
  private static final int MAX_LOOPS = 4;

  /** How long a gateway that was taken away may finish what it carries. */
  private static final Duration GATEWAY_DRAIN = Duration.ofSeconds(5);

  private final Identities identities;
  private final MeshStore store;
  private final ControlPlane plane;
  private final ProxyServer proxy;
  private final AdminServer admin;
  private final Set<NodeWorkload> workloads = ConcurrentHashMap.newKeySet();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition becameReady = lock.newCondition();
  private final ScheduledExecutorService later =
      new ScheduledThreadPoolExecutor(
          1, Thread.ofPlatform().daemon().name("layar-detach").factory());

  private NodeMesh(
      Identities identities, MeshStore store, ControlPlane plane, ProxyServer proxy, Ticker ticker)
      throws IOException {
    this.identities = identities;
    this.store = store;
    this.plane = plane;
    this.proxy = proxy;
    this.admin =
        AdminServer.start(
            new InetSocketAddress(InetAddress.getLoopbackAddress(), 0),
            () -> workloads.stream().map(NodeWorkload::shown).toList(),
            AdminServer.Actions.NONE,
            ticker);
  }

  static MeshSide start(LocalOptions options) throws IOException {
    InstantSource clock = InstantSource.system();
    MeshStore store = new MeshStore(clock, Admission.everything(), options.seed());
    Identities identities = Identities.open(options, clock);
    ControlPlane plane =
        ControlPlane.start(
            ControlPlaneOptions.loopback()
                .withCertificates(identities.certificates(clock))
                .withSecretsOnPlainPort(),
            store);
    int loops = Math.clamp(Runtime.getRuntime().availableProcessors() / 2, 1, MAX_LOOPS);
    ProxyServer proxy = ProxyServer.start(ProxyOptions.of(loops));
    return new NodeMesh(identities, store, plane, proxy, options.ticker());
  }

  @Override
  public long publish(Collection<Resource<?>> upserts, Collection<ObjectKey> deletes) {
    return store.edit(upserts, deletes).revision();
  }

  @Override
  public List<String> awaitSettled(long revision, Duration atMost) throws InterruptedException {
    SyncResult result = plane.awaitAcked(revision, atMost);
    for (ProxySync refused : result.refused()) {
      LOG.warn("proxy {} refused configuration: {}", refused.proxy(), refused.types());
    }
    return result.behind().stream().map(ProxySync::proxy).toList();
  }

  @Override
  public List<String> awaitConnected(Duration atMost) throws InterruptedException {
    long rest = atMost.toNanos();
    lock.lock();
    try {
      while (!unready().isEmpty() && rest > 0) {
        rest = becameReady.awaitNanos(rest);
      }
    } finally {
      lock.unlock();
    }
    return unready();
  }

  private List<String> unready() {
    List<String> ids = new ArrayList<>();
    for (NodeWorkload workload : workloads) {
      if (!workload.isReady()) {
        ids.add(workload.id());
      }
    }
    return ids;
  }

  @Override
  public Workload attach(
      ProxyIdentity identity,
      String account,
      String address,
      Map<Integer, Integer> ports,
      Path log,
      Runnable ready) {
    Identities.@Nullable Identity who = account.isEmpty() ? null : known(identity, account);
    NodeWorkload workload =
        NodeWorkload.start(
            proxy,
            plane.adsAddress(),
            who == null ? identity : identity.withCertificate(),
            who,
            new NodeWorkload.Binding(address, ports),
            log,
            () -> {
              signalReady();
              ready.run();
            });
    workloads.add(workload);
    return () -> detach(workload, identity.type());
  }

  private Identities.Identity known(ProxyIdentity identity, String account) {
    InetSocketAddress server = plane.secureAddress().orElseThrow();
    try {
      return identities.of(identity.nodeId(), identity.namespace(), account, server);
    } catch (IOException e) {
      throw new UncheckedIOException("the token of " + identity.id() + " cannot be written", e);
    }
  }

  private void signalReady() {
    lock.lock();
    try {
      becameReady.signalAll();
    } finally {
      lock.unlock();
    }
  }

  /** A sidecar goes with its application; a gateway first finishes what it carries. */
  private void detach(NodeWorkload workload, ProxyIdentity.Type type) {
    workloads.remove(workload);
    workload.disconnect();
    long wait =
        switch (type) {
          case SIDECAR -> 0;
          case ROUTER, WAYPOINT -> GATEWAY_DRAIN.toMillis();
        };
    later.schedule(() -> workload.remove(proxy), wait, TimeUnit.MILLISECONDS);
  }

  @Override
  public HostPort admin() {
    return new HostPort(admin.address().getAddress().getHostAddress(), admin.address().getPort());
  }

  @Override
  public void close() {
    later.shutdownNow();
    admin.close();
    workloads.forEach(NodeWorkload::disconnect);
    plane.close();
    try {
      proxy.close();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
