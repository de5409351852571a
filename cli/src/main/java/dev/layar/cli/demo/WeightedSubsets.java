package dev.layar.cli.demo;

import java.util.List;

/** A VirtualService's weights between a DestinationRule's subsets, and whom they apply to. */
final class WeightedSubsets implements Scenario {
  private static final int CALLS = 1000;
  private static final int PODS = 6;
  private static final String URL = "http://httpping-without-sidecar.infra-jinsu-lab:8080/ping";

  @Override
  public String name() {
    return "weighted-subsets";
  }

  @Override
  public String summary() {
    return "10/90 between two subsets, for pods with a sidecar";
  }

  @Override
  public String example() {
    return "client-with-sidecar -- curl -sS"
        + " http://httpping-without-sidecar.infra-jinsu-lab:8080/ping";
  }

  @Override
  public void play(World world, Checks checks) throws DemoFailure, InterruptedException {
    world.holds("weighted-subsets/app.yaml", "weighted-subsets/rules.yaml");
    withSidecar(world, checks);
    withoutSidecar(world, checks);
    world.apply("weighted-subsets/steps/gateway-only.yaml");
    boundToAGateway(world, checks);
  }

  private static void withSidecar(World world, Checks checks)
      throws DemoFailure, InterruptedException {
    Fetched seen = call(world, "client-with-sidecar");
    checks.equal("pod with a sidecar: answers", CALLS + " x 200", seen.outcome());
    checks.share("pod with a sidecar: share of v1", CALLS, 0.10, version(seen, "v1"));
    checks.share("pod with a sidecar: share of v2", CALLS, 0.90, version(seen, "v2"));
  }

  private static void withoutSidecar(World world, Checks checks)
      throws DemoFailure, InterruptedException {
    Fetched seen = call(world, "client-without-sidecar");
    checks.equal("pod without a sidecar: answers", CALLS + " x 200", seen.outcome());
    evenly("pod without a sidecar: round robin", checks, seen);
  }

  private static void boundToAGateway(World world, Checks checks)
      throws DemoFailure, InterruptedException {
    Fetched seen = call(world, "client-with-sidecar");
    checks.equal("rule bound to some-gateway only: answers", CALLS + " x 200", seen.outcome());
    checks.share("rule bound to some-gateway only: share of v1", CALLS, 0.50, version(seen, "v1"));
  }

  private static Fetched call(World world, String client) throws DemoFailure, InterruptedException {
    return world.fetch(
        Names.LAB, client, "-n", String.valueOf(CALLS), "-c", "8", "-H", "foo: bar", URL);
  }

  private static int version(Fetched seen, String version) {
    return seen.fromPods(pod -> pod.startsWith("httpping-without-sidecar-" + version + "-"));
  }

  /**
   * Round robin is exact per event loop; calls over several loops may leave a few more here than
   * there, never as many as chance would.
   */
  private static void evenly(String what, Checks checks, Fetched seen) {
    List<Integer> counts = seen.pods().values().stream().sorted().toList();
    int fair = CALLS / PODS;
    int slack = PODS * 2;
    boolean even =
        counts.size() == PODS
            && counts.getFirst() >= fair - slack
            && counts.getLast() <= fair + 1 + slack;
    checks.that(
        what,
        PODS + " pods, " + fair + " each, give or take " + slack,
        counts.size() + " pods, " + counts,
        even);
  }
}
