package dev.layar.local.controllers;

import dev.layar.apiserver.StatusException;
import dev.layar.local.MeshEvent;
import dev.layar.local.control.Conditions;
import dev.layar.local.kube.Key;
import dev.layar.local.kube.Kube;
import dev.layar.local.kube.Trees;
import java.time.InstantSource;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.Consumer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * Writes Events, from a thread of its own so that nobody waits for one. Thread-safe. What repeats
 * is counted in one Event; only the newest are kept, where Kubernetes keeps those of the last hour.
 */
public final class Recorder implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(Recorder.class);
  private static final int MAX_WAITING = 4096;
  private static final int MAX_KEPT = 1000;

  private record About(String uid, String type, String reason, String message, String part) {}

  private record Kept(Key key, String first, int count) {}

  private record Said(
      ObjectNode object, String plural, String part, String type, String reason, String message) {}

  private final Kube kube;
  private final InstantSource clock;
  private final Consumer<MeshEvent> listener;
  private final BlockingQueue<Said> waiting = new ArrayBlockingQueue<>(MAX_WAITING);
  private final AtomicLong numbers = new AtomicLong();
  private final Thread thread =
      Thread.ofPlatform().daemon().name("layar-events").unstarted(this::run);
  private final Map<About, Kept> kept = new LinkedHashMap<>();
  private volatile boolean closed;

  public Recorder(Kube kube, InstantSource clock, Consumer<MeshEvent> listener) {
    this.kube = kube;
    this.clock = clock;
    this.listener = listener;
    numbers.set(clock.millis() << 20);
  }

  public void start() {
    thread.start();
  }

  /**
   * Something that is as it should be.
   *
   * @param plural the object's kind, see {@link Kinds}
   */
  public void normal(ObjectNode object, String plural, String reason, String message) {
    say(new Said(object, plural, "", "Normal", reason, message));
  }

  /** Something that somebody should look at. */
  public void warning(ObjectNode object, String plural, String reason, String message) {
    say(new Said(object, plural, "", "Warning", reason, message));
  }

  /** As the others, about a container of a pod. */
  public void container(
      ObjectNode pod, String container, boolean warning, String reason, String message) {
    String part = "spec.containers{" + container + "}";
    say(new Said(pod, Kinds.POD, part, warning ? "Warning" : "Normal", reason, message));
  }

  private void say(Said said) {
    String object = Kinds.kind(said.plural()) + "/" + Key.of(said.object());
    listener.accept(
        said.type().equals("Warning")
            ? MeshEvent.warning(object, said.reason(), said.message())
            : MeshEvent.normal(object, said.reason(), said.message()));
    if (!waiting.offer(said)) {
      LOG.warn("too many events; dropped {} of {}", said.reason(), object);
    }
  }

  private void run() {
    try {
      while (!closed) {
        Said said = waiting.poll(1, TimeUnit.SECONDS);
        if (said != null) {
          write(said);
        }
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void write(Said said) {
    About about =
        new About(
            Trees.uid(said.object()), said.type(), said.reason(), said.message(), said.part());
    try {
      Kept before = kept.remove(about);
      kept.put(about, before == null ? create(said) : count(before));
      forgetOldest();
    } catch (StatusException e) {
      LOG.debug("event {}: {}", said.reason(), e.getMessage());
    }
  }

  private Kept create(Said said) {
    String namespace = Trees.namespace(said.object());
    String now = Conditions.time(clock.instant());
    String home = namespace.isEmpty() ? "default" : namespace;
    String name = Trees.name(said.object()) + "." + Long.toHexString(numbers.incrementAndGet());
    String component = said.plural().equals(Kinds.POD) ? "kubelet" : "layar-controllers";
    ObjectNode body =
        Trees.object(
            "metadata",
            Trees.object("name", name, "namespace", home),
            "involvedObject",
            involved(said, namespace),
            "reason",
            said.reason(),
            "message",
            said.message(),
            "type",
            said.type(),
            "count",
            1,
            "firstTimestamp",
            now,
            "lastTimestamp",
            now,
            "source",
            Trees.object("component", component),
            "reportingComponent",
            component,
            "reportingInstance",
            "");
    kube.create(Kinds.EVENT, home, body);
    return new Kept(new Key(home, name), now, 1);
  }

  private static JsonNode involved(Said said, String namespace) {
    return Trees.object(
        "apiVersion",
        Kinds.apiVersion(said.plural()),
        "kind",
        Kinds.kind(said.plural()),
        "namespace",
        namespace.isEmpty() ? null : namespace,
        "name",
        Trees.name(said.object()),
        "uid",
        Trees.uid(said.object()),
        "fieldPath",
        said.part().isEmpty() ? null : said.part());
  }

  private Kept count(Kept before) {
    int count = before.count() + 1;
    kube.merge(
        Kinds.EVENT,
        before.key(),
        Trees.object("count", count, "lastTimestamp", Conditions.time(clock.instant())));
    return new Kept(before.key(), before.first(), count);
  }

  private void forgetOldest() {
    while (kept.size() > MAX_KEPT) {
      Map.Entry<About, Kept> oldest = kept.entrySet().iterator().next();
      kept.remove(oldest.getKey());
      kube.delete(Kinds.EVENT, oldest.getValue().key(), null);
    }
  }

  @Override
  public void close() {
    closed = true;
    thread.interrupt();
  }
}
