package dev.layar.apiserver.store;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.Api;
import dev.layar.apiserver.DeleteOptions;
import dev.layar.apiserver.ObjectPage;
import dev.layar.apiserver.ObjectQuery;
import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.PatchType;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.Subresource;
import dev.layar.apiserver.Watch;
import dev.layar.apiserver.WatchOptions;
import dev.layar.apiserver.WriteOptions;
import dev.layar.apiserver.Written;
import dev.layar.apiserver.schema.Schemas;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.atomic.AtomicReference;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

/**
 * The API over a store of its own. Thread-safe. Reads are answered from memory; writes go through
 * {@link Writer}.
 */
public final class ObjectApi implements Api {
  private final StoreOptions options;
  private final Store store;
  private final Served served;
  private final Schemas schemas = new Schemas();
  private final Pages pages;
  private final Writer writer;
  private final Deleter deleter;
  private final Collector collector;
  private final Definitions definitions;

  private ObjectApi(StoreOptions options, Store store) {
    this.options = options;
    this.store = store;
    this.served = new Served(options.kinds());
    this.pages = new Pages(store);
    Commits commits = new Commits(store);
    this.definitions = new Definitions(store, served, schemas);
    this.collector = new Collector(this, commits, served);
    this.writer = new Writer(options, commits, schemas);
    this.deleter = new Deleter(options, commits);
  }

  /**
   * Opens the API; what the directory holds is there again.
   *
   * @throws IOException when the directory cannot be read, or another process has it open
   */
  public static ObjectApi open(StoreOptions options) throws IOException {
    AtomicReference<Consumer<List<Change>>> listener = new AtomicReference<>(_ -> {});
    Store store =
        openStore(options, changes -> Objects.requireNonNull(listener.get()).accept(changes));
    ObjectApi api = new ObjectApi(options, store);
    listener.set(
        changes -> {
          api.definitions.changed(changes);
          api.collector.changed(changes);
        });
    api.definitions.refresh();
    api.collector.start(store.everything().items());
    store.start();
    Bootstrap.run(api);
    if (options.defining()) {
      Bootstrap.define(api);
    }
    return api;
  }

  private static Store openStore(StoreOptions options, Consumer<List<Change>> listener)
      throws IOException {
    Path directory = options.directory();
    if (directory == null) {
      return new Store(Journal.NONE, Recovery.State.NOTHING, options.historySize(), listener);
    }
    DiskJournal.Opened opened = DiskJournal.open(directory, options.compactAfterBytes());
    return new Store(opened.journal(), opened.state(), options.historySize(), listener);
  }

  @Override
  public List<ResourceType> types() {
    return served.all();
  }

  @Override
  public @Nullable ResourceType type(String group, String plural) {
    return served.find(group, plural);
  }

  @Override
  public long revision() {
    return store.revision();
  }

  @Override
  public ObjectNode get(ObjectRef ref, String version, Subresource subresource) {
    served.require(ref.type(), version);
    Stored stored = store.get(Meta.key(ref));
    if (stored == null) {
      throw Refusals.notFound(ref);
    }
    return subresource == Subresource.SCALE
        ? Scale.of(stored.object())
        : Selection.view(stored.object(), ref.type().apiVersion(version));
  }

  @Override
  public ObjectPage list(ObjectQuery query, int limit, String continueToken) {
    return pages.page(selection(query), limit, continueToken);
  }

  private Selection selection(ObjectQuery query) {
    served.require(query.type(), query.version());
    return Selection.of(query, Set.of());
  }

  @Override
  public Watch watch(ObjectQuery query, WatchOptions how) {
    Selection selection = selection(query);
    String from = how.resourceVersion();
    boolean fromNothing = from.isEmpty() || from.equals("0");
    return how.sendInitialEvents() || fromNothing
        ? watchAll(selection, how)
        : watchFrom(selection, how, revision(from));
  }

  private Watch watchAll(Selection selection, WatchOptions how) {
    ObjectQuery query = selection.query();
    Store.Listing now = store.list(query.type().qualified(), query.namespace());
    FeedWatch watch =
        new FeedWatch(store, selection, options.clock(), how.allowBookmarks(), now.cursor());
    watch.beginWith(now.items());
    if (how.sendInitialEvents()) {
      watch.endInitialEvents(now.revision());
    }
    return watch;
  }

  private Watch watchFrom(Selection selection, WatchOptions how, long revision) {
    Feed feed = store.feed(selection.query().type().qualified());
    long cursor = feed.after(revision);
    if (cursor < 0) {
      throw Refusals.expired("too old resource version: " + revision + " (" + feed.floor() + ")");
    }
    if (revision > store.revision()) {
      // seen in an earlier life of an in-memory store: only a new list helps
      throw Refusals.expired(
          "Too large resource version: " + revision + ", current: " + store.revision());
    }
    return new FeedWatch(store, selection, options.clock(), how.allowBookmarks(), cursor);
  }

  private static long revision(String text) {
    try {
      return Long.parseUnsignedLong(text);
    } catch (NumberFormatException e) {
      throw Refusals.badRequest(
          "resourceVersion: Invalid value: \"" + text + "\": strconv.ParseUint: invalid syntax");
    }
  }

  @Override
  public Written create(
      ResourceType type, String version, String namespace, JsonNode body, WriteOptions write) {
    served.require(type, version);
    return writer.create(type, version, namespace, body, write);
  }

  @Override
  public Written update(
      ObjectRef ref, String version, Subresource subresource, JsonNode body, WriteOptions write) {
    served.require(ref.type(), version);
    return writer.update(ref, version, subresource, body, write);
  }

  @Override
  public Written patch(
      ObjectRef ref,
      String version,
      Subresource subresource,
      PatchType patchType,
      JsonNode patch,
      WriteOptions write) {
    served.require(ref.type(), version);
    return writer.patch(ref, version, subresource, patchType, patch, write);
  }

  @Override
  public ObjectNode delete(ObjectRef ref, String version, DeleteOptions how, WriteOptions write) {
    served.require(ref.type(), version);
    return deleter.delete(ref, version, how, write);
  }

  /** Asks every admission hook in turn; their warnings are added. */
  static void admit(StoreOptions options, Admission.Request request, List<String> warnings) {
    for (Admission hook : options.admission()) {
      warnings.addAll(hook.admit(request));
    }
  }

  @Override
  public void close() {
    collector.close();
    try {
      store.close();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
