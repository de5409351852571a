package dev.layar.controlplane.status;

import dev.layar.analysis.Validator;
import dev.layar.base.Finding;
import dev.layar.compiler.MeshState;
import dev.layar.controlplane.ControlPlane;
import dev.layar.controlplane.MeshStore;
import dev.layar.controlplane.ads.ProxySync;
import dev.layar.model.Kinds;
import dev.layar.model.ObjectKey;
import dev.layar.model.Resource;
import dev.layar.xds.server.TypeStatus;
import java.time.Duration;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Predicate;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Follows every Istio object from the store to the proxies and tells a sink. Thread-safe; one
 * thread of its own does all work, so that neither an edit nor a push waits for it.
 *
 * <p>An object of revision r is programmed when every connected proxy has answered everything up to
 * r: a proxy that an edit does not concern has nothing to answer. A refusal is attributed to what
 * changed in the revision that was refused.
 */
public final class StatusTracker implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusTracker.class);

  /** Gathers what happens together; far below what a person notices. */
  private static final Duration GATHER = Duration.ofMillis(10);

  /** After this long it is worth saying who is waited for. */
  private static final Duration SLOW = Duration.ofSeconds(2);

  private static final int NAMED_PROXIES = 3;

  private final ControlPlane plane;
  private final StatusSink sink;
  private final InstantSource clock;
  private final ScheduledThreadPoolExecutor thread;
  private final AtomicBoolean scheduled = new AtomicBoolean();
  private final List<MeshStore.Subscription> subscriptions = new ArrayList<>();
  private final Map<ObjectKey, ObjectStatus> statuses = new ConcurrentHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();

  /** Own thread. */
  private final Map<ObjectKey, Pending> pending = new HashMap<>();

  private MeshState seen = MeshState.empty();

  /**
   * A generation that not every proxy has answered.
   *
   * @param revision the store's when it was seen, so not before it
   */
  private record Pending(Resource<?> object, long revision, long sinceMillis) {}

  private StatusTracker(ControlPlane plane, StatusSink sink, InstantSource clock) {
    this.plane = plane;
    this.sink = sink;
    this.clock = clock;
    this.thread =
        new ScheduledThreadPoolExecutor(
            1,
            Thread.ofPlatform().daemon().name("layar-status").factory(),
            new ThreadPoolExecutor.DiscardPolicy());
    thread.setExecuteExistingDelayedTasksAfterShutdownPolicy(false);
  }

  /** Begins with what the store holds. */
  public static StatusTracker start(ControlPlane plane, StatusSink sink, InstantSource clock) {
    StatusTracker tracker = new StatusTracker(plane, sink, clock);
    tracker.subscriptions.add(plane.store().onChange(state -> tracker.soon()));
    tracker.subscriptions.add(plane.onSettled(tracker::soon));
    tracker.soon();
    return tracker;
  }

  /** The newest status of an object; empty while none is known. */
  public Optional<ObjectStatus> status(ObjectKey key) {
    return Optional.ofNullable(statuses.get(key));
  }

  /**
   * The status of a Gateway or route of the Gateway API in that API's form, as a tree of maps,
   * lists and scalars; empty for other kinds, and while none is known.
   */
  public Optional<Map<String, Object>> gatewayApiStatus(ObjectKey key) {
    return status(key).flatMap(status -> GatewayApiDocument.of(plane.compiler(), status));
  }

  /**
   * Waits until every proxy obeys a generation of an object, as {@code kubectl wait
   * --for=condition=Programmed} does.
   *
   * @return whether that came true in time
   */
  public boolean awaitProgrammed(ObjectKey key, long generation, Duration atMost)
      throws InterruptedException {
    return await(key, status -> status.generation() >= generation && status.isProgrammed(), atMost);
  }

  /**
   * Waits until an object has a status like that.
   *
   * @return whether that came true in time
   */
  public boolean await(ObjectKey key, Predicate<ObjectStatus> like, Duration atMost)
      throws InterruptedException {
    long rest = atMost.toNanos();
    lock.lock();
    try {
      while (status(key).filter(like).isEmpty()) {
        if (rest <= 0) {
          return false;
        }
        rest = changed.awaitNanos(rest);
      }
      return true;
    } finally {
      lock.unlock();
    }
  }

  private void soon() {
    if (scheduled.compareAndSet(false, true)) {
      thread.schedule(this::evaluate, GATHER.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private void evaluate() {
    scheduled.set(false);
    try {
      notice();
      if (!pending.isEmpty()) {
        settle();
      }
    } catch (RuntimeException bug) {
      LOG.error("statuses could not be told", bug);
    }
  }

  private static boolean isFollowed(ObjectKey key) {
    String group = key.kind().group();
    return group.endsWith("istio.io") || group.equals(Kinds.KUBE_GATEWAY.group());
  }

  /** Takes in what was edited. */
  private void notice() {
    MeshState now = plane.store().state();
    MeshState before = seen;
    seen = now;
    List<Resource<?>> fresh = new ArrayList<>();
    now.diff(
        before,
        (key, old, object) -> {
          if (!isFollowed(key)) {
            return;
          }
          if (object == null) {
            pending.remove(key);
            statuses.remove(key);
          } else if (old == null || old.metadata().generation() != object.metadata().generation()) {
            fresh.add(object);
          }
        });
    for (Resource<?> object : fresh) {
      pending.put(object.key(), new Pending(object, now.revision(), clock.millis()));
      tell(object, StatusCondition.Value.UNKNOWN, "Pending", "on its way to the proxies");
    }
  }

  private void settle() {
    List<ProxySync> proxies = plane.syncStatus();
    boolean waits = false;
    for (Pending one : List.copyOf(pending.values())) {
      List<String> behind =
          proxies.stream()
              .filter(proxy -> proxy.settledRevision() < one.revision())
              .map(ProxySync::proxy)
              .toList();
      if (behind.isEmpty()) {
        pending.remove(one.object().key());
        answered(one, proxies);
      } else if (clock.millis() - one.sinceMillis() >= SLOW.toMillis()) {
        tell(one.object(), StatusCondition.Value.UNKNOWN, "Pending", waiting(behind, proxies));
      } else {
        waits = true;
      }
    }
    if (waits) {
      thread.schedule(this::soon, SLOW.toMillis(), TimeUnit.MILLISECONDS);
    }
  }

  private static String waiting(List<String> behind, List<ProxySync> proxies) {
    String named = String.join(", ", behind.subList(0, Math.min(NAMED_PROXIES, behind.size())));
    String more = behind.size() > NAMED_PROXIES ? " and others" : "";
    return behind.size() + " of " + proxies.size() + " proxies have not answered: " + named + more;
  }

  private void answered(Pending one, List<ProxySync> proxies) {
    for (ProxySync proxy : proxies) {
      for (TypeStatus type : proxy.types()) {
        if (type.nacked() && type.nackedRevision() >= one.revision()) {
          tell(
              one.object(),
              StatusCondition.Value.FALSE,
              "Refused",
              proxy.proxy() + " refused " + type.type().shortName() + ": " + type.nackText());
          return;
        }
      }
    }
    String message =
        proxies.isEmpty()
            ? "no proxy is connected"
            : "acknowledged by all of " + proxies.size() + " proxies that it concerns";
    tell(one.object(), StatusCondition.Value.TRUE, "Programmed", message);
  }

  private void tell(
      Resource<?> object, StatusCondition.Value programmed, String reason, String message) {
    List<Finding> findings = findings(object);
    boolean wrong = findings.stream().anyMatch(Finding::isError);
    StatusCondition accepted =
        new StatusCondition(
            StatusCondition.Type.ACCEPTED,
            wrong ? StatusCondition.Value.FALSE : StatusCondition.Value.TRUE,
            wrong ? "Invalid" : "Accepted",
            findings.isEmpty() ? "" : findings.getFirst().line(),
            clock.instant());
    StatusCondition obeyed =
        new StatusCondition(
            StatusCondition.Type.PROGRAMMED, programmed, reason, message, clock.instant());
    ObjectStatus before = statuses.get(object.key());
    ObjectStatus status =
        new ObjectStatus(
            object.key(),
            object.metadata().generation(),
            before == null ? accepted : accepted.after(before.accepted()),
            before == null ? obeyed : obeyed.after(before.programmed()),
            findings);
    if (status.equals(before)) {
      return;
    }
    statuses.put(object.key(), status);
    lock.lock();
    try {
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    sink.write(status);
  }

  private List<Finding> findings(Resource<?> object) {
    List<Finding> findings = new ArrayList<>(Validator.validate(object));
    findings.addAll(plane.compiler().compileFindings().getOrDefault(object.key(), List.of()));
    findings.sort(Comparator.comparing(finding -> !finding.isError()));
    return findings;
  }

  /** Tells nothing more. */
  @Override
  public void close() {
    subscriptions.forEach(MeshStore.Subscription::close);
    thread.shutdownNow();
  }
}
