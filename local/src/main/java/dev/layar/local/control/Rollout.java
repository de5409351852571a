package dev.layar.local.control;

import dev.layar.model.IntOrString;
import dev.layar.model.k8s.Deployment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** What to do next for a Deployment: Kubernetes' deployment controller as one pure function. */
public final class Rollout {
  private Rollout() {}

  /**
   * A pod as the decision sees it.
   *
   * @param current whether it was made from the current template
   * @param available whether it is ready, and has been for {@code minReadySeconds}
   * @param terminating whether its deletion has begun
   * @param born order of creation
   */
  public record PodState(
      String name, boolean current, boolean available, boolean terminating, long born) {}

  /**
   * @param create how many pods of the current template to create now
   * @param delete pods to delete now
   */
  public record Step(int create, List<String> delete) {
    public Step {
      delete = List.copyOf(delete);
    }

    public boolean isNothing() {
      return create == 0 && delete.isEmpty();
    }
  }

  /** The next step; applied over and over, it ends in {@code replicas} current pods. */
  public static Step next(Deployment.DeploymentSpec spec, List<PodState> pods) {
    int replicas = spec.replicaCount();
    List<PodState> living = pods.stream().filter(p -> !p.terminating()).toList();
    List<PodState> fresh = living.stream().filter(PodState::current).toList();
    List<PodState> old = living.stream().filter(p -> !p.current()).toList();
    if (fresh.size() > replicas) {
      return new Step(0, names(surplus(fresh, fresh.size() - replicas), old));
    }
    if (isRecreate(spec)) {
      boolean clear = old.isEmpty() && pods.stream().allMatch(PodState::current);
      return new Step(clear ? replicas - fresh.size() : 0, names(old, List.of()));
    }
    Limits limits = Limits.of(spec);
    int room = replicas + limits.surge() - living.size();
    int create = Math.clamp(room, 0, replicas - fresh.size());
    return new Step(create, names(retire(fresh, old, replicas - limits.unavailable()), List.of()));
  }

  /**
   * Old pods that may go: first those that serve nobody, then as many as leave {@code
   * minAvailable}.
   */
  private static List<PodState> retire(List<PodState> fresh, List<PodState> old, int minAvailable) {
    long freshWaiting = fresh.stream().filter(p -> !p.available()).count();
    long budget = fresh.size() + old.size() - minAvailable - freshWaiting;
    List<PodState> going = new ArrayList<>();
    for (PodState pod : old) {
      if (!pod.available() && going.size() < budget) {
        going.add(pod);
      }
    }
    long available =
        fresh.stream().filter(PodState::available).count()
            + old.stream().filter(PodState::available).count();
    long spare = Math.min(available - minAvailable, budget - going.size());
    old.stream()
        .filter(PodState::available)
        .sorted(Comparator.comparingLong(PodState::born))
        .limit(Math.max(0, spare))
        .forEach(going::add);
    return going;
  }

  /** Kubernetes removes pods that are not ready first, then the youngest. */
  private static List<PodState> surplus(List<PodState> pods, int count) {
    return pods.stream()
        .sorted(
            Comparator.comparing(PodState::available)
                .thenComparing(Comparator.comparingLong(PodState::born).reversed()))
        .limit(count)
        .toList();
  }

  private static List<String> names(List<PodState> some, List<PodState> more) {
    List<String> names = new ArrayList<>();
    some.forEach(pod -> names.add(pod.name()));
    more.forEach(pod -> names.add(pod.name()));
    return names;
  }

  private static boolean isRecreate(Deployment.DeploymentSpec spec) {
    Deployment.Strategy strategy = spec.strategy();
    return strategy != null && strategy.type().equals("Recreate");
  }

  /** Kubernetes rounds maxSurge up and maxUnavailable down, and never lets both be zero. */
  private record Limits(int surge, int unavailable) {
    static Limits of(Deployment.DeploymentSpec spec) {
      Deployment.Strategy strategy = spec.strategy();
      Deployment.RollingUpdate update = strategy == null ? null : strategy.rollingUpdate();
      int replicas = spec.replicaCount();
      int surge = share(update == null ? null : update.maxSurge(), replicas, true);
      int unavailable = share(update == null ? null : update.maxUnavailable(), replicas, false);
      return surge == 0 && unavailable == 0
          ? new Limits(0, 1)
          : new Limits(surge, Math.min(unavailable, replicas));
    }

    private static int share(@Nullable IntOrString value, int replicas, boolean up) {
      return switch (value) {
        case null -> percent(25, replicas, up);
        case IntOrString.Number(int number) -> number;
        case IntOrString.Text(String text) -> percent(percentage(text), replicas, up);
      };
    }

    private static double percentage(String text) {
      try {
        return Double.parseDouble(text.endsWith("%") ? text.substring(0, text.length() - 1) : text);
      } catch (NumberFormatException e) {
        return 25;
      }
    }

    private static int percent(double percent, int replicas, boolean up) {
      double share = replicas * percent / 100;
      return (int) (up ? Math.ceil(share) : Math.floor(share));
    }
  }
}
