package dev.layar.cli.demo;

/** Pods prove who they are to each other, and may insist on it of everybody. */
final class MutualTls implements Scenario {
  private static final int CALLS = 20;
  private static final String LEGACY = "legacy";
  private static final String URL = "http://httpbin.default:8000/headers";
  private static final String CALLER = "URI=spiffe://cluster.local/ns/default/sa/sleep";
  private static final String CALLED = "By=spiffe://cluster.local/ns/default/sa/default";
  private static final String HEADER = "X-Forwarded-Client-Cert";

  @Override
  public String name() {
    return "mtls";
  }

  @Override
  public String summary() {
    return "pods prove who they are, and STRICT refuses who cannot";
  }

  @Override
  public String example() {
    return "sleep -- curl -sS http://httpbin:8000/headers";
  }

  @Override
  public void play(World world, Checks checks) throws DemoFailure, InterruptedException {
    world.holds("mtls/app.yaml", "mtls/rules.yaml");
    known(world, checks, "pod with a sidecar");
    Fetched plain = call(world, LEGACY);
    checks.equal(
        "PERMISSIVE, pod without a sidecar: answers, and those that name a caller",
        CALLS + " x 200, 0",
        plain.outcome() + ", " + plain.bodiesWith(HEADER));

    world.apply("mtls/steps/strict.yaml");
    known(world, checks, "STRICT, pod with a sidecar");
    checks.equal(
        "STRICT, pod without a sidecar: answers", CALLS + " x 503", call(world, LEGACY).outcome());

    world.apply("mtls/rules.yaml");
    checks.equal(
        "PERMISSIVE again, pod without a sidecar: answers",
        CALLS + " x 200",
        call(world, LEGACY).outcome());
  }

  private static void known(World world, Checks checks, String who)
      throws DemoFailure, InterruptedException {
    Fetched seen = call(world, Names.DEFAULT);
    checks.equal(who + ": answers", CALLS + " x 200", seen.outcome());
    checks.equal(
        who + ": answers that name caller and called in " + HEADER,
        CALLS + " and " + CALLS,
        seen.bodiesWith(CALLER) + " and " + seen.bodiesWith(CALLED));
  }

  private static Fetched call(World world, String namespace)
      throws DemoFailure, InterruptedException {
    return world.fetch(namespace, Names.SLEEP, "-n", String.valueOf(CALLS), URL);
  }
}
