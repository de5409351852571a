package dev.layar.cli.demo;

/** Delays and aborts at percentages, before anything is sent upstream. */
final class FaultInjection implements Scenario {
  private static final int CALLS = 400;
  private static final double DELAYED = 0.25;
  private static final double ABORTED = 0.20;

  @Override
  public String name() {
    return "fault";
  }

  @Override
  public String summary() {
    return "300 ms for 25 % of the calls, 418 for 20 %";
  }

  @Override
  public String example() {
    return "sleep -- curl -sS -i http://httpbin:8000/get";
  }

  @Override
  public void play(World world, Checks checks) throws DemoFailure, InterruptedException {
    world.holds("fault/app.yaml", "fault/rules.yaml");
    Fetched seen =
        world.fetch(
            Names.DEFAULT,
            Names.SLEEP,
            "-n",
            String.valueOf(CALLS),
            "-c",
            "16",
            "--slow",
            "290ms",
            "http://httpbin:8000/get");
    checks.equal(
        CALLS + " calls: answered 200 or 418",
        CALLS,
        seen.failed() == 0 ? seen.status(200) + seen.status(418) : seen.outcome());
    checks.share(CALLS + " calls: aborted with 418", CALLS, ABORTED, seen.status(418));
    checks.equal(
        CALLS + " calls: aborts with Envoy's body",
        seen.status(418),
        seen.bodiesWith("fault filter abort"));
    checks.share(CALLS + " calls: 300 ms or slower", CALLS, DELAYED, seen.slow());
  }
}
