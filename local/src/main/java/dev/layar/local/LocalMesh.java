package dev.layar.local;

import dev.layar.analysis.Validator;
import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.local.image.ImageCatalogue;
import dev.layar.local.net.AddressPlan;
import dev.layar.local.process.Grouping;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.model.k8s.EndpointSlice;
import dev.layar.model.k8s.Service;
import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
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

  private final LocalOptions options;
  private final Home home;
  private final AddressPlan addresses;
  private final MeshSide mesh;
  private final Cluster cluster;
  private final Grouping grouping = Grouping.of(System.getenv());
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final AtomicBoolean closed = new AtomicBoolean();
  private final CountDownLatch ended = new CountDownLatch(1);
  private Cluster.@Nullable View written;
  private final Thread hook =
      Thread.ofPlatform().name("layar-stop").unstarted(this::closeWithoutHook);

  private LocalMesh(
      LocalOptions options,
      Home home,
      AddressPlan addresses,
      MeshSide mesh,
      ImageCatalogue images) {
    this.options = options;
    this.home = home;
    this.addresses = addresses;
    this.mesh = mesh;
    this.cluster =
        new Cluster(options, mesh, addresses, images, Clock.systemUTC(), this::published);
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

  /**
   * Creates or replaces objects as one revision. Namespaces that are named but missing are made.
   */
  public ApplyResult apply(Collection<Resource<?>> objects) {
    List<Finding> findings = new ArrayList<>();
    List<ObjectKey> refused = new ArrayList<>();
    List<Resource<?>> accepted = new ArrayList<>();
    for (Resource<?> object : objects) {
      List<Finding> found = Validator.validate(object);
      findings.addAll(found);
      if (found.stream().anyMatch(Finding::isError)) {
        refused.add(object.key());
      } else {
        accepted.add(object);
      }
    }
    findings.addAll(cluster.apply(accepted));
    return new ApplyResult(accepted.stream().map(Resource::key).toList(), refused, findings);
  }

  /** Deletes an object and what it owns; nothing happens when there is none. */
  public void delete(ObjectKey key) {
    cluster.delete(key);
  }

  /** The stored objects of every kind, also those that controllers made. */
  public List<Resource<?>> objects() {
    return cluster.view().objects();
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
      while (!cluster.view().unmet().isEmpty()) {
        if (rest <= 0 || hopeless()) {
          throw new TimeoutException(unready());
        }
        rest = changed.awaitNanos(rest);
      }
    } finally {
      lock.unlock();
    }
  }

  private boolean hopeless() {
    return pods().stream().anyMatch(pod -> pod.status() == PodView.Status.IMAGE_NOT_FOUND);
  }

  private String unready() {
    Cluster.View view = cluster.view();
    StringBuilder out = new StringBuilder("not ready:");
    view.unmet().forEach(sentence -> out.append("\n  ").append(sentence));
    for (PodView pod : view.pods()) {
      Cluster.Exec exec = view.execs().get(Cluster.id(pod.namespace(), pod.name()));
      if (!pod.ready() && exec != null) {
        exec.logs().forEach((container, file) -> lastLines(out, pod, container, file));
      }
    }
    return out.toString();
  }

  private static void lastLines(StringBuilder out, PodView pod, String container, Path file) {
    List<String> lines = LogFiles.tail(file, LOG_LINES);
    if (!lines.isEmpty()) {
      out.append("\n  last lines of ").append(pod.name()).append(' ').append(container);
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
    long revision = cluster.revision();
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

  /** As {@link #exec}, without waiting. The caller closes the session. */
  public ExecSession startExec(String namespace, String pod, List<String> command)
      throws LocalException {
    Map<String, String> environment = entry(namespace, pod).environment();
    if (environment.isEmpty()) {
      throw new LocalException("pod " + pod + " has not started; see its events");
    }
    return ExecProcess.start(command, environment, home.directory().resolve("exec"), grouping);
  }

  private Cluster.Exec entry(String namespace, String name) throws LocalException {
    Optional<PodView> pod = pod(namespace, name);
    Cluster.Exec exec =
        pod.isEmpty() ? null : cluster.view().execs().get(Cluster.id(namespace, pod.get().name()));
    if (exec == null) {
      throw new LocalException(
          "there is no pod "
              + name
              + " in namespace "
              + namespace
              + "; there are "
              + pods().stream().map(p -> p.namespace() + "/" + p.name()).toList());
    }
    return exec;
  }

  /**
   * The file a container writes its output to; it may not exist yet.
   *
   * @param container empty for the pod's first; {@code istio-proxy} for the sidecar
   * @throws LocalException when there is no such pod or container
   */
  public Path log(String namespace, String pod, String container) throws LocalException {
    Map<String, Path> logs = entry(namespace, pod).logs();
    Path file =
        container.isEmpty() && !logs.isEmpty()
            ? logs.values().iterator().next()
            : logs.get(container);
    if (file == null) {
      throw new LocalException(
          "pod " + pod + " has no container " + container + "; it has " + logs.keySet());
    }
    return file;
  }

  /**
   * Where a gateway listens.
   *
   * @param service the gateway's Service, usually {@code istio-ingressgateway}
   * @param port the Service's port, usually 80
   * @return empty until a ready gateway pod serves that port
   */
  public Optional<HostPort> gateway(String namespace, String service, int port) {
    List<Resource<?>> objects = objects();
    Optional<String> portName = portName(objects, namespace, service, port);
    if (portName.isEmpty()) {
      return Optional.empty();
    }
    return objects.stream()
        .filter(o -> o.metadata().namespace().equals(namespace))
        .filter(o -> service.equals(o.metadata().labels().get(EndpointSlice.SERVICE_NAME_LABEL)))
        .map(o -> listening(o.as(EndpointSlice.class), portName.get()))
        .flatMap(Optional::stream)
        .findFirst();
  }

  private static Optional<String> portName(
      List<Resource<?>> objects, String namespace, String service, int port) {
    for (Resource<?> object : objects) {
      Resource<Service> typed = object.as(Service.class);
      if (typed != null
          && typed.metadata().name().equals(service)
          && typed.metadata().namespace().equals(namespace)) {
        return typed.spec().spec().ports().stream()
            .filter(p -> p.port() == port)
            .map(Service.ServicePort::name)
            .findFirst();
      }
    }
    return Optional.empty();
  }

  private static Optional<HostPort> listening(
      @Nullable Resource<EndpointSlice> slice, String portName) {
    if (slice == null) {
      return Optional.empty();
    }
    for (EndpointSlice.EndpointPort port : slice.spec().ports()) {
      Integer number = port.port();
      if (port.name().equals(portName) && number != null) {
        return slice.spec().endpoints().stream()
            .filter(EndpointSlice.Endpoint::isReady)
            .map(endpoint -> new HostPort(endpoint.addresses().getFirst(), number))
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

  /** Runs on the cluster's thread after every change. */
  private void published(Cluster.View view) {
    writeState(view);
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
  }

  private void writeState(Cluster.View view) {
    Cluster.View before = written;
    boolean same =
        before != null && before.pods().equals(view.pods()) && before.execs().equals(view.execs());
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
