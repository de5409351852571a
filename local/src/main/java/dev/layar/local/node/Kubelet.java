package dev.layar.local.node;

import dev.layar.base.Finding;
import dev.layar.base.Result;
import dev.layar.compiler.ProxyIdentity;
import dev.layar.local.LocalOptions;
import dev.layar.local.LogFiles;
import dev.layar.local.MeshSide;
import dev.layar.local.NodeSpec;
import dev.layar.local.PodView;
import dev.layar.local.control.EndpointSlices;
import dev.layar.local.control.PodFacts;
import dev.layar.local.control.SidecarTemplate;
import dev.layar.local.controllers.Kinds;
import dev.layar.local.controllers.Recorder;
import dev.layar.local.image.ImageCatalogue;
import dev.layar.local.image.Program;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import dev.layar.local.net.AddressPlan;
import dev.layar.local.process.ContainerProcess;
import dev.layar.local.process.Grouping;
import java.io.IOException;
import java.nio.file.Path;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Runs the pods that are bound to this machine's nodes, and tells the API what becomes of them.
 *
 * <p>Implementation notes. (1) One thread owns all pods; the outside posts to it, and reads the
 * last {@link View}, which is one immutable reference. (2) {@link #advance} is level-triggered:
 * after whatever happened to a pod it starts what may start now, so the order of init containers,
 * native sidecars and application is written once. (3) A pod that goes is first taken out of its
 * services; only when every proxy knows does its process get SIGTERM, so no request is sent to a
 * pod that is stopping. (4) Nothing here blocks: probes, hooks and waiting for proxies run on
 * virtual threads and post their results.
 */
public final class Kubelet implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Kubelet.class);

  /** Istio's port for a sidecar's outbound traffic. */
  private static final int PROXY_PORT = 15001;

  /** How long after the last proxy's answer a request it had already routed may need to arrive. */
  private static final long DRAIN_MILLIS = 100;

  /** The same behind a sidecar, where it may first need a connection and its handshake. */
  private static final long FRONTED_DRAIN_MILLIS = 2_000;

  private static final long CONFIG_RETRY_MILLIS = 500;
  private static final long LOG_CHECK_MILLIS = 10_000;
  private static final long LOG_LOOK_MILLIS = 200;
  private static final long MAX_LOG_BYTES = 64L << 20;
  private static final long CLOSE_MILLIS = 3_000;
  private static final int SIGTERM_CODE = 143;

  /** What the outside sees. */
  public record View(List<PodView> pods, Map<Key, Inside> inside) {}

  /**
   * What commands, logs and connections need of a pod.
   *
   * @param ip where its processes listen
   */
  public record Inside(String uid, String ip, Map<String, Container> containers) {
    /** Its first application container; null when it has none. */
    public @Nullable Container first() {
      return containers.values().stream().filter(Container::app).findFirst().orElse(null);
    }
  }

  /**
   * A container's.
   *
   * @param pid 0 when no process runs
   */
  public record Container(
      String name,
      boolean app,
      boolean running,
      boolean proxy,
      long pid,
      Map<String, String> environment,
      Map<Integer, Integer> ports,
      Path log,
      Path previousLog) {}

  /** The way out of pods without sidecar, one for each namespace, as names resolve there. */
  private record ServiceNetwork(String address, int port, MeshSide.Workload workload) {}

  private final LocalOptions options;
  private final Kube kube;
  private final MeshSide mesh;
  private final AddressPlan addresses;
  private final ImageCatalogue images;
  private final Recorder events;
  private final InstantSource clock;
  private final Drain drain;
  private final Consumer<View> published;
  private final Grouping grouping = Grouping.of(System.getenv());
  private final StatusWriter statuses;
  private final Volumes volumes;
  private final Environment environment;
  private final Map<String, NodeSpec> nodes;
  private final ScheduledThreadPoolExecutor thread;
  private final Map<Key, PodRun> pods = new LinkedHashMap<>();
  private final Set<PodRun> dirty = new LinkedHashSet<>();
  private final Map<String, ServiceNetwork> serviceNetworks = new HashMap<>();
  private final LogTimes logTimes = new LogTimes();
  private boolean closing;
  private volatile View view = new View(List.of(), Map.of());

  public Kubelet(
      LocalOptions options,
      Kube kube,
      MeshSide mesh,
      AddressPlan addresses,
      ImageCatalogue images,
      Recorder events,
      InstantSource clock,
      Drain drain,
      Consumer<View> published) {
    this.options = options;
    this.kube = kube;
    this.mesh = mesh;
    this.addresses = addresses;
    this.images = images;
    this.events = events;
    this.clock = clock;
    this.drain = drain;
    this.published = published;
    this.statuses = new StatusWriter(kube);
    this.volumes = new Volumes(kube);
    this.environment = new Environment(volumes);
    this.nodes = options.nodes().stream().collect(Collectors.toMap(NodeSpec::name, n -> n));
    this.thread =
        new ScheduledThreadPoolExecutor(
            1, Thread.ofPlatform().daemon().name("layar-node").factory());
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
    thread.setRemoveOnCancelPolicy(true);
    kube.informer(Kinds.POD).listen(this::changed);
  }

  /** Begins to look at pods. */
  public void start() {
    statuses.start();
    postAfter(LOG_CHECK_MILLIS, this::boundLogs);
    postAfter(LOG_LOOK_MILLIS, this::lookAtLogs);
  }

  LogTimes logTimes() {
    return logTimes;
  }

  Grouping grouping() {
    return grouping;
  }

  public View view() {
    return view;
  }

  private void changed(@Nullable ObjectNode before, @Nullable ObjectNode after) {
    ObjectNode any = after == null ? before : after;
    if (any != null && nodes.containsKey(Trees.text(any, "spec", "nodeName"))) {
      post(() -> sync(Key.of(any)));
    }
  }

  // The thread.

  private <T> T call(Callable<T> task) {
    try {
      return thread.submit(() -> settle(task)).get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while asking the node", e);
    } catch (ExecutionException e) {
      throw new IllegalStateException("the node failed", e.getCause());
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
              LOG.error("a task of the node failed", e);
            }
          },
          millis,
          TimeUnit.MILLISECONDS);
    } catch (RejectedExecutionException closed) {
      LOG.debug("the node is closed; a late task is dropped");
    }
  }

  private <T> T settle(Callable<T> task) throws Exception {
    T result = task.call();
    if (!dirty.isEmpty()) {
      for (PodRun pod : dirty) {
        tell(pod);
      }
      dirty.clear();
      publishView();
    }
    return result;
  }

  private void tell(PodRun pod) {
    if (pod.isReady() != pod.wasReady) {
      pod.wasReady = pod.isReady();
      if (pod.wasReady) {
        int count = pod.apps().size();
        events.normal(pod.object, Kinds.POD, "Ready", count + " container(s)");
      }
    }
    if (!pod.removed && !closing) {
      statuses.report(pod.key(), pod.uid, PodStatus.of(pod, clock.instant()), pod.ports());
    }
  }

  // Birth.

  /** Looks at what is wanted of a pod now. */
  private void sync(Key key) {
    if (closing) {
      return;
    }
    ObjectNode wanted = kube.informer(Kinds.POD).get(key.namespace(), key.name());
    PodRun run = pods.get(key);
    if (run != null) {
      if (wanted == null || !Trees.uid(wanted).equals(run.uid)) {
        abandon(run);
        return;
      }
      run.object = wanted;
      if (Trees.isDeleting(wanted)) {
        terminate(run);
      }
      return;
    }
    NodeSpec node = wanted == null ? null : nodes.get(Trees.text(wanted, "spec", "nodeName"));
    if (wanted == null || node == null) {
      return;
    }
    if (Trees.isDeleting(wanted)) {
      statuses.gone(key, Trees.uid(wanted));
    } else if (!PodFacts.isOver(wanted)) {
      admit(wanted, node);
    }
  }

  private void admit(ObjectNode object, NodeSpec node) {
    Key key = Key.of(object);
    Path directory =
        options
            .stateDirectory()
            .resolve("pods")
            .resolve(key.namespace() + "_" + key.name() + "_" + Trees.uid(object));
    try {
      String ip = addresses.pod();
      String inside = SidecarTemplate.isMutual(object) ? addresses.behind(ip) : ip;
      PodRun pod = new PodRun(object, node, ip, inside, directory, clock.instant());
      pods.put(key, pod);
      dirty.add(pod);
      prepare(pod);
      advance(pod);
    } catch (IOException e) {
      events.warning(object, Kinds.POD, "FailedCreatePodSandBox", String.valueOf(e.getMessage()));
    }
  }

  /** Fills in containers, their ports and the pod's way into the mesh. */
  private void prepare(PodRun pod) throws IOException {
    for (ContainerSpec spec : ContainerSpec.of(pod.object)) {
      Path log = pod.directory.resolve("logs").resolve(spec.name() + ".log");
      switch (images.lookup(spec.image(), spec.command(), spec.args())) {
        case Result.Ok<Program>(Program program, List<Finding> _) -> {
          ContainerRun run = new ContainerRun(spec, program, log);
          run.ports = ports(pod.inside, spec, program);
          pod.containers.add(run);
        }
        case Result.Rejected<Program>(List<Finding> findings) -> {
          ContainerRun run = new ContainerRun(spec, null, log);
          String message = findings.getFirst().message() + " (image " + spec.image() + ")";
          run.state = new ContainerRun.State.Waiting(ImageCatalogue.NOT_FOUND, message);
          pod.containers.add(run);
          events.container(pod.object, spec.name(), true, ImageCatalogue.NOT_FOUND, message);
        }
      }
    }
    pod.hasSidecar = pod.inits().stream().anyMatch(c -> c.isSidecar() && c.isProxy());
    if (pod.hasSidecar) {
      pod.proxyAddress = pod.ip;
      pod.proxyPort = addresses.port(pod.ip, PROXY_PORT);
      pod.front = front(pod);
    } else if (!pod.isGateway()) {
      ServiceNetwork network = serviceNetwork(pod.namespace);
      pod.proxyAddress = network.address();
      pod.proxyPort = network.port();
    }
  }

  private Map<Integer, Integer> ports(String ip, ContainerSpec spec, Program program)
      throws IOException {
    Map<Integer, Integer> ports = new LinkedHashMap<>();
    for (ContainerSpec.Port port : spec.ports()) {
      if (port.isTcp()) {
        ports.put(port.number(), addresses.port(ip, port.number()));
      }
    }
    if (ports.isEmpty() && program instanceof Program.Sample(String _, var _, int port)) {
      ports.put(port, addresses.port(ip, port));
    }
    return Collections.unmodifiableMap(ports);
  }

  /**
   * Where the sidecar listens for each port that the pod declares or a Service names. Never on that
   * port itself, which a process that binds all addresses could then not have.
   */
  private Map<Integer, Integer> front(PodRun pod) throws IOException {
    Map<Integer, Integer> front = new LinkedHashMap<>();
    if (pod.fronted()) {
      Set<Integer> known = new LinkedHashSet<>(pod.listening().keySet());
      known.addAll(
          EndpointSlices.targetPorts(kube.informer(Kinds.SERVICE).list(pod.namespace), pod.object));
      for (int port : known) {
        front.put(port, addresses.port(pod.ip, 0));
      }
    }
    return Collections.unmodifiableMap(front);
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
    MeshSide.Workload workload = mesh.attach(identity, "", address, Map.of(), log, () -> {});
    ServiceNetwork fresh = new ServiceNetwork(address, port, workload);
    serviceNetworks.put(namespace, fresh);
    return fresh;
  }

  // Life.

  /** Starts whatever of a pod may start now. */
  private void advance(PodRun pod) {
    dirty.add(pod);
    if (pod.terminating || closing) {
      return;
    }
    if (pod.isFinished()) {
      stopSidecars(pod);
      return;
    }
    if (!mount(pod)) {
      return;
    }
    for (ContainerRun init : pod.inits()) {
      launch(pod, init);
      boolean done = init.isSidecar() ? init.started : init.succeeded();
      if (!done) {
        return;
      }
    }
    pod.apps().forEach(app -> launch(pod, app));
  }

  private boolean mount(PodRun pod) {
    if (pod.mounted) {
      return true;
    }
    try {
      pod.volumes = volumes.make(pod.object, pod.directory.resolve("volumes"));
      pod.mounted = true;
      pod.trouble = "";
    } catch (Volumes.Missing | IOException e) {
      if (pod.trouble.isEmpty()) {
        events.warning(
            pod.object, Kinds.POD, "FailedMount", "MountVolume.SetUp failed: " + e.getMessage());
      }
      pod.trouble = String.valueOf(e.getMessage());
      postAfter(CONFIG_RETRY_MILLIS, () -> advanceIfThere(pod));
    }
    return pod.mounted;
  }

  private void advanceIfThere(PodRun pod) {
    if (pods.get(pod.key()) == pod) {
      advance(pod);
    }
  }

  private void launch(PodRun pod, ContainerRun container) {
    Program program = container.program;
    if (program == null || !container.isWaiting() || container.retrying || container.isAlive()) {
      return;
    }
    try {
      if (program instanceof Program.Nothing) {
        container.runs(clock.instant());
        container.ends(0, clock.instant());
        return;
      }
      if (container.isProxy()) {
        container.runs(clock.instant());
        attach(pod, container);
        return;
      }
      container.environment = environment.of(pod, container);
      ContainerProcess process = container.start(program, grouping, clock.instant());
      events.container(
          pod.object, container.name(), false, "Started", "Started container " + container.name());
      process.exit().thenAccept(code -> post(() -> exited(pod, container, process, code)));
      probeAll(pod, container);
    } catch (Volumes.Missing e) {
      unconfigured(pod, container, String.valueOf(e.getMessage()));
    } catch (IOException e) {
      container.state =
          new ContainerRun.State.Waiting("RunContainerError", String.valueOf(e.getMessage()));
      events.container(pod.object, container.name(), true, "Failed", "Error: " + e.getMessage());
      retryLater(pod, container, String.valueOf(e.getMessage()));
    }
  }

  private void unconfigured(PodRun pod, ContainerRun container, String message) {
    ContainerRun.State state =
        new ContainerRun.State.Waiting("CreateContainerConfigError", message);
    if (!state.equals(container.state)) {
      events.container(pod.object, container.name(), true, "Failed", "Error: " + message);
    }
    container.state = state;
    postAfter(CONFIG_RETRY_MILLIS, () -> advanceIfThere(pod));
  }

  /** Gives the pod its proxy: a gateway's own or a sidecar. */
  private void attach(PodRun pod, ContainerRun container) {
    ProxyIdentity.Where where = new ProxyIdentity.Where(pod.node.region(), pod.node.zone(), "");
    ProxyIdentity identity =
        container.isSidecar()
            ? ProxyIdentity.sidecar(pod.ip, pod.name, pod.namespace, pod.labels(), capture(pod))
            : ProxyIdentity.gateway(pod.ip, pod.name, pod.namespace, pod.labels());
    boolean bound = !container.isSidecar() || pod.fronted();
    pod.workload =
        mesh.attach(
            identity.withLocality(where),
            pod.account(),
            pod.ip,
            bound ? pod.ports() : Map.of(),
            container.log,
            () -> post(() -> attached(pod, container)));
  }

  private static ProxyIdentity.Capture capture(PodRun pod) {
    if (!pod.fronted()) {
      return new ProxyIdentity.Capture.HttpProxy(pod.proxyPort);
    }
    Map<Integer, Integer> listening = pod.listening();
    Map<Integer, Integer> inbound = new LinkedHashMap<>();
    pod.front.keySet().forEach(port -> inbound.put(port, listening.getOrDefault(port, port)));
    return new ProxyIdentity.Capture.HttpProxy(pod.proxyPort, inbound, pod.inside);
  }

  private void attached(PodRun pod, ContainerRun container) {
    if (container.isRunning()) {
      container.started = true;
      container.ready = true;
      advance(pod);
    }
  }

  // Probes.

  private void probeAll(PodRun pod, ContainerRun container) {
    JsonNode startup = container.spec.json().path(ProbeKind.STARTUP.field());
    if (startup.isMissingNode()) {
      begun(pod, container);
    } else {
      begin(pod, container, ProbeKind.STARTUP, startup);
    }
  }

  private void begun(PodRun pod, ContainerRun container) {
    container.started = true;
    JsonNode readiness = container.spec.json().path(ProbeKind.READINESS.field());
    JsonNode liveness = container.spec.json().path(ProbeKind.LIVENESS.field());
    if (!readiness.isMissingNode()) {
      begin(pod, container, ProbeKind.READINESS, readiness);
    } else if (container.ports.isEmpty()) {
      container.ready = true;
    } else {
      begin(pod, container, ProbeKind.READINESS, Probes.implied());
    }
    if (!liveness.isMissingNode()) {
      begin(pod, container, ProbeKind.LIVENESS, liveness);
    }
  }

  private void begin(PodRun pod, ContainerRun container, ProbeKind kind, JsonNode probe) {
    ProbeRun run = new ProbeRun(probe);
    container.probes.put(kind, run);
    ContainerProcess process = container.process;
    if (process != null) {
      postAfter(run.initialDelayMillis(), () -> probe(pod, container, process, kind, probe));
    }
  }

  private boolean concerns(PodRun pod, ContainerRun container, ContainerProcess process) {
    return !closing
        && !pod.terminating
        && container.process == process
        && container.isRunning()
        && process.isAlive();
  }

  private void probe(
      PodRun pod,
      ContainerRun container,
      ContainerProcess process,
      ProbeKind kind,
      JsonNode probe) {
    ProbeRun run = container.probes.get(kind);
    if (run == null || !concerns(pod, container, process)) {
      return;
    }
    Probes.Target target =
        new Probes.Target(container.spec, container.ports, pod.inside, container.environment);
    Thread.ofVirtual()
        .name("layar-probe")
        .start(
            () -> {
              boolean passes = Probes.passes(probe, target, run.timeoutMillis());
              post(() -> probed(pod, container, process, kind, probe, passes));
            });
  }

  private void probed(
      PodRun pod,
      ContainerRun container,
      ContainerProcess process,
      ProbeKind kind,
      JsonNode probe,
      boolean passes) {
    ProbeRun run = container.probes.get(kind);
    if (run == null || !concerns(pod, container, process)) {
      return;
    }
    ProbeRun.Verdict verdict = run.checked(passes);
    boolean on = decide(pod, container, kind, verdict);
    boolean implied = !container.spec.json().has(kind.field());
    boolean enough = implied && verdict == ProbeRun.Verdict.PASSED;
    if (on && !enough) {
      postAfter(run.nextMillis(kind), () -> probe(pod, container, process, kind, probe));
    }
  }

  /** Acts on a verdict; false when the probe's work is done. */
  private boolean decide(
      PodRun pod, ContainerRun container, ProbeKind kind, ProbeRun.Verdict verdict) {
    return switch (verdict) {
      case UNDECIDED -> true;
      case PASSED -> passed(pod, container, kind);
      case FAILED -> failed(pod, container, kind);
    };
  }

  private boolean failed(PodRun pod, ContainerRun container, ProbeKind kind) {
    events.container(
        pod.object, container.name(), true, "Unhealthy", kind.word() + " probe failed");
    if (kind == ProbeKind.READINESS) {
      change(pod, container, false);
      return true;
    }
    events.container(
        pod.object,
        container.name(),
        false,
        "Killing",
        "Container "
            + container.name()
            + " failed "
            + kind.word().toLowerCase(Locale.ROOT)
            + " probe, will be restarted");
    container.terminate();
    ContainerProcess process = container.process;
    postAfter(
        pod.graceSeconds() * 1000,
        () -> {
          if (container.process == process) {
            container.kill();
          }
        });
    return false;
  }

  private boolean passed(PodRun pod, ContainerRun container, ProbeKind kind) {
    return switch (kind) {
      case STARTUP -> {
        begun(pod, container);
        advance(pod);
        yield false;
      }
      case READINESS -> {
        change(pod, container, true);
        yield true;
      }
      case LIVENESS -> true;
    };
  }

  private void change(PodRun pod, ContainerRun container, boolean ready) {
    if (container.ready != ready) {
      container.ready = ready;
      dirty.add(pod);
    }
  }

  // Ends of containers.

  private void exited(PodRun pod, ContainerRun container, ContainerProcess process, int code) {
    if (container.process != process || closing) {
      return;
    }
    container.ends(code, clock.instant());
    dirty.add(pod);
    if (pod.terminating) {
      afterExit(pod);
      return;
    }
    if (pod.isFinished() && !container.isApp()) {
      return;
    }
    if (isRestarted(pod, container, code)) {
      retryLater(pod, container, "ended with " + code);
    }
    advance(pod);
  }

  private static boolean isRestarted(PodRun pod, ContainerRun container, int code) {
    return switch (container.spec.role()) {
      case SIDECAR -> true;
      case INIT -> code != 0 && !pod.restartPolicy.equals("Never");
      case APP ->
          pod.restartPolicy.equals("Always")
              || (pod.restartPolicy.equals("OnFailure") && code != 0);
    };
  }

  private void retryLater(PodRun pod, ContainerRun container, String why) {
    long wait = container.backOff();
    String message =
        why
            + "; back-off "
            + wait
            + "ms restarting failed container="
            + container.name()
            + " pod="
            + pod.name
            + "_"
            + pod.namespace
            + "("
            + pod.uid
            + ")";
    container.state = new ContainerRun.State.Waiting("CrashLoopBackOff", message);
    events.container(
        pod.object,
        container.name(),
        true,
        "BackOff",
        "Back-off restarting failed container " + container.name() + " in pod " + pod.name);
    postAfter(
        wait,
        () -> {
          container.retrying = false;
          advanceIfThere(pod);
        });
  }

  // Death.

  /** The object is gone: nobody waits for a graceful end. */
  private void abandon(PodRun pod) {
    if (!pod.removed) {
      pod.removed = true;
      pod.terminating = true;
      pod.stopping = true;
      dirty.add(pod);
      closeProxies(pod);
      pod.containers.forEach(ContainerRun::kill);
      afterExit(pod);
    }
  }

  private void terminate(PodRun pod) {
    if (pod.terminating) {
      return;
    }
    pod.terminating = true;
    dirty.add(pod);
    for (ContainerRun container : pod.containers) {
      if (container.isRunning()) {
        events.container(
            pod.object,
            container.name(),
            false,
            "Killing",
            "Stopping container " + container.name());
      }
    }
    postAfter(pod.graceSeconds() * 1000, () -> pod.containers.forEach(ContainerRun::kill));
    Thread.ofVirtual()
        .name("layar-drain")
        .start(
            () -> {
              try {
                drain.await(pod.uid);
              } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
              }
              postAfter(pod.fronted() ? FRONTED_DRAIN_MILLIS : DRAIN_MILLIS, () -> stop(pod));
            });
  }

  private void stop(PodRun pod) {
    if (pod.stopping) {
      return;
    }
    pod.stopping = true;
    for (ContainerRun container : pod.containers) {
      if (!container.isSidecar() && container.isAlive()) {
        JsonNode hook = Trees.at(container.spec.json(), "lifecycle", "preStop");
        if (hook.isMissingNode()) {
          container.terminate();
        } else {
          preStop(pod, container, hook);
        }
      }
    }
    afterExit(pod);
  }

  private void preStop(PodRun pod, ContainerRun container, JsonNode hook) {
    pod.hooks++;
    Probes.Target target =
        new Probes.Target(container.spec, container.ports, pod.inside, container.environment);
    long millis = Math.max(1, pod.graceSeconds()) * 1000;
    Thread.ofVirtual()
        .name("layar-prestop")
        .start(
            () -> {
              boolean done = Hooks.run(hook, target, millis);
              post(
                  () -> {
                    pod.hooks--;
                    if (!done) {
                      events.container(
                          pod.object,
                          container.name(),
                          true,
                          "FailedPreStopHook",
                          "PreStopHook failed");
                    }
                    container.terminate();
                    afterExit(pod);
                  });
            });
  }

  /** When the application has ended its sidecars follow; when all has, the pod goes. */
  private void afterExit(PodRun pod) {
    boolean applicationOver =
        pod.hooks == 0
            && pod.containers.stream().filter(c -> !c.isSidecar()).noneMatch(ContainerRun::isAlive);
    if (pod.stopping && applicationOver) {
      stopSidecars(pod);
      if (pod.isOver()) {
        forget(pod);
      }
    }
  }

  private void stopSidecars(PodRun pod) {
    closeProxies(pod);
    for (ContainerRun sidecar : pod.inits().reversed()) {
      if (sidecar.isSidecar() && sidecar.isAlive()) {
        sidecar.terminate();
      }
    }
  }

  private void closeProxies(PodRun pod) {
    MeshSide.Workload workload = pod.workload;
    if (workload != null) {
      pod.workload = null;
      workload.close();
    }
    for (ContainerRun container : pod.containers) {
      if (container.isProxy() && container.isRunning()) {
        container.ends(pod.stopping ? SIGTERM_CODE : 0, clock.instant());
        dirty.add(pod);
      }
    }
  }

  private void forget(PodRun pod) {
    if (pods.get(pod.key()) != pod) {
      return;
    }
    pods.remove(pod.key());
    pod.removed = true;
    dirty.add(pod);
    Set<Integer> ports = new HashSet<>(pod.ports().values());
    ports.addAll(pod.listening().values());
    if (pod.hasSidecar) {
      ports.add(pod.proxyPort);
    }
    addresses.release(pod.ip, ports);
    LogFiles.delete(pod.directory);
    statuses.gone(pod.key(), pod.uid);
    post(() -> sync(pod.key()));
  }

  // What the outside sees.

  private void publishView() {
    Map<Key, Inside> inside = new LinkedHashMap<>();
    List<PodView> views = new ArrayList<>();
    for (PodRun pod : pods.values()) {
      views.add(Views.of(pod));
      inside.put(pod.key(), Views.inside(pod));
    }
    views.sort(Comparator.comparing(PodView::namespace).thenComparing(PodView::name));
    view = new View(List.copyOf(views), Map.copyOf(inside));
    published.accept(view);
  }

  /** Containers append to their logs themselves, so that only looking now and then bounds them. */
  private void boundLogs() {
    for (PodRun pod : pods.values()) {
      pod.containers.forEach(container -> LogFiles.bound(container.log, MAX_LOG_BYTES));
    }
    postAfter(LOG_CHECK_MILLIS, this::boundLogs);
  }

  private void lookAtLogs() {
    List<Path> logs = new ArrayList<>();
    pods.values().forEach(pod -> pod.containers.forEach(c -> logs.add(c.log)));
    logTimes.look(logs, clock.instant());
    postAfter(LOG_LOOK_MILLIS, this::lookAtLogs);
  }

  /** Stops every pod and waits for the processes to end, at most a few seconds. */
  @Override
  public void close() {
    call(
        () -> {
          closing = true;
          pods.values().forEach(pod -> pod.containers.forEach(ContainerRun::terminate));
          return true;
        });
    long deadline = System.nanoTime() + TimeUnit.MILLISECONDS.toNanos(CLOSE_MILLIS);
    while (System.nanoTime() < deadline && !call(this::allOver)) {
      LockSupport.parkNanos(10_000_000);
    }
    call(
        () -> {
          pods.values().forEach(pod -> pod.containers.forEach(ContainerRun::kill));
          return true;
        });
    statuses.close();
    thread.shutdownNow();
  }

  private boolean allOver() {
    return pods.values().stream()
        .allMatch(pod -> pod.containers.stream().noneMatch(ContainerRun::isAlive));
  }
}
