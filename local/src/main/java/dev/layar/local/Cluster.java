package dev.layar.local;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.base.SplitMix64;
import dev.layar.base.Ticker;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.local.control.EndpointSlices;
import dev.layar.local.control.Injection;
import dev.layar.local.control.PodNames;
import dev.layar.local.control.Rollout;
import dev.layar.local.image.ImageCatalogue;
import dev.layar.local.image.Program;
import dev.layar.local.net.AddressPlan;
import dev.layar.local.process.ContainerProcess;
import dev.layar.local.process.Grouping;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.ObjectMeta;
import dev.layar.model.Resource;
import dev.layar.model.k8s.Deployment;
import dev.layar.model.k8s.Namespace;
import dev.layar.model.k8s.Node;
import dev.layar.model.k8s.Pod;
import dev.layar.model.k8s.Service;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The controllers of the local cluster and the pods they keep.
 *
 * <p>Implementation notes. (1) One thread owns all state; the outside asks it through {@link #call}
 * and reads the last {@link View}, which is one immutable reference. (2) After every task the
 * thread reconciles until nothing changes: Deployments create and delete pods by {@link Rollout},
 * then pods, nodes and slices are derived from scratch and only their differences are published, as
 * one revision. (3) A pod that goes is first taken out of its slices; only when every proxy has
 * answered that revision does its process get SIGTERM, so no request is sent to a pod that is
 * stopping. (4) Nothing here blocks: probes and waiting for proxies run on virtual threads and post
 * their results.
 */
final class Cluster implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Cluster.class);

  /** Istio's port for a sidecar's outbound traffic. */
  private static final int PROXY_PORT = 15001;

  private static final long PROBE_MILLIS = 15;
  private static final int MAX_ROUNDS = 100;
  private static final Duration SETTLE = Duration.ofSeconds(3);

  /** How long after the last proxy's answer a request it had already routed may need to arrive. */
  private static final long DRAIN_MILLIS = 100;

  private static final long LOG_CHECK_MILLIS = 10_000;
  private static final long MAX_LOG_BYTES = 64L << 20;
  private static final long DEFAULT_GRACE_SECONDS = 30;

  /** What the outside sees. */
  record View(
      List<PodView> pods, List<Resource<?>> objects, Map<String, Exec> execs, List<String> unmet) {}

  /** What a command in a pod needs, and where the pod's containers log. */
  record Exec(Map<String, String> environment, Map<String, Path> logs) {}

  private final LocalOptions options;
  private final MeshSide mesh;
  private final AddressPlan addresses;
  private final ImageCatalogue images;
  private final Ticker ticker;
  private final Grouping grouping;
  private final Clock clock;
  private final Consumer<View> published;
  private final ScheduledThreadPoolExecutor thread;
  private final ObjectStore store;
  private final SplitMix64 random;
  private final Map<String, PodRuntime> pods = new LinkedHashMap<>();
  private final Map<String, ServiceNetwork> serviceNetworks = new HashMap<>();
  private final Map<ObjectKey, String> clusterIps = new HashMap<>();
  private long births;
  private boolean closing;
  private volatile View view = new View(List.of(), List.of(), Map.of(), List.of());

  /** The way out of pods without sidecar, one for each namespace, as names resolve there. */
  private record ServiceNetwork(String address, int port, MeshSide.Workload workload) {}

  Cluster(
      LocalOptions options,
      MeshSide mesh,
      AddressPlan addresses,
      ImageCatalogue images,
      Clock clock,
      Consumer<View> published) {
    this.options = options;
    this.mesh = mesh;
    this.addresses = addresses;
    this.images = images;
    this.ticker = options.ticker();
    this.grouping = Grouping.of(System.getenv());
    this.clock = clock;
    this.published = published;
    this.store = new ObjectStore(mesh);
    this.random = new SplitMix64(options.seed());
    this.thread =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("layar-cluster").factory());
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    thread.setRemoveOnCancelPolicy(true);
    postAfter(LOG_CHECK_MILLIS, this::boundLogs);
  }

  View view() {
    return view;
  }

  long revision() {
    return call(store::revision);
  }

  // What the outside asks for.

  /** Stores objects that were checked; namespaces they name are made. */
  List<Finding> apply(List<Resource<?>> objects) {
    return call(
        () -> {
          List<Finding> findings = new ArrayList<>();
          for (Resource<?> object : objects) {
            findings.addAll(put(object));
          }
          ImpliedGateway.of(store).forEach(this::put);
          return findings;
        });
  }

  private List<Finding> put(Resource<?> object) {
    requireNamespace(object.metadata().namespace());
    Resource<?> previous = store.find(object.key());
    ObjectMeta metadata = object.metadata();
    if (previous != null && previous.metadata().creationTimestamp() != null) {
      metadata = metadata.withCreationTimestamp(previous.metadata().creationTimestamp());
    } else if (metadata.creationTimestamp() == null) {
      metadata = metadata.withCreationTimestamp(clock.instant());
    }
    Resource<?> stamped = withClusterIp(object.withMetadata(metadata));
    store.put(stamped);
    return unknownImages(stamped);
  }

  private void requireNamespace(String namespace) {
    ObjectKey key = new ObjectKey(Kinds.NAMESPACE, "", namespace);
    if (!namespace.isEmpty() && store.find(key) == null) {
      ObjectMeta metadata = ObjectMeta.of("", namespace, Map.of());
      store.put(Resource.of(metadata.withCreationTimestamp(clock.instant()), new Namespace()));
    }
  }

  private Resource<?> withClusterIp(Resource<?> object) {
    Resource<Service> service = object.as(Service.class);
    if (service == null) {
      return object;
    }
    Service.ServiceSpec spec = service.spec().spec();
    if (!spec.clusterIP().isEmpty() || spec.type().equals("ExternalName")) {
      return object;
    }
    String ip = clusterIps.computeIfAbsent(service.key(), _ -> addresses.service());
    Service.ServiceSpec placed =
        new Service.ServiceSpec(
            spec.type(),
            ip,
            List.of(ip),
            spec.selector(),
            spec.ports(),
            spec.externalName(),
            spec.publishNotReadyAddresses());
    return new Resource<>(
        service.kind(),
        service.apiVersion(),
        service.metadata(),
        new Service(placed),
        service.sources());
  }

  /** A warning for each image nobody knows: the object is stored, its pods will not run. */
  private List<Finding> unknownImages(Resource<?> object) {
    Resource<Deployment> deployment = object.as(Deployment.class);
    if (deployment == null) {
      return List.of();
    }
    List<Finding> findings = new ArrayList<>();
    for (Pod.Container container : deployment.spec().spec().template().spec().containers()) {
      switch (images.lookup(container.image(), container.command(), container.args())) {
        case Result.Ok<Program> _ -> {}
        case Result.Rejected<Program>(List<Finding> found) ->
            found.forEach(
                f ->
                    findings.add(
                        Finding.warning(
                            f.code(),
                            f.location(),
                            object.key() + ": " + f.path(),
                            f.message(),
                            f.value(),
                            f.expected())));
      }
    }
    return findings;
  }

  /** Deletes an object; a Pod is stopped, a Namespace takes everything in it along. */
  void delete(ObjectKey key) {
    call(
        () -> {
          if (key.kind().equals(Kinds.NAMESPACE)) {
            store.everything().stream()
                .map(Resource::key)
                .filter(k -> k.namespace().equals(key.name()))
                .forEach(store::remove);
          }
          PodRuntime pod = pods.get(id(key.namespace(), key.name()));
          if (key.kind().equals(Kinds.POD) && pod != null) {
            terminate(pod);
          }
          store.remove(key);
          clusterIps.remove(key);
          return true;
        });
  }

  /** Stops every pod and waits for the processes to end, at most a few seconds. */
  @Override
  public void close() {
    Duration grace = Duration.ofSeconds(3);
    call(
        () -> {
          closing = true;
          pods.values().forEach(this::signal);
          return true;
        });
    long deadline = System.nanoTime() + grace.toNanos();
    while (System.nanoTime() < deadline && !call(this::allOver)) {
      LockSupport.parkNanos(10_000_000);
    }
    call(
        () -> {
          pods.values().forEach(pod -> pod.containers.forEach(c -> kill(c.process)));
          return true;
        });
    thread.shutdownNow();
  }

  private boolean allOver() {
    return pods.values().stream().allMatch(PodRuntime::isOver);
  }

  // The thread.

  <T> T call(Callable<T> task) {
    try {
      return thread.submit(() -> settle(task)).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking the cluster", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the cluster failed", e.getCause());
    } catch (RejectedExecutionException e) {
      throw new IllegalStateException("the mesh is closed", e);
    }
  }

  private void post(Runnable task) {
    postAfter(0, task);
  }

  private void postAfter(long millis, Runnable task) {
    try {
      thread.schedule(
          () -> {
            try {
              settle(
                  () -> {
                    task.run();
                    return true;
                  });
            } catch (Exception e) {
              LOG.error("a task of the cluster failed", e);
            }
          },
          millis,
          TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      LOG.debug("the cluster is closed; a late task is dropped");
    }
  }

  private <T> T settle(Callable<T> task) throws Exception {
    T result = task.call();
    if (!closing) {
      reconcile();
    }
    publishView();
    return result;
  }

  private void reconcile() {
    for (int round = 0; round < MAX_ROUNDS && reconcileOnce(); round++) {
      LOG.trace("reconciled, round {}", round);
    }
    derive();
    store.publish();
  }

  private boolean reconcileOnce() {
    boolean changed = false;
    for (Resource<Deployment> deployment : store.all(Deployment.class)) {
      changed |= roll(deployment);
    }
    for (Resource<Pod> pod : store.all(Pod.class)) {
      changed |= runBarePod(pod);
    }
    for (PodRuntime pod : List.copyOf(pods.values())) {
      boolean orphan = pod.owner.isPresent() && store.find(pod.owner.get()) == null;
      if (orphan && !pod.terminating) {
        terminate(pod);
        changed = true;
      }
      if (pod.terminating && pod.signalled && pod.isOver()) {
        forget(pod);
        changed = true;
      }
    }
    return changed;
  }

  private boolean roll(Resource<Deployment> deployment) {
    Deployment.DeploymentSpec spec = deployment.spec().spec();
    String hash = PodNames.templateHash(spec.template());
    List<Rollout.PodState> states =
        owned(deployment.key()).stream()
            .map(pod -> pod.state(hash, isAvailable(pod, spec.minReadySeconds())))
            .toList();
    Rollout.Step step = Rollout.next(spec, states);
    for (int i = 0; i < step.create(); i++) {
      create(deployment, hash);
    }
    for (String name : step.delete()) {
      PodRuntime pod = pods.get(id(deployment.metadata().namespace(), name));
      if (pod != null) {
        terminate(pod);
      }
    }
    return !step.isNothing();
  }

  private List<PodRuntime> owned(ObjectKey deployment) {
    return pods.values().stream()
        .filter(pod -> pod.owner.filter(deployment::equals).isPresent())
        .toList();
  }

  private boolean isAvailable(PodRuntime pod, int minReadySeconds) {
    if (!pod.isReady()) {
      return false;
    }
    long readyFor = ticker.nanos() - pod.readySinceNanos;
    long needed = TimeUnit.SECONDS.toNanos(minReadySeconds);
    if (readyFor < needed) {
      postAfter(TimeUnit.NANOSECONDS.toMillis(needed - readyFor) + 1, () -> {});
      return false;
    }
    return true;
  }

  // Birth.

  private void create(Resource<Deployment> deployment, String hash) {
    Deployment.PodTemplate template = deployment.spec().spec().template();
    ObjectMeta templateMeta = template.metadata();
    Map<String, String> labels =
        new TreeMap<>(templateMeta == null ? Map.of() : templateMeta.labels());
    labels.put("pod-template-hash", hash);
    ObjectMeta metadata =
        new ObjectMeta(
            PodNames.pod(deployment.metadata().name(), hash, random),
            "",
            deployment.metadata().namespace(),
            labels,
            templateMeta == null ? Map.of() : templateMeta.annotations(),
            clock.instant(),
            null,
            0,
            "",
            "",
            List.of(),
            List.of());
    create(metadata, template.spec(), Optional.of(deployment.key()), hash);
  }

  private boolean runBarePod(Resource<Pod> pod) {
    if (pods.containsKey(id(pod.metadata().namespace(), pod.metadata().name()))) {
      return false;
    }
    create(pod.metadata(), pod.spec().spec(), Optional.of(pod.key()), "");
    return true;
  }

  private void create(
      ObjectMeta metadata, Pod.PodSpec spec, Optional<ObjectKey> owner, String hash) {
    String id = id(metadata.namespace(), metadata.name());
    Path logs =
        options
            .stateDirectory()
            .resolve("logs")
            .resolve(metadata.namespace() + "_" + metadata.name());
    NodeSpec node = place(spec);
    PodRuntime pod;
    try {
      pod = new PodRuntime(metadata, spec, owner, hash, births++, node, addresses.pod(), logs);
    } catch (IOException e) {
      event(MeshEvent.warning("Pod/" + id, "FailedCreate", String.valueOf(e.getMessage())));
      return;
    }
    pods.put(id, pod);
    try {
      pod.failure = prepare(pod);
      if (!pod.failure.isEmpty()) {
        pod.imageMissing = true;
        warn(pod, ImageCatalogue.NOT_FOUND, pod.failure);
        return;
      }
      connect(pod);
    } catch (IOException e) {
      pod.failure = String.valueOf(e.getMessage());
      warn(pod, "FailedCreate", pod.failure);
      return;
    }
    event(pod, "Created", "on " + pod.ip + (pod.hasSidecar ? " with a sidecar" : ""));
    if (!spec.initContainers().isEmpty()) {
      warn(pod, "InitContainersSkipped", "init containers are not run on this machine");
    }
    List.copyOf(pod.containers).forEach(container -> start(pod, container));
  }

  /** Fills in containers and their ports; returns why the pod cannot run, empty when it can. */
  private String prepare(PodRuntime pod) throws IOException {
    for (Pod.Container container : pod.spec.containers()) {
      switch (images.lookup(container.image(), container.command(), container.args())) {
        case Result.Ok<Program>(Program program, List<Finding> _) -> {
          Path log = pod.logs.resolve(container.name() + ".log");
          ContainerRuntime runtime = new ContainerRuntime(container, program, log);
          runtime.ports = ports(pod.ip, container, program);
          pod.containers.add(runtime);
        }
        case Result.Rejected<Program>(List<Finding> findings) -> {
          return findings.getFirst().message() + " (image " + container.image() + ")";
        }
      }
    }
    return "";
  }

  private Map<Integer, Integer> ports(String ip, Pod.Container container, Program program)
      throws IOException {
    Map<Integer, Integer> ports = new LinkedHashMap<>();
    for (Pod.ContainerPort port : container.ports()) {
      if (port.protocol().isEmpty() || port.protocol().equals("TCP")) {
        ports.put(port.containerPort(), addresses.port(ip, port.containerPort()));
      }
    }
    if (ports.isEmpty() && program instanceof Program.Sample(String _, var _, int port)) {
      ports.put(port, addresses.port(ip, port));
    }
    return java.util.Collections.unmodifiableMap(ports);
  }

  private NodeSpec place(Pod.PodSpec spec) {
    return options.nodes().stream()
        .filter(node -> nodeLabels(node).entrySet().containsAll(spec.nodeSelector().entrySet()))
        .min(
            Comparator.comparingLong(
                node -> pods.values().stream().filter(p -> p.node.equals(node)).count()))
        .orElse(options.nodes().getFirst());
  }

  /** Gives the pod its proxy: a gateway's own, a sidecar, or the namespace's service network. */
  private void connect(PodRuntime pod) throws IOException {
    ProxyIdentity.Where where = new ProxyIdentity.Where(pod.node.region(), pod.node.zone(), "");
    if (pod.isGateway()) {
      pod.workloadReady = false;
      ProxyIdentity identity =
          ProxyIdentity.gateway(pod.ip, pod.name, pod.namespace, pod.labels).withLocality(where);
      Path log = pod.containers.getFirst().log;
      pod.workload = mesh.attach(identity, pod.ip, pod.ports(), log, () -> workloadReady(pod));
      return;
    }
    pod.hasSidecar = Injection.wanted(namespaceLabels(pod.namespace), pod.labels, pod.annotations);
    if (pod.hasSidecar) {
      pod.workloadReady = false;
      pod.proxyAddress = pod.ip;
      pod.proxyPort = addresses.port(pod.ip, PROXY_PORT);
      ProxyIdentity identity =
          ProxyIdentity.sidecar(
                  pod.ip,
                  pod.name,
                  pod.namespace,
                  pod.labels,
                  new ProxyIdentity.Capture.HttpProxy(pod.proxyPort))
              .withLocality(where);
      Path log = pod.logs.resolve(PodView.SIDECAR + ".log");
      pod.workload = mesh.attach(identity, pod.ip, Map.of(), log, () -> workloadReady(pod));
    } else {
      ServiceNetwork network = serviceNetwork(pod.namespace);
      pod.proxyAddress = network.address();
      pod.proxyPort = network.port();
    }
  }

  private void workloadReady(PodRuntime pod) {
    post(
        () -> {
          pod.workloadReady = true;
          noteReadiness(pod);
        });
  }

  private ServiceNetwork serviceNetwork(String namespace) throws IOException {
    ServiceNetwork known = serviceNetworks.get(namespace);
    if (known != null) {
      return known;
    }
    String address = addresses.pod();
    int port = addresses.port(address, PROXY_PORT);
    ProxyIdentity identity =
        ProxyIdentity.serviceNetwork(
            address,
            "service-network",
            namespace,
            Map.of(),
            new ProxyIdentity.Capture.HttpProxy(port));
    Path log = options.stateDirectory().resolve("logs").resolve(namespace + "_service-network.log");
    MeshSide.Workload workload = mesh.attach(identity, address, Map.of(), log, () -> {});
    ServiceNetwork fresh = new ServiceNetwork(address, port, workload);
    serviceNetworks.put(namespace, fresh);
    return fresh;
  }

  private Map<String, String> namespaceLabels(String namespace) {
    Resource<?> found = store.find(new ObjectKey(Kinds.NAMESPACE, "", namespace));
    return found == null ? Map.of() : found.metadata().labels();
  }

  // Life.

  private void start(PodRuntime pod, ContainerRuntime container) {
    if (container.program instanceof Program.GatewayProxy) {
      container.started = true;
      container.ready = true;
      return;
    }
    container.environment = PodEnvironment.of(pod, container);
    try {
      ContainerProcess process = container.start(grouping);
      process.exit().thenAccept(code -> post(() -> exited(pod, container, process, code)));
      probe(pod, container, process);
    } catch (IOException e) {
      container.waiting = "cannot start: " + e.getMessage();
      warn(pod, "FailedStart", container.spec.name() + ": " + e.getMessage());
      retryLater(pod, container);
    }
  }

  private void probe(PodRuntime pod, ContainerRuntime container, ContainerProcess process) {
    if (closing || container.process != process || pod.terminating || !process.isAlive()) {
      return;
    }
    Map<Integer, Integer> ports = container.ports;
    Thread.ofVirtual()
        .name("layar-probe")
        .start(
            () -> {
              boolean ready = Probes.ready(container.spec, ports, pod.ip);
              post(() -> probed(pod, container, process, ready));
            });
  }

  private void probed(
      PodRuntime pod, ContainerRuntime container, ContainerProcess process, boolean ready) {
    if (container.process != process || !process.isAlive()) {
      return;
    }
    container.ready = ready;
    container.waiting = "nothing answers on " + pod.ip + " " + container.actualPorts() + " yet";
    noteReadiness(pod);
    Pod.Probe asked = container.spec.readinessProbe();
    if (!ready) {
      postAfter(PROBE_MILLIS, () -> probe(pod, container, process));
    } else if (asked != null) {
      long period = asked.periodSeconds() == 0 ? 10 : asked.periodSeconds();
      postAfter(period * 1000, () -> probe(pod, container, process));
    }
  }

  private void noteReadiness(PodRuntime pod) {
    if (pod.isReady() && !pod.wasReady) {
      pod.readySinceNanos = ticker.nanos();
      event(pod, "Ready", pod.containers.size() + " container(s)");
    }
    pod.wasReady = pod.isReady();
  }

  private void exited(
      PodRuntime pod, ContainerRuntime container, ContainerProcess process, int code) {
    if (container.process != process || closing) {
      return;
    }
    container.ready = false;
    container.exitCode = code;
    noteReadiness(pod);
    if (pod.terminating) {
      return;
    }
    String policy = pod.spec.restartPolicy();
    if (policy.equals("Never") || (policy.equals("OnFailure") && code == 0)) {
      container.finished = true;
      container.waiting = "ended with " + code;
      event(pod, "Completed", container.spec.name() + " ended with " + code);
      return;
    }
    warn(
        pod,
        "BackOff",
        container.spec.name()
            + " ended with "
            + code
            + ", starting again in "
            + container.backOffMillis()
            + " ms");
    container.crashed = true;
    container.waiting = "CrashLoopBackOff: ended with " + code;
    retryLater(pod, container);
  }

  private void retryLater(PodRuntime pod, ContainerRuntime container) {
    long wait = container.backOffMillis();
    container.restarts++;
    postAfter(
        wait,
        () -> {
          if (!pod.terminating && !closing && !container.isAlive()) {
            start(pod, container);
          }
        });
  }

  // Death.

  private void terminate(PodRuntime pod) {
    if (pod.terminating) {
      return;
    }
    pod.terminating = true;
    noteReadiness(pod);
    event(pod, "Killing", "taken out of its services, then stopped");
    derive();
    long revision = store.publish();
    Thread.ofVirtual()
        .name("layar-drain")
        .start(
            () -> {
              awaitProxies(revision);
              postAfter(DRAIN_MILLIS, () -> signal(pod));
            });
  }

  private void awaitProxies(long revision) {
    try {
      List<String> behind = mesh.awaitSettled(revision, SETTLE);
      if (!behind.isEmpty()) {
        LOG.warn("stopping a pod although proxies have not answered: {}", behind);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void signal(PodRuntime pod) {
    if (pod.signalled) {
      return;
    }
    pod.terminating = true;
    pod.signalled = true;
    pod.containers.forEach(c -> terminateProcess(c.process));
    Long grace = pod.spec.terminationGracePeriodSeconds();
    postAfter(
        (grace == null ? DEFAULT_GRACE_SECONDS : grace) * 1000,
        () -> pod.containers.forEach(c -> kill(c.process)));
  }

  private static void terminateProcess(@Nullable ContainerProcess process) {
    if (process != null) {
      process.terminate();
    }
  }

  private static void kill(@Nullable ContainerProcess process) {
    if (process != null && process.isAlive()) {
      process.kill();
    }
  }

  private void forget(PodRuntime pod) {
    pods.remove(id(pod.namespace, pod.name));
    MeshSide.Workload workload = pod.workload;
    if (workload != null) {
      workload.close();
    }
    java.util.Set<Integer> ports = new java.util.HashSet<>(pod.ports().values());
    if (pod.hasSidecar) {
      ports.add(pod.proxyPort);
    }
    addresses.release(pod.ip, ports);
    if (pod.owner.filter(key -> key.kind().equals(Kinds.POD)).isPresent()) {
      store.remove(pod.owner.get());
    }
    LogFiles.delete(pod.logs);
    event(pod, "Deleted", "stopped");
  }

  // What follows from the pods.

  private void derive() {
    List<Resource<?>> derived = new ArrayList<>();
    for (NodeSpec node : options.nodes()) {
      derived.add(Resource.of(ObjectMeta.of("", node.name(), nodeLabels(node)), new Node(null)));
    }
    pods.values().forEach(pod -> derived.add(pod.resource()));
    List<EndpointSlices.Backend> backends =
        pods.values().stream().map(PodRuntime::backend).toList();
    for (Resource<Service> service : store.all(Service.class)) {
      derived.addAll(EndpointSlices.of(service, backends));
    }
    store.derive(derived);
  }

  private static Map<String, String> nodeLabels(NodeSpec node) {
    Map<String, String> labels = new TreeMap<>();
    labels.put("kubernetes.io/hostname", node.name());
    if (!node.region().isEmpty()) {
      labels.put(Node.REGION_LABEL, node.region());
    }
    if (!node.zone().isEmpty()) {
      labels.put(Node.ZONE_LABEL, node.zone());
    }
    return labels;
  }

  private void publishView() {
    Map<String, Exec> execs = new LinkedHashMap<>();
    pods.forEach((id, pod) -> execs.put(id, exec(pod)));
    List<PodView> views =
        pods.values().stream()
            .sorted(Comparator.comparing((PodRuntime p) -> p.namespace).thenComparing(p -> p.name))
            .map(PodRuntime::view)
            .toList();
    view = new View(views, store.everything(), execs, unmet());
    published.accept(view);
  }

  private static Exec exec(PodRuntime pod) {
    Map<String, Path> logs = new LinkedHashMap<>();
    pod.containers.forEach(c -> logs.put(c.spec.name(), c.log));
    if (pod.hasSidecar) {
      logs.put(PodView.SIDECAR, pod.logs.resolve(PodView.SIDECAR + ".log"));
    }
    Map<String, String> environment =
        pod.containers.isEmpty() ? Map.of() : pod.containers.getFirst().environment;
    return new Exec(environment, logs);
  }

  /** Everything that is not yet as wanted, a sentence each. */
  private List<String> unmet() {
    List<String> unmet = new ArrayList<>();
    for (Resource<Deployment> deployment : store.all(Deployment.class)) {
      int wanted = deployment.spec().spec().replicaCount();
      String hash = PodNames.templateHash(deployment.spec().spec().template());
      List<PodRuntime> owned = owned(deployment.key());
      long good = owned.stream().filter(p -> p.isReady() && p.templateHash.equals(hash)).count();
      if (good != wanted || owned.size() != wanted) {
        unmet.add(
            deployment.key()
                + ": "
                + good
                + " of "
                + wanted
                + " pods ready, "
                + (owned.size() - good)
                + " others");
      }
    }
    for (PodRuntime pod : pods.values()) {
      if (!pod.isReady() && pod.phase() != PodView.Phase.SUCCEEDED) {
        unmet.add("Pod " + id(pod.namespace, pod.name) + ": " + pod.message());
      }
    }
    return List.copyOf(unmet);
  }

  /** Containers append to their logs themselves, so that only looking now and then bounds them. */
  private void boundLogs() {
    for (PodRuntime pod : pods.values()) {
      exec(pod).logs().values().forEach(file -> LogFiles.bound(file, MAX_LOG_BYTES));
    }
    postAfter(LOG_CHECK_MILLIS, this::boundLogs);
  }

  static String id(String namespace, String name) {
    return namespace + "/" + name;
  }

  private void event(PodRuntime pod, String reason, String message) {
    event(MeshEvent.normal("Pod/" + id(pod.namespace, pod.name), reason, message));
  }

  private void warn(PodRuntime pod, String reason, String message) {
    event(MeshEvent.warning("Pod/" + id(pod.namespace, pod.name), reason, message));
  }

  private void event(MeshEvent event) {
    options.events().accept(event);
  }
}
