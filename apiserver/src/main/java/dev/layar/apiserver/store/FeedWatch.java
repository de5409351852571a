package dev.layar.apiserver.store;

import dev.layar.apiserver.Watch;
import dev.layar.apiserver.WatchEvent;
import dev.layar.apiserver.json.Json;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/**
 * A watch: a cursor on a kind's feed. Read by one thread; may be closed by another. It holds no
 * queue of its own, so a slow reader costs nothing; it finds its place dropped and is told so.
 */
final class FeedWatch implements Watch {
  private static final Duration BOOKMARK_EVERY = Duration.ofMinutes(1);

  private final Store store;
  private final Feed feed;
  private final Selection selection;
  private final InstantSource clock;
  private final boolean bookmarks;
  private final Deque<WatchEvent> first = new ArrayDeque<>();
  private Instant nextBookmark;
  private long cursor;
  private volatile boolean closed;

  FeedWatch(Store store, Selection selection, InstantSource clock, boolean bookmarks, long cursor) {
    this.store = store;
    this.feed = store.feed(selection.query().type().qualified());
    this.selection = selection;
    this.clock = clock;
    this.bookmarks = bookmarks;
    this.cursor = cursor;
    this.nextBookmark = clock.instant().plus(BOOKMARK_EVERY);
  }

  /** Begins with what was there. */
  void beginWith(List<Stored> items) {
    for (Stored item : items) {
      if (selection.matches(item)) {
        first.add(new WatchEvent(WatchEvent.Type.ADDED, selection.view(item)));
      }
    }
  }

  /** After what was there comes the mark that it is complete. */
  void endInitialEvents(long revision) {
    ObjectNode bookmark = bookmark(revision);
    Json.make(Json.make(bookmark, "metadata"), "annotations")
        .put("k8s.io/initial-events-end", "true");
    first.add(new WatchEvent(WatchEvent.Type.BOOKMARK, bookmark));
  }

  @Override
  public @Nullable WatchEvent next(Duration atMost) throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (!ended()) {
      WatchEvent event = poll();
      if (event != null) {
        return event;
      }
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return null;
      }
      feed.await(cursor, this::ended, Duration.ofNanos(left));
    }
    return null;
  }

  private @Nullable WatchEvent poll() {
    WatchEvent initial = first.poll();
    if (initial != null) {
      return initial;
    }
    try {
      return fromFeed();
    } catch (Feed.Dropped e) {
      closed = true;
      return new WatchEvent(
          WatchEvent.Type.ERROR,
          Refusals.status(Refusals.expired("too old resource version: the watch fell behind")));
    }
  }

  private @Nullable WatchEvent fromFeed() throws Feed.Dropped {
    long seen = store.revision(); // before the look at the feed, so that the bookmark is true
    for (Change change = feed.at(cursor); change != null; change = feed.at(cursor)) {
      cursor++;
      WatchEvent event = event(change);
      if (event != null) {
        return event;
      }
    }
    return bookmarks && !clock.instant().isBefore(nextBookmark) ? mark(seen) : null;
  }

  private WatchEvent mark(long revision) {
    nextBookmark = clock.instant().plus(BOOKMARK_EVERY);
    return new WatchEvent(WatchEvent.Type.BOOKMARK, bookmark(revision));
  }

  private @Nullable WatchEvent event(Change change) {
    Stored before = change.before();
    Stored after = change.after();
    boolean was = before != null && selection.matches(before);
    boolean is = after != null && selection.matches(after);
    if (is && after != null) {
      return new WatchEvent(
          was ? WatchEvent.Type.MODIFIED : WatchEvent.Type.ADDED, selection.view(after));
    }
    return was && before != null
        ? new WatchEvent(WatchEvent.Type.DELETED, last(before, change.revision()))
        : null;
  }

  /** The object as it was last, at the revision at which it went. */
  private ObjectNode last(Stored before, long revision) {
    ObjectNode out = Json.shallow(selection.view(before));
    if (out.get("metadata") instanceof ObjectNode metadata) {
      out.set("metadata", Json.shallow(metadata));
    }
    Store.stamp(out, revision);
    return out;
  }

  private ObjectNode bookmark(long revision) {
    ObjectNode out = Json.object();
    out.put("kind", selection.query().type().kind());
    out.put("apiVersion", selection.query().type().apiVersion(selection.query().version()));
    Store.stamp(out, revision);
    return out;
  }

  @Override
  public boolean ended() {
    return closed || store.isClosed();
  }

  @Override
  public void close() {
    closed = true;
    feed.wake();
  }
}
