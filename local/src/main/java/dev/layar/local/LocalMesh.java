package dev.layar.local;

import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeoutException;

/**
 * A cluster on this machine with its mesh: object store, controllers, pods as processes, control
 * plane and the node's proxy, all in this JVM but for the pods' containers. Thread-safe.
 */
public final class LocalMesh implements AutoCloseable {
  private LocalMesh() {}

  /**
   * Starts an empty mesh; returns when the control plane and the node's proxy serve.
   *
   * @throws LocalException with one sentence that says what is wrong and what to do, for example
   *     when another mesh runs from this state directory
   */
  public static LocalMesh start(LocalOptions options) throws LocalException, InterruptedException {
    throw new UnsupportedOperationException();
  }

  /**
   * Creates or replaces objects as one revision. Namespaces that are named but missing are made.
   */
  public ApplyResult apply(Collection<Resource<?>> objects) {
    throw new UnsupportedOperationException();
  }

  /** Deletes an object and what it owns; nothing happens when there is none. */
  public void delete(ObjectKey key) {
    throw new UnsupportedOperationException();
  }

  /** The stored objects of every kind, also those that controllers made. */
  public List<Resource<?>> objects() {
    throw new UnsupportedOperationException();
  }

  /** Every pod by namespace and name. */
  public List<PodView> pods() {
    throw new UnsupportedOperationException();
  }

  /** Ready pods of a namespace that carry all these labels. */
  public List<PodView> pods(String namespace, Map<String, String> labels) {
    throw new UnsupportedOperationException();
  }

  /**
   * The pod by name, or the oldest ready pod of the Deployment or {@code app} label of that name,
   * as {@code kubectl exec deploy/NAME} chooses.
   */
  public Optional<PodView> pod(String namespace, String name) {
    throw new UnsupportedOperationException();
  }

  /**
   * Waits until every Deployment has exactly its wanted pods, all ready and of the current
   * template, and no pod is being stopped.
   *
   * @throws TimeoutException naming each pod that is missing, why, and its last log lines
   */
  public void awaitReady(Duration timeout) throws InterruptedException, TimeoutException {
    throw new UnsupportedOperationException();
  }

  /**
   * Waits until every proxy has acknowledged what the store held when this was called.
   *
   * @throws TimeoutException naming the proxies that have not
   */
  public void awaitSynced(Duration timeout) throws InterruptedException, TimeoutException {
    throw new UnsupportedOperationException();
  }

  /**
   * Runs a command in the environment of a pod's first container. {@code fetch} is the samples'
   * client; every other program is looked up on the machine's PATH.
   *
   * @throws LocalException when there is no such pod or program
   */
  public ExecResult exec(String namespace, String pod, List<String> command, Duration timeout)
      throws LocalException, InterruptedException {
    throw new UnsupportedOperationException();
  }

  /** As {@link #exec}, without waiting. The caller closes the session. */
  public ExecSession startExec(String namespace, String pod, List<String> command)
      throws LocalException {
    throw new UnsupportedOperationException();
  }

  /**
   * The file a container writes its output to; it may still be empty.
   *
   * @param container empty for the pod's first
   * @throws LocalException when there is no such pod or container
   */
  public Path log(String namespace, String pod, String container) throws LocalException {
    throw new UnsupportedOperationException();
  }

  /**
   * Where a gateway listens.
   *
   * @param service the gateway's Service, usually {@code istio-ingressgateway}
   * @param port the Service's port, usually 80
   * @return empty until a ready gateway pod serves that port
   */
  public Optional<HostPort> gateway(String namespace, String service, int port) {
    throw new UnsupportedOperationException();
  }

  /** The default gateway's port 80: {@code istio-ingressgateway} in {@code istio-system}. */
  public Optional<HostPort> gateway() {
    return gateway("istio-system", "istio-ingressgateway", 80);
  }

  /** Where the node proxy's admin interface listens. */
  public HostPort admin() {
    throw new UnsupportedOperationException();
  }

  /** Where this mesh keeps its state. */
  public Path stateDirectory() {
    throw new UnsupportedOperationException();
  }

  /**
   * Stops every pod (SIGTERM, then SIGKILL after a short grace) and everything else. Idempotent.
   */
  @Override
  public void close() {
    throw new UnsupportedOperationException();
  }
}
