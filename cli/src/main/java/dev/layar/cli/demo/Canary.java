package dev.layar.cli.demo;

/** A release from blue to green in steps, under calls that never stop. */
final class Canary implements Scenario {
  private static final int CALLS = 500;
  private static final String URL = "http://canary/colour";
  private static final String BLUE = "\"blue\"";
  private static final String GREEN = "\"green\"";

  @Override
  public String name() {
    return "canary";
  }

  @Override
  public String summary() {
    return "blue becomes green in steps, without one failed request";
  }

  /** Fewer than this in the whole scenario would not have been a client that kept calling. */
  private static final int ENOUGH = 300;

  @Override
  public String example() {
    return "sleep -- curl -sS http://canary/colour";
  }

  @Override
  public void play(World world, Checks checks) throws DemoFailure, InterruptedException {
    world.holds("canary/app.yaml", "canary/rules.yaml");
    World.Caller caller =
        world.start(Names.DEFAULT, Names.SLEEP, "-c", "4", "-d", "10m", "--rate", "300", URL);
    Fetched whole;
    try {
      allAre("stable 100, canary 0", call(world), checks, BLUE);

      world.apply("canary/steps/1-ninety-ten.yaml");
      Fetched mixed = call(world);
      checks.equal("stable 90, canary 10: answers", CALLS + " x 200", mixed.outcome());
      checks.share("stable 90, canary 10: green", CALLS, 0.10, mixed.bodiesWith(GREEN));

      world.apply("canary/steps/2-stable-green.yaml");
      allAre("stable's image is green", call(world), checks, GREEN);

      world.apply("canary/steps/3-hundred-zero.yaml");
      Fetched last = call(world);
      allAre("stable 100, canary 0", last, checks, GREEN);
      checks.equal(
          "stable 100, canary 0: answers by the canary",
          0,
          last.fromPods(pod -> pod.startsWith("canary-")));
    } finally {
      whole = caller.stop();
    }
    int bad = whole.failed() + whole.answered() - whole.status(200);
    checks.that(
        "a client that called through all of it: failed requests",
        "0 of more than " + ENOUGH,
        bad
            + " of "
            + (whole.answered() + whole.failed())
            + (bad == 0 ? "" : ": " + whole.outcome()),
        bad == 0 && whole.answered() > ENOUGH);
  }

  private static void allAre(String when, Fetched seen, Checks checks, String colour) {
    checks.equal(
        when + ": answers",
        CALLS + " x 200, " + CALLS + " " + colour,
        seen.outcome() + ", " + seen.bodiesWith(colour) + " " + colour);
  }

  private static Fetched call(World world) throws DemoFailure, InterruptedException {
    return world.fetch(Names.DEFAULT, Names.SLEEP, "-n", String.valueOf(CALLS), "-c", "4", URL);
  }
}
