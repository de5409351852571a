package dev.layar.local.control;

import dev.layar.local.kube.Trees;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import tools.jackson.databind.JsonNode;

/** What to do next for a StatefulSet: a pure function. */
public final class Ordinals {
  private Ordinals() {}

  /**
   * A pod as the decision sees it.
   *
   * @param ordinal −1 when its name has none
   * @param current whether it was made from the current template
   * @param over whether it has ended, so that it must be made again
   */
  public record PodState(
      String name, int ordinal, boolean current, boolean ready, boolean over, boolean deleting) {}

  /**
   * What the set asks for.
   *
   * @param parallel whether pods come and go without waiting for each other
   * @param partition ordinals below it keep the old template
   * @param onDelete whether old pods are replaced only when somebody deletes them
   */
  public record Wanted(int first, int replicas, boolean parallel, int partition, boolean onDelete) {
    public static Wanted of(JsonNode set) {
      JsonNode spec = set.path("spec");
      return new Wanted(
          Trees.number(0, spec, "ordinals", "start"),
          Trees.number(1, spec, "replicas"),
          Trees.text(spec, "podManagementPolicy").equals("Parallel"),
          Trees.number(0, spec, "updateStrategy", "rollingUpdate", "partition"),
          Trees.text(spec, "updateStrategy", "type").equals("OnDelete"));
    }
  }

  /** What to do now. */
  public record Step(List<Integer> create, List<String> delete) {
    static final Step NOTHING = new Step(List.of(), List.of());

    public Step {
      create = List.copyOf(create);
      delete = List.copyOf(delete);
    }
  }

  /** The ordinal at the end of a pod's name. */
  public static int of(String podName) {
    try {
      return Integer.parseInt(podName.substring(podName.lastIndexOf('-') + 1));
    } catch (NumberFormatException none) {
      return -1;
    }
  }

  public static Step next(Wanted wanted, List<PodState> pods) {
    Map<Integer, PodState> byOrdinal = new HashMap<>();
    pods.forEach(pod -> byOrdinal.put(pod.ordinal(), pod));
    return wanted.parallel() ? parallel(wanted, byOrdinal) : ordered(wanted, byOrdinal);
  }

  /** From the first on, each waits until the one before it is ready; the last goes first. */
  private static Step ordered(Wanted wanted, Map<Integer, PodState> pods) {
    for (int i = wanted.first(); i < end(wanted); i++) {
      PodState pod = pods.get(i);
      if (pod == null) {
        return new Step(List.of(i), List.of());
      }
      if (pod.over() && !pod.deleting()) {
        return new Step(List.of(), List.of(pod.name()));
      }
      boolean replaceable = !pod.current() && !wanted.onDelete() && i >= wanted.partition();
      if (pod.deleting() || (!pod.ready() && !replaceable)) {
        return Step.NOTHING;
      }
    }
    List<PodState> surplus = surplus(wanted, pods);
    if (!surplus.isEmpty()) {
      return surplus.stream().anyMatch(PodState::deleting)
          ? Step.NOTHING
          : new Step(List.of(), List.of(surplus.getFirst().name()));
    }
    return replace(wanted, pods);
  }

  private static Step parallel(Wanted wanted, Map<Integer, PodState> pods) {
    List<Integer> create =
        java.util.stream.IntStream.range(wanted.first(), end(wanted))
            .filter(i -> !pods.containsKey(i))
            .boxed()
            .toList();
    List<String> delete =
        surplus(wanted, pods).stream().filter(pod -> !pod.deleting()).map(PodState::name).toList();
    return create.isEmpty() && delete.isEmpty() ? replace(wanted, pods) : new Step(create, delete);
  }

  /** The highest old pod, when all above it are new and ready. */
  private static Step replace(Wanted wanted, Map<Integer, PodState> pods) {
    if (wanted.onDelete()) {
      return Step.NOTHING;
    }
    for (int i = end(wanted) - 1; i >= Math.max(wanted.first(), wanted.partition()); i--) {
      PodState pod = pods.get(i);
      if (pod == null || pod.deleting()) {
        return Step.NOTHING;
      }
      if (!pod.current() || pod.over()) {
        return new Step(List.of(), List.of(pod.name()));
      }
      if (!pod.ready()) {
        return Step.NOTHING;
      }
    }
    return Step.NOTHING;
  }

  private static List<PodState> surplus(Wanted wanted, Map<Integer, PodState> pods) {
    return pods.values().stream()
        .filter(pod -> pod.ordinal() < wanted.first() || pod.ordinal() >= end(wanted))
        .sorted(Comparator.comparingInt(PodState::ordinal).reversed())
        .toList();
  }

  private static int end(Wanted wanted) {
    return wanted.first() + wanted.replicas();
  }
}
