package dev.layar.local.node;

import dev.layar.apiserver.StatusException;
import dev.layar.local.control.MovedPorts;
import dev.layar.local.controllers.Kinds;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import java.time.Duration;
import java.util.Iterator;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.node.ObjectNode;

/**
 * Tells the API what became of pods, on a thread of its own: only the newest status of a pod is
 * written, however often it changed meanwhile. Thread-safe.
 */
final class StatusWriter implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(StatusWriter.class);
  private static final int CONFLICT = 409;
  private static final int MAX_ATTEMPTS = 5;

  /**
   * @param status null: the pod is over and its object goes
   */
  private record Report(String uid, @Nullable ObjectNode status, String ports, int attempt) {}

  private final Kube kube;
  private final Map<Key, Report> waiting = new LinkedHashMap<>();
  private final ReentrantLock lock = new ReentrantLock();
  private final Condition changed = lock.newCondition();
  private final Thread thread =
      Thread.ofPlatform().daemon().name("layar-pod-status").unstarted(this::run);
  private boolean closed;

  StatusWriter(Kube kube) {
    this.kube = kube;
  }

  void start() {
    thread.start();
  }

  /** The pod is so now. */
  void report(Key key, String uid, ObjectNode status, Map<Integer, Integer> ports) {
    put(key, new Report(uid, status, MovedPorts.text(ports), 0));
  }

  /** The pod has ended; its object may go. */
  void gone(Key key, String uid) {
    put(key, new Report(uid, null, "", 0));
  }

  private void put(Key key, Report report) {
    lock.lock();
    try {
      Report before = waiting.get(key);
      if (before == null || before.status() != null || !before.uid().equals(report.uid())) {
        waiting.put(key, report);
      }
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  private void run() {
    try {
      for (Map.Entry<Key, Report> next = take(); next != null; next = take()) {
        write(next.getKey(), next.getValue());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private Map.@Nullable Entry<Key, Report> take() throws InterruptedException {
    lock.lock();
    try {
      while (waiting.isEmpty() && !closed) {
        changed.await();
      }
      if (closed) {
        return null;
      }
      Iterator<Map.Entry<Key, Report>> first = waiting.entrySet().iterator();
      Map.Entry<Key, Report> next = Map.Entry.copyOf(first.next());
      first.remove();
      return next;
    } finally {
      lock.unlock();
    }
  }

  private void write(Key key, Report report) {
    try {
      ObjectNode pod = kube.informer(Kinds.POD).get(key.namespace(), key.name());
      if (pod == null || !Trees.uid(pod).equals(report.uid())) {
        return;
      }
      ObjectNode status = report.status();
      if (status == null) {
        kube.delete(Kinds.POD, key, Duration.ZERO);
        return;
      }
      kube.status(Kinds.POD, annotated(pod, report.ports()), status);
    } catch (StatusException e) {
      refused(key, report, e);
    }
  }

  private void refused(Key key, Report report, StatusException e) {
    boolean again = e.code() == CONFLICT && report.attempt() < MAX_ATTEMPTS;
    LOG.atLevel(again ? org.slf4j.event.Level.DEBUG : org.slf4j.event.Level.WARN)
        .log("status of pod {}: {}", key, e.getMessage());
    if (again) {
      put(key, new Report(report.uid(), report.status(), report.ports(), report.attempt() + 1));
    }
  }

  private ObjectNode annotated(ObjectNode pod, String ports) {
    if (ports.equals(Trees.annotations(pod).getOrDefault(MovedPorts.ANNOTATION, ""))) {
      return pod;
    }
    return kube.merge(
        Kinds.POD,
        Key.of(pod),
        Trees.object(
            "metadata",
            Trees.object(
                "annotations",
                Trees.object(MovedPorts.ANNOTATION, ports.isEmpty() ? Trees.nothing() : ports))));
  }

  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signalAll();
    } finally {
      lock.unlock();
    }
    try {
      thread.join();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
