package dev.layar.controlplane;

import dev.layar.compiler.ConfigDump;
import dev.layar.compiler.MeshCompiler;
import dev.layar.controlplane.ads.AdsCounters;
import dev.layar.controlplane.ads.AdsServer;
import dev.layar.controlplane.ads.ConnectedProxy;
import dev.layar.controlplane.ads.ConvergenceTimes;
import dev.layar.controlplane.ads.ProxySync;
import dev.layar.controlplane.ads.SyncResult;
import dev.layar.controlplane.ca.CertificateService;
import dev.layar.xds.server.TypeStatus;
import io.grpc.ServerServiceDefinition;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/** Compiles what a store holds for every connected proxy and keeps them up to date. Thread-safe. */
public final class ControlPlane implements AutoCloseable {
  private final MeshStore store;
  private final MeshCompiler compiler;
  private final AdsServer ads;
  private final Optional<InetSocketAddress> secureAddress;
  private final MeshStore.Subscription changes;

  private ControlPlane(
      MeshStore store,
      MeshCompiler compiler,
      AdsServer ads,
      Optional<InetSocketAddress> secureAddress) {
    this.store = store;
    this.compiler = compiler;
    this.ads = ads;
    this.secureAddress = secureAddress;
    this.changes = store.onChange(state -> ads.changed());
  }

  /**
   * Starts serving what the store holds and will hold. The store stays the caller's.
   *
   * @throws IOException when the address cannot be bound
   */
  public static ControlPlane start(ControlPlaneOptions options, MeshStore store)
      throws IOException {
    MeshCompiler compiler = new MeshCompiler(options.settings());
    List<ServerServiceDefinition> services =
        options.certificates().stream()
            .map(given -> CertificateService.of(given.authority(), given.verifier()))
            .toList();
    AdsServer ads =
        AdsServer.start(
            options.ads(),
            new CompiledSource(store, compiler, options.secretsOnPlainPort()),
            services);
    Optional<InetSocketAddress> secure = Optional.empty();
    if (options.certificates().isPresent()) {
      Certificates given = options.certificates().get();
      try {
        secure = Optional.of(ads.listen(given.address(), given.identity().credentials(), services));
      } catch (IOException refused) {
        ads.close();
        throw refused;
      }
    }
    ControlPlane plane = new ControlPlane(store, compiler, ads, secure);
    ads.changed();
    return plane;
  }

  public MeshStore store() {
    return store;
  }

  /** For findings and statistics; its state is moved by the control plane alone. */
  public MeshCompiler compiler() {
    return compiler;
  }

  /** Where proxies connect. */
  public InetSocketAddress adsAddress() {
    return ads.address();
  }

  /** Where they connect with TLS, when workloads get identities. */
  public Optional<InetSocketAddress> secureAddress() {
    return secureAddress;
  }

  /** Every connected proxy, by id. */
  public List<ProxySync> syncStatus() {
    return ads.syncStatus();
  }

  /** Every connected proxy with what it subscribed to, by id. */
  public List<ConnectedProxy> proxies() {
    return ads.proxies();
  }

  /**
   * What a connected proxy gets now, in the shape of Envoy's {@code /config_dump}; empty when no
   * such proxy is connected. Secrets are left out.
   */
  public Optional<String> configDump(String proxy) {
    return ads.client(proxy)
        .filter(CompiledSource.Proxy.class::isInstance)
        .map(CompiledSource.Proxy.class::cast)
        .map(client -> ConfigDump.json(compiler.resources(client.identity())));
  }

  /** How long changes took until proxies had acknowledged them. */
  public ConvergenceTimes.Histogram convergence() {
    return ads.convergenceTimes();
  }

  public AdsCounters.Totals totals() {
    return ads.totals();
  }

  /**
   * Waits until every connected proxy has answered everything up to a revision of the store.
   *
   * @throws InterruptedException when the waiting thread is interrupted
   */
  public SyncResult awaitAcked(long revision, Duration atMost) throws InterruptedException {
    return ads.awaitSettled(revision, atMost);
  }

  /**
   * Calls a listener whenever some proxy has answered all that it was sent, or is gone; it must
   * return at once.
   */
  public MeshStore.Subscription onSettled(Runnable listener) {
    return ads.onSettled(listener)::run;
  }

  /** The sync status as a table for people: a line for each proxy and type. */
  public String syncz() {
    StringBuilder out = new StringBuilder();
    for (ProxySync proxy : syncStatus()) {
      out.append(proxy.proxy()).append(" (").append(proxy.variant()).append(") settled on ");
      out.append(proxy.settledRevision()).append(" of ").append(store.state().revision());
      out.append('\n');
      proxy.types().forEach(type -> line(out, type));
    }
    return out.toString();
  }

  private static void line(StringBuilder out, TypeStatus type) {
    out.append("  ").append(type.type().shortName());
    out.append(" sent ").append(type.sentRevision());
    out.append(" acked ").append(type.ackedRevision());
    if (type.nacked()) {
      out.append(" REFUSED ").append(type.nackedRevision()).append(": ").append(type.nackText());
    }
    out.append('\n');
  }

  /** Ends all streams; proxies keep what they have. */
  @Override
  public void close() {
    changes.close();
    ads.close();
  }
}
