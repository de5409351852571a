package dev.layar.cli.demo;

/** Every call to httpbin v1 is copied to v2, whose answer and health nobody notices. */
final class Mirroring implements Scenario {
  private static final int CALLS = 100;
  private static final String URL = "http://httpbin:8000/headers";

  @Override
  public String name() {
    return "mirroring";
  }

  @Override
  public String summary() {
    return "v1 answers, v2 gets a copy of every call";
  }

  @Override
  public void play(World world, Checks checks) throws DemoFailure, InterruptedException {
    world.holds("mirroring/app.yaml", "mirroring/rules.yaml");
    Fetched seen = call(world, URL);
    checks.equal("v1 answers", answers(CALLS), fromV1(seen));
  }

  private static Fetched call(World world, String url) throws DemoFailure, InterruptedException {
    return world.fetch(
        Names.DEFAULT, Names.SLEEP, "-n", String.valueOf(CALLS), "-c", "4", url);
  }

  private static String answers(int calls) {
    return calls + " x 200, " + calls + " from v1";
  }

  private static String fromV1(Fetched seen) {
    return seen.outcome()
        + ", "
        + seen.fromPods(pod -> pod.startsWith("httpbin-v1-"))
        + " from v1";
  }
}
