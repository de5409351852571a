package dev.layar.proxy;

import static java.util.concurrent.TimeUnit.MILLISECONDS;

import dev.layar.base.Finding;
import dev.layar.base.Location;
import dev.layar.base.Result;
import dev.layar.base.Ticker;
import dev.layar.proxy.admin.AdminServer;
import dev.layar.proxy.admin.AdminWorkload;
import dev.layar.proxy.ads.AdsClient;
import dev.layar.proxy.config.Bootstrap;
import dev.layar.proxy.server.ProxyOptions;
import dev.layar.proxy.server.ProxyServer;
import dev.layar.proxy.server.Workload;
import dev.layar.proxy.server.WorkloadOptions;
import dev.layar.telemetry.Sample;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/**
 * The proxy alone, as {@code layar proxy} runs it: one workload, configured by an Envoy v3
 * bootstrap file with static resources, an ADS server, or both. Thread-safe.
 */
public final class StandaloneProxy implements AutoCloseable {
  private static final long DRAIN_POLL_MILLIS = 10;

  private final ProxyServer server;
  private final Workload workload;
  private final @Nullable AdsClient ads;
  private final CountDownLatch quit = new CountDownLatch(1);
  private @Nullable AdminServer admin;

  private StandaloneProxy(ProxyServer server, Workload workload, @Nullable AdsClient ads) {
    this.server = server;
    this.workload = workload;
    this.ads = ads;
  }

  /**
   * Starts. Static resources are in effect and their listeners bound when this returns; what comes
   * from an ADS server follows.
   *
   * @return the running proxy with warnings, or why it cannot run: a refused resource, a port in
   *     use
   */
  public static Result<StandaloneProxy> start(Bootstrap bootstrap, ProxyOptions options)
      throws InterruptedException {
    ProxyServer server = ProxyServer.start(options);
    WorkloadOptions who =
        WorkloadOptions.of(bootstrap.nodeId()).withLocalZone(bootstrap.localZone());
    Workload workload =
        server.addWorkload(
            bootstrap.identity() == null ? who : who.withIdentity(bootstrap.identity()));
    List<Finding> findings = new ArrayList<>(bootstrap.applyTo(workload.config()));
    findings.addAll(workload.problems());
    AdsClient ads =
        bootstrap.ads() == null ? null : AdsClient.start(bootstrap.ads(), workload.sink());
    StandaloneProxy proxy = new StandaloneProxy(server, workload, ads);
    proxy.openAdmin(bootstrap, options.ticker(), findings);
    if (findings.stream().anyMatch(Finding::isError)) {
      proxy.close();
      return new Result.Rejected<>(findings);
    }
    return new Result.Ok<>(proxy, findings);
  }

  private void openAdmin(Bootstrap bootstrap, Ticker ticker, List<Finding> findings) {
    InetSocketAddress address = bootstrap.admin();
    if (address == null) {
      return;
    }
    AdminWorkload shown =
        new AdminWorkload(
            workload.id(),
            workload.config(),
            workload.metrics(),
            workload::ready,
            workload::addresses,
            workload::chains,
            bootstrap);
    try {
      admin = AdminServer.start(address, () -> List.of(shown), actions(), ticker);
    } catch (IOException e) {
      String where = address.getHostString() + ":" + address.getPort();
      findings.add(
          Finding.error(
              "LYR5002",
              Location.UNKNOWN,
              "admin.address",
              "cannot open the admin port "
                  + where
                  + " ("
                  + e.getMessage()
                  + "): stop what holds it, or choose another",
              where,
              ""));
    }
  }

  private AdminServer.Actions actions() {
    return new AdminServer.Actions() {
      @Override
      public void quit() {
        quit.countDown();
      }

      @Override
      public void drain() {
        server.drain();
      }
    };
  }

  /** The one workload. */
  public Workload workload() {
    return workload;
  }

  /** Where the admin port listens; null without one. */
  public @Nullable InetSocketAddress adminAddress() {
    AdminServer open = admin;
    return open == null ? null : open.address();
  }

  /** Blocks until an operator asks the process to end ({@code POST /quitquitquit}). */
  public void awaitQuit() throws InterruptedException {
    quit.await();
  }

  /**
   * Stops accepting, lets what is under way end, and waits for that; not for event loops.
   *
   * @return whether every connection ended within {@code limit}
   */
  public boolean drain(Duration limit) throws InterruptedException {
    server.drain();
    CountDownLatch never = new CountDownLatch(1);
    long deadline = System.nanoTime() + limit.toNanos();
    while (activeConnections() > 0) {
      if (System.nanoTime() >= deadline || never.await(DRAIN_POLL_MILLIS, MILLISECONDS)) {
        return false;
      }
    }
    return true;
  }

  private long activeConnections() {
    long active = 0;
    for (Sample sample : workload.metrics().samples()) {
      if (sample.statName().endsWith(".downstream_cx_active")
          && sample.value() instanceof Sample.GaugeValue gauge) {
        active += gauge.level();
      }
    }
    return active;
  }

  @Override
  public void close() throws InterruptedException {
    AdsClient client = ads;
    if (client != null) {
      client.close();
    }
    AdminServer open = admin;
    if (open != null) {
      open.close();
    }
    server.close();
    quit.countDown();
  }
}
