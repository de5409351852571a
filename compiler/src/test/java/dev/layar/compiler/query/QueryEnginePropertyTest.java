package dev.layar.compiler.query;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.testkit.Seeded;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

/**
 * After any edits, what the engine kept equals what a fresh engine computes, over graphs whose
 * edges depend on the values.
 */
class QueryEnginePropertyTest {
  private static final int LEAVES = 12;
  private static final int LEVELS = 4;
  private static final int WIDTH = 6;

  private record Cell(int level, int column) {}

  private final Input<Integer, Integer> leaves = new Input<>("leaf");
  private final Index<Integer, Integer, Integer> byRemainder =
      new Index<>("byRemainder", leaves, Comparator.naturalOrder(), (k, v) -> List.of(v % 3));
  private final Query<Cell, Integer> cells = new Query<>("cell", this::compute);

  /** Reads one cell below, and by its value which others, or a group, or a leaf. */
  private int compute(QueryContext context, Cell cell) {
    if (cell.level() == 0) {
      Integer leaf = context.read(leaves, cell.column());
      return leaf == null ? context.keys(byRemainder, cell.column() % 3).size() : leaf / 2;
    }
    int first = below(context, cell, cell.column());
    int result =
        switch (Math.floorMod(first, 4)) {
          case 0 -> below(context, cell, first);
          case 1 -> context.keys(byRemainder, Math.floorMod(first, 3)).size();
          case 2 -> below(context, cell, first + 1) - below(context, cell, first + 2);
          default -> 7;
        };
    return (first + result) % 50;
  }

  private int below(QueryContext context, Cell cell, int column) {
    return context.get(cells, new Cell(cell.level() - 1, Math.floorMod(column, LEAVES)));
  }

  @Test
  void incrementalEqualsFromScratch() {
    Seeded.forSeeds(1, 300, this::check);
  }

  private void check(Seeded random) {
    QueryEngine kept = new QueryEngine(3, List.of(byRemainder));
    Integer[] values = new Integer[LEAVES];
    for (int step = 0; step < 60; step++) {
      for (int edits = 1 + random.below(3); edits > 0; edits--) {
        int at = random.below(LEAVES);
        values[at] = random.oneIn(5) ? null : random.below(12);
        write(kept, at, values[at]);
      }
      if (random.oneIn(3)) {
        kept.collect();
      }
      QueryEngine fresh = new QueryEngine(3, List.of(byRemainder));
      for (int i = 0; i < LEAVES; i++) {
        write(fresh, i, values[i]);
      }
      for (int demands = random.below(4); demands > 0; demands--) {
        Cell cell = new Cell(random.below(LEVELS), random.below(WIDTH));
        assertThat(kept.get(cells, cell))
            .as("%s at step %d", cell, step)
            .isEqualTo(fresh.get(cells, cell));
      }
    }
  }

  private void write(QueryEngine engine, int at, Integer value) {
    if (value == null) {
      engine.remove(leaves, at);
    } else {
      engine.set(leaves, at, value);
    }
  }
}
