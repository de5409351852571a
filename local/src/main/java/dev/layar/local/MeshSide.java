package dev.layar.local;

import dev.layar.compiler.ProxyIdentity;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;

/** What the cluster needs of the mesh: a place for objects, and proxies for its pods. */
public interface MeshSide extends AutoCloseable {
  /** Stores a batch as one revision and returns that revision. Called from one thread. */
  long publish(Collection<Resource<?>> upserts, Collection<ObjectKey> deletes);

  /**
   * Blocks until every connected proxy has answered a revision.
   *
   * @return the ids of those that have not, empty when all have
   */
  List<String> awaitSettled(long revision, Duration atMost) throws InterruptedException;

  /**
   * Blocks until every attached workload has had its first full configuration.
   *
   * @return the ids of those that have not, empty when all have
   */
  List<String> awaitConnected(Duration atMost) throws InterruptedException;

  /**
   * Starts a workload of the node's proxy.
   *
   * @param account the service account that it gets certificates as; empty for none
   * @param address where its listeners bind, whatever address they are configured with
   * @param ports configured port → the port to bind instead; others are bound as configured
   * @param log the file for its access log
   * @param ready called once, on any thread, when the workload has its first full configuration
   */
  Workload attach(
      ProxyIdentity identity,
      String account,
      String address,
      Map<Integer, Integer> ports,
      Path log,
      Runnable ready);

  /** Where the node proxy's admin interface listens. */
  HostPort admin();

  @Override
  void close();

  /** One workload of the node's proxy; closing it closes its listeners and its xDS stream. */
  interface Workload extends AutoCloseable {
    @Override
    void close();
  }
}
