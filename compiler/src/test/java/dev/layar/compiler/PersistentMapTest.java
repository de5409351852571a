package dev.layar.compiler;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.testkit.Seeded;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.Test;

class PersistentMapTest {
  /** A key whose hash collides on purpose. */
  private record Key(int value, int hash) {
    @Override
    public int hashCode() {
      return hash;
    }
  }

  @Test
  void behavesAsAMapAndReportsDifferences() {
    Seeded.forSeeds(1, 200, PersistentMapTest::check);
  }

  private static void check(Seeded random) {
    int mask = random.pick(0, 3, 0x40000000, -1);
    PersistentMap<Key, Integer> map = PersistentMap.empty();
    Map<Key, Integer> model = new HashMap<>();
    PersistentMap<Key, Integer> earlier = map;
    Map<Key, Integer> earlierModel = Map.of();
    for (int step = 0; step < 300; step++) {
      int value = random.below(60);
      Key key = new Key(value, value * 0x9E3779B9 & mask);
      if (random.oneIn(3)) {
        map = map.without(key);
        model.remove(key);
      } else {
        int content = random.below(3);
        map = map.with(key, content);
        model.put(key, content);
      }
      assertThat(map.size()).isEqualTo(model.size());
      assertThat(map.get(key)).isEqualTo(model.get(key));
      if (random.oneIn(20)) {
        checkDiff(earlier, earlierModel, map, model);
        earlier = map;
        earlierModel = Map.copyOf(model);
      }
    }
    checkContent(map, model);
  }

  private static void checkContent(PersistentMap<Key, Integer> map, Map<Key, Integer> model) {
    Map<Key, Integer> copy = new HashMap<>();
    map.forEach(copy::put);
    assertThat(copy).isEqualTo(model);
    PersistentMap<Key, Integer> rebuilt = PersistentMap.empty();
    for (Map.Entry<Key, Integer> entry : model.entrySet()) {
      rebuilt = rebuilt.with(entry.getKey(), entry.getValue());
    }
    assertThat(map).isEqualTo(rebuilt).hasSameHashCodeAs(rebuilt);
  }

  private static void checkDiff(
      PersistentMap<Key, Integer> from,
      Map<Key, Integer> fromModel,
      PersistentMap<Key, Integer> to,
      Map<Key, Integer> toModel) {
    Map<Key, Integer> patched = new HashMap<>(fromModel);
    to.diff(
        from,
        (key, before, after) -> {
          assertThat(fromModel.get(key)).isEqualTo(before);
          assertThat(before).isNotEqualTo(after);
          if (after == null) {
            patched.remove(key);
          } else {
            patched.put(key, after);
          }
        });
    assertThat(patched).isEqualTo(toModel);
  }

  @Test
  void anEditThatChangesNothingIsTheSameMap() {
    PersistentMap<String, String> map = PersistentMap.<String, String>empty().with("a", "b");

    assertThat(map.with("a", "b")).isSameAs(map);
    assertThat(map.without("c")).isSameAs(map);
  }
}
