package dev.layar.cli.demo;

import java.time.Duration;
import java.util.Locale;

/** A destination slower than the VirtualService's timeout. */
final class Timeout implements Scenario {
  private static final int CALLS = 8;
  private static final String HOST = "http://fleetman-driver-monitoring";

  @Override
  public String name() {
    return "timeout";
  }

  @Override
  public String summary() {
    return "a destination slower than 1s is answered 504 by the proxy";
  }

  @Override
  public String example() {
    return "sleep -- curl -sS -i http://fleetman-driver-monitoring/delay/3";
  }

  @Override
  public void play(World world, Checks checks) throws DemoFailure, InterruptedException {
    world.holds("timeout/app.yaml", "timeout/rules.yaml");
    String calls = String.valueOf(CALLS);
    Fetched slow =
        world.fetch(Names.DEFAULT, Names.SLEEP, "-n", calls, "-c", calls, HOST + "/delay/3");
    checks.equal(CALLS + " calls that take 3 s: answers", CALLS + " x 504", slow.outcome());
    checks.equal(
        CALLS + " calls that take 3 s: body",
        CALLS + " x upstream request timeout",
        slow.bodiesWith("upstream request timeout") + " x upstream request timeout");
    double longest = slow.latency().max();
    checks.that(
        CALLS + " calls that take 3 s: slowest answer",
        "1000 to 2000 ms",
        String.format(Locale.ROOT, "%.0f ms", longest),
        longest >= 990 && longest <= 2000);
    checks.equal(
        CALLS + " calls that take 3 s: response flag in the sidecar's log",
        "UT",
        world.logged(
                Names.DEFAULT,
                Names.SLEEP,
                Names.SIDECAR,
                Duration.ofSeconds(5),
                "/delay/3",
                " 504 ",
                " UT ")
            ? "UT"
            : "no line with /delay/3, 504 and UT");

    Fetched quick = world.fetch(Names.DEFAULT, Names.SLEEP, "-n", calls, HOST + "/delay/0.1");
    checks.equal(CALLS + " calls that take 0.1 s: answers", CALLS + " x 200", quick.outcome());
  }
}
