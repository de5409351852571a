package dev.layar.cli.demo;

import java.util.Locale;

/** Every call to httpbin v1 is copied to v2, whose answer and health nobody notices. */
final class Mirroring implements Scenario {
  private static final int CALLS = 100;
  private static final String URL = "http://httpbin:8000/headers";
  private static final String SHADOW = "httpbin-shadow:8000";

  @Override
  public String name() {
    return "mirroring";
  }

  @Override
  public String summary() {
    return "v1 answers every call, v2 gets a copy of each";
  }

  @Override
  public String example() {
    return "sleep -- curl -sS http://httpbin:8000/headers";
  }

  @Override
  public void play(World world, Checks checks) throws DemoFailure, InterruptedException {
    world.holds("mirroring/app.yaml", "mirroring/rules.yaml");
    checks.equal(CALLS + " calls: answers", answers(), fromV1(call(world)));
    checks.equal(
        CALLS + " calls: copies that v2 received, by Host",
        CALLS + " x " + SHADOW,
        world.received("httpbin-v2", "/headers", CALLS));

    world.apply("mirroring/steps/v2-slow-and-failing.yaml");
    Fetched seen = call(world);
    checks.equal("v2 takes 3 s and fails: answers", answers(), fromV1(seen));
    double slowest = seen.latency().max();
    checks.that(
        "v2 takes 3 s and fails: slowest answer",
        "below 2000 ms",
        String.format(Locale.ROOT, "%.0f ms", slowest),
        slowest < 2000);
  }

  private static Fetched call(World world) throws DemoFailure, InterruptedException {
    return world.fetch(Names.DEFAULT, Names.SLEEP, "-n", String.valueOf(CALLS), "-c", "4", URL);
  }

  private static String answers() {
    return CALLS + " x 200, " + CALLS + " from v1";
  }

  private static String fromV1(Fetched seen) {
    int hits = seen.fromPods(pod -> pod.startsWith("httpbin-v1-"));
    return seen.outcome() + ", " + hits + " from v1";
  }
}
