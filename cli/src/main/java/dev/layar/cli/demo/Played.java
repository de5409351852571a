package dev.layar.cli.demo;

import java.time.Duration;
import java.util.List;
import java.util.function.Consumer;

/**
 * What became of a scenario.
 *
 * @param took from applying the first manifest to the last answer
 */
record Played(Scenario scenario, List<Check> checks, Duration took) {

  /** Whether there was something to check and all of it agrees. */
  boolean agrees() {
    return !checks.isEmpty() && checks.stream().allMatch(Check::agrees);
  }

  /**
   * Plays one scenario. A mesh that cannot be brought to answer is a check that disagrees, so the
   * other scenarios still get their turn.
   */
  static Played play(Scenario scenario, World world, Consumer<Check> listener)
      throws InterruptedException {
    long begun = System.nanoTime();
    Checks checks = new Checks(listener);
    try {
      scenario.play(world, checks);
    } catch (DemoFailure e) {
      checks.that("the scenario runs to its end", "yes", String.valueOf(e.getMessage()), false);
    }
    return new Played(scenario, checks.all(), Duration.ofNanos(System.nanoTime() - begun));
  }
}
