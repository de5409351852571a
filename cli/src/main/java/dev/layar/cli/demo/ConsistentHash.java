package dev.layar.cli.demo;

import java.util.HashSet;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;

/** A DestinationRule's consistent hash on a header, without any VirtualService. */
final class ConsistentHash implements Scenario {
  private static final int SAME = 200;
  private static final int VALUES = 300;
  private static final int PODS = 6;
  private static final String URL = "http://httpping-without-sidecar.infra-jinsu-lab:8080/ping";

  @Override
  public String name() {
    return "consistent-hash";
  }

  @Override
  public String summary() {
    return "the same header value reaches the same pod";
  }

  @Override
  public String example() {
    return "client-with-sidecar -- curl -sS -H 'foo: bar'"
        + " http://httpping-without-sidecar.infra-jinsu-lab:8080/ping";
  }

  @Override
  public void play(World world, Checks checks) throws DemoFailure, InterruptedException {
    world.holds("consistent-hash/app.yaml", "consistent-hash/rules.yaml");
    Fetched same = fetch(world, "-n", String.valueOf(SAME), "-c", "8", "-H", "foo: bar", URL);
    checks.equal(SAME + " calls with foo: bar: answers", SAME + " x 200", same.outcome());
    checks.equal(SAME + " calls with foo: bar: pods that answered", 1, same.pods().size());

    Map<String, String> six = owners(world, checks);
    checks.equal(VALUES + " values of foo: pods that answered", PODS, podsOf(six).size());

    world.apply("consistent-hash/steps/fixed-points.yaml");
    removeOnePod(world, checks, owners(world, checks));
  }

  private static void removeOnePod(World world, Checks checks, Map<String, String> before)
      throws DemoFailure, InterruptedException {
    world.apply("consistent-hash/steps/one-pod-less.yaml");
    Set<String> left = new HashSet<>(world.pods(Names.LAB, "app", "httpping-without-sidecar"));
    checks.equal("one pod removed: pods left", PODS - 1, left.size());
    Map<String, String> after = owners(world, checks);
    int orphans = 0;
    int strayed = 0;
    for (Map.Entry<String, String> entry : before.entrySet()) {
      if (!left.contains(entry.getValue())) {
        orphans++;
      } else if (!entry.getValue().equals(after.get(entry.getKey()))) {
        strayed++;
      }
    }
    checks.equal(
        "one pod removed: its " + orphans + " values are served by others",
        true,
        left.containsAll(after.values()));
    checks.equal(
        "one pod removed: of the other " + (VALUES - orphans) + " values, moved", 0, strayed);
  }

  /** Asks twice with each value; a value that reaches two pods is a disagreement. */
  private static Map<String, String> owners(World world, Checks checks)
      throws DemoFailure, InterruptedException {
    Fetched seen =
        fetch(
            world,
            "-n",
            String.valueOf(2 * VALUES),
            "-c",
            "8",
            "--vary-header",
            "foo:" + VALUES,
            URL);
    Map<String, String> owners = new TreeMap<>();
    int split = 0;
    for (Map.Entry<String, Map<String, Integer>> entry : seen.vary().entrySet()) {
      owners.put(entry.getKey(), entry.getValue().keySet().iterator().next());
      split += entry.getValue().size() == 1 ? 0 : 1;
    }
    checks.equal(
        VALUES + " values of foo, twice each: values, and values that reached two pods",
        VALUES + ", 0",
        owners.size() + ", " + split);
    return owners;
  }

  private static Set<String> podsOf(Map<String, String> owners) {
    return new HashSet<>(owners.values());
  }

  private static Fetched fetch(World world, String... arguments)
      throws DemoFailure, InterruptedException {
    return world.fetch(Names.LAB, "client-with-sidecar", arguments);
  }
}
