package dev.layar.compiler.query;

import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * All that a query may read. Every read is recorded as a dependency, the absence of an input
 * included. Valid only until the query's function returns; confined to the thread that computes.
 */
public interface QueryContext {
  /** The value of another query. */
  <K, V> V get(Query<K, V> query, K key);

  /** The value of an input, or null when there is none under this key. */
  <K, V> @Nullable V read(Input<K, V> input, K key);

  /** The keys of a group, in the index's order; empty when nothing belongs to it. */
  <K, V, G> List<K> keys(Index<K, V, G> index, G group);
}
