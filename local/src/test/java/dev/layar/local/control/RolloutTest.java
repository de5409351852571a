package dev.layar.local.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import dev.layar.local.kube.Trees;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolloutTest {
  private static Rollout.Wanted wanted(
      int replicas, String type, @Nullable Object unavailable, @Nullable Object surge) {
    return Rollout.Wanted.of(
        Trees.object(
            "spec",
            Trees.object(
                "replicas",
                replicas,
                "strategy",
                Trees.object(
                    "type",
                    type,
                    "rollingUpdate",
                    Trees.object("maxUnavailable", unavailable, "maxSurge", surge)))));
  }

  private static Rollout.Wanted wanted(int replicas) {
    return Rollout.Wanted.of(Trees.object("spec", Trees.object("replicas", replicas)));
  }

  /** {@code n3/1}: the current set wants 3 pods, 1 is available; {@code o…}: an old one. */
  private static List<Rollout.SetState> sets(String text) {
    List<Rollout.SetState> sets = new ArrayList<>();
    for (String word : text.isBlank() ? new String[0] : text.strip().split(" ")) {
      String[] numbers = word.substring(1).split("/");
      int pods = Integer.parseInt(numbers[0]);
      sets.add(
          new Rollout.SetState(
              word.charAt(0) + "" + sets.size(),
              word.charAt(0) == 'n',
              pods,
              pods,
              Integer.parseInt(numbers[1]),
              sets.size()));
    }
    return sets;
  }

  @ParameterizedTest
  @CsvSource({
    // replicas, sets, changes
    "3, n0/0, 'n0=3'",
    "3, n3/1, ''",
    "5, n3/3, 'n0=5'",
    "1, n3/3, 'n0=1'",
    "0, n2/2, 'n0=0'",
    // 25 % of 4 each way: one more, one fewer
    "4, o4/4 n0/0, 'n1=1'",
    "4, o4/4 n1/0, 'o0=3'",
    "4, o3/3 n1/0, 'n1=2'",
    "4, o3/3 n2/0, ''",
    "4, o3/3 n2/1, 'o0=2'",
    "4, o2/2 n2/2, 'n1=3'",
    "4, o1/1 n4/4, 'o0=0'",
    // one replica: 25 % rounds to surge 1, unavailable 0
    "1, o1/1 n0/0, 'n1=1'",
    "1, o1/1 n1/0, ''",
    "1, o1/1 n1/1, 'o0=0'",
    // old pods that serve nobody go first, the oldest set before the others
    "4, o1/1 o3/2 n1/0, 'o1=2'",
    "4, o2/2 o3/3 n0/0, 'o0=0'",
    // without a set of its template there is nothing to do yet
    "2, o2/2, ''"
  })
  void stepsAreKubernetes(int replicas, String text, String changes) {
    assertThat(show(Rollout.next(wanted(replicas), sets(text)))).isEqualTo(changes);
  }

  private static String show(Map<String, Integer> changes) {
    StringBuilder out = new StringBuilder();
    new TreeMap<>(changes)
        .forEach((set, pods) -> out.append(out.isEmpty() ? "" : " ").append(set + "=" + pods));
    return out.toString();
  }

  @Test
  void recreateWaitsForTheOldToBeGone() {
    Rollout.Wanted wanted = wanted(2, "Recreate", null, null);
    assertThat(Rollout.next(wanted, sets("o2/2 n0/0"))).isEqualTo(Map.of("o0", 0));
    Rollout.SetState stopping = new Rollout.SetState("o0", false, 0, 1, 0, 0);
    Rollout.SetState fresh = new Rollout.SetState("n1", true, 0, 0, 0, 1);
    assertThat(Rollout.next(wanted, List.of(stopping, fresh))).isEmpty();
    assertThat(Rollout.next(wanted, sets("o0/0 n0/0"))).isEqualTo(Map.of("n1", 2));
  }

  @Test
  void aPausedDeploymentOnlyScales() {
    Rollout.Wanted paused = new Rollout.Wanted(4, false, true, 1, 1);
    assertThat(Rollout.next(paused, sets("o2/2"))).isEqualTo(Map.of("o0", 4));
    assertThat(Rollout.next(paused, sets("o4/4 n0/0"))).isEmpty();
    assertThat(Rollout.next(paused, sets("o4/4 n1/1"))).isEmpty();
  }

  /** Whatever becomes available in whatever order, the limits hold and the update ends. */
  @ParameterizedTest
  @CsvSource({"1, 25%, 25%", "3, 25%, 25%", "5, 0, 1", "5, 1, 0", "7, 50%, 50%", "2, 0, 0"})
  void limitsHoldOnEveryPath(int replicas, String unavailable, String surge) {
    Rollout.Wanted wanted = wanted(replicas, "RollingUpdate", number(unavailable), number(surge));
    for (long seed = 0; seed < 200; seed++) {
      SplitMix64 random = new SplitMix64(seed);
      List<Rollout.SetState> sets =
          new ArrayList<>(sets("o" + replicas + "/" + replicas + " n0/0"));
      int steps = 0;
      while (sets.getFirst().wanted() > 0 || sets.getLast().available() < replicas) {
        assertThat(steps++).as("seed %s ends", seed).isLessThan(1000);
        advance(wanted, sets, random);
        int total = sets.stream().mapToInt(Rollout.SetState::wanted).sum();
        int available = sets.stream().mapToInt(Rollout.SetState::available).sum();
        assertThat(total).as("seed %s", seed).isLessThanOrEqualTo(replicas + wanted.surge());
        assertThat(available)
            .as("seed %s", seed)
            .isGreaterThanOrEqualTo(replicas - wanted.unavailable());
      }
    }
  }

  private static void advance(
      Rollout.Wanted wanted, List<Rollout.SetState> sets, SplitMix64 random) {
    Map<String, Integer> changes = Rollout.next(wanted, sets);
    sets.replaceAll(set -> with(set, changes.getOrDefault(set.name(), set.wanted()), 0));
    if (random.below(2) == 0) {
      sets.set(1, with(sets.get(1), sets.get(1).wanted(), 1));
    }
  }

  /** Scaled, with some more pods available. */
  private static Rollout.SetState with(Rollout.SetState set, int wanted, int more) {
    int available = Math.min(wanted, set.available() + more);
    return new Rollout.SetState(set.name(), set.current(), wanted, wanted, available, set.born());
  }

  private static Object number(String text) {
    return text.endsWith("%") ? text : Integer.valueOf(text);
  }
}
