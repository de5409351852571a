package dev.layar.local.control;

import static org.assertj.core.api.Assertions.assertThat;

import dev.layar.base.SplitMix64;
import dev.layar.model.IntOrString;
import dev.layar.model.ObjectMeta;
import dev.layar.model.k8s.Deployment;
import dev.layar.model.k8s.LabelSelector;
import dev.layar.model.k8s.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RolloutTest {
  private static Deployment.DeploymentSpec spec(
      int replicas, String type, @Nullable IntOrString unavailable, @Nullable IntOrString surge) {
    Pod.PodSpec pod = new Pod.PodSpec(List.of(), List.of(), "", "", Map.of(), "", "", "", null);
    return new Deployment.DeploymentSpec(
        replicas,
        new LabelSelector(Map.of(), List.of()),
        new Deployment.PodTemplate(ObjectMeta.of("", "", Map.of()), pod),
        new Deployment.Strategy(type, new Deployment.RollingUpdate(unavailable, surge)),
        0);
  }

  private static Deployment.DeploymentSpec spec(int replicas) {
    return spec(replicas, "", null, null);
  }

  /** {@code n} new, {@code o} old, upper case when available, {@code t} terminating. */
  private static List<Rollout.PodState> pods(String letters) {
    List<Rollout.PodState> pods = new ArrayList<>();
    for (int i = 0; i < letters.length(); i++) {
      char c = letters.charAt(i);
      pods.add(
          new Rollout.PodState(
              c + "" + i, Character.toLowerCase(c) == 'n', Character.isUpperCase(c), c == 't', i));
    }
    return pods;
  }

  @ParameterizedTest
  @CsvSource(
      nullValues = "-",
      value = {
        // replicas, pods, create, delete
        "3, '', 3, ''",
        "3, nnN, 0, ''",
        "5, NNN, 2, ''",
        "1, NNN, 0, 'N2 N1'",
        "1, Nnn, 0, 'n2 n1'",
        "0, NN, 0, 'N1 N0'",
        // 25 % of 4 each way: one more, one fewer
        "4, OOOO, 1, O0",
        "4, OOOOn, 0, O0",
        "4, OOOn, 1, ''",
        "4, OOONn, 0, O0",
        "4, OOONN, 0, 'O0 O1'",
        // one replica: 25 % rounds to surge 1, unavailable 0
        "1, O, 1, ''",
        "1, On, 0, ''",
        "1, ON, 0, O0",
        "1, N, 0, ''",
        // old pods that serve nobody go first
        "4, OOOo, 1, o3",
        // terminating pods do not count
        "2, Ntt, 1, ''"
      })
  void stepsAreKubernetes(int replicas, String letters, int create, String delete) {
    Rollout.Step step = Rollout.next(spec(replicas), pods(letters));
    assertThat(step.create()).isEqualTo(create);
    assertThat(String.join(" ", step.delete())).isEqualTo(delete);
  }

  @Test
  void recreateWaitsForTheOldToBeGone() {
    Deployment.DeploymentSpec spec = spec(2, "Recreate", null, null);
    assertThat(Rollout.next(spec, pods("OO"))).isEqualTo(new Rollout.Step(0, List.of("O0", "O1")));
    assertThat(Rollout.next(spec, pods("tt"))).isEqualTo(new Rollout.Step(0, List.of()));
    assertThat(Rollout.next(spec, List.of())).isEqualTo(new Rollout.Step(2, List.of()));
  }

  /** Whatever happens in whatever order, the limits hold and the update ends. */
  @ParameterizedTest
  @CsvSource({"1, 25%, 25%", "3, 25%, 25%", "5, 0, 1", "5, 1, 0", "7, 50%, 50%", "2, 0, 0"})
  void limitsHoldOnEveryPath(int replicas, String unavailable, String surge) {
    Deployment.DeploymentSpec spec =
        spec(replicas, "RollingUpdate", number(unavailable), number(surge));
    int minAvailable =
        replicas
            - Math.max(
                share(unavailable, replicas, false),
                share(surge, replicas, true) == 0 && share(unavailable, replicas, false) == 0
                    ? 1
                    : 0);
    int maxTotal = replicas + share(surge, replicas, true);
    for (long seed = 0; seed < 200; seed++) {
      SplitMix64 random = new SplitMix64(seed);
      List<Rollout.PodState> pods = new ArrayList<>(pods("O".repeat(replicas)));
      int steps = 0;
      while (!done(pods, replicas)) {
        assertThat(steps++).as("seed %s ends", seed).isLessThan(1000);
        advance(spec, pods, random);
        List<Rollout.PodState> living = pods.stream().filter(p -> !p.terminating()).toList();
        assertThat(living.size()).as("seed %s", seed).isLessThanOrEqualTo(maxTotal);
        assertThat(living.stream().filter(Rollout.PodState::available).count())
            .as("seed %s", seed)
            .isGreaterThanOrEqualTo(minAvailable);
      }
    }
  }

  private static void advance(
      Deployment.DeploymentSpec spec, List<Rollout.PodState> pods, SplitMix64 random) {
    Rollout.Step step = Rollout.next(spec, pods);
    for (int i = 0; i < step.create(); i++) {
      long born = pods.stream().mapToLong(Rollout.PodState::born).max().orElse(0) + 1;
      pods.add(new Rollout.PodState("n" + born, true, false, false, born));
    }
    pods.replaceAll(p -> step.delete().contains(p.name()) ? with(p, false, true) : p);
    int lucky = random.below(pods.size());
    Rollout.PodState pod = pods.get(lucky);
    if (pod.terminating()) {
      pods.remove(lucky);
    } else if (pod.current()) {
      pods.set(lucky, with(pod, true, false));
    }
  }

  private static Rollout.PodState with(
      Rollout.PodState pod, boolean available, boolean terminating) {
    return new Rollout.PodState(pod.name(), pod.current(), available, terminating, pod.born());
  }

  private static boolean done(List<Rollout.PodState> pods, int replicas) {
    return pods.size() == replicas
        && pods.stream().allMatch(p -> p.current() && p.available() && !p.terminating());
  }

  private static IntOrString number(String text) {
    return text.endsWith("%")
        ? new IntOrString.Text(text)
        : new IntOrString.Number(Integer.parseInt(text));
  }

  private static int share(String text, int replicas, boolean up) {
    if (!text.endsWith("%")) {
      return Integer.parseInt(text);
    }
    double share = replicas * Double.parseDouble(text.replace("%", "")) / 100;
    return (int) (up ? Math.ceil(share) : Math.floor(share));
  }
}
