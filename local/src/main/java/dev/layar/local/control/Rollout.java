package dev.layar.local.control;

import dev.layar.local.kube.Trees;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** How many pods each ReplicaSet of a Deployment should have next: a pure function. */
public final class Rollout {
  private Rollout() {}

  /**
   * A ReplicaSet as the decision sees it.
   *
   * @param current whether it has the Deployment's template
   * @param wanted its {@code spec.replicas}
   * @param existing pods it has, those that are stopping too
   * @param available pods that are ready, and have been for {@code minReadySeconds}
   * @param born order of creation
   */
  public record SetState(
      String name, boolean current, int wanted, int existing, int available, long born) {}

  /**
   * What the Deployment asks for.
   *
   * @param surge how many pods may be too many
   * @param unavailable how many pods may be missing
   */
  public record Wanted(int replicas, boolean recreate, boolean paused, int surge, int unavailable) {

    /** Reads {@code spec}; percentages are shares of the replicas. */
    public static Wanted of(JsonNode deployment) {
      JsonNode spec = deployment.path("spec");
      int replicas = Trees.number(1, spec, "replicas");
      JsonNode update = Trees.at(spec, "strategy", "rollingUpdate");
      int surge = Shares.of(update.path("maxSurge"), replicas, Shares.Rounding.UP);
      int unavailable = Shares.of(update.path("maxUnavailable"), replicas, Shares.Rounding.DOWN);
      boolean stuck = surge == 0 && unavailable == 0;
      return new Wanted(
          replicas,
          Trees.text(spec, "strategy", "type").equals("Recreate"),
          Trees.flag(spec, "paused"),
          surge,
          stuck ? 1 : Math.min(unavailable, replicas));
    }
  }

  /**
   * The ReplicaSets whose {@code spec.replicas} must change now, with the new number. Applied over
   * and over, it ends with all pods in the current one.
   */
  public static Map<String, Integer> next(Wanted wanted, List<SetState> sets) {
    List<SetState> old =
        sets.stream()
            .filter(set -> !set.current())
            .sorted(Comparator.comparingLong(SetState::born))
            .toList();
    List<SetState> current = sets.stream().filter(SetState::current).toList();
    if (wanted.paused()) {
      return resized(wanted, sets);
    }
    if (current.isEmpty()) {
      return Map.of();
    }
    SetState fresh = current.getFirst();
    return wanted.recreate() ? recreate(wanted, fresh, old) : roll(wanted, fresh, old);
  }

  private static Map<String, Integer> recreate(Wanted wanted, SetState fresh, List<SetState> old) {
    Map<String, Integer> out = new LinkedHashMap<>();
    old.stream().filter(set -> set.wanted() > 0).forEach(set -> out.put(set.name(), 0));
    boolean clear = old.stream().allMatch(set -> set.existing() == 0);
    if (clear && out.isEmpty() && fresh.wanted() != wanted.replicas()) {
      out.put(fresh.name(), wanted.replicas());
    }
    return out;
  }

  private static Map<String, Integer> roll(Wanted wanted, SetState fresh, List<SetState> old) {
    int grown = grown(wanted, fresh, old);
    if (grown != fresh.wanted()) {
      return Map.of(fresh.name(), grown);
    }
    return shrunk(wanted, fresh, old);
  }

  /** The new set grows as far as the surge lets all of them together. */
  private static int grown(Wanted wanted, SetState fresh, List<SetState> old) {
    if (fresh.wanted() >= wanted.replicas()) {
      return wanted.replicas();
    }
    int total = fresh.wanted() + sum(old);
    int room = Math.max(0, wanted.replicas() + wanted.surge() - total);
    return fresh.wanted() + Math.min(room, wanted.replicas() - fresh.wanted());
  }

  /**
   * Old pods that may go: first those that serve nobody, then as many as leave enough available.
   */
  private static Map<String, Integer> shrunk(Wanted wanted, SetState fresh, List<SetState> old) {
    Map<String, Integer> out = new LinkedHashMap<>();
    int least = wanted.replicas() - wanted.unavailable();
    int waiting = fresh.wanted() - fresh.available();
    int budget = fresh.wanted() + sum(old) - least - waiting;
    Map<String, Integer> left = new LinkedHashMap<>();
    for (SetState set : old) {
      int broken = Math.max(0, set.wanted() - set.available());
      int going = Math.clamp(budget, 0, broken);
      budget -= going;
      left.put(set.name(), set.wanted() - going);
    }
    int available = fresh.available() + old.stream().mapToInt(SetState::available).sum();
    int spare = available - least;
    for (SetState set : old) {
      int remaining = left.getOrDefault(set.name(), 0);
      int going = Math.clamp(Math.min(spare, budget), 0, remaining);
      spare -= going;
      budget -= going;
      if (remaining - going != set.wanted()) {
        out.put(set.name(), remaining - going);
      }
    }
    return out;
  }

  /** A paused Deployment still obeys {@code kubectl scale}: its newest set takes the difference. */
  private static Map<String, Integer> resized(Wanted wanted, List<SetState> sets) {
    List<SetState> living = sets.stream().filter(set -> set.wanted() > 0).toList();
    List<SetState> candidates = living.isEmpty() ? sets : living;
    int difference = wanted.replicas() - sum(sets);
    boolean inRollout = living.size() > 1;
    if (candidates.isEmpty()
        || difference == 0
        || (inRollout && difference < 0 && difference >= -wanted.surge())) {
      return Map.of();
    }
    SetState newest =
        candidates.stream().max(Comparator.comparingLong(SetState::born)).orElseThrow();
    return Map.of(newest.name(), Math.max(0, newest.wanted() + difference));
  }

  private static int sum(List<SetState> sets) {
    return sets.stream().mapToInt(SetState::wanted).sum();
  }
}
