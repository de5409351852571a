package dev.layar.apiserver.store;

import dev.layar.apiserver.json.Json;
import java.io.IOException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.TreeMap;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.locks.ReentrantReadWriteLock;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * Objects by key, at one global revision that every change raises by one. Thread-safe. Changes are
 * compare-and-set: a writer says which revision it saw. One thread takes what has queued up, makes
 * it durable with one sync, and only then shows it to readers and watches; so nobody ever sees what
 * a crash could take back.
 */
final class Store implements AutoCloseable {
  /** The answer to a write whose key was no longer at the expected revision. */
  static final long CONFLICT = -1;

  private static final Write END =
      new Write(new Key("", "", ""), 0, null, new byte[0], new CompletableFuture<>());
  private static final int MAX_BATCH = 512;
  private static final int MAX_QUEUE = 16_384;

  private final Journal journal;
  private final int historySize;
  private final Consumer<List<Change>> listener;
  private final LinkedBlockingQueue<Write> queue = new LinkedBlockingQueue<>(MAX_QUEUE);
  private final ReentrantReadWriteLock lock = new ReentrantReadWriteLock();
  private final Map<String, NavigableMap<Key, Stored>> objects = new HashMap<>();
  private final Map<String, Feed> feeds = new ConcurrentHashMap<>();
  private final Thread writer;
  private final long firstRevision;
  private volatile long revision;
  private volatile @Nullable IOException failure;
  private volatile boolean closed;

  /**
   * Takes ownership of the journal.
   *
   * @param state what is there already
   * @param listener told of changes, in order, on the writing thread, when they are visible and
   *     before their writers are answered
   */
  Store(Journal journal, Recovery.State state, int historySize, Consumer<List<Change>> listener) {
    this.journal = journal;
    this.historySize = historySize;
    this.listener = listener;
    this.revision = state.snapshotRevision();
    this.firstRevision = state.snapshotRevision();
    state.objects().forEach(s -> map(s.key().type()).put(s.key(), s));
    state.changes().forEach(this::replay);
    this.writer = Thread.ofPlatform().daemon().name("store-writer").unstarted(this::run);
  }

  void start() {
    writer.start();
  }

  /** The newest revision that is durable and visible. */
  long revision() {
    return revision;
  }

