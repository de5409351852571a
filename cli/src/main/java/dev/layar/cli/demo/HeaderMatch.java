package dev.layar.cli.demo;

import java.util.ArrayList;
import java.util.List;

/** A regular expression on the cookie chooses the version of Bookinfo's reviews. */
final class HeaderMatch implements Scenario {
  private static final int CALLS = 50;

  private record Case(String cookie, String version) {}

  private static final List<Case> CASES =
      List.of(
          new Case("user=jason", "v2"),
          new Case("lang=ko;user=jason;theme=dark", "v2"),
          new Case("", "v1"),
          new Case("user=jasonx", "v1"),
          new Case("superuser=jason", "v1"));

  @Override
  public String name() {
    return "header-match";
  }

  @Override
  public String summary() {
    return "Jason's cookie reaches reviews v2, everybody else v1";
  }

  @Override
  public String example() {
    return "sleep -- curl -sS -H 'cookie: user=jason' http://reviews:9080/reviews/0";
  }

  @Override
  public void play(World world, Checks checks) throws DemoFailure, InterruptedException {
    world.holds("header-match/app.yaml", "header-match/rules.yaml");
    for (Case each : CASES) {
      Fetched seen = world.fetch(Names.DEFAULT, Names.SLEEP, arguments(each));
      int hits = seen.fromPods(pod -> pod.startsWith("reviews-" + each.version() + "-"));
      checks.equal(
          CALLS + " calls " + (each.cookie().isEmpty() ? "without a cookie" : each.cookie()),
          CALLS + " x 200, " + CALLS + " from " + each.version(),
          seen.outcome() + ", " + hits + " from " + each.version());
    }
  }

  private static String[] arguments(Case each) {
    List<String> out = new ArrayList<>(List.of("-n", String.valueOf(CALLS), "-c", "4"));
    if (!each.cookie().isEmpty()) {
      out.addAll(List.of("-H", "cookie: " + each.cookie()));
    }
    out.add("http://reviews:9080/reviews/0");
    return out.toArray(String[]::new);
  }
}
