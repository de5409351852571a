package dev.layar.compiler.query;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.junit.jupiter.api.Test;

class QueryEngineTest {
  private final Input<String, Integer> numbers = new Input<>("number");
  private final Index<String, Integer, Integer> byLastDigit =
      new Index<>("byLastDigit", numbers, Comparator.naturalOrder(), (k, v) -> List.of(v % 10));
  private final List<String> log = new ArrayList<>();
  private final Query<String, Integer> half =
      new Query<>(
          "half",
          (context, key) -> {
            log.add("half " + key);
            Integer value = context.read(numbers, key);
            return value == null ? -1 : value / 2;
          });
  private final Query<String, Integer> sum =
      new Query<>(
          "sum",
          (context, keys) -> {
            log.add("sum " + keys);
            int total = 0;
            for (String key : keys.split(",")) {
              total += context.get(half, key);
            }
            return total;
          });
  private final QueryEngine engine = new QueryEngine(2, List.of(byLastDigit));

  @Test
  void aValueIsComputedOnceUntilAnInputChanges() {
    engine.set(numbers, "a", 4);

    assertThat(engine.get(sum, "a")).isEqualTo(2);
    assertThat(engine.get(sum, "a")).isEqualTo(2);
    assertThat(log).containsExactly("sum a", "half a");

    engine.set(numbers, "a", 8);
    assertThat(engine.get(sum, "a")).isEqualTo(4);
    assertThat(log).containsExactly("sum a", "half a", "half a", "sum a");
  }

  @Test
  void anEqualValueStopsTheChange() {
    engine.set(numbers, "a", 4);
    engine.get(sum, "a");
    log.clear();

    engine.set(numbers, "a", 5);

    assertThat(engine.get(sum, "a")).isEqualTo(2);
    assertThat(log).containsExactly("half a");
  }

  @Test
  void aChangeTouchesOnlyItsReaders() {
    engine.set(numbers, "a", 4);
    engine.set(numbers, "b", 6);
    engine.get(sum, "a");
    engine.get(sum, "b");
    log.clear();
    engine.resetStats();

    engine.set(numbers, "b", 8);
    engine.get(sum, "a");
    engine.get(sum, "b");

    assertThat(log).containsExactly("half b", "sum b");
    assertThat(engine.stats().recomputed()).isEqualTo(2);
    assertThat(engine.stats().recomputedByQuery())
        .containsEntry("half", 1L)
        .containsEntry("sum", 1L);
  }

  @Test
  void absenceIsADependency() {
    assertThat(engine.get(sum, "a")).isEqualTo(-1);

    engine.set(numbers, "a", 4);
    assertThat(engine.get(sum, "a")).isEqualTo(2);

    engine.remove(numbers, "a");
    assertThat(engine.get(sum, "a")).isEqualTo(-1);
  }

  @Test
  void aLaterDependencyIsNotComputedWhenAnEarlierOneChanged() {
    Query<String, Integer> guarded =
        new Query<>(
            "guarded",
            (context, key) -> {
              Integer switched = context.read(numbers, "switch");
              return switched != null && switched == 1 ? context.get(half, key) : 0;
            });
    engine.set(numbers, "switch", 1);
    engine.set(numbers, "a", 4);
    engine.get(guarded, "a");
    log.clear();

    engine.set(numbers, "a", 10);
    engine.set(numbers, "switch", 0);

    assertThat(engine.get(guarded, "a")).isZero();
    assertThat(log).isEmpty();
  }

  @Test
  void anIndexTellsOnlyTheGroupsThatChanged() {
    Query<Integer, List<String>> members =
        new Query<>(
            "members",
            (context, digit) -> {
              log.add("members " + digit);
              return context.keys(byLastDigit, digit);
            });
    engine.set(numbers, "b", 11);
    engine.set(numbers, "a", 21);
    engine.set(numbers, "c", 12);
    assertThat(engine.get(members, 1)).containsExactly("a", "b");
    assertThat(engine.get(members, 2)).containsExactly("c");
    assertThat(engine.get(members, 3)).isEmpty();
    log.clear();

    engine.set(numbers, "b", 31);
    engine.set(numbers, "c", 13);

    assertThat(engine.get(members, 1)).containsExactly("a", "b");
    assertThat(engine.get(members, 2)).isEmpty();
    assertThat(engine.get(members, 3)).containsExactly("c");
    assertThat(log).containsExactly("members 2", "members 3");
  }

  @Test
  void aCycleIsNamed() {
    List<Query<String, Integer>> queries = new ArrayList<>();
    queries.add(new Query<>("first", (context, key) -> context.get(queries.get(1), key)));
    queries.add(new Query<>("second", (context, key) -> context.get(queries.get(0), key)));

    assertThatThrownBy(() -> engine.get(queries.getFirst(), "k"))
        .isInstanceOf(QueryCycleException.class)
        .hasMessage("query cycle: first(k) -> second(k) -> first(k)");
  }

  @Test
  void aQueryThatThrewRunsAgain() {
    Query<String, Integer> strict =
        new Query<>(
            "strict",
            (context, key) -> {
              int value = context.get(half, key);
              if (value < 0) {
                throw new IllegalStateException("no " + key);
              }
              return value;
            });
    assertThatThrownBy(() -> engine.get(strict, "a")).hasMessage("no a");
    assertThatThrownBy(() -> engine.get(strict, "a")).hasMessage("no a");

    engine.set(numbers, "a", 6);
    assertThat(engine.get(strict, "a")).isEqualTo(3);
  }

  @Test
  void whatNobodyNeedsIsCollected() {
    engine.set(numbers, "a", 4);
    engine.set(numbers, "b", 4);
    engine.get(sum, "a");
    engine.get(sum, "b");
    assertThat(engine.size()).isEqualTo(6);

    for (int i = 0; i < 3; i++) {
      engine.collect();
      engine.get(sum, "b");
    }

    assertThat(engine.size()).as("sum, half and number of b").isEqualTo(3);
    assertThat(engine.get(sum, "a")).isEqualTo(2);
  }

  @Test
  void whatIsReleasedIsCollectedAtOnce() {
    engine.get(sum, "a");
    engine.release(sum, "a");
    engine.collect();

    assertThat(engine.size()).isZero();
  }

  @Test
  void aContextDiesWithItsRun() {
    List<QueryContext> leaked = new ArrayList<>();
    Query<String, Integer> leak =
        new Query<>(
            "leak",
            (context, key) -> {
              leaked.add(context);
              return 1;
            });
    engine.get(leak, "a");

    assertThatThrownBy(() -> leaked.getFirst().read(numbers, "a"))
        .isInstanceOf(IllegalStateException.class);
  }

  @Test
  void aQueryMayNotGoAroundItsContext() {
    Query<String, Integer> cheat = new Query<>("cheat", (context, key) -> engine.get(half, key));

    assertThatThrownBy(() -> engine.get(cheat, "a")).isInstanceOf(IllegalStateException.class);
  }
}