  @Nullable Stored get(Key key) {
    lock.readLock().lock();
    try {
      NavigableMap<Key, Stored> ofType = objects.get(key.type());
      return ofType == null ? null : ofType.get(key);
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * The objects of a kind at one moment.
   *
   * @param cursor where the kind's feed goes on from here
   */
  record Listing(List<Stored> items, long revision, long cursor) {}

  /**
   * The objects of a kind now.
   *
   * @param namespace empty for all
   */
  Listing list(String type, String namespace) {
    lock.readLock().lock();
    try {
      NavigableMap<Key, Stored> ofType = objects.get(type);
      List<Stored> items =
          ofType == null ? List.of() : new ArrayList<>(range(ofType, type, namespace).values());
      return new Listing(items, revision, feed(type).end());
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * The objects of a kind as they were at a revision; null when its changes were dropped.
   *
   * @param namespace empty for all
   */
  @Nullable Listing listAt(String type, String namespace, long at) {
    lock.readLock().lock();
    try {
      Feed feed = feed(type);
      long cursor = feed.after(at);
      if (cursor < 0) {
        return null;
      }
      NavigableMap<Key, Stored> now = objects.get(type);
      NavigableMap<Key, Stored> then = now == null ? new TreeMap<>() : new TreeMap<>(now);
      for (long i = feed.end() - 1; i >= cursor; i--) {
        undo(then, feed.at(i));
      }
      return new Listing(List.copyOf(range(then, type, namespace).values()), at, cursor);
    } catch (Feed.Dropped e) {
      return null; // too slow: dropped while going back
    } finally {
      lock.readLock().unlock();
    }
  }

  /** The latest changes of a kind. */
  Feed feed(String type) {
    return feeds.computeIfAbsent(type, _ -> new Feed(historySize, firstRevision));
  }

  /** Every object at one moment. */
  Listing everything() {
    lock.readLock().lock();
    try {
      List<Stored> all = new ArrayList<>();
      objects.values().forEach(ofType -> all.addAll(ofType.values()));
      return new Listing(all, revision, 0);
    } finally {
      lock.readLock().unlock();
    }
  }

  /**
   * Stores an object, or deletes it, if the key still is at the revision that the writer saw.
   * Returns when that is durable and visible.
   *
   * @param expected 0: the key must not be there
   * @param object null to delete; belongs to the store from now on
   * @return the new revision, which is also in the object, or {@link #CONFLICT}
   * @throws IllegalStateException when the store is closed or its journal has failed
   */
  long commit(Key key, long expected, @Nullable ObjectNode object) {
    byte[] json = object == null ? new byte[0] : Json.write(object);
    Write write = new Write(key, expected, object, json, new CompletableFuture<>());
    if (closed || !queue.offer(write)) {
      throw new IllegalStateException(closed ? "the store is closed" : "too many writes wait");
    }
    if (closed) {
      failQueued();
    }
    return write.done().join();
  }

  /** Ends the writing thread; what waits behind it is refused. */
  @Override
  public void close() throws IOException {
    closed = true;
    var _ = queue.offer(END); // a full queue wakes the writer as well
    boolean interrupted = false;
    while (writer.isAlive()) {
      try {
        writer.join();
      } catch (InterruptedException e) {
        interrupted = true;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
    failQueued();
    feeds.values().forEach(Feed::wake);
    journal.close();
  }

  boolean isClosed() {
    return closed;
  }

  private void failQueued() {
    for (Write write = queue.poll(); write != null; write = queue.poll()) {
      write.done().completeExceptionally(new IllegalStateException("the store is closed"));
    }
  }

  private void run() {
    List<Write> batch = new ArrayList<>();
    while (!closed) {
      batch.add(take());
      queue.drainTo(batch, MAX_BATCH - 1);
      batch.removeIf(END::equals);
      if (!batch.isEmpty()) {
        process(batch);
      }
      batch.clear();
    }
  }

  /** Nobody interrupts this thread. */
  private Write take() {
    try {
      return queue.take();
    } catch (InterruptedException e) {
      throw new IllegalStateException("the writing thread was interrupted", e);
    }
  }

  private void process(List<Write> batch) {
    IOException broken = failure;
    if (broken != null) {
      refuse(batch, broken);
      return;
    }
    Batch result = decide(batch);
    try {
      if (!result.entries.isEmpty()) {
        journal.append(result.entries);
      }
    } catch (IOException e) {
      failure = e;
      refuse(batch, e);
      return;
    }
    publish(result.changes);
    if (!result.changes.isEmpty()) {
      listener.accept(result.changes);
    }
    for (int i = 0; i < batch.size(); i++) {
      batch.get(i).done().complete(result.answers.get(i));
    }
    if (!result.changes.isEmpty()) {
      afterwards();
    }
  }

  private void afterwards() {
    try {
      journal.published(this);
    } catch (IOException e) {
      failure = e;
    }
  }

  private static void refuse(List<Write> batch, IOException cause) {
    batch.forEach(
        w ->
            w.done()
                .completeExceptionally(
                    new IllegalStateException("the journal failed: " + cause.getMessage(), cause)));
  }

  /** What a batch does, given what its earlier writes did. */
  private static final class Batch {
    final List<Long> answers = new ArrayList<>();
    final List<Change> changes = new ArrayList<>();
    final List<Journal.Entry> entries = new ArrayList<>();
    final Map<Key, Change> latest = new HashMap<>();
  }

  private Batch decide(List<Write> batch) {
    Batch out = new Batch();
    long next = revision;
    for (Write write : batch) {
      Change earlier = out.latest.get(write.key());
      Stored before = earlier == null ? get(write.key()) : earlier.after();
      if (write.expected() != (before == null ? 0 : before.revision())
          || (before == null && write.object() == null)) {
        out.answers.add(CONFLICT);
        continue;
      }
      next++;
      Change change = change(write, next, before);
      out.answers.add(next);
      out.changes.add(change);
      out.entries.add(new Journal.Entry(next, write.key(), write.json()));
      out.latest.put(write.key(), change);
    }
    return out;
  }

  private static Change change(Write write, long revision, @Nullable Stored before) {
    ObjectNode object = write.object();
    if (object == null) {
      return new Change(revision, before, null);
    }
    stamp(object, revision);
    return new Change(revision, before, new Stored(write.key(), revision, object));
  }

  /** Puts the revision into an object's metadata. */
  static void stamp(ObjectNode object, long revision) {
    Json.make(object, "metadata").put("resourceVersion", Long.toString(revision));
  }

  private void publish(List<Change> changes) {
    if (changes.isEmpty()) {
      return;
    }
    lock.writeLock().lock();
    try {
      for (Change change : changes) {
        apply(change);
        feed(change.key().type()).append(change);
      }
      revision = changes.getLast().revision();
    } finally {
      lock.writeLock().unlock();
    }
  }

  /** A change of an earlier life: watches can go on from there. */
  private void replay(Recovery.Replayed change) {
    Stored before = get(change.key());
    publish(List.of(new Change(change.revision(), before, change.after())));
  }

  private void apply(Change change) {
    NavigableMap<Key, Stored> ofType = map(change.key().type());
    Stored after = change.after();
    if (after == null) {
      ofType.remove(change.key());
    } else {
      ofType.put(change.key(), after);
    }
  }

  private static void undo(NavigableMap<Key, Stored> then, @Nullable Change change) {
    if (change == null) {
      return;
    }
    Stored before = change.before();
    if (before == null) {
      then.remove(change.key());
    } else {
      then.put(change.key(), before);
    }
  }

  private NavigableMap<Key, Stored> map(String type) {
    return objects.computeIfAbsent(type, _ -> new TreeMap<>());
  }

  private static NavigableMap<Key, Stored> range(
      NavigableMap<Key, Stored> all, String type, String namespace) {
    return namespace.isEmpty()
        ? all
        : all.subMap(
            new Key(type, namespace, ""), true, new Key(type, namespace + "\0", ""), false);
  }
}
