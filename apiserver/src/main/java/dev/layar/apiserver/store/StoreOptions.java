package dev.layar.apiserver.store;

import dev.layar.apiserver.Admission;
import dev.layar.apiserver.ResourceType;
import dev.layar.apiserver.kinds.Catalogue;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.time.InstantSource;
import java.util.List;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * How the API is opened.
 *
 * @param directory where objects are kept; null: in memory alone
 * @param clock for creation and deletion times and bookmarks
 * @param random for uids and generated names; thread-safe
 * @param admission asked in this order about every write
 * @param kinds what is served from the start
 * @param historySize how many changes of each kind watches can go back
 * @param compactAfterBytes how much log is worth a snapshot
 * @param defining whether CustomResourceDefinitions of Istio's kinds and the Gateway API's are
 *     there from the start; the kinds are served in either case
 */
public record StoreOptions(
    @Nullable Path directory,
    InstantSource clock,
    RandomGenerator random,
    List<Admission> admission,
    List<ResourceType> kinds,
    int historySize,
    long compactAfterBytes,
    boolean defining) {
  private static final int HISTORY = 4096;
  private static final long COMPACT_AFTER = 16 << 20;

  public StoreOptions {
    admission = List.copyOf(admission);
    kinds = List.copyOf(kinds);
  }

  /** In memory, with every kind and no admission. */
  public static StoreOptions inMemory() {
    return new StoreOptions(
        null,
        InstantSource.system(),
        new SecureRandom(),
        List.of(),
        Catalogue.all(),
        HISTORY,
        COMPACT_AFTER,
        false);
  }

  /** The same, kept in a directory, which is made where it is missing. */
  public StoreOptions in(Path path) {
    return new StoreOptions(
        path, clock, random, admission, kinds, historySize, compactAfterBytes, defining);
  }

  /** The same with another clock. */
  public StoreOptions with(InstantSource other) {
    return new StoreOptions(
        directory, other, random, admission, kinds, historySize, compactAfterBytes, defining);
  }

  /** The same with these admission hooks. */
  public StoreOptions with(List<Admission> hooks) {
    return new StoreOptions(
        directory, clock, random, hooks, kinds, historySize, compactAfterBytes, defining);
  }

  /** The same with another length of history. */
  public StoreOptions withHistory(int changes) {
    return new StoreOptions(
        directory, clock, random, admission, kinds, changes, compactAfterBytes, defining);
  }

  /** The same with another size of the log. */
  public StoreOptions compactingAfter(long bytes) {
    return new StoreOptions(
        directory, clock, random, admission, kinds, historySize, bytes, defining);
  }

  /** The same with definitions of the custom kinds. */
  public StoreOptions withDefinitions() {
    return new StoreOptions(
        directory, clock, random, admission, kinds, historySize, compactAfterBytes, true);
  }
}
