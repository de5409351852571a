package dev.layar.local;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.local.control.EndpointSlices;
import dev.layar.local.controllers.Kinds;
import dev.layar.local.image.ImageCatalogue;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Trees;
import dev.layar.local.net.AddressPlan;
import dev.layar.local.node.Kubelet;
import dev.layar.local.process.Grouping;
import dev.layar.model.Resource;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Duration;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;

/**
 * A cluster on this machine with its mesh: object store, controllers, pods as processes, control
 * plane and the node's proxy, all in this JVM but for the pods' containers. Thread-safe.
 *
 * <p>When the JVM is asked to end, the mesh closes itself; when it ends in any other way, the
 * containers end with it.
 */
public final class LocalMesh implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(LocalMesh.class);
  private static final int LOG_LINES = 5;

  /** That controllers have nothing left to do changes no object, and so wakes nobody. */
  private static final long LOOK_AGAIN_NANOS = 20_000_000;

  private final LocalOptions options;
  private final Home home;
  private final AddressPlan addresses;
  private final MeshSide mesh;
  private final LocalCluster cluster;
  private final Grouping grouping = Grouping.of(System.getenv());
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private Kubelet.@Nullable View written;
  private final Thread hook =
      Thread.ofPlatform().name("layar-stop").unstarted(this::closeWithoutHook);

  private LocalMesh(
      LocalOptions options, Home home, AddressPlan addresses, MeshSide mesh, ImageCatalogue images)
      throws IOException {
    this.options = options;
    this.home = home;
    this.addresses = addresses;
    this.mesh = mesh;
    this.cluster =
        new LocalCluster(options, mesh, addresses, images, this::published, this::signal);
  }

  /**
   * Starts an empty mesh; returns when the control plane and the node's proxy serve.
   *
   * @throws LocalException with one sentence that says what is wrong and what to do, for example
   *     when another mesh runs from this state directory
   */
  public static LocalMesh start(LocalOptions options) throws LocalException {
    return start(options, NodeMesh::start);
  }

  /** How the mesh side is made. */
  @FunctionalInterface
  interface MeshSideFactory {
    MeshSide start(LocalOptions options) throws IOException;
  }

  static LocalMesh start(LocalOptions options, MeshSideFactory factory) throws LocalException {
    Home home = Home.claim(options.stateDirectory());
    try {
      ImageCatalogue images = new ImageCatalogue(images(options));
      int seed = options.stateDirectory().toAbsolutePath().hashCode();
      AddressPlan addresses =
          switch (options.addresses()) {
            case AUTO -> AddressPlan.probe(seed);
            case SINGLE -> AddressPlan.shared(seed);
          };
      LocalMesh local = new LocalMesh(options, home, addresses, factory.start(options), images);
      local.writeState(local.cluster.view());
      Runtime.getRuntime().addShutdownHook(local.hook);
      return local;
    } catch (IOException e) {
      home.release();
      throw new LocalException("the mesh cannot start: " + e.getMessage(), e);
    }
  }

  private static Map<String, List<String>> images(LocalOptions options)
      throws IOException, LocalException {
    Path file = options.stateDirectory().resolve("images.yaml");
    return switch (ImageCatalogue.read(file)) {
      case Result.Ok<Map<String, List<String>>>(var fromFile, var _) -> {
        Map<String, List<String>> all = new HashMap<>(fromFile);
        all.putAll(options.images());
        yield all;
      }
      case Result.Rejected<Map<String, List<String>>>(List<Finding> findings) ->
          throw new LocalException(findings.getFirst().line());
    };
  }

  /** Creates or replaces objects. Namespaces that are named but missing are made. */
  public ApplyResult apply(List<Manifest> manifests) {
    return cluster.apply(manifests);
  }

  /** As {@link #apply(List)}, for objects of the model. */
  public ApplyResult apply(Collection<Resource<?>> objects) {
    return cluster.apply(objects.stream().map(Manifest::of).toList());
  }

  /** Deletes an object and what it owns; nothing happens when there is none. */
  public void delete(ObjectId id) {
    cluster.delete(id);
  }

  /** Every pod by namespace and name. */
  public List<PodView> pods() {
    return cluster.view().pods();
  }

  /** Ready pods of a namespace that carry all these labels. */
  public List<PodView> pods(String namespace, Map<String, String> labels) {
    return pods().stream()
        .filter(pod -> pod.ready() && pod.namespace().equals(namespace))
        .filter(pod -> pod.labels().entrySet().containsAll(labels.entrySet()))
        .toList();
  }

  /**
   * The pod of that name, else the first ready one whose Deployment or {@code app} label it is. A
   * leading {@code deploy/}, {@code deployment/} or {@code pod/} is taken off.
   */
  public Optional<PodView> pod(String namespace, String name) {
    String wanted = PodChoice.bare(name);
    return pods().stream()
        .filter(pod -> pod.namespace().equals(namespace))
        .filter(pod -> PodChoice.matches(wanted, pod.name(), pod.labels()))
        .min(
            Comparator.comparing((PodView pod) -> !pod.name().equals(wanted))
                .thenComparing(pod -> !pod.ready())
                .thenComparing(PodView::name));
  }

  /**
   * Waits until every Deployment has exactly its wanted pods, all ready and of the current
   * template, and no pod is being stopped.
   *
   * @throws TimeoutException naming each pod that is missing, why, and its last log lines; at once
   *     when a pod's image is not known
   */
  public void awaitReady(Duration timeout) throws InterruptedException, TimeoutException {
    long rest = timeout.toNanos();
    lock.lock();
    try {
      while (!cluster.unmet().isEmpty()) {
        if (rest <= 0 || hopeless()) {
          throw new TimeoutException(unready());
        }
        long step = Math.min(rest, LOOK_AGAIN_NANOS);
        rest -= step - Math.max(0, changed.awaitNanos(step));
      }
    } finally {
      lock.unlock();
    }
    cluster.flushed(Duration.ofNanos(Math.max(0, rest)));
  }

  private boolean hopeless() {
    return pods().stream().anyMatch(pod -> pod.status() == PodView.Status.IMAGE_NOT_FOUND);
  }

  private String unready() {
    Kubelet.View view = cluster.view();
    StringBuilder out = new StringBuilder("not ready:");
    cluster.unmet().forEach(sentence -> out.append("\n  ").append(sentence));
    for (PodView pod : view.pods()) {
      Kubelet.Inside inside = view.inside().get(new Key(pod.namespace(), pod.name()));
      if (!pod.ready() && inside != null) {
        inside.containers().values().forEach(c -> lastLines(out, pod, c));
      }
    }
    return out.toString();
  }

  private static void lastLines(StringBuilder out, PodView pod, Kubelet.Container container) {
    List<String> now = LogFiles.tail(container.log(), LOG_LINES);
    List<String> lines = now.isEmpty() ? LogFiles.tail(container.previousLog(), LOG_LINES) : now;
    if (!lines.isEmpty()) {
      out.append("\n  last lines of ").append(pod.name()).append(' ').append(container.name());
      lines.forEach(line -> out.append("\n    ").append(line));
    }
  }

  /**
   * Waits until every proxy has acknowledged what the store held when this was called.
   *
   * @throws TimeoutException naming the proxies that have not
   */
  public void awaitSynced(Duration timeout) throws InterruptedException, TimeoutException {
    long deadline = System.nanoTime() + timeout.toNanos();
    long revision = cluster.flushed(timeout);
    List<String> silent = mesh.awaitConnected(timeout);
    if (!silent.isEmpty()) {
      throw new TimeoutException("these proxies have no configuration yet: " + silent);
    }
    Duration rest = Duration.ofNanos(Math.max(0, deadline - System.nanoTime()));
    List<String> behind = mesh.awaitSettled(revision, rest);
    if (!behind.isEmpty()) {
      throw new TimeoutException("these proxies have not acknowledged: " + behind);
    }
  }

  /**
   * Runs a command in the environment of a pod's first container. {@code fetch} is the samples'
   * client; every other program is looked up on the machine's PATH.
   *
   * @throws LocalException when there is no such pod or program
   */
  public ExecResult exec(String namespace, String pod, List<String> command, Duration timeout)
      throws LocalException, InterruptedException {
    try (ExecSession session = startExec(namespace, pod, command)) {
      return session.await(timeout);
    }
  }

  /**
   * Where a pod's processes listen: its address, or a second one when its sidecar stands there.
   *
   * @throws LocalException when there is no such pod
   */
  public String processAddress(String namespace, String pod) throws LocalException {
    return entry(namespace, pod).ip();
  }

  /** As {@link #exec}, without waiting. The caller closes the session. */
  public ExecSession startExec(String namespace, String pod, List<String> command)
      throws LocalException {
    Kubelet.Container first = entry(namespace, pod).first();
    if (first == null || first.environment().isEmpty()) {
      throw new LocalException("pod " + pod + " has not started; see its events");
    }
    return ExecProcess.start(
        command, first.environment(), home.directory().resolve("exec"), grouping);
  }

  private Kubelet.Inside entry(String namespace, String name) throws LocalException {
    Optional<PodView> pod = pod(namespace, name);
    Kubelet.Inside inside =
        pod.isEmpty() ? null : cluster.view().inside().get(new Key(namespace, pod.get().name()));
    if (inside == null) {
      throw new LocalException(
          "there is no pod "
              + name
              + " in namespace "
              + namespace
              + "; there are "
              + pods().stream().map(p -> p.namespace() + "/" + p.name()).toList());
    }
    return inside;
  }

  /**
   * The file a container writes its output to; it may not exist yet.
   *
   * @param container empty for the pod's first; {@code istio-proxy} for the sidecar
   * @throws LocalException when there is no such pod or container
   */
  public Path log(String namespace, String pod, String container) throws LocalException {
    Kubelet.Inside inside = entry(namespace, pod);
    Kubelet.Container found =
        container.isEmpty() ? inside.first() : inside.containers().get(container);
    if (found == null) {
      throw new LocalException(
          "pod "
              + pod
              + " has no container "
              + container
              + "; it has "
              + inside.containers().keySet());
    }
    return found.log();
  }

  /**
   * Where a gateway listens.
   *
   * @param service the gateway's Service, usually {@code istio-ingressgateway}
   * @param port the Service's port, usually 80
   * @return empty until a ready gateway pod serves that port
   */
  public Optional<HostPort> gateway(String namespace, String service, int port) {
    Optional<String> portName = portName(namespace, service, port);
    if (portName.isEmpty()) {
      return Optional.empty();
    }
    return cluster.objects(Kinds.ENDPOINT_SLICE).stream()
        .filter(slice -> Trees.namespace(slice).equals(namespace))
        .filter(slice -> service.equals(Trees.labels(slice).get(EndpointSlices.SERVICE_NAME)))
        .map(slice -> listening(slice, portName.get()))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private Optional<String> portName(String namespace, String service, int port) {
    return cluster.objects(Kinds.SERVICE).stream()
        .filter(object -> Trees.name(object).equals(service))
        .filter(object -> Trees.namespace(object).equals(namespace))
        .flatMap(object -> Trees.items(object, "spec", "ports").stream())
        .filter(declared -> Trees.number(0, declared, "port") == port)
        .map(declared -> Trees.text(declared, "name"))
        .findFirst();
  }

  private static Optional<HostPort> listening(JsonNode slice, String portName) {
    for (JsonNode port : Trees.items(slice, "ports")) {
      if (Trees.text(port, "name").equals(portName)) {
        return Trees.items(slice, "endpoints").stream()
            .filter(endpoint -> Trees.flag(endpoint, "conditions", "ready"))
            .map(endpoint -> Trees.words(endpoint, "addresses").getFirst())
            .map(address -> new HostPort(address, Trees.number(0, port, "port")))
            .findFirst();
      }
    }
    return Optional.empty();
  }

  /** The default gateway's port 80: {@code istio-ingressgateway} in {@code istio-system}. */
  public Optional<HostPort> gateway() {
    return gateway("istio-system", "istio-ingressgateway", 80);
  }

  /** Where the node proxy's admin interface listens. */
  public HostPort admin() {
    return mesh.admin();
  }

  /** What kubectl needs to talk to this mesh; empty when it was not started to serve. */
  public Optional<Path> kubeconfig() {
    return cluster.kubeconfig();
  }

  /** Where this mesh keeps its state. */
  public Path stateDirectory() {
    return home.directory();
  }

  /**
   * Stops every pod (SIGTERM, then SIGKILL after a short grace) and everything else. Idempotent;
   * while another thread closes, waits for it.
   */
  @Override
  public void close() {
    closeWithoutHook();
    try {
      Runtime.getRuntime().removeShutdownHook(hook);
    } catch (IllegalStateException stopping) {
      LOG.debug("the JVM is already stopping");
    }
  }

  private void closeWithoutHook() {
    if (closed.compareAndSet(false, true)) {
      try {
        stop();
      } finally {
        ended.countDown();
      }
    } else {
      awaitEnd();
    }
  }

  /** Another thread closes; what this one's caller does next may rely on the end. */
  private void awaitEnd() {
    try {
      ended.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void stop() {
    cluster.close();
    mesh.close();
    try {
      addresses.close();
      StateFile.remove(home.directory());
    } catch (IOException e) {
      LOG.warn("closing: {}", e.getMessage());
    }
    LogFiles.delete(home.directory().resolve("exec"));
    home.release();
  }

  /** Runs on the node's thread after every change of a pod. */
  private void published(Kubelet.View view) {
    writeState(view);
    signal();
  }

  private void signal() {
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void writeState(Kubelet.View view) {
    Kubelet.View before = written;
    boolean same =
        before != null
            && before.pods().equals(view.pods())
            && before.inside().equals(view.inside());
    if (closed.get() || same) {
      return;
    }
    written = view;
    try {
      StateFile.write(home.directory(), options.name(), mesh.admin(), view);
    } catch (IOException e) {
      LOG.warn("cannot write the state: {}", e.getMessage());
    }
  }

  /** The state directory, held by a file lock for as long as the mesh runs. */
  private record Home(Path directory, FileChannel channel, FileLock held) {
    static Home claim(Path directory) throws LocalException {
      try {
        Files.createDirectories(directory);
        FileChannel channel =
            FileChannel.open(
                directory.resolve("lock"), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
        FileLock lock = tryLock(channel);
        if (lock == null) {
          channel.close();
          throw new LocalException(
              "a mesh already runs from "
                  + directory
                  + ": stop it with `layar down`, or give this one another name");
        }
        StateFile.remove(directory);
        LogFiles.delete(directory.resolve("logs"));
        LogFiles.delete(directory.resolve("pods"));
        LogFiles.delete(directory.resolve("exec"));
        return new Home(directory.toAbsolutePath(), channel, lock);
      } catch (IOException e) {
        throw new LocalException(
            "the state directory " + directory + " cannot be used: " + e.getMessage(), e);
      }
    }

    private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
      try {
        return channel.tryLock();
      } catch (OverlappingFileLockException heldHere) {
        return null;
      }
    }

    void release() {
      try {
        held.release();
        channel.close();
      } catch (IOException e) {
        LOG.warn("cannot release {}: {}", directory, e.getMessage());
      }
    }
  }
}
