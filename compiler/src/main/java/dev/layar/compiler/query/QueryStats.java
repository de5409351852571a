package dev.layar.compiler.query;

import java.util.Map;

/**
 * What the engine did since the last {@link QueryEngine#resetStats}.
 *
 * @param recomputed query functions that ran
 * @param verified queries that might have been stale and were found to be current without running
 * @param reused reads answered by a value already known to be current
 * @param recomputedByQuery {@code recomputed} by the query's name, sorted by it
 */
public record QueryStats(
    long recomputed, long verified, long reused, Map<String, Long> recomputedByQuery) {
  public static final QueryStats NONE = new QueryStats(0, 0, 0, Map.of());
}
