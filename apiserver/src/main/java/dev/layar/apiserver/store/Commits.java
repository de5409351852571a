package dev.layar.apiserver.store;

import dev.layar.apiserver.ObjectRef;
import dev.layar.apiserver.json.Json;
import java.util.concurrent.CompletionException;
import org.jspecify.annotations.Nullable;
import tools.jackson.databind.node.ObjectNode;

/** What writers need of the store, with its failures as refusals. Thread-safe. */
final class Commits {
  /** Every lost race means that somebody else went on, so this many in a row is no race. */
  static final int MAX_RACES = 100;

  private final Store store;

  Commits(Store store) {
    this.store = store;
  }

  @Nullable Stored find(ObjectRef ref) {
    return store.get(Meta.key(ref));
  }

  @Nullable Stored find(Key key) {
    return store.get(key);
  }

  Stored require(ObjectRef ref) {
    Stored stored = find(ref);
    if (stored == null) {
      throw Refusals.notFound(ref);
    }
    return stored;
  }

  Store store() {
    return store;
  }

  /**
   * Stores an object if the key still is as expected.
   *
   * @param expected 0: not there
   * @return the object as it is stored; null when somebody else was faster
   */
  @Nullable ObjectNode put(Key key, long expected, ObjectNode object) {
    ObjectNode own = Json.copy(object);
    return commit(key, expected, own) ? own : null;
  }

  /** Deletes an object; false when somebody else was faster. */
  boolean remove(Stored stored) {
    return commit(stored.key(), stored.revision(), null);
  }

  private boolean commit(Key key, long expected, @Nullable ObjectNode object) {
    try {
      return store.commit(key, expected, object) != Store.CONFLICT;
    } catch (IllegalStateException | CompletionException e) {
      Throwable cause = e.getCause() == null ? e : e.getCause();
      throw Refusals.unavailable(String.valueOf(cause.getMessage()));
    }
  }
}
