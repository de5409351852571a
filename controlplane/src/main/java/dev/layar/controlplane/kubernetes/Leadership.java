package dev.layar.controlplane.kubernetes;

import io.fabric8.kubernetes.client.KubernetesClient;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderCallbacks;
import io.fabric8.kubernetes.client.extended.leaderelection.LeaderElectionConfigBuilder;
import io.fabric8.kubernetes.client.extended.leaderelection.resourcelock.LeaseLock;
import java.time.Duration;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Whether this replica is the one that writes statuses, decided by a Lease ({@code
 * coordination.k8s.io/v1}). Thread-safe; a thread of its own renews the lease. A replica that loses
 * it stands again.
 */
public final class Leadership implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Leadership.class);

  private final ExecutorService thread =
      Executors.newSingleThreadExecutor(
          Thread.ofPlatform().daemon().name("layar-leadership").factory());
  private volatile boolean leading;
  private volatile boolean closed;
  private volatile CompletableFuture<?> term = CompletableFuture.completedFuture(null);

  private Leadership() {}

  /**
   * Begins to stand for election.
   *
   * @param name the lease's, one for all replicas
   * @param replica this replica's name
   * @param lease how long a leader that fell silent is waited for
   * @param renew how long a leader may fail to renew before it gives up; less than the lease
   * @param retry pause between attempts
   */
  public static Leadership stand(
      KubernetesClient client,
      String namespace,
      String name,
      String replica,
      Duration lease,
      Duration renew,
      Duration retry) {
    Leadership leadership = new Leadership();
    leadership.thread.execute(
        () -> {
          while (!leadership.closed) {
            leadership.run(client, new LeaseLock(namespace, name, replica), lease, renew, retry);
          }
        });
    return leadership;
  }

  private void run(
      KubernetesClient client, LeaseLock lock, Duration lease, Duration renew, Duration retry) {
    try {
      term =
          client
              .leaderElector()
              .withConfig(
                  new LeaderElectionConfigBuilder()
                      .withName("layar")
                      .withLock(lock)
                      .withLeaseDuration(lease)
                      .withRenewDeadline(renew)
                      .withRetryPeriod(retry)
                      .withReleaseOnCancel(true)
                      .withLeaderCallbacks(
                          new LeaderCallbacks(
                              () -> leading = true,
                              () -> leading = false,
                              leader -> LOG.info("{} writes statuses", leader)))
                      .build())
              .build()
              .start();
      if (closed) {
        term.cancel(true);
      }
      term.join();
    } catch (RuntimeException ended) {
      LOG.debug("a term has ended: {}", ended.toString());
    } finally {
      leading = false;
    }
  }

  /** Whether this replica leads now. */
  public boolean leads() {
    return leading;
  }

  /** Gives the lease back. */
  @Override
  public void close() {
    closed = true;
    term.cancel(true);
    thread.shutdownNow();
  }
}
